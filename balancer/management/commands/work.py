"""`manage.py work`: procrastinate's worker, warmed up. A first job that has to import web3 would keep a swap waiting 1.6 s,
and each thread's first one pays for a connection to the database and to every node."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from importlib import import_module
from threading import Barrier, BrokenBarrierError
from typing import Any

import structlog
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser
from django.db import connection

from chains.config import ChainConfig, base_client, chain_configs, signers
from chains.daemons import running
from chains.errors import ChainError
from swaps.notifications import bus_warm_up
from swaps.services.ladders import routes_assess

log = structlog.get_logger(__name__)
TOGETHER_SECONDS = 5.0
SPARE_CONNECTIONS = 2  # procrastinate listens on one
NEEDED_BY_JOBS = (
    "swaps.services.advance",
    "swaps.services.legs.evm",
    "swaps.services.legs.near",
    "chains.services.sending",
)


class Command(BaseCommand):
    help = "Run the jobs: advance sessions, send and look after transactions. Start as many as you like."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--concurrency", type=int, default=8, help="jobs at once in this process")

    def handle(self, *args: Any, **options: Any) -> None:
        for module in NEEDED_BY_JOBS:
            import_module(module)
        bus_warm_up()
        usable = [config for config in chain_configs() if config.is_usable]
        for config in usable:
            import_module(f"chains.services.sending.{config.family}")
            signers(config.name)
        self._connect(usable, min(options["concurrency"], _pool_size() - SPARE_CONNECTIONS))
        for route in routes_assess():
            if not route.feasible:
                log.error("route.infeasible", source=route.source, destination=route.destination, problem=route.problem)
        with running("worker"):
            call_command("procrastinate", "worker", "--concurrency", str(options["concurrency"]))

    @staticmethod
    def _connect(configs: list[ChainConfig], threads: int) -> None:
        """Open as many connections as there are jobs at once, and leave them in their pools."""
        together = Barrier(threads)

        def open_all() -> None:
            connection.ensure_connection()
            for config in configs:
                try:
                    base_client(config.name).head()
                except ChainError as error:
                    log.warning("worker.chain_does_not_answer", chain=config.name, error=str(error)[:200])
            with suppress(BrokenBarrierError):
                together.wait(TOGETHER_SECONDS)  # nobody gives back before all have one
            connection.close()

        with ThreadPoolExecutor(threads) as pool:
            for opened in [pool.submit(open_all) for _ in range(threads)]:
                opened.result()


def _pool_size() -> int:
    return int(connection.settings_dict["OPTIONS"]["pool"]["max_size"])
