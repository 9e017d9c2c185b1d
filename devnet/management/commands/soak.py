"""`manage.py soak`: many swaps while any process may be killed at any moment; exit 1 when anything does not hold."""

import secrets
import shutil
import signal
import sys
from pathlib import Path
from typing import Any

import psutil
from django.core.management.base import BaseCommand, CommandError, CommandParser

from devnet.proofs.soak.plan import VICTIMS
from devnet.proofs.soak.run import Options, Soak
from devnet.service import ROOT


class Command(BaseCommand):
    help = "Swap in both directions while processes are killed at random; at the end all must be equal."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        add = parser.add_argument
        add("--swaps", type=int, default=500)
        add("--seed", type=int, help="repeats the plan of a run that had it; by default another one each time")
        add("--kill-every", type=float, default=3.0, metavar="SECONDS", help="on average")
        add("--only", default="", metavar="KINDS", help=f"kill only these: some of {','.join(VICTIMS)}")
        add("--minutes", type=float, help="begin no swap after so long")
        add("--active", type=int, default=20, help="swaps at once, at most")
        add("--max-kills", type=int, help="kill no more after so many")
        add("--hurry", action="store_true", help="move the chains' clocks when only expiries are waited for")
        add("--directory", type=Path, default=ROOT / "var" / "soak", help="emptied before; kept when the soak fails")
        add("--keep", action="store_true", help="keep the directory, logs and all, in any case")

    def handle(self, *args: Any, **options: Any) -> None:
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
        only = tuple(filter(None, options["only"].split(",")))
        if set(only) - set(VICTIMS):
            raise CommandError(f"--only takes some of {','.join(VICTIMS)}, not {options['only']}")
        seed = secrets.randbelow(10**6) if options["seed"] is None else options["seed"]
        chosen = Options(
            swaps=options["swaps"],
            seed=seed,
            kill_every=options["kill_every"],
            only=only,
            minutes=options["minutes"],
            active=options["active"],
            max_kills=options["max_kills"],
            hurry=options["hurry"],
        )
        before = {child.pid for child in psutil.Process().children()}
        soak = Soak(chosen, options["directory"], self._say)
        soak.run()
        left = [child.name() for child in psutil.Process().children() if child.pid not in before and _runs(child)]
        soak.faults += [f"still running: {left}"] if left else []
        self._end(soak, options["directory"], keep=options["keep"])

    def _end(self, soak: Soak, directory: Path, *, keep: bool) -> None:
        chosen = soak.options
        if not soak.faults:
            if not keep:
                shutil.rmtree(directory, ignore_errors=True)
            self._say(f"seed {chosen.seed}: {len(soak.all_records)} swaps, and everything is equal")
            return
        again = f"manage.py soak --swaps {chosen.swaps} --seed {chosen.seed} --kill-every {chosen.kill_every:g}"
        if chosen.only:
            again += f" --only {','.join(chosen.only)}"
        faults = "\n  ".join(soak.faults)
        raise CommandError(f"the soak failed:\n  {faults}\nrepeat it with: {again}\nlogs: {directory}")

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()


def _runs(process: psutil.Process) -> bool:
    """One that ended and whose status nobody asked for yet does not."""
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
