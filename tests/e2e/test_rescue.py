"""The service and its database are gone. What is left: the receipts that the makers fetched before they locked, their
secrets, the chains, and somebody with coins for gas."""

import base64
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest

from devnet.client import Maker, RestClient, Swap
from devnet.evm.accounts import dev_account
from devnet.network import ALICE, BOB, MAKER, USDC_ON_BASE, USDT, Figures, Network
from devnet.service import API_KEY, Service, database_exists
from tests.e2e.conftest import free_port

pytestmark = pytest.mark.e2e
PROGRAM = Path(__file__).parents[2] / "sdk" / "rescue" / "rescue.py"
# The public stage is long enough to claim in it while the clocks run on.
FIGURES = Figures(destination=900, slack=120, inclusion=10, finality=10, public_stage=240)
STRANGER = dev_account(8)
DATABASE = "rescue"
AMOUNT, PAID = 10_000_000, 9_990_000
TOKENS = {"base": USDC_ON_BASE, "near": USDT}
# By name: the maker locked by himself on each chain, or signed an order that the service filled.
ROUTES = {"base": ("base", "near"), "near": ("near", "base"), "order": ("base", "near")}
KEYS = {"base": "evm", "near": "near", "order": "evm"}  # of a stranger, on the source


@dataclass(frozen=True)
class Ran:
    """What a run of the program gave."""

    status: int
    out: str
    err: str


@dataclass
class Orphans:
    """Swaps with both locks final whose service is gone, by name; `legs` and `calls`: what its last session and rescue
    documents said of each."""

    network: Network
    folder: Path
    service_key: str
    legs: dict[str, dict[str, Any]] = field(default_factory=dict)
    calls: dict[str, dict[str, Any]] = field(default_factory=dict)

    def evm_would_take(self, call: dict[str, Any]) -> None:
        """Let the node run a call of the rescue document as the stranger's. Raises when it reverts."""
        asked = {"from": STRANGER.address, "to": call["to"], "data": call["data"]}
        self.network.evm["base"].rpc.call("eth_call", asked, "latest")

    def run(self, command: str, swap: str, *words: str, key: str = "", receipt: str = "") -> Ran:
        """The program, as a stranger would run it: its own process, without any of our settings."""
        line = [sys.executable, str(PROGRAM), command, "--receipt", str(self.folder / (receipt or f"{swap}.json"))]
        line += ["--rpc", f"base={self.network.evm['base'].url}", "--rpc", f"near={self.network.near.url}"]
        line += ["--key-file", str(self.folder / f"{key}.key")] if key else []
        line += ["--service-key", self.service_key, "--timeout", "60", *words]
        done = subprocess.run(line, capture_output=True, text=True, cwd=self.folder, env={}, timeout=120, check=False)
        return Ran(done.returncode, done.stdout, done.stderr)

    def secret(self, swap: str) -> str:
        return str(self.folder / f"{swap}.secret")

    def holding(self, chain: str, account: str) -> int:
        """The account's balance of the swaps' token there."""
        if chain == "near":
            return self.network.near_balance(TOKENS[chain], account)
        return self.network.evm_balance(chain, TOKENS[chain], account)

    def go_to(self, seconds: int) -> None:
        """Move both chains' clocks to a time, unless they are past it."""
        ahead = seconds - min(self.network.evm["base"].time, self._near_time())
        if ahead > 0:
            self.network.evm["base"].advance_time(ahead)
            self.network.near.advance_time(ahead)

    def _near_time(self) -> int:
        header = self.network.near.rpc("block", {"finality": "final"})["header"]
        return int(header["timestamp_nanosec"]) // 10**9


