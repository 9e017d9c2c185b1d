"""`manage.py model`: explore every way a swap can go, and print how many there were and which broke a promise."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from devnet.proofs.model.run import FULL, REDUCED, arenas, explore
from devnet.proofs.model.story import told
from swaps.evidence import ClaimOrder


class Command(BaseCommand):
    help = "Explore the swap's state machine against two adversarial chains and a counterparty, exhaustively."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--order", choices=[str(order) for order in ClaimOrder], help="one order of claims only")
        parser.add_argument("--custody", choices=["maker", "service"], help="one custody only")
        parser.add_argument("--reduced", action="store_true", help="shorter ladders and fewer pairs of chains: CI")
        parser.add_argument("--depth", type=int, help="moves from the beginning at most")
        parser.add_argument("--mutate", action="store_true", help="change each guard of the machine in turn instead")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["mutate"]:
            self._mutate()
            return
        kind = REDUCED if options["reduced"] else FULL
        chosen = [
            arena
            for arena in arenas(kind)
            if options["order"] in (None, arena.claims) and options["custody"] in (None, arena.custody)
        ]
        if not chosen:
            raise CommandError("no such swap: with the source claimed first, the maker must not hold the secret")
        self._explore(chosen, options["depth"])

    def _explore(self, chosen: list[Any], depth: int | None) -> None:
        states = transitions = 0
        seconds = 0.0
        self.stdout.write(f"{'states':>9} {'transitions':>11} {'deepest':>7} {'seconds':>7}  claims, custody, chains")
        for arena in chosen:
            result = explore(arena, depth=depth)
            states, transitions = states + result.states, transitions + result.transitions
            seconds += result.seconds
            part = "" if result.whole else "  (not whole: --depth)"
            self.stdout.write(
                f"{result.states:9} {result.transitions:11} {result.depth:7} {result.seconds:7.1f}  {arena.title}{part}"
            )
            if result.violation is not None:
                self.stdout.write(f"\n{told(result.violation)}")
                raise CommandError(f"the machine breaks a promise in {arena.title}")
        self.stdout.write(f"{states:9} {transitions:11} {'':7} {seconds:7.1f}  in all: nothing broken")

    def _mutate(self) -> None:
        from devnet.proofs.model.mutants import report

        survivors = report(self.stdout.write)
        if survivors:
            raise CommandError(f"{survivors} changed guards were not noticed")
