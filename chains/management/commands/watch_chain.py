"""`manage.py watch_chain NAME`: follow a chain. One is active for each chain; a second one waits as a standby."""

import signal
import threading
from typing import Any

import pglock
import structlog
from django.core.management.base import BaseCommand, CommandError, CommandParser

from chains.config import UnknownChain, chain_config
from chains.daemons import running
from chains.errors import ChainError
from chains.services.setup import ChainMisconfigured
from chains.watchers import watcher_for

log = structlog.get_logger(__name__)
STANDBY_SECONDS = 1.0
RETRY_SECONDS = (0.2, 0.5, 1.0, 2.0, 5.0)


class Command(BaseCommand):
    help = "Follow a chain: read its blocks and events, and have sessions and transactions looked at."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("chain", help="a name from the chains file")

    def handle(self, *args: Any, **options: Any) -> None:
        self.stop = threading.Event()
        for signum in (signal.SIGTERM, signal.SIGINT):
            signal.signal(signum, lambda *_: self.stop.set())
        try:
            name = chain_config(options["chain"]).name
        except UnknownChain as error:
            raise CommandError(f"there is no chain {error}: see the chains file") from error
        with running("watcher", name):
            while not self.stop.is_set():
                with pglock.advisory(f"watch_chain:{name}", timeout=0) as is_active:
                    if is_active:
                        self._watch(name)
                self.stop.wait(STANDBY_SECONDS)

    def _watch(self, name: str) -> None:
        """Poll until told to stop. A node that does not answer is asked again, ever more slowly; nothing is decided."""
        poll_seconds = chain_config(name).poll_ms / 1000
        watcher = None
        failures = 0
        while not self.stop.is_set():
            try:
                watcher = watcher or watcher_for(name)
                more = watcher.process_one()
            except (ChainError, ChainMisconfigured) as error:
                wait = RETRY_SECONDS[min(failures, len(RETRY_SECONDS) - 1)]
                failures += 1
                log.warning("watcher.waits", chain=name, error=str(error)[:300], seconds=wait)
                self.stop.wait(wait)
                continue
            failures = 0
            if not more:
                self.stop.wait(poll_seconds)
