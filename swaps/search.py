"""Finding sessions by what an operator has in his hand: an id, a hash, an address, an account, an owner, a token.

Every way goes through an index, exactly or by a beginning. What hangs on a session is asked first, and gives ids: an OR over
joined tables would read them all.
"""

import re
from collections.abc import Iterable
from typing import Any

from django.db.models import Q, QuerySet
from django.db.models.fields.json import KeyTextTransform

from chains.config import chain_configs
from chains.models import ChainEvent, ChainTransaction
from swaps.models import FusionOrder, Leg, StrayLock, SwapSession
from swaps.selectors import SUBJECT

HEX = re.compile(r"(?:0[xX])?([0-9a-fA-F]{6,64})")
BASE58 = re.compile(r"[1-9A-HJ-NP-Za-km-z]{43,44}")
MOST = 200  # sessions that one lock, transaction or order can belong to is one; a beginning may fit more
SHORTEST = 3
NOTHING = Q(pk__in=())


def sessions_found(term: str) -> Q:
    """The sessions that a search term means; none for a term that is nothing of a session's."""
    term = term.strip().strip("\"'`<>")
    if len(term) < SHORTEST or "\0" in term:
        return NOTHING
    if term.lower().startswith("sess_"):
        return Q(pk__startswith=term.lower())
    tokens = _token(term)
    if tokens is not None:
        return tokens
    hexadecimal = HEX.fullmatch(term)
    if hexadecimal:
        return _hexadecimal(hexadecimal.group(1).lower())
    return _words(term)


def _token(symbol: str) -> Q | None:
    """Swaps of a token on either side, where a configured one is called so."""
    found = None
    for config in chain_configs():
        for token in config.tokens:
            if token.symbol.lower() == symbol.lower():
                one = Q(source_chain=config.name, source_token=token.id)
                one |= Q(destination_chain=config.name, destination_token=token.id)
                found = one if found is None else found | one
    return found


def _hexadecimal(digits: str) -> Q:
    """Hashlocks, order hashes and lock ids by their beginnings, addresses likewise, transactions by the whole hash."""
    full = f"0x{digits}"
    ids = _ids(Leg.objects.filter(Q(lock_id__startswith=full) | Q(lock_id__startswith=digits)), "session_id")
    ids |= _ids(FusionOrder.objects.filter(order_hash__startswith=digits), "session_id")
    ids |= _strays((full, digits))
    if len(digits) == 64:
        ids |= _transactions((full, digits)) | _ordered(full)
    own = Q(hashlock__startswith=digits) | Q(salt__startswith=digits)
    return own | Q(maker__startswith=full) | Q(taker__startswith=full) | Q(pk__in=ids)


def _words(term: str) -> Q:
    """Accounts by their beginnings; owners, quotes, and NEAR's transactions and receipts as they are."""
    ids = _transactions((term,)) if BASE58.fullmatch(term) else set()
    account = term.lower()
    people = Q(maker__startswith=account) | Q(taker__startswith=account)
    return people | Q(principal__in=(term, f"key:{term}")) | Q(quote_id=term) & ~Q(quote_id="") | Q(pk__in=ids)


def _transactions(hashes: tuple[str, ...]) -> set[str]:
    """Sessions that one of our transactions was sent for, or whose lock a watched one made or settled."""
    sent = ChainTransaction.objects.filter(hash__in=hashes, intent__subject_type=SUBJECT)
    ids = _ids(sent, "intent__subject_id")
    locks = set(ChainEvent.objects.filter(tx_hash__in=hashes).values_list("chain_id", "lock_id")[:MOST])
    if not locks:
        return ids
    lock_ids = [lock_id for _, lock_id in locks]
    legs = Leg.objects.filter(lock_id__in=lock_ids).values_list("session_id", "chain_id", "lock_id")
    return ids | {session for session, chain, lock_id in legs if (chain, lock_id) in locks} | _strays(lock_ids)


def _strays(lock_ids: Iterable[str]) -> set[str]:
    names = [config.name for config in chain_configs()]
    return _ids(StrayLock.objects.filter(chain__in=names, lock_id__in=list(lock_ids)), "session_id")


def _ordered(order_hash: str) -> set[str]:
    found = SwapSession.objects.filter(order__isnull=False).annotate(hashed=KeyTextTransform("orderHash", "order"))
    return _ids(found.filter(hashed=order_hash), "pk")


def _ids(rows: QuerySet[Any], field: str) -> set[str]:
    return set(rows.values_list(field, flat=True)[:MOST])
