"""`manage.py revoke_api_key 0123456789ab`"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from access.errors import ApplicationError
from access.models import ActorKind
from access.services import CACHE_SECONDS, api_key_owner_revoke, api_key_revoke

BY = {"actor_kind": ActorKind.COMMAND, "actor_id": "revoke_api_key"}


class Command(BaseCommand):
    help = "Make an API key, and the tokens issued for it, worthless."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("prefix", help="the part of the key between its underscores, as the admin lists it")
        parser.add_argument(
            "--all-of-owner", action="store_true", help="every key of its owner: predecessors and successors"
        )

    def handle(self, *args: Any, prefix: str, all_of_owner: bool, **options: Any) -> None:
        try:
            keys = api_key_owner_revoke(prefix=prefix, **BY) if all_of_owner else [api_key_revoke(prefix=prefix, **BY)]
        except ApplicationError as error:
            raise CommandError(error.detail) from error
        for key in keys:
            self.stdout.write(f"{key} is revoked; every process follows within {CACHE_SECONDS:.0f} seconds")
        if not keys:
            self.stdout.write(f"every key of the owner of {prefix} is revoked already")
