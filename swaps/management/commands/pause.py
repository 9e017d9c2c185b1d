"""`manage.py pause all --reason "…"`, `pause base>near --lift`, `pause` alone says what is paused."""

import getpass
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from swaps.errors import PauseRefused
from swaps.selectors import pauses_in_force
from swaps.services.pauses import pause_lift, pause_start


class Command(BaseCommand):
    help = "Pause new swaps everywhere, on a chain or on a route, and lift a pause. Claims and refunds always go on."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("target", nargs="?", help="all, a chain (base), or a route (base>near)")
        parser.add_argument("--reason", default="", help="for the books")
        parser.add_argument("--lift", action="store_true", help="end the pause")

    def handle(self, *args: Any, target: str | None, reason: str, lift: bool, **options: Any) -> None:
        actor = f"{getpass.getuser()}@shell"
        if target is None:
            self.stdout.write("\n".join(pauses_in_force()) or "nothing is paused")
        elif lift:
            if not pause_lift(target=target, actor=actor):
                raise CommandError(f"{target} is not paused by an operator (PAUSED in the settings is not lifted here)")
            self.stdout.write(f"{target}: lifted")
        else:
            self._start(target, reason, actor)

    def _start(self, target: str, reason: str, actor: str) -> None:
        try:
            pause = pause_start(target=target, reason=reason, actor=actor)
        except PauseRefused as refused:
            raise CommandError(str(refused)) from refused
        self.stdout.write(f"{pause.target} is paused: new swaps are refused, those under way go on")
