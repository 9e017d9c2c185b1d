"""`manage.py crashmatrix`: kill the service at every commit and every call of a swap, and show that nothing is lost."""

import os
import tempfile
import time
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from devnet.proofs.crashmatrix import matrix, report
from devnet.proofs.crashmatrix.plants import PLANTS
from devnet.proofs.crashmatrix.scenarios import Scenario, scenarios


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
            const=40,
            metavar="DEATHS",
            help="only so many deaths, spread over scenarios, kinds of point and statuses (40)",
        )
        parser.add_argument(
            "--every",
            action="store_true",
            help="at every point, also where a death leaves what another one left: hours",
        )
        parser.add_argument("--scenario", default="", help="only scenarios whose names contain this")
        parser.add_argument("--only", type=int, help="only this point of each scenario")
        parser.add_argument("--seed", type=int, default=0, help="which points stand for others, and the sample")
        parser.add_argument("--stages", type=int, default=os.cpu_count() or 2, help="plays at once")
        parser.add_argument(
            "--plant", choices=sorted(PLANTS), default="", help="spoil the product first: must be found"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        chosen = [scenario for scenario in scenarios() if options["scenario"] in scenario.name]
        if not chosen:
            raise CommandError("no scenario has this in its name; they are " + ", ".join(s.name for s in scenarios()))
        with ExitStack() as stack:
            server_url, redis_url = self._services(stack)
            directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="crashmatrix-")))
            self.matrix = matrix.Matrix(
                server_url,
                redis_url,
                directory,
                stages=options["stages"],
                seed=options["seed"],
                plant=options["plant"],
                tell=lambda line: self.stdout.write(f"  ! {line}"),
            )
            self._run(chosen, options)

    @staticmethod
    def _services(stack: ExitStack) -> tuple[str, str]:
        """PostgreSQL and Valkey of our own: quick ones, which wait for no disk, and which end with us."""
        from balancer.embedded import ephemeral

        services = stack.enter_context(ephemeral())
        return services.database_url, services.redis_url

    def _run(self, chosen: list[Scenario], options: dict[str, Any]) -> None:
        started = time.monotonic()
        choose = self._choice(options, len(chosen))
        self.stdout.write(f"seed {options['seed']}, {len(chosen)} scenarios, {options['stages']} stages")
        results = []
        for listing, verdicts in self.matrix.run(chosen, choose):
            results.append((listing, verdicts))
            lost = sum(bool(verdict.problems) for verdict in verdicts)
            self.stdout.write(
                f"{listing.scenario.name:<54} {len(listing.points):>5} points {len(verdicts):>5} deaths "
                f"{lost or 'none'} lost {time.monotonic() - started:>6.0f} s"
            )
        self.stdout.write("\n" + report.table(results))
        self.stdout.write("\n" + report.totals(results, time.monotonic() - started))
        told = report.failures(results)
        for story in told:
            self.stdout.write("\n" + story)
        if told:
            raise CommandError(f"{len(told)} failures")

    @staticmethod
    def _choice(options: dict[str, Any], count: int) -> matrix.Choice:
        if options["only"] is not None:
            return partial(matrix.only, number=options["only"])
        if options["every"]:
            return matrix.all_points
        if options["reduced"]:
            return partial(matrix.sample, size=max(1, round(options["reduced"] / count)))
        return matrix.every_state
