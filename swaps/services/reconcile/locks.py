"""Every session's locks as their chains have them at the final block, against what our events say of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from chains.clients.evm import EvmClient
from chains.clients.near import NearClient
from chains.codec.abi import address_of_word, topic, unhex, unhex_int, words
from chains.codec.evm import ESCROW_CANCELLED, ESCROW_WITHDRAWAL
from chains.config import chain_config, quorum
from chains.events import EventKind
from chains.models import ChainEvent
from swaps.models import Leg
from swaps.selectors import own_strays
from swaps.services.reconcile.accounts import At
from swaps.services.reconcile.books import events_of_legs
from swaps.services.reconcile.report import Difference, Scope, What

PAGE = 100  # locks that the HTLC gives at once
TRANSFER = topic("Transfer(address,address,uint256)")
SETTLING = {EventKind.LOCK_CLAIMED: ESCROW_WITHDRAWAL, EventKind.LOCK_REFUNDED: ESCROW_CANCELLED}
STATES = {EventKind.LOCK_CREATED: "locked", EventKind.LOCK_CLAIMED: "claimed", EventKind.LOCK_REFUNDED: "refunded"}
Record = dict[str, Any]


@dataclass(frozen=True)
class Lock:
    """A session's lock by its final events. `settled` is the first that settled it, `paid` whether its money arrived."""

    leg: Leg
    settled: ChainEvent | None
    paid: bool

    @property
    def state(self) -> str:
        return STATES[EventKind(self.settled.kind)] if self.settled else "locked"

    @property
    def owner(self) -> str:
        """Who is paid."""
        claimed = self.settled is not None and self.settled.kind == EventKind.LOCK_CLAIMED
        return str(self.leg.payee if claimed else self.leg.refundee)

    def differs(self, what: What, item: str, expected: object, found: object, why: str) -> Difference:
        """A difference of this lock."""
        subject, lock = self.leg.session_id, f"{self.leg.side} {self.leg.lock_id}"
        return Difference(what, self.leg.chain_id, subject, f"{lock}: {item}", str(expected), str(found), why)


def near_records(at: At) -> dict[str, Record]:
    """All locks of the HTLC at that block, by id. Raises `ChainError`."""
    found: dict[str, Record] = {}
    while True:
        page = _page(at, len(found))
        found |= {record["id"]: record for record in page}
        if len(page) < PAGE:
            return found


def _page(at: At, first: int) -> list[Record]:
    def ask(node: NearClient) -> Any:
        arguments = {"from_index": first, "limit": PAGE}
        return node.view(chain_config(at.chain).htlc, "get_locks", arguments, block=at.hash)

    return list(quorum(at.chain).ask(f"the locks from {first}", ask))


def locks_compare(scope: Scope, at: At, records: dict[str, Record]) -> tuple[list[Difference], int]:
    """The differences of a chain's locks, strays of ours included, and how many were compared. Raises `ChainError`."""
    legs = Leg.objects.filter(chain_id=at.chain).exclude(lock_id="").select_related("session", "chain")
    if scope.session:
        legs = legs.filter(session_id=scope.session)
    events = events_of_legs(at.chain, scope)
    near = chain_config(at.chain).family == "near"
    strays = own_strays(at.chain, scope.session)
    found, count = [], 0
    looked_after = {leg.lock_id for leg in strays}
    for leg in (*legs, *strays):
        lock = _lock(leg, events[leg.lock_id], at.height)
        if lock is None or _is_old(lock, scope):
            continue
        count += 1
        found += _near_lock(lock, records.get(leg.lock_id)) if near else _evm_lock(lock, at)
        if lock.settled is None and leg.session.is_terminal and leg.lock_id not in looked_after:
            found.append(_stranded(lock))
    return found, count


def _lock(leg: Leg, events: Sequence[ChainEvent], height: int) -> Lock | None:
    """None for one whose creation is not final."""
    final = [event for event in events if event.block_height <= height]
    if not any(event.kind == EventKind.LOCK_CREATED for event in final):
        return None
    settled = next((event for event in final if event.kind in SETTLING), None)
    evm = chain_config(leg.chain_id).family == "evm"
    paid = settled is not None if evm else any(event.kind == EventKind.PAYOUT_SUCCEEDED for event in final)
    return Lock(leg, settled, paid)


def _is_old(lock: Lock, scope: Scope) -> bool:
    settled = lock.settled
    return settled is not None and lock.paid and settled.block_time_ns // 10**9 < scope.settled_since


def _stranded(lock: Lock) -> Difference:
    """Failure mode TERMINAL-STATE-WITH-FUNDS."""
    leg = lock.leg
    return lock.differs(
        What.TERMINAL_WITH_FUNDS,
        "state",
        "settled",
        f"{leg.amount} of {leg.token} locked",
        f"the session is {leg.session.status}: its lock must be claimed or refunded by hand (see /rescue)",
    )


