"""The calls of the maker's own lock on NEAR, checked before they are signed, and in the forms that libraries take."""

import json
import time
from collections.abc import Sequence
from typing import Any, TypedDict

from onebalancer.chains import NearChain
from onebalancer.differences import Differences
from onebalancer.models import NearCall
from onebalancer.secrets import SwapRecord

MAX_GAS = 300 * 10**12


class PyNearCall(TypedDict):
    """The arguments of py-near's `Account.function_call`."""

    contract_id: str
    method_name: str
    args: dict[str, Any]
    gas: int
    amount: int


def to_py_near(call: NearCall) -> PyNearCall:
    """For py-near: `await account.function_call(**to_py_near(call))`."""
    return {
        "contract_id": call["receiverId"],
        "method_name": call["methodName"],
        "args": call["args"],
        "gas": int(call["gas"]),
        "amount": int(call["deposit"]),
    }


def check_near_calls(
    told: Differences, chain: NearChain, record: SwapRecord, calls: Sequence[NearCall]
) -> dict[str, str] | None:
    """Notes every difference, and gives what the sender of the lock wrote."""
    purposes = [call["purpose"] for call in calls]
    fits = purposes in (["lock"], ["storage", "lock"])
    told.holds("the calls", fits, ", ".join(purposes) or "none", "lock, or storage and lock")
    for call in calls:
        told.holds("gas", int(call["gas"]) <= MAX_GAS, call["gas"], f"at most {MAX_GAS}")
    if told.found:
        return None
    if len(calls) == 2:
        _check_storage(told, chain, calls[0])
    native = record.request["sourceToken"] == "near"
    written = (_check_native if native else _check_token)(told, chain, record, calls[-1])
    told.same("hashlock", f"0x{written.get('hashlock')}", record.hashlock)
    latest = int(time.time()) + chain.max_lock_seconds
    timelock = str(written.get("timelock"))
    told.holds("timelock", timelock.isdigit() and int(timelock) <= latest, timelock, f"at most {latest}")
    return {name: str(written.get(name)) for name in ("receiver", "timelock", "salt")}


def _check_storage(told: Differences, chain: NearChain, call: NearCall) -> None:
    most = chain.max_storage_deposit
    told.same("storage.receiverId", call["receiverId"], chain.htlc)
    told.same("storage.methodName", call["methodName"], "storage_deposit")
    told.same("storage.args", json.dumps(call["args"]), "{}")
    told.holds("storage.deposit", int(call["deposit"]) <= most, call["deposit"], f"at most {most}")


def _check_native(told: Differences, chain: NearChain, record: SwapRecord, call: NearCall) -> dict[str, Any]:
    told.same("lock.receiverId", call["receiverId"], chain.htlc)
    told.same("lock.methodName", call["methodName"], "lock")
    told.same("lock.deposit", call["deposit"], record.request["sourceAmount"])
    return call["args"]


def _check_token(told: Differences, chain: NearChain, record: SwapRecord, call: NearCall) -> dict[str, Any]:
    args = call["args"]
    told.same("lock.receiverId", call["receiverId"], record.request["sourceToken"])
    told.same("lock.methodName", call["methodName"], "ft_transfer_call")
    told.same("lock.deposit", call["deposit"], "1")
    told.same("lock.args", ", ".join(sorted(args)), "amount, msg, receiver_id")
    told.same("lock.args.receiver_id", args.get("receiver_id"), chain.htlc)
    told.same("lock.args.amount", args.get("amount"), record.request["sourceAmount"])
    try:
        written = json.loads(str(args.get("msg")))
    except ValueError:
        written = None
    if isinstance(written, dict):
        return written
    told.add("lock.args.msg", "unreadable", "the terms of a lock")
    return {}