@pytest.fixture(scope="module")
def orphans(server_url: str, redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Orphans]:
    """One swap each way and one by an order, both locks final; then the service is killed and its database dropped."""
    folder = tmp_path_factory.mktemp("rescue")
    with Network(figures=FIGURES) as network:
        found = Orphans(network, folder, "")
        with Service(
            network, server_url, redis_url, folder / "service", port=free_port(), database=DATABASE
        ) as service:
            service.wait_ready()
            rest = RestClient(service.base_url, API_KEY)
            found.service_key = rest.get("/receipt-keys")["keys"][0]["publicKey"]
            swaps = {name: _locked(rest, network, folder, name) for name in ROUTES}
            for name, swap in swaps.items():
                found.legs[name] = swap.wait_for("both_locked", 90)["legs"]
                _save(folder / f"{name}.later.json", json.dumps(rest.get(f"/sessions/{swap.session_id}/receipt")))
                found.calls[name] = rest.get(f"/sessions/{swap.session_id}/rescue")["legs"]
        _drop(server_url)
        _save(folder / "evm.key", STRANGER.key)
        _save(folder / "near.key", json.dumps({"account_id": BOB, "private_key": network.near.keys[BOB]}))
        yield found


def _locked(rest: RestClient, network: Network, folder: Path, name: str) -> Swap:
    """A swap that the maker has locked for, or signed an order; its receipt was fetched before that, and the secret kept from the service."""
    source, destination = ROUTES[name]
    body = {
        "sourceChain": source,
        "destinationChain": destination,
        "sourceToken": TOKENS[source],
        "destinationToken": TOKENS[destination],
        "sourceAmount": str(AMOUNT),
        "destinationAmount": str(PAID),
        "maker": ALICE if source == "near" else MAKER.address,
        "taker": ALICE if destination == "near" else MAKER.address,
    }
    swap = Swap(rest, Maker(network, MAKER, ALICE), body)
    swap.create()
    _save(folder / f"{name}.json", json.dumps(rest.get(f"/sessions/{swap.session_id}/receipt")))
    _save(folder / f"{name}.secret", swap.maker.secret.hex())
    if name == "order":
        swap.execute_with_order()
    else:
        swap.execute_and_lock()
    return swap


def _save(path: Path, text: str) -> None:
    path.touch(0o600)
    path.write_text(text)


def _drop(server_url: str) -> None:
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {DATABASE} WITH (FORCE)")
    assert not database_exists(server_url, DATABASE)


def seconds_of(orphans: Orphans, swap: str, side: str, name: str) -> int:
    """A time of a leg, in unix seconds."""
    from datetime import datetime

    return int(datetime.fromisoformat(orphans.legs[swap][side][name]).timestamp())


def filled(claim: dict[str, Any], secret_file: str) -> dict[str, Any]:
    """A claim of the rescue document with the secret at its place."""
    secret = bytes.fromhex(Path(secret_file).read_text())
    data = bytearray.fromhex(claim["call"]["data"][2:])
    offset = claim["secret"]["byteOffset"]
    data[offset : offset + claim["secret"]["bytes"]] = secret
    return {**claim["call"], "data": "0x" + data.hex()}


# In the order of the chains' time, which only goes forward.


@pytest.mark.parametrize("swap", ROUTES)
def test_before_its_time_a_refund_is_refused_with_the_time(orphans: Orphans, swap: str) -> None:
    ran = orphans.run("refund", swap, key=KEYS[swap])
    assert ran.status == 3, ran.out + ran.err
    assert "too early: the contract refuses a refund" in ran.err
    assert "Z, which is in " in ran.err


def test_a_tampered_receipt_is_refused(orphans: Orphans) -> None:
    receipt = json.loads((orphans.folder / "base.json").read_text())
    receipt["legs"]["source"]["contracts"]["factory"] = "0x" + "66" * 20
    _save(orphans.folder / "tampered.json", json.dumps(receipt))
    ran = orphans.run("status", "base", receipt="tampered.json")
    assert (ran.status, "was changed since it was signed" in ran.err) == (2, True)


def test_another_services_receipt_is_refused(orphans: Orphans) -> None:
    ran = orphans.run("status", "base", "--service-key", "ab" * 32)
    assert (ran.status, "do not trust it" in ran.err) == (2, True)