# NEAR


def _near_lock(lock: Lock, record: Record | None) -> list[Difference]:
    if record is None:
        if lock.paid:
            return []  # removed after its retention
        why = "the HTLC has no such lock: its events did not happen, or it is another contract"
        return [lock.differs(What.LOCK, "record", lock.state, "nothing", why)]
    leg = lock.leg
    native = leg.token == chain_config(leg.chain_id).native_token
    wanted = {
        "state": (What.LOCK, lock.state),
        "amount": (What.LOCK, str(leg.amount)),
        "token": (What.LOCK, None if native else leg.token),
        "sender": (What.LOCK, leg.refundee),
        "receiver": (What.LOCK, leg.payee),
        "hashlock": (What.LOCK, leg.session.hashlock),
    }
    if lock.settled is not None and lock.paid:
        wanted["payout"] = (What.PAYMENT, "paid")
    return [
        lock.differs(what, name, value, record.get(name), _near_why(name, lock))
        for name, (what, value) in wanted.items()
        if record.get(name) != value
    ]


def _near_why(name: str, lock: Lock) -> str:
    if name == "state":
        return "an event of the lock was missed, or was orphaned after it was believed"
    if name == "payout":
        return f"{lock.owner} has not been paid, and we believed it"
    return "the lock is not the one that was recognised"


# EVM


def _evm_lock(lock: Lock, at: At) -> list[Difference]:
    leg = lock.leg
    native = leg.token == chain_config(leg.chain_id).native_token
    deposit = int(leg.terms["immutables"]["safetyDeposit"])

    def ask(node: EvmClient) -> tuple[bool, int, int]:
        coins = node.balance(leg.lock_id, at.height)
        held = coins if native else node.erc20_balance(leg.token, leg.lock_id, at.height)
        return node.has_code(leg.lock_id, at.height), held, coins

    exists, held, coins = quorum(at.chain).ask(f"the lock {leg.lock_id}", ask)
    if not exists:
        return [lock.differs(What.LOCK, "contract", "there", "none", "its creation was orphaned after it was believed")]
    if lock.settled is not None:
        return _evm_settled(lock, lock.settled, held)
    amount = int(leg.amount) + (deposit if native else 0)
    found = []
    if held < amount:
        why = "it was claimed, refunded or rescued, and the event was missed"
        found.append(lock.differs(What.LOCK, f"holds of {leg.token}", amount, held, why))
    if coins < deposit:
        found.append(lock.differs(What.LOCK, "safety deposit", deposit, coins, "it was paid out, and no event says so"))
    return found


def _evm_settled(lock: Lock, settled: ChainEvent, held: int) -> list[Difference]:
    """The settling transaction's receipt must show the escrow's event and the payment; the escrow must be empty."""
    leg, kind = lock.leg, EventKind(settled.kind)

    def ask(node: EvmClient) -> tuple[bool, tuple[tuple[str, int], ...]]:
        receipt = node.receipt(settled.tx_hash)
        logs = receipt.logs if receipt is not None and receipt.status == 1 else ()
        told = any(log["address"].lower() == leg.lock_id and _topic0(log) == SETTLING[kind] for log in logs)
        return told, tuple(_payment(log) for log in logs if _is_payment(log, leg))

    told, payments = quorum(leg.chain_id).ask(f"the receipt of {settled.tx_hash}", ask)
    found = []
    if not told:
        why = f"{settled.tx_hash} does not tell of it: it was orphaned after it was believed"
        found.append(lock.differs(What.LOCK, "state", lock.state, "no such event", why))
    native = leg.token == chain_config(leg.chain_id).native_token
    if told and not native and (lock.owner.lower(), int(leg.amount)) not in payments:
        paid = ", ".join(f"{amount} to {to}" for to, amount in payments) or "nothing"
        why = "the token moved something else than the escrow's terms say"
        found.append(lock.differs(What.PAYMENT, "paid", f"{leg.amount} to {lock.owner}", paid, why))
    if held >= int(leg.amount):
        why = "somebody filled the escrow again, or it was never emptied"
        found.append(lock.differs(What.LOCK, f"holds of {leg.token}", f"less than {leg.amount}", held, why))
    return found


def _is_payment(log: Record, leg: Leg) -> bool:
    """An ERC-20 transfer of the leg's token out of its escrow."""
    topics = log["topics"]
    if log["address"].lower() != leg.token or len(topics) != 3 or _topic0(log) != TRANSFER:
        return False
    return address_of_word(words(unhex(topics[1]), 1)[0]) == leg.lock_id


def _topic0(log: Record) -> str:
    return str(log["topics"][0]).lower() if log["topics"] else ""


def _payment(log: Record) -> tuple[str, int]:
    return address_of_word(words(unhex(log["topics"][2]), 1)[0]), unhex_int(log["data"])
