"""`manage.py rotate_api_key 0123456789ab --overlap-hours 48`"""

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from access.errors import ApplicationError
from access.models import ActorKind
from access.services import OVERLAP, api_key_rotate

USUAL_HOURS = int(OVERLAP.total_seconds() // 3600)


class Command(BaseCommand):
    help = "Make a key's successor and print it, once. Both work until the overlap ends; what the owner made stays his."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("prefix", help="the part of the key between its underscores, as the admin lists it")
        parser.add_argument(
            "--overlap-hours",
            type=float,
            default=USUAL_HOURS,
            help=f"how long the old key works on; {USUAL_HOURS} by default",
        )
        parser.add_argument(
            "--days", type=int, help="the new key's life; without it, as long as the old one's was meant to be"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        days = options["days"]
        if days is not None and days < 1:
            raise CommandError("--days must be 1 or more")
        try:
            key, plain = api_key_rotate(
                prefix=options["prefix"],
                overlap=timedelta(hours=options["overlap_hours"]),
                expires_at=timezone.now() + timedelta(days=days) if days else None,
                actor_kind=ActorKind.COMMAND,
                actor_id="rotate_api_key",
            )
        except ApplicationError as error:
            raise CommandError(error.detail) from error
        ends = key.predecessor.expires_at
        self.stderr.write(
            f"The key {key} is shown only now; {options['prefix']} works until {ends:%Y-%m-%d %H:%M} UTC:"
        )
        self.stdout.write(plain)
