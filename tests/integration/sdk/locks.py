"""What a session says of the locks that a test made."""

from typing import Any

from devnet.evm.world import Lock as EvmLock
from tests.integration.contracts.near.world import Lock as NearLock

Json = dict[str, Any]


def immutables(lock: EvmLock) -> Json:
    """An escrow's terms as documents show them."""
    terms = lock.terms
    return {
        "orderHash": "0x" + terms.order_hash.hex(),
        "hashlock": "0x" + terms.hashlock.hex(),
        "maker": terms.maker.lower(),
        "taker": terms.taker.lower(),
        "token": terms.token.lower(),
        "amount": str(terms.amount),
        "safetyDeposit": str(terms.safety_deposit),
        "timelocks": str(terms.stages.pack(terms.created_at)),
    }


def evm_leg(lock: EvmLock, **lies: Any) -> Json:
    """A leg with an escrow; `lies` replace terms."""
    return {"lockId": lock.escrow.address.lower(), "terms": {"immutables": immutables(lock) | lies}}


def near_leg(lock: NearLock, **lies: Any) -> Json:
    """A leg with a lock of the HTLC."""
    return {"lockId": lock.id, "terms": lock.terms} | lies
