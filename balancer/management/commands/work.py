"""`manage.py work`: procrastinate's worker, warmed up. A first job that has to import web3 would keep a swap waiting 1.6 s."""

from importlib import import_module
from typing import Any

import structlog
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser

from chains.config import ChainConfig, base_client, chain_configs, signers
from chains.errors import ChainError
from swaps.notifications import send_hint
from swaps.services.ladders import routes_assess

log = structlog.get_logger(__name__)
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
        send_hint("", 0)  # connects to the channel layer
        for config in chain_configs():
            if config.is_usable:
                self._warm_up(config)
        for route in routes_assess():
            if not route.feasible:
                log.error("route.infeasible", source=route.source, destination=route.destination, problem=route.problem)
        call_command("procrastinate", "worker", "--concurrency", str(options["concurrency"]))

    @staticmethod
    def _warm_up(config: ChainConfig) -> None:
        import_module(f"chains.services.sending.{config.family}")
        signers(config.name)
        try:
            base_client(config.name).head()
        except ChainError as error:
            log.warning("worker.chain_does_not_answer", chain=config.name, error=str(error)[:200])
