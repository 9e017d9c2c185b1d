"""`manage.py create_api_key --name wallet --scopes swaps:read swaps:write quotes:read`"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from access.services import SCOPES, api_key_create


class Command(BaseCommand):
    help = "Make an API key and print it once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--name", required=True)
        parser.add_argument(
            "--scopes", nargs="+", default=["swaps:read", "swaps:write", "quotes:read"], help=", ".join(SCOPES)
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            _, plain = api_key_create(name=options["name"], scopes=options["scopes"])
        except ValueError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(plain)
