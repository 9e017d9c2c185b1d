"""One maker with one swap at a time, from the request to its end, whatever happens meanwhile."""

import hashlib
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from devnet.client import Document, sign_typed_data
from devnet.evm.accounts import DevAccount
from devnet.network import USDC_ON_BASE, USDT, Network
from devnet.proofs.soak.client import GaveUp, PatientClient, Refused
from devnet.proofs.soak.plan import Fate, SwapPlan
from devnet.proofs.soak.wallets import EvmWallet, NearWallet, TransactionFailed

LOOK_SECONDS = 0.5
END_SECONDS = 600.0
ENDED = ("completed", "refunded", "cancelled", "failed")
FEE = 50_000  # base units that the maker leaves to us: the prices of the two tokens differ a little


@dataclass
class Record:
    """One swap as it went: what its story is told from."""

    plan: SwapPlan
    began: float = field(default_factory=time.monotonic)
    ended: float | None = None
    session_id: str = ""
    status: str = "not made"
    document: Document = field(default_factory=dict)
    locked: bool = False
    problem: str = ""
    story: list[str] = field(default_factory=list)

    @property
    def is_as_planned(self) -> bool:
        return self.status == next(iter(self.plan.legal))

    @property
    def deltas(self) -> tuple[int, int]:
        """By how much the maker's source and destination tokens should have changed."""
        if self.status != "completed":
            return 0, 0
        return -self.plan.amount, self.plan.amount - FEE

    def say(self, text: str) -> None:
        """Add a line to the story."""
        self.story.append(f"{time.strftime('%H:%M:%S')} {text}")


@dataclass
class Desk:
    """Where one maker works: his keys, and what all makers share."""

    network: Network
    base_url: str
    api_key: str
    evm: DevAccount
    near: str
    seed: int
    stop: threading.Event

    def __post_init__(self) -> None:
        self.evm_wallet = EvmWallet(self.network.evm["base"], self.evm, self.stop)
        self.near_wallet = NearWallet(self.network.near, self.near, self.stop)

    def account_on(self, chain: str) -> str:
        return self.near if chain == "near" else self.evm.address

    def send(self, call: Document) -> str:
        """Carry out one of the service's ready-to-send calls."""
        return self.near_wallet.send(call) if "receiverId" in call else self.evm_wallet.send(call)


