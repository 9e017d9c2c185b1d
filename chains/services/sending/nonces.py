"""Which nonce comes next. A nonce that bytes of ours were ever signed for is never given out again.

EVM nonces are consecutive: one that is missing blocks all above it for ever, so the lowest free one is taken, and a gap
that stays is filled. NEAR nonces need only grow, but a higher one that lands first kills every lower one.
"""

from dataclasses import dataclass
from itertools import count

from django.db import transaction
from django.db.models import Max

from access.services import audit_record
from chains.errors import NonceDrift
from chains.models import Account, ChainTransaction

MAX_AHEAD = 1000  # nonces by which a pool may be ahead of us before its node is disbelieved
NEAR_NONCE_RANGE = 10**6  # nearcore's ACCESS_KEY_NONCE_RANGE_MULTIPLIER: a nonce is below height x 10^6
State = ChainTransaction.State


@dataclass(frozen=True)
class NodeNonces:
    """An account's next nonce by the newest block, and by the node's pool."""

    latest: int
    pending: int


def landed_top(account: Account) -> int | None:
    """The highest nonce of ours that a final block holds."""
    landed = account.transactions.filter(state__in=(State.SUCCEEDED, State.FAILED))
    top: int | None = landed.aggregate(top=Max("nonce"))["top"]
    return top


def evm_nonce(account: Account, node: NodeNonces) -> tuple[int, str]:
    """`(nonce, what an operator should know or "")` for the next transaction; the account's row must be locked.

    Raises `NonceDrift` when the node is behind what is final (it lags, or the chain was reset), or absurdly far ahead.
    """
    top = landed_top(account)
    if top is not None and node.latest <= top:
        raise NonceDrift(f"the node says that {account} is at nonce {node.latest}, but {top} is in a final block")
    used = set(account.transactions.filter(nonce__gte=node.latest).values_list("nonce", flat=True))
    free, known = _lowest_free(node.latest, used), account.next_nonce
    nonce = free if free >= node.pending else _lowest_free(node.pending, used)
    if known is None or nonce <= known:
        return nonce, ""
    if nonce - known > MAX_AHEAD:
        raise NonceDrift(f"the node says that {account} is at nonce {nonce}; the next one by what we know is {known}")
    return nonce, f"its key was used elsewhere: the chain is at nonce {nonce}, we were at {known}"


def _lowest_free(start: int, used: set[int]) -> int:
    return next(nonce for nonce in count(start) if nonce not in used)


def evm_gap(account: Account, node: NodeNonces) -> list[int]:
    """Nonces that block open transactions of ours, and that nothing known will take; lowest first."""
    used = set(account.transactions.filter(nonce__gte=node.pending).values_list("nonce", flat=True))
    open_ones = account.transactions.filter(state__in=ChainTransaction.OPEN_STATES, nonce__gte=node.pending)
    top = open_ones.aggregate(top=Max("nonce"))["top"]
    return [] if top is None else [nonce for nonce in range(node.pending, top) if nonce not in used]


def near_nonce(account: Account, *, key_nonce: int, height: int) -> int:
    """The next nonce of an access key; its row must be locked. `height` is that of the block the bytes will name.

    Raises `NonceDrift` when no nonce below the network's bound is above those that may still land.
    """
    bound = height * NEAR_NONCE_RANGE
    nonce = max(account.next_nonce or 0, key_nonce + 1)
    if nonce < bound:
        return nonce
    highest = account.transactions.filter(state__in=ChainTransaction.OPEN_STATES).aggregate(top=Max("nonce"))["top"]
    nonce = max(key_nonce, highest or 0) + 1
    if nonce >= bound:
        raise NonceDrift(f"nonce {nonce} of {account} is not below the network's bound of {bound}")
    return nonce


@transaction.atomic
def account_nonce_accept(*, account: Account, nonce: int, actor: str = "system") -> None:
    """An operator has looked: the account is at `nonce` indeed, however far that is from what we knew."""
    Account.objects.filter(pk=account.pk).update(next_nonce=nonce, attention="")
    detail = {"nonce": nonce, "was": account.next_nonce}
    audit_record(
        action="nonce_accepted", actor_kind="operator", actor_id=actor, target=str(account)[:80], detail=detail
    )
