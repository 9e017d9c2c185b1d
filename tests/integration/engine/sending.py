"""What the tests of sending share: small orders, and what the chains say of them."""

from typing import Any

from chains.codec.evm import DST_ESCROW_CREATED
from chains.models import ChainTransaction, Intent
from chains.services.intents import intent_ensure
from chains.services.sending import transactions_tend
from chains.watchers.base import Watcher
from devnet.evm.anvil import Anvil
from devnet.evm.deploy import EvmDeployment
from tests.integration.engine.conftest import immutables

State = ChainTransaction.State


class Killed(BaseException):
    """The process ends here."""


def order(suite: EvmDeployment, number: int, latest: int = 2**40, **options: Any) -> Intent:
    """A small native destination lock from the Resolver's inventory."""
    call = {
        "method": "deploy_dst",
        "immutables": immutables(suite, number).to_json(),
        "sourceCancellation": str(latest),
        "value": "0",
    }
    return intent_ensure(
        subject_type="test", subject_id=f"s{number}", step="destination_lock", chain="base", call=call, **options
    )


def locks(anvil: Anvil, suite: EvmDeployment) -> int:
    """How many destination escrows our factory has made, by the chain's word."""
    query = {"fromBlock": "0x0", "address": suite.factory, "topics": [DST_ESCROW_CREATED]}
    return len(anvil.rpc.call("eth_getLogs", query))


def read_all(watcher: Watcher) -> None:
    """Poll until there is nothing more to read."""
    while watcher.process_one():
        pass


def settle(anvil: Anvil, watcher: Watcher) -> None:
    """Let blocks become final, read them, and look after what is open."""
    anvil.mine(4)
    read_all(watcher)
    transactions_tend(chain="base")


def configure(settings: Any, chain: str, **changes: Any) -> None:
    """Change figures of a chain's configuration."""
    settings.CHAINS = {**settings.CHAINS, chain: {**settings.CHAINS[chain], **changes}}


def states(**filters: Any) -> list[tuple[str, str]]:
    """Kind and state of the transactions, oldest first."""
    return list(ChainTransaction.objects.filter(**filters).order_by("pk").values_list("kind", "state"))
