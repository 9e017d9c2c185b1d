"""`manage.py crashmatrix`: kill the service at every commit and every call of a swap, and show that nothing is lost."""

import os
import random
import tempfile
import time
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from devnet.proofs.crashmatrix import matrix, report
from devnet.proofs.crashmatrix.plants import PLANTS
from devnet.proofs.crashmatrix.scenarios import Scenario, few, scenarios


class Command(BaseCommand):
    help = (
        "Play every kind of swap, kill the service at every point of it, start it again, and compare what both chains, the "
        "database and the books show with what was planned. Exit 1 if anything was lost, doubled or left behind."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--reduced",
            type=int,
            nargs="?",
            const=36,
            metavar="DEATHS",
            help="only so many deaths in four scenarios (36)",
        )
        parser.add_argument(
            "--every",
            action="store_true",
            help="at every point, also where a death leaves what another one left: hours",
        )
        parser.add_argument("--scenario", default="", help="only this scenario, or those with this in their names")
        parser.add_argument("--only", type=int, help="only this point of each scenario")
        parser.add_argument("--rival", action="store_true", help="every death beside a second process that goes on")
        parser.add_argument("--races", type=int, help="how many more deaths beside a second process (64; reduced, 4)")
        parser.add_argument("--seed", type=int, default=0, help="which points stand for others, and the sample")
        parser.add_argument("--stages", type=int, default=os.cpu_count() or 2, help="plays at once")
        parser.add_argument(
            "--plant", choices=sorted(PLANTS), default="", help="spoil the product first: must be found"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        chosen = self._scenarios(options)
        with ExitStack() as stack:
            server_url, redis_url = self._services(stack)
            self.matrix = matrix.Matrix(
                server_url,
                redis_url,
                Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="crashmatrix-"))),
                stages=options["stages"],
                seed=options["seed"],
                plant=options["plant"],
                everywhere=options["every"] or options["only"] is not None,
                rival=options["rival"],
                tell=lambda line: self.stdout.write(f"  ! {line}"),
            )
            self._run(chosen, options)

    @staticmethod
    def _scenarios(options: dict[str, Any]) -> list[Scenario]:
        wanted, every = options["scenario"], scenarios()
        if options["reduced"] and not wanted:
            return few(random.Random(options["seed"]))
        exactly = [scenario for scenario in every if scenario.name == wanted]
        chosen = exactly or [scenario for scenario in every if wanted in scenario.name]
        if not chosen:
            raise CommandError(f"no scenario is called {wanted}; there are " + ", ".join(s.name for s in every))
        return chosen

    @staticmethod
    def _services(stack: ExitStack) -> tuple[str, str]:
        """PostgreSQL and Valkey of our own: quick ones, which wait for no disk, and which end with us."""
        from balancer.embedded import ephemeral

        services = stack.enter_context(ephemeral())
        return services.database_url, services.redis_url

    def _run(self, chosen: list[Scenario], options: dict[str, Any]) -> None:
        started = time.monotonic()
        self.stdout.write(f"seed {options['seed']}, {len(chosen)} scenarios, {options['stages']} at once")
        results = []
        for listing, verdicts in self.matrix.run(chosen, **self._how(options, len(chosen))):
            results.append((listing, verdicts))
            lost = sum(bool(verdict.problems) for verdict in verdicts)
            self.stdout.write(
                f"{listing.scenario.name:<50} {len(listing.points):>5} points {len(verdicts):>5} deaths, "
                f"{lost or 'none'} lost {time.monotonic() - started:>7.0f} s"
            )
        self.stdout.write("\n" + report.table(results))
        self.stdout.write("\n" + report.totals(results, time.monotonic() - started))
        told = report.failures(results)
        for story in told:
            self.stdout.write("\n" + story)
        if told:
            raise CommandError(f"{len(told)} failures")

    @staticmethod
    def _how(options: dict[str, Any], count: int) -> dict[str, Any]:
        """Which points are died at, and what is looked at to choose them."""
        races = options["races"]
        if options["only"] is not None:
            return {"choose": partial(matrix.only, number=options["only"]), "record": "status", "races": races or 0}
        if options["reduced"]:
            size = max(1, round(options["reduced"] / count))
            return {
                "choose": partial(matrix.sample, size=size),
                "record": "status",
                "races": 4 if races is None else races,
            }
        choose = matrix.all_points if options["every"] else matrix.every_state
        return {"choose": choose, "record": "digest", "races": 64 if races is None else races}
