"""`manage.py smoke base-near`: one small swap, for real, on whatever chains are configured."""

import asyncio
import os
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from chains.errors import ChainError
from devnet.smoke import Keys, NotReady, Smoke, terms_of

VARIABLES = "SMOKE_EVM_KEY, SMOKE_NEAR_ACCOUNT, SMOKE_NEAR_KEY"


class Command(BaseCommand):
    help = f"Make one small swap with a running service, as an outside maker would. His keys: {VARIABLES}."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("route", help="two chains, as base-near")
        parser.add_argument("--url", default=os.environ.get("ORCHESTRATOR_URL", "http://localhost:8080"))
        parser.add_argument("--api-key", default=os.environ.get("ORCHESTRATOR_API_KEY", ""))
        parser.add_argument(
            "--token",
            default="",
            help="symbol of what is given; by default the first that is no coin",
        )
        parser.add_argument("--for", dest="wanted", default="", help="symbol of what is got; likewise")
        parser.add_argument("--amount", default="1", help="whole tokens, as 0.5")
        parser.add_argument("--resume", default="", metavar="SESSION", help="go on with a swap that was interrupted")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            terms = terms_of(
                options["route"], token=options["token"], wanted=options["wanted"], amount=options["amount"]
            )
            smoke = Smoke(
                terms,
                Keys(*(os.environ.get(name, "") for name in VARIABLES.split(", "))),
                options["url"],
                self._api_key(options["api_key"]),
                settings.BASE_DIR / "var" / "smoke",
                self.stdout.write,
            )
            asyncio.run(smoke.run(options["resume"]))
        except (NotReady, ChainError) as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt:
            raise CommandError(
                "interrupted; what was locked comes back at its timelock, or goes on with --resume"
            ) from None
        except Exception as error:
            if type(error).__module__.startswith(SDK_NAME):
                raise CommandError(f"{type(error).__name__}: {error}") from error
            raise

    @staticmethod
    def _api_key(given: str) -> str:
        if not given:
            raise NotReady("ORCHESTRATOR_API_KEY is missing, or --api-key")
        return given


SDK_NAME = "onebalancer"
