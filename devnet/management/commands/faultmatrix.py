"""`manage.py faultmatrix`: let every call to a node fail in every way, and show that swaps end whole."""

import os
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from devnet.proofs.faultmatrix import report
from devnet.proofs.faultmatrix.cells import cells, reduced
from devnet.proofs.faultmatrix.matrix import Matrix


class Command(BaseCommand):
    help = (
        "Swap while one method of a node fails in one way: errors, timeouts before and after it acted, rate limits, garbage, "
        "cut answers, stale heads, empty logs, wrong blocks, doubles. Exit 1 if a swap did not end whole, anything was "
        "done twice, a fault never struck, or no swap completed."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--reduced", action="store_true", help="a choice of cells that takes less than a minute")
        parser.add_argument("--cell", default="", help="only cells whose names contain this")
        parser.add_argument("--stages", type=int, default=os.cpu_count() or 2, help="swaps at once")

    def handle(self, *args: Any, **options: Any) -> None:
        chosen = [cell for cell in (reduced() if options["reduced"] else cells()) if options["cell"] in cell.name]
        if not chosen:
            raise CommandError("no cell has this in its name: they are SCENARIO PROVIDERS METHOD FAULT")
        started = time.monotonic()
        with ExitStack() as stack:
            matrix = self._matrix(stack, options["stages"])
            verdicts = matrix.run(chosen)
        self.stdout.write("\n" + report.tables(verdicts))
        self.stdout.write("\n" + report.totals(verdicts, time.monotonic() - started))
        told = report.failures(verdicts)
        for story in told:
            self.stdout.write("\n" + story)
        if told:
            raise CommandError(f"{len(told)} failures")

    def _matrix(self, stack: ExitStack, stages: int) -> Matrix:
        from balancer.embedded import ephemeral

        services = stack.enter_context(ephemeral())
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="faultmatrix-")))
        return Matrix(
            services.database_url,
            services.redis_url,
            directory,
            stages=stages,
            tell=self.stdout.write,
        )
