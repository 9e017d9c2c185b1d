"""Our accounts' balances at a final block against the books up to that block.

While something of ours is under way, a balance may lawfully be between two bounds: an open transaction may have landed and
not be booked, a payout may have arrived before the HTLC says so. What is outside of them is a difference at once, however
busy the service is; with nothing under way the bounds are zero.
"""

from collections import defaultdict
from collections.abc import Iterable

from chains.config import ChainConfig, chain_config
from chains.events import EventKind
from chains.models import ChainEvent, ChainTransaction
from chains.services.calls import evm as evm_calls
from chains.services.calls import near as near_calls
from swaps.machine import Step
from swaps.models import LedgerEntry, Leg
from swaps.selectors import own_strays
from swaps.services.facts import SUBJECT
from swaps.services.reconcile.accounts import At, Holding, balance_read, booked, holdings, storage_spent
from swaps.services.reconcile.report import BalanceLine, Difference, What
from swaps.services.strays import SUBJECT as STRAY

Account, Kind = LedgerEntry.AccountName, LedgerEntry.Kind
Slot = tuple[str, str]
"""Account and token."""
LANDING = (
    Step.DESTINATION_CLAIM,
    Step.SOURCE_CLAIM,
    Step.DESTINATION_REFUND,
    Step.SOURCE_REFUND,
    Step.DESTINATION_PAY,
    Step.SOURCE_PAY,
)
NEAR_GAS_PRICE = 10**9  # yoctoNEAR: ten times the usual minimum
FEES_BESIDE_GAS = 2  # the data and operator fees of OP chains are not in an offer; they stay below the gas fee's cap


class Bounds:
    """The least and the most by which an account may differ from the books."""

    def __init__(self) -> None:
        self.low: dict[Slot, int] = defaultdict(int)
        self.high: dict[Slot, int] = defaultdict(int)

    def may_go(self, account: str, token: str, amount: int) -> None:
        self.low[account, token] -= amount

    def may_come(self, account: str, token: str, amount: int) -> None:
        self.high[account, token] += amount

    def of(self, account: str, token: str) -> tuple[int, int]:
        return self.low[account, token], self.high[account, token]


def open_transactions(chain: str) -> list[ChainTransaction]:
    """Ours that may land, or have landed without being final."""
    found = ChainTransaction.objects.filter(chain_id=chain, state__in=ChainTransaction.OPEN_STATES)
    return list(found.select_related("intent"))


def bounds_of(chain: str, waiting: Iterable[ChainTransaction], missing: Iterable[LedgerEntry]) -> Bounds:
    """What is under way: open transactions, payouts of the HTLC to us, and entries that are not booked yet."""
    bounds, config = Bounds(), chain_config(chain)
    for sent in waiting:
        _may_cost(bounds, config, sent)
        if sent.kind == ChainTransaction.Kind.CALL:
            _may_move(bounds, config, sent)
    for entry in missing:
        if entry.chain_id == chain:
            bounds.may_come(entry.debit, entry.token, int(entry.amount))
            bounds.may_go(entry.credit, entry.token, int(entry.amount))
    for leg in _paying(chain):
        bounds.may_come(Account.INVENTORY, leg.token, int(leg.amount))
    return bounds


def _may_cost(bounds: Bounds, config: ChainConfig, sent: ChainTransaction) -> None:
    native, fields = config.native_token, sent.fields
    if config.family == "evm":
        most = int(fields.get("gas", 0)) * int(fields.get("maxFeePerGas", 0)) * FEES_BESIDE_GAS
        bounds.may_go(Account.GAS, native, most + int(fields.get("value", 0)))
        return
    bounds.may_go(Account.INVENTORY, native, int(fields.get("gas", 0)) * NEAR_GAS_PRICE + 1)


def _may_move(bounds: Bounds, config: ChainConfig, sent: ChainTransaction) -> None:
    intent = sent.intent
    outflow = evm_calls.outflow if config.family == "evm" else near_calls.outflow
    for token, amount in outflow(intent.call, config).items():
        bounds.may_go(Account.INVENTORY, token, amount)
    if config.family == "evm":
        bounds.may_come(Account.INVENTORY, config.native_token, config.safety_deposit)
    if intent.subject_type == STRAY:
        for leg in own_strays(config.name):
            if leg.lock_id == intent.call.get("escrow"):
                bounds.may_come(Account.INVENTORY, leg.token, int(leg.amount))
    if intent.subject_type != SUBJECT or intent.step not in LANDING:
        return
    side = intent.step.split("_")[0]
    for leg in Leg.objects.filter(session_id=intent.subject_id, side=side):
        bounds.may_come(Account.INVENTORY, leg.token, int(leg.amount))


def _paying(chain: str) -> list[Leg]:
    """Locks that are settled and whose payout is not known to have arrived: it may have, and may be ours."""
    if chain_config(chain).family == "evm":
        return []
    events = ChainEvent.objects.filter(chain_id=chain, orphaned_at=None)
    settled = events.filter(kind__in=(EventKind.LOCK_CLAIMED, EventKind.LOCK_REFUNDED)).values("lock_id")
    paid = LedgerEntry.objects.filter(chain_id=chain, kind__in=(Kind.CLAIMED, Kind.REFUNDED)).values("session_id")
    unpaid = Leg.objects.filter(chain_id=chain, lock_id__in=settled).exclude(session_id__in=paid)
    return list(unpaid)


def balances_compare(at: At, bounds: Bounds, standing: set[str]) -> tuple[list[BalanceLine], list[Difference]]:
    """Every account of a chain. `standing` are the locks that its HTLC has. Raises `ChainError`."""
    lines, found = [], []
    for holding in holdings(at.chain):
        spent = storage_spent(at.chain, standing) if holding.account == Account.STORAGE else 0
        line = BalanceLine(
            chain=at.chain,
            account=str(holding.account),
            token=holding.token,
            symbol=holding.symbol,
            height=at.height,
            booked=booked(holding, at) - spent,
            found=balance_read(holding, at),
            under_way=bounds.of(holding.account, holding.token),
        )
        lines.append(line)
        if not is_open(holding):
            found.append(_not_opened(line))
        elif not line.holds:
            found.append(_difference(line))
    return lines, found


def is_open(holding: Holding) -> bool:
    """Whether the account has an opening balance in the books."""
    opening = LedgerEntry.objects.filter(chain_id=holding.chain, token=holding.token, kind=Kind.OPENING)
    return opening.filter(evidence=f"opening:{holding.account}").exists()


def _not_opened(line: BalanceLine) -> Difference:
    return Difference(
        What.NOT_OPENED,
        line.chain,
        line.account,
        line.symbol,
        expected="an opening balance",
        found="none",
        why="the books of this account were never opened: manage.py reconcile --open",
        token=line.token,
    )


def _difference(line: BalanceLine) -> Difference:
    gone = line.difference < 0
    if line.account == Account.GAS:
        why = "a key was used outside of this service, or a fee was not booked" if gone else "the key was topped up"
    elif gone:
        why = "taken from our account outside of a swap: if it was you, reconcile --record-transfer; else stop the keys"
    else:
        why = "came from outside of a swap: if it was you, reconcile --record-transfer"
    return Difference(
        What.BALANCE,
        line.chain,
        line.account,
        line.symbol,
        expected=str(line.booked),
        found=str(line.found),
        why=why,
        units=line.difference,
        token=line.token,
    )