class Maker:
    """Drives one planned swap."""

    def __init__(self, desk: Desk, record: Record) -> None:
        self.desk, self.record, self.plan = desk, record, record.plan
        self.client = PatientClient(desk.base_url, desk.api_key, record.say, desk.stop)
        self.secret = hashlib.sha256(f"secret {desk.seed} {record.plan.number}".encode()).digest()

    def run(self) -> None:
        """The whole swap; what went wrong is noted in the record."""
        try:
            self._create()
            _STEPS[self.plan.fate](self)
            self._await_end()
        except (Refused, GaveUp, TransactionFailed) as error:
            self.record.problem = str(error)
        finally:
            self.record.ended = time.monotonic()
            self.client.close()

    # steps

    def _create(self) -> None:
        source, destination = self.plan.route
        tokens = {"base": USDC_ON_BASE, "near": USDT}
        body: Document = {
            "sourceChain": source,
            "destinationChain": destination,
            "sourceToken": tokens[source],
            "destinationToken": tokens[destination],
            "sourceAmount": str(self.plan.amount),
            "destinationAmount": str(self.plan.amount - FEE),
            "maker": self.desk.account_on(source),
            "taker": self.desk.account_on(destination),
        }
        if self.plan.custody == "maker":
            body["hashlock"] = "0x" + hashlib.sha256(self.secret).hexdigest()
        self.created = self.client.post("/sessions", self._key("create"), body)
        self.record.session_id = self.created["sessionId"]
        self._note(self.created)

    def _execute(self) -> None:
        """Ask for the swap, and lock, or let an order be filled."""
        if self.plan.source_lock == "order":
            self._execute_with_order()
            return
        executed = self._post("execute", {"sourceLock": "self"})
        self.record.locked = True
        for call in executed["calls"]:
            self.record.say(f"{call.get('purpose', 'sends')}: {self.desk.send(call)}")

    def _execute_with_order(self) -> None:
        offer = self.created["next"]["limitOrder"]
        approve = offer["approve"]
        from chains.codec import calldata

        data = "0x" + calldata.erc20_approve(approve["spender"], int(approve["amount"])).hex()
        self.desk.send({"to": approve["token"], "data": data, "value": "0"})
        signed = sign_typed_data(self.desk.evm, offer["typedData"])
        order = {"order": offer["order"], "signature": signed, "extension": offer["extension"]}
        self._post("execute", {"limitOrder": order})

    def _complete(self) -> None:
        self._execute()
        if self.plan.custody == "maker":
            self._hand_over()

    def _hand_over(self) -> None:
        """A refusal as too early is a reorg or an outage: the maker asks again while both locks stand."""
        while self._reached("both_locked"):
            try:
                self._post("secret", {"secret": "0x" + self.secret.hex()})
                return
            except Refused as refused:
                if refused.code not in ("secret_too_early", "invalid_session_state"):
                    raise
                self.record.say(str(refused))
                self.desk.stop.wait(LOOK_SECONDS)

    def _self_claim(self) -> None:
        """As /rescue says, once the contract lets anyone claim."""
        self._execute()
        while self._reached("both_locked"):
            option = self.client.get(f"/sessions/{self.record.session_id}/rescue")["legs"]["destination"]["claim"]
            if not option["available"]:
                self.desk.stop.wait(LOOK_SECONDS)
                continue
            self._claim(option)
            return

    def _claim(self, option: Document) -> None:
        try:
            self.record.say(f"claims by himself: {self.desk.send(self._filled(option))}")
        except TransactionFailed as failed:
            self.record.say(f"his claim failed, too late: {failed}")

    def _filled(self, option: Document) -> Document:
        call, place = option["call"], option["secret"]
        if "receiverId" in call:
            action = call["actions"][0]
            args = {**action["args"], "secret": self.secret.hex()}
            return {**action, "receiverId": call["receiverId"], "args": args}
        data = bytearray.fromhex(call["data"][2:])
        data[place["byteOffset"] : place["byteOffset"] + len(self.secret)] = self.secret
        return {**call, "data": "0x" + data.hex()}

    def _cancel_locked(self) -> None:
        self._execute()
        self.desk.stop.wait(self.plan.patience)
        try:
            self._post("cancel")
        except Refused as refused:
            if refused.code != "invalid_session_state":
                raise
            self.record.say(str(refused))

    def _cancel_early(self) -> None:
        if self.plan.number % 3:
            self._post("execute", {"sourceLock": "self"})
        self._post("cancel")

    def _abandon(self) -> None:
        self._post("execute", {"sourceLock": "self"})

    # reading

    def _reached(self, status: str) -> bool:
        """Wait for a status. False once the swap has ended, or was given up."""
        end = time.monotonic() + END_SECONDS
        while time.monotonic() < end:
            found = self._look()
            if found == status:
                return True
            if found in (*ENDED, "cancelling", "timeout", "refunding", "revealing_secret"):
                return False
            if self.desk.stop.wait(LOOK_SECONDS):
                break
        raise GaveUp(f"{self.record.session_id} did not reach {status}, and is {self.record.status}")

    def _await_end(self) -> None:
        """A lock that landed after a cancellation opens the session again: then `cancelled` and `failed` are no end."""
        end = time.monotonic() + END_SECONDS
        while time.monotonic() < end:
            status = self._look()
            if status in ENDED[:2] or (status in ENDED and not self.record.locked):
                return
            if self.desk.stop.wait(LOOK_SECONDS):
                break
        raise GaveUp(f"{self.record.session_id} did not end within {END_SECONDS:.0f} s, and is {self.record.status}")

    def _look(self) -> str:
        self._note(self.client.get(f"/sessions/{self.record.session_id}"))
        return self.record.status

    def _note(self, document: Document) -> None:
        if document["status"] != self.record.status:
            reason = f" ({document['reason']})" if document["reason"] else ""
            self.record.say(f"{document['status']}{reason}")
        self.record.status, self.record.document = document["status"], document

    def _post(self, what: str, body: Document | None = None) -> Document:
        document = self.client.post(f"/sessions/{self.record.session_id}/{what}", self._key(what), body)
        self.record.say(what)
        self._note(document)
        return document

    def _key(self, what: str) -> str:
        return f"soak-{self.desk.seed}-{self.plan.number}-{what}"


_STEPS: dict[Fate, Callable[[Maker], None]] = {
    Fate.COMPLETE: Maker._complete,
    Fate.SELF_CLAIM: Maker._self_claim,
    Fate.SILENT: Maker._execute,
    Fate.CANCEL_LOCKED: Maker._cancel_locked,
    Fate.CANCEL_EARLY: Maker._cancel_early,
    Fate.ABANDON: Maker._abandon,
}
