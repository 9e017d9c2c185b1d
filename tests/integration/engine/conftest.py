"""One EVM chain with our contracts, configured as BASE; a NEAR devnet with our keys; and the engine's own functions without processes."""

import copy
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings as django_settings

from chains.codec import calldata
from chains.codec.escrow import Immutables
from chains.codec.timelocks import Timelocks
from chains.config import forget_clients
from chains.models import Chain
from chains.registry import registry
from chains.watchers import watcher_for
from chains.watchers.evm import EvmWatcher
from chains.watchers.near import NearWatcher
from devnet.evm.anvil import Anvil
from devnet.evm.deploy import EvmDeployment, deploy_suite
from devnet.near.process import NearDevnet
from devnet.near.transactions import write_add_full_access_key
from devnet.network import ALICE, ARTIFACTS, HTLC, MAKER, NEAR, OPERATOR, US, send_evm
from tests.integration.engine.sending_near import FULL, LIMITED, SECRET, add_function_call_key, public

NATIVE = "0x" + "0" * 40


@pytest.fixture(scope="module")
def anvil() -> Iterator[Anvil]:
    with Anvil(chain_id=31337) as running:
        yield running


@pytest.fixture(scope="module")
def suite(anvil: Anvil) -> EvmDeployment:
    deployed = deploy_suite(anvil, OPERATOR.key)
    anvil.receipt(send_evm(anvil.rpc, OPERATOR, deployed.resolver, b"", 10**18))
    anvil.mine(4)
    return deployed


@pytest.fixture
def base(anvil: Anvil, suite: EvmDeployment, transactional_db: None, settings: Any) -> Iterator[Chain]:
    """The chain's row, as a watcher that starts now leaves it; whatever a test does to the chain is undone."""
    snapshot = anvil.snapshot()
    configured = copy.deepcopy(django_settings.CHAINS)
    configured["base"] |= {
        "network_id": "31337",
        "rpc_urls": [anvil.url],
        "factory": suite.factory.lower(),
        "resolver": suite.resolver.lower(),
        "private_keys": [OPERATOR.key],
        "finality": "finalized",
        "resend_seconds": 0.0,
        "stuck_seconds": 3600.0,
    }
    settings.CHAINS = configured
    forget_clients()
    yield watcher_for("base").chain
    anvil.rpc.call("anvil_dropAllTransactions")  # or mining goes on with them, in a block of the next test
    anvil.rpc.call("evm_setAutomine", True)
    anvil.revert(snapshot)
    forget_clients()


@pytest.fixture
def watcher(base: Chain) -> EvmWatcher:
    made = watcher_for("base")
    assert isinstance(made, EvmWatcher)
    made.process_one()
    return made


def read_all(watcher: EvmWatcher) -> None:
    """Poll until there is nothing more to read."""
    while watcher.process_one():
        pass


def immutables(suite: EvmDeployment, number: int) -> Immutables:
    """Terms of a small native lock; each number has others."""
    return Immutables(
        order_hash=number.to_bytes(32, "big"),
        hashlock=bytes([number]) * 32,
        maker=MAKER.address.lower(),
        taker=suite.resolver.lower(),
        token=NATIVE,
        amount=1000,
        safety_deposit=0,
        timelocks=Timelocks(1, 100, 200, 300, 1, 50, 100, 0),
    )


def lock_source(anvil: Anvil, suite: EvmDeployment, number: int) -> str:
    """The maker's own lock; returns its transaction's hash."""
    data = calldata.create_src_escrow(immutables(suite, number))
    sent = send_evm(anvil.rpc, MAKER, suite.factory, data, 1000)
    anvil.receipt(sent)
    return sent


@pytest.fixture(scope="module")
def near_devnet() -> Iterator[NearDevnet]:
    with NearDevnet(accounts=dict.fromkeys((HTLC, US, ALICE), 10_000 * NEAR)) as running:
        wasm = (ARTIFACTS / "htlc.wasm").read_bytes()
        running.deploy(HTLC, wasm, "new", {"hash_function": "sha256", "retention_seconds": 3600})
        for account in (US, ALICE):
            running.call(account, HTLC, "storage_deposit", {}, deposit=10 * NEAR)
        keys = [write_add_full_access_key(public(key)) for key in FULL]
        running.send(US, US, [*keys, add_function_call_key(public(LIMITED), HTLC)])
        yield running


@pytest.fixture
def near_watcher(near_devnet: NearDevnet, transactional_db: None, settings: Any) -> Iterator[NearWatcher]:
    configured = copy.deepcopy(django_settings.CHAINS)
    configured["near"] |= {
        "network_id": "localnet",
        "rpc_urls": [near_devnet.url],
        "htlc": HTLC,
        "account": US,
        "private_keys": FULL,
        "resend_seconds": 0.0,
    }
    settings.CHAINS = configured
    forget_clients()
    registry.secret["test"] = lambda _: SECRET
    made = watcher_for("near")
    assert isinstance(made, NearWatcher)
    made.process_one()
    yield made
    near_devnet.rpc("devnet_resume")
    forget_clients()
    del registry.secret["test"]


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Absence is looked into at once."""
    monkeypatch.setattr("chains.services.sending.near.GRACE_SECONDS", 0.0)
