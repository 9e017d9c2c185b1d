"""`manage.py state_diagram`: write docs/states.md anew."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from swaps.diagram import page


class Command(BaseCommand):
    help = "Draw docs/states.md from the table of transitions."

    def handle(self, *args: Any, **options: Any) -> None:
        path = Path(settings.BASE_DIR) / "docs" / "states.md"
        path.write_text(page())
        self.stdout.write(f"wrote {path.relative_to(settings.BASE_DIR)}")
