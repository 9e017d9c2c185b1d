"""`manage.py create_api_key --name wallet --scopes swaps:read swaps:write quotes:read`"""

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from access.errors import ApplicationError
from access.models import ActorKind
from access.scopes import SCOPES
from access.services import api_key_create

USUAL = ["swaps:read", "swaps:write", "quotes:read"]


class Command(BaseCommand):
    help = "Make an API key and print it, once."

    def add_arguments(self, parser: CommandParser) -> None:
        table = "; ".join(f"{scope}: {meaning}" for scope, meaning in SCOPES.items())
        parser.add_argument("--name", required=True, help="whose it is")
        parser.add_argument("--scopes", nargs="+", default=USUAL, help=table)
        parser.add_argument("--days", type=int, help="how long it is valid; without it, until it is revoked")
        parser.add_argument(
            "--per-minute", type=int, help="requests; without it, the service's limit for keys; 0: no limit"
        )
        parser.add_argument(
            "--allow-from",
            nargs="+",
            default=[],
            metavar="NETWORK",
            help="203.0.113.0/24 2001:db8::/32; without: anywhere",
        )
        parser.add_argument("--note", default="", help="for people")

    def handle(self, *args: Any, **options: Any) -> None:
        days = options["days"]
        if days is not None and days < 1:
            raise CommandError("--days must be 1 or more")
        try:
            key, plain = api_key_create(
                name=options["name"],
                scopes=options["scopes"],
                expires_at=timezone.now() + timedelta(days=days) if days else None,
                note=options["note"],
                requests_per_minute=options["per_minute"],
                allowed_addresses=options["allow_from"],
                actor_kind=ActorKind.COMMAND,
                actor_id="create_api_key",
            )
        except ApplicationError as error:
            raise CommandError(error.detail) from error
        self.stderr.write(f"The key {key} is shown only now:")
        self.stdout.write(plain)
