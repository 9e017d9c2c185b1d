"""Two chains, the service on them, and books with swaps in both directions that ended well and badly.

They are made once for a module; what a test does to the database is undone after it, and what it does to a chain it undoes.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import environ
import pytest
from django.core.management import call_command
from django.test import override_settings

from balancer.settings import chains as loader
from chains.config import forget_clients
from devnet.network import Figures, Network
from tests.integration.ledger.desk import Desk

FIGURES = Figures(evm_block=None, near_block=None, destination=1200, slack=300)


class Env(environ.Env):
    """Reads given variables instead of the process's."""

    def __init__(self, values: dict[str, str]) -> None:
        super().__init__()
        self.ENVIRON = values


@pytest.fixture(scope="module")
def desk(tmp_path_factory: Any, django_db_setup: None, django_db_blocker: Any) -> Iterator[Desk]:
    with Network(figures=FIGURES) as network:
        env = Env(network.environment(Path(tmp_path_factory.mktemp("chains"))))
        configured = {
            "CHAINS": loader.load(env),
            "ROUTE_DEFAULTS": loader.route_defaults(env),
            "ROUTES": loader.routes(env),
            "PRICES_USD": loader.prices(env),
        }
        for chain in configured["CHAINS"].values():
            chain |= {"resend_seconds": 0.0, "safety_deposit": 10**12 if chain["family"] == "evm" else 0}
        with override_settings(**configured), django_db_blocker.unblock():
            forget_clients()
            yield _with_history(network)
            call_command("flush", interactive=False, verbosity=0)
        forget_clients()


def _with_history(network: Network) -> Desk:
    made = Desk(network)
    made.open_books()
    made.completed = [made.complete("base", "near"), made.complete("near", "base")]
    made.native = [made.complete("near", "base", native=True), made.complete("base", "near", native=True)]
    made.refunded = [made.refund("base", "near"), made.refund("near", "base")]
    return made


@pytest.fixture
def books(desk: Desk, db: None) -> Desk:
    """The service as it stands, all of its swaps ended."""
    return desk