@pytest.mark.parametrize("swap", ROUTES)
@pytest.mark.parametrize("receipt", ["first", "later"])
def test_the_locks_are_found_by_the_receipt_from_before_they_were_made(
    orphans: Orphans, swap: str, receipt: str
) -> None:
    ran = orphans.run("status", swap, receipt=f"{swap}.json" if receipt == "first" else f"{swap}.later.json")
    assert ran.status == 0, ran.err
    for side in ("source", "destination"):
        assert f"{orphans.legs[swap][side]['lockId']}: locked" in ran.out


def test_refund_needs_server__the_makers_secret_claims_on_near_without_it(orphans: Orphans) -> None:
    """REFUND-NEEDS-SERVER, the other half: BASE -> NEAR, claimed by a stranger's key with the maker's secret."""
    before = orphans.holding("near", ALICE)
    ran = orphans.run("claim", "base", "--secret-file", orphans.secret("base"), key="near")
    assert ran.status == 0, ran.out + ran.err
    assert orphans.holding("near", ALICE) == before + PAID
    assert Path(orphans.secret("base")).read_text() not in ran.out + ran.err


def test_a_claim_of_the_rescue_document_is_ready_to_send_on_near(orphans: Orphans) -> None:
    """Its call, the secret put where the document says, signed by anyone."""
    claim = orphans.calls["order"]["destination"]["claim"]
    assert claim["available"]
    action = claim["call"]["actions"][0]
    arguments = base64.b64decode(action["argsBase64"]).decode()
    offset = claim["secret"]["byteOffset"]
    secret = Path(orphans.secret("order")).read_text()
    arguments = arguments[:offset] + secret + arguments[offset + len(secret) :]
    before = orphans.holding("near", ALICE)
    orphans.network.near.call(
        BOB, claim["call"]["receiverId"], action["methodName"], json.loads(arguments), gas=int(action["gas"])
    )
    assert orphans.holding("near", ALICE) == before + PAID


def test_refund_needs_server__the_makers_secret_claims_on_base_without_it(orphans: Orphans) -> None:
    """NEAR -> BASE, in the escrow's public stage."""
    early = orphans.run("claim", "near", "--secret-file", orphans.secret("near"), key="evm")
    assert (early.status, "too early" in early.err) == (3, True)
    stages = json.loads((orphans.folder / "near.json").read_text())["legs"]["destination"]["stages"]
    opens = seconds_of(orphans, "near", "destination", "claimFrom") - stages["withdrawal"] + stages["publicWithdrawal"]
    orphans.go_to(opens + 1)
    orphans.evm_would_take(filled(orphans.calls["near"]["destination"]["claim"], orphans.secret("near")))
    before = orphans.holding("base", MAKER.address)
    ran = orphans.run("claim", "near", "--secret-file", orphans.secret("near"), key="evm")
    assert ran.status == 0, ran.out + ran.err
    assert orphans.holding("base", MAKER.address) == before + PAID


@pytest.mark.parametrize("swap", ROUTES)
def test_refund_needs_server__a_stranger_refunds_the_source_without_it(orphans: Orphans, swap: str) -> None:
    """REFUND-NEEDS-SERVER: the receipt, a node and any funded key."""
    receipt = json.loads((orphans.folder / f"{swap}.json").read_text())
    stages = receipt["legs"]["source"]["stages"]
    late = stages["publicCancellation"] - stages["cancellation"] if stages else 0
    orphans.go_to(seconds_of(orphans, swap, "source", "refundableAt") + late + 1)
    chain = ROUTES[swap][0]
    owner = MAKER.address if chain == "base" else ALICE
    if chain == "base":
        orphans.evm_would_take(orphans.calls[swap]["source"]["refund"]["call"])
    before = orphans.holding(chain, owner)
    ran = orphans.run("refund", swap, key=KEYS[swap])
    assert ran.status == 0, ran.out + ran.err
    assert orphans.holding(chain, owner) == before + AMOUNT
    told = orphans.run("status", swap)
    assert f"{orphans.legs[swap]['source']['lockId']}: refunded" in told.out
