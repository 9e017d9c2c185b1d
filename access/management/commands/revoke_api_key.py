"""`manage.py revoke_api_key 0123456789ab`"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from access.errors import ApplicationError
from access.models import ActorKind
from access.services import CACHE_SECONDS, api_key_revoke


class Command(BaseCommand):
    help = "Make an API key, and the tokens issued for it, worthless."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("prefix", help="the part of the key between its underscores, as the admin lists it")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            key = api_key_revoke(prefix=options["prefix"], actor_kind=ActorKind.COMMAND, actor_id="revoke_api_key")
        except ApplicationError as error:
            raise CommandError(error.detail) from error
        self.stdout.write(f"{key} is revoked; every process follows within {CACHE_SECONDS:.0f} seconds")
