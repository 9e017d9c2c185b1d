"""The calls of the maker's own lock on an EVM chain, checked before they are signed: they do what was asked for, and no more."""

from collections.abc import Sequence

from onebalancer.chains import EvmChain
from onebalancer.differences import Differences
from onebalancer.evm_terms import CREATE_SOURCE, Stage, Terms, call_data
from onebalancer.models import EvmCall
from onebalancer.secrets import SwapRecord


def approve_data(spender: str, amount: int) -> str:
    """`approve(spender, amount)` of a token."""
    return call_data("approve(address,uint256)", spender, amount)


def check_evm_calls(told: Differences, chain: EvmChain, record: SwapRecord, calls: Sequence[EvmCall]) -> Terms | None:
    """Notes every difference, and gives the terms of the lock that the calls make."""
    request, amount = record.request, int(record.request["sourceAmount"])
    native = int(request["sourceToken"], 16) == 0
    told.same("the calls", ", ".join(call["purpose"] for call in calls), "lock" if native else "approve, lock")
    if told.found:
        return None
    if not native:
        told.same("approve.to", calls[0]["to"], request["sourceToken"])
        told.same("approve.value", calls[0]["value"], "0")
        told.same("approve.data", calls[0]["data"], approve_data(chain.escrow_factory, amount))
    lock = calls[-1]
    told.same("lock.to", lock["to"], chain.escrow_factory)
    told.same("lock's function", lock["data"][:10], CREATE_SOURCE)
    terms = _terms_in(told, lock["data"][10:])
    if terms is None:
        return None
    told.same("hashlock", terms.hashlock, record.hashlock)
    told.same("refundee", terms.maker, request["maker"])
    told.same("token", terms.token, request["sourceToken"])
    told.same("amount", terms.amount, amount)
    told.same("lock.value", lock["value"], terms.safety_deposit + (amount if native else 0))
    check_binding(told, chain, terms)
    return terms


def check_binding(told: Differences, chain: EvmChain, terms: Terms) -> None:
    """What may be chosen by the service, within the client's own limits: the deposit, and how long the lock binds."""
    refund = terms.offset(Stage.SOURCE_PUBLIC_CANCELLATION)
    most, longest = chain.max_safety_deposit, chain.max_lock_seconds
    told.holds("safety deposit", terms.safety_deposit <= most, terms.safety_deposit, f"at most {most}")
    told.holds("seconds until anybody can refund", refund <= longest, refund, f"at most {longest}")
    told.same("time of creation", terms.created_at, 0)


def _terms_in(told: Differences, data: str) -> Terms | None:
    try:
        return Terms.decode(bytes.fromhex(data))
    except ValueError:
        told.add("the lock's terms", "unreadable", "the immutables of an escrow")
        return None
