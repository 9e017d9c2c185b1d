"""The later generation of 1inch's escrows (v2): their terms carry fees, as a ninth field of bytes named `parameters`.

Our own contracts and all that we watch are v1 (`chains.codec.escrow`); by these numbers a v2 escrow is told from one of ours,
and checked.
"""

from dataclasses import dataclass

from chains.codec.abi import ADDRESS_MASK, WORD, address_of_word, address_word, topic, word, words
from chains.codec.escrow import IMMUTABLES_WORDS, Immutables
from chains.codec.keccak import keccak
from chains.errors import CodecError

SRC_ESCROW_CREATED_V2 = topic(
    "SrcEscrowCreated((bytes32,bytes32,uint256,uint256,uint256,uint256,uint256,uint256,bytes),"
    "(uint256,uint256,uint256,uint256,uint256,bytes))"
)
_FEE_WORDS = 4
_COMPLEMENT_WORDS = 5


@dataclass(frozen=True, slots=True)
class FeeParameters:
    """The fees of a destination escrow, base units, and who gets them. A source escrow's parameters are empty bytes."""

    resolver_fee: int
    integrator_fee: int
    resolver_recipient: str
    integrator_recipient: str

    def encode(self) -> bytes:
        """The four words. Raises `CodecError`."""
        recipients = address_word(self.resolver_recipient) + address_word(self.integrator_recipient)
        return word(self.resolver_fee) + word(self.integrator_fee) + recipients

    @classmethod
    def decode(cls, parameters: bytes) -> "FeeParameters":
        """The inverse of `encode`. Raises `CodecError`."""
        resolver, integrator, *recipients = words(parameters, _FEE_WORDS)
        return cls(resolver, integrator, *(address_of_word(one) for one in recipients))


def hash_v2(immutables: Immutables, parameters: bytes) -> bytes:
    """The salt of a v2 escrow's address: keccak256 of the eight words and the parameters' hash."""
    return keccak(immutables.words() + keccak(parameters))


@dataclass(frozen=True, slots=True)
class SourceCreatedV2:
    """What a `SrcEscrowCreated` of v2 says: the source's terms, and what the destination's must be. On a destination that is no
    EVM chain `maker` and `token` are the low 20 bytes of other data."""

    immutables: Immutables
    parameters: bytes
    destination_maker: str
    destination_amount: int
    destination_token: str
    destination_safety_deposit: int
    destination_chain_id: int
    fees: FeeParameters


def decode_source_created_v2(data: bytes) -> SourceCreatedV2:
    """The event's data, two tuples each with a tail of bytes. Raises `CodecError`."""
    source, complement = (_at(data, _uint(data, place)) for place in (0, WORD))
    maker, amount, token, deposit, chain_id = words(_head(complement, _COMPLEMENT_WORDS), _COMPLEMENT_WORDS)
    return SourceCreatedV2(
        immutables=Immutables.from_words(_head(source, IMMUTABLES_WORDS)),
        parameters=_tail(source, IMMUTABLES_WORDS),
        destination_maker=_low_address(maker),
        destination_amount=amount,
        destination_token=_low_address(token),
        destination_safety_deposit=deposit,
        destination_chain_id=chain_id,
        fees=FeeParameters.decode(_tail(complement, _COMPLEMENT_WORDS)),
    )


def _head(of: bytes, count: int) -> bytes:
    """The static words that a tuple begins with. Raises `CodecError` where it is shorter."""
    if len(of) < (count + 1) * WORD:
        raise CodecError(f"a tuple of {count + 1} words in {len(of)} bytes")
    return of[: count * WORD]


def _tail(of: bytes, place: int) -> bytes:
    """The bytes whose offset is a tuple's word `place`."""
    rest = _at(of, _uint(of, place * WORD))
    length = _uint(rest, 0)
    if length > len(rest) - WORD:
        raise CodecError(f"{length} bytes are announced, and {len(rest) - WORD} are there")
    return rest[WORD : WORD + length]


def _at(data: bytes, offset: int) -> bytes:
    if offset > len(data):
        raise CodecError(f"an offset of {offset} in {len(data)} bytes")
    return data[offset:]


def _uint(data: bytes, at: int) -> int:
    return words(data[at : at + WORD], 1)[0]


def _low_address(value: int) -> str:
    return address_of_word(value & ADDRESS_MASK)
