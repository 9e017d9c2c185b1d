"""The escrow contracts' events, from the raw logs of JSON-RPC. No parameter of any of them is indexed."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from chains.codec.abi import WORD, address_of_word, hex0x, topic, unhex, unhex_int, words
from chains.codec.escrow import IMMUTABLES_WORDS, Immutables, proxy_address
from chains.codec.keccak import keccak
from chains.errors import CodecError
from chains.events import JSON, EventKind, ObservedEvent

Log = Mapping[str, Any]
"""A log as `eth_getLogs` answers it: hex strings."""

_TERMS = "(bytes32,bytes32,uint256,uint256,uint256,uint256,uint256,uint256)"
SRC_ESCROW_CREATED = topic(f"SrcEscrowCreated({_TERMS},(uint256,uint256,uint256,uint256,uint256))")
DST_ESCROW_CREATED = topic("DstEscrowCreated(address,bytes32,uint256)")
ESCROW_WITHDRAWAL = topic("EscrowWithdrawal(bytes32)")
ESCROW_CANCELLED = topic("EscrowCancelled()")
FUNDS_RESCUED = topic("FundsRescued(address,uint256)")

_TERMS_SIZE = IMMUTABLES_WORDS * WORD
_COMPLEMENT_WORDS = 5
_MADE_BY_FACTORY = (SRC_ESCROW_CREATED, DST_ESCROW_CREATED)


def decode_log(log: Log, block_timestamp: int, factory: str, src_implementation: str) -> ObservedEvent | None:
    """The event in a log, or None for what is not ours or cannot be an escrow of well-formed terms.

    Creations count only from `factory`. Settlements are decoded from any address, because an escrow can be told from
    a stranger only by its creation: the caller believes those whose `lock_id` it has seen created. `block_timestamp`
    (unix seconds) is that of the log's block. Raises `CodecError` when the factory's own log is malformed or belongs
    to another block: the node is wrong then.
    """
    topics: Sequence[str] = log.get("topics") or ()
    if len(topics) != 1 or log.get("removed"):
        return None
    topic0 = topics[0].lower()
    decode = _DECODERS.get(topic0)
    if decode is None:
        return None
    emitter = str(log["address"]).lower()
    from_factory = emitter == factory.lower()
    if (topic0 in _MADE_BY_FACTORY) != from_factory:
        return None
    try:
        found = decode(unhex(log["data"]), emitter, block_timestamp, src_implementation)
    except CodecError:
        if from_factory:
            raise
        return None
    if found is None:
        return None
    kind, lock_id, payload = found
    return ObservedEvent(
        kind=kind,
        lock_id=lock_id,
        contract=emitter,
        tx_hash=str(log["transactionHash"]).lower(),
        index=unhex_int(log["logIndex"]),
        payload=payload,
    )


_Decoded = tuple[EventKind, str, dict[str, JSON]]


def _source_created(data: bytes, emitter: str, timestamp: int, implementation: str) -> _Decoded | None:
    complement = words(data[_TERMS_SIZE:], _COMPLEMENT_WORDS)
    terms = data[:_TERMS_SIZE]
    try:
        immutables = Immutables.from_words(terms)
        agreed = _complement_json(complement)
    except CodecError:
        return None  # a maker may put dirty high bytes into his own lock's address words: nothing of ours
    deployed_at = immutables.timelocks.deployed_at
    if deployed_at != timestamp:
        raise CodecError(f"a source escrow of time {deployed_at} in a block of time {timestamp}")
    payload: dict[str, JSON] = {
        "side": "source",
        "hashlock": hex0x(immutables.hashlock),
        "immutables": immutables.to_json(),
        "complement": agreed,
        "deployedAt": deployed_at,
    }
    return EventKind.LOCK_CREATED, proxy_address(emitter, implementation, keccak(terms)), payload


def _complement_json(values: list[int]) -> dict[str, str]:
    maker, amount, token, safety_deposit, chain_id = values
    return {
        "maker": address_of_word(maker),
        "amount": str(amount),
        "token": address_of_word(token),
        "safetyDeposit": str(safety_deposit),
        "chainId": str(chain_id),
    }


def _destination_created(data: bytes, _emitter: str, timestamp: int, _implementation: str) -> _Decoded | None:
    escrow, _, taker = words(data, 3)
    try:
        payload: dict[str, JSON] = {
            "side": "destination",
            "hashlock": hex0x(data[WORD : 2 * WORD]),
            "taker": address_of_word(taker),
            "deployedAt": timestamp,
        }
    except CodecError:
        return None  # as above: whoever deployed it wrote a word that is no address
    return EventKind.LOCK_CREATED, address_of_word(escrow), payload


def _withdrawal(data: bytes, emitter: str, _timestamp: int, _implementation: str) -> _Decoded:
    words(data, 1)
    return EventKind.LOCK_CLAIMED, emitter, {"secret": hex0x(data)}


def _cancelled(data: bytes, emitter: str, _timestamp: int, _implementation: str) -> _Decoded:
    words(data, 0)
    return EventKind.LOCK_REFUNDED, emitter, {}


def _rescued(data: bytes, emitter: str, _timestamp: int, _implementation: str) -> _Decoded:
    token, amount = words(data, 2)
    return EventKind.FUNDS_RESCUED, emitter, {"token": address_of_word(token), "amount": str(amount)}


_DECODERS: dict[str, Callable[[bytes, str, int, str], _Decoded | None]] = {
    SRC_ESCROW_CREATED: _source_created,
    DST_ESCROW_CREATED: _destination_created,
    ESCROW_WITHDRAWAL: _withdrawal,
    ESCROW_CANCELLED: _cancelled,
    FUNDS_RESCUED: _rescued,
}
EVENT_TOPICS = tuple(_DECODERS)
"""Topic0 of every event that we follow."""
