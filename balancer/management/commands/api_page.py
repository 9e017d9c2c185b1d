"""`manage.py api_page`: draws the tables of docs/api.md anew."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from balancer.api_page import page


class Command(BaseCommand):
    help = "Draw the tables of docs/api.md from the code."

    def handle(self, *args: Any, **options: Any) -> None:
        path = settings.BASE_DIR / "docs" / "api.md"
        path.write_text(page(path.read_text()))
        self.stdout.write(f"{path} is drawn")
