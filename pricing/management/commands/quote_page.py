"""`manage.py quote_page`: write docs/quote.md anew, or explain a quote that was given."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from access.errors import ApplicationError
from pricing.example import live_example
from pricing.quote_page import DoesNotAddUp, explained, page
from pricing.selectors import quote_get


class Command(BaseCommand):
    help = (
        "Draw docs/quote.md from an example of fixed inputs; with --quote explain one that was given, to the last unit."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--quote", metavar="ID", help="explain this quote instead")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["quote"]:
            self.stdout.write(_explained(options["quote"]))
            return
        path = Path(settings.BASE_DIR).joinpath("docs", "quote.md")
        path.write_text(page(live_example()))
        self.stdout.write(f"wrote {path.relative_to(settings.BASE_DIR)}")


def _explained(quote_id: str) -> str:
    try:
        return explained(quote_get(quote_id, principal=None).document)
    except (ApplicationError, DoesNotAddUp) as error:
        raise CommandError(str(error)) from error
