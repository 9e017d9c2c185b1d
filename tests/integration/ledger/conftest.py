"""Two chains, the service on them, and books with swaps in both directions that ended well and badly.

They are made once; what a test does to the database is undone after it, and what it does to a chain it undoes.
"""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import override_settings

from chains.config import forget_clients
from devnet.network import ALICE, HTLC, US, USDT, Network
from swaps.services.reconcile.opening import Transfer, transfer_record
from tests.integration.ledger.desk import FIGURES, TAKEN, Desk, settings_of

RETENTION = 3600  # seconds that the HTLC keeps a settled lock on these networks


@pytest.fixture(scope="package")
def desk(tmp_path_factory: Any, django_db_setup: None, django_db_blocker: Any) -> Iterator[Desk]:
    with Network(figures=FIGURES) as network:
        configured = settings_of(network, tmp_path_factory.mktemp("chains"))
        with override_settings(**configured), django_db_blocker.unblock():
            forget_clients()
            yield _with_history(network)
            call_command("flush", interactive=False, verbosity=0)
        forget_clients()


def _with_history(network: Network) -> Desk:
    made = Desk(network)
    made.open_books()
    made.ended = [
        made.complete("base", "near"),
        made.complete("near", "base"),
        made.complete("near", "base", native=True),
        made.complete("base", "near", native=True),
        made.refund("base", "near"),
        made.refund("near", "base"),
    ]
    _take_and_enter(made)
    _remove_from_the_htlc(made)
    return made


def _take_and_enter(made: Desk) -> None:
    """Somebody uses our NEAR key. What a look finds is kept; then the operator enters it as his own."""
    taken = {"receiver_id": ALICE, "amount": str(TAKEN)}
    made.network.near.call(US, USDT, "ft_transfer", taken, deposit=1)
    made.read()
    made.theft = made.look(chain="near").differences
    for difference in made.theft:
        transfer = Transfer(
            "near", difference.subject, difference.token, difference.units or 0, "tx-of-mine", "payroll"
        )
        transfer_record(transfer, actor="tests")


def _remove_from_the_htlc(made: Desk) -> None:
    """A settled lock of ours whose retention is over leaves the contract, and its yocto of our storage deposit with it."""
    made.travel(RETENTION + 1)
    made.network.near.call(ALICE, HTLC, "remove", {"ids": [made.ended[0].legs.get(side="destination").lock_id]})
    made.turn()


@pytest.fixture
def books(desk: Desk, db: None) -> Iterator[Desk]:
    """The service as it stands, all of its swaps ended. BASE is put back afterwards."""
    anvil = desk.network.evm["base"]
    snapshot = anvil.snapshot()
    anvil.set_next_base_fee(10**9)  # no revert brings a base fee back
    desk.begin()
    yield desk
    anvil.rpc.call("evm_setAutomine", True)
    anvil.revert(snapshot)


@pytest.fixture
def past_the_guards() -> Callable[..., int]:
    """Runs SQL of somebody who may do everything: no trigger sees it. Returns how many rows it touched."""

    def execute(statement: str, *parameters: str | int | None) -> int:
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            cursor.execute(statement, parameters)
            touched = int(cursor.rowcount)
            cursor.execute("SET LOCAL session_replication_role = origin")
        return touched

    return execute
