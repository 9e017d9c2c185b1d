"""What a Fusion+ order (v1) says about its two escrows, in the post-interaction of its extension.

    factory(20) ++ whitelist ++ ExtraDataArgs(160)
    whitelist      nothing at all (anyone may fill), or
                   allowedFrom(4) ++ n * (resolver's low 80 bits(10) ++ delay(2)) ++ (n << 3)(1)
    ExtraDataArgs  hashlock, dstChainId, dstToken, source deposit << 128 | destination deposit, timelocks

A destination on NEAR does not fit into EVM words: `dstToken` is then the low 160 bits of keccak256 of the token's
account id, and the extension's customData is borsh(receiver, token). The salt commits to both, so the maker signs
them.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from operator import itemgetter

from chains.codec.abi import WORD, address_of_word, address_word, bytes32, hex0x, word, words
from chains.codec.address import normalised
from chains.codec.borsh import Reader, string
from chains.codec.extension import Extension, extension_bits
from chains.codec.keccak import keccak
from chains.codec.order import Order
from chains.codec.timelocks import Timelocks
from chains.codec.traits import MakerTraits, sender_half
from chains.errors import CodecError

NEAR_CHAIN_IDS = {"mainnet": 397, "testnet": 398}
"""Numbers that stand for NEAR's networks where an EVM chain id is expected (397 is its SLIP-44 coin type)."""

_ADDRESS = 20
_HALF = 10
_EXTRA_WORDS = 5
_EXTRA_SIZE = _EXTRA_WORDS * WORD
_ENTRY = _HALF + 2
_FRAME = 5
_COUNT_SHIFT, _FLAGS_MASK, _MAX_ENTRIES = 3, 7, 31
_DEPOSIT_LIMIT = 1 << 128


@dataclass(frozen=True, slots=True)
class ExtraDataArgs:
    """The maker's terms for both escrows. Deposits in wei of each chain; `timelocks` without a time of creation."""

    hashlock: bytes
    dst_chain_id: int
    dst_token: str
    src_safety_deposit: int
    dst_safety_deposit: int
    timelocks: Timelocks

    def encode(self) -> bytes:
        """The 160 bytes. Raises `CodecError`."""
        if not (0 <= self.src_safety_deposit < _DEPOSIT_LIMIT and 0 <= self.dst_safety_deposit < _DEPOSIT_LIMIT):
            raise CodecError("a safety deposit has 128 bits")
        return (
            bytes32(self.hashlock, "hashlock")
            + word(self.dst_chain_id)
            + address_word(self.dst_token)
            + word(self.src_safety_deposit << 128 | self.dst_safety_deposit)
            + word(self.timelocks.pack())
        )

    @classmethod
    def decode(cls, data: bytes) -> "ExtraDataArgs":
        """The inverse of `encode`. Raises `CodecError`."""
        _, chain_id, token, deposits, timelocks = words(data, _EXTRA_WORDS)
        return cls(
            hashlock=data[:WORD],
            dst_chain_id=chain_id,
            dst_token=address_of_word(token),
            src_safety_deposit=deposits >> 128,
            dst_safety_deposit=deposits % _DEPOSIT_LIMIT,
            timelocks=Timelocks.unpack(timelocks),
        )


@dataclass(frozen=True, slots=True)
class Whitelist:
    """Who may fill and from when: each resolver (low 80 bits of his address) waits his delay in seconds, added to those
    before him, after `allowed_from` (unix seconds)."""

    allowed_from: int
    resolvers: tuple[tuple[int, int], ...] = ()

    @classmethod
    def ordered(cls, allowed_from: int, resolvers: Iterable[tuple[str, int]]) -> "Whitelist":
        """Of (address, unix seconds from which he may fill) in any order; who might fill before the list begins begins with it,
        and of two at the same second the first given stands first."""
        waiting = sorted(((max(start, allowed_from), resolver) for resolver, start in resolvers), key=itemgetter(0))
        begins = [allowed_from, *(start for start, _ in waiting)]
        delays = (start - before for before, start in pairwise(begins))
        return cls(
            allowed_from, tuple((sender_half(one), delay) for (_, one), delay in zip(waiting, delays, strict=True))
        )

    def allows(self, resolver: str, at: int) -> bool:
        """Whether a resolver may fill in a block of that time, as WhitelistLib.sol has it: a list of nobody admits everyone."""
        half, start = sender_half(resolver), self.allowed_from
        for listed, delay in self.resolvers:
            start += delay
            if at < start:
                return False
            if listed == half:
                return True
        return not self.resolvers

    def encode(self) -> bytes:
        """The list's bytes. Raises `CodecError` when it is too long or a number too large."""
        if len(self.resolvers) > _MAX_ENTRIES:
            raise CodecError(f"a whitelist has at most {_MAX_ENTRIES} resolvers")
        try:
            entries = b"".join(half.to_bytes(_HALF, "big") + delay.to_bytes(2, "big") for half, delay in self.resolvers)
            return self.allowed_from.to_bytes(4, "big") + entries + bytes([len(self.resolvers) << _COUNT_SHIFT])
        except OverflowError:
            raise CodecError("a whitelist's time has 32 bits, a resolver 80, his delay 16") from None

    @classmethod
    def decode(cls, data: bytes) -> "Whitelist":
        """The inverse of `encode`. Raises `CodecError`, also for the fee flags of 1inch's own settlement."""
        if len(data) < _FRAME or data[-1] & _FLAGS_MASK:
            raise CodecError("a whitelist that is too short, or asks for a settlement fee, which is not served")
        if len(data) != _FRAME + (data[-1] >> _COUNT_SHIFT) * _ENTRY:
            raise CodecError(f"a whitelist of {data[-1] >> _COUNT_SHIFT} resolvers in {len(data)} bytes")
        entries = (data[at : at + _ENTRY] for at in range(4, len(data) - 1, _ENTRY))
        return cls(
            int.from_bytes(data[:4], "big"),
            tuple((int.from_bytes(entry[:_HALF], "big"), int.from_bytes(entry[_HALF:], "big")) for entry in entries),
        )


@dataclass(frozen=True, slots=True)
class PostInteraction:
    """The whole field: which factory makes the escrow, for whom, on which terms. No `whitelist` admits everyone."""

    factory: str
    args: ExtraDataArgs
    whitelist: Whitelist | None = None

    def encode(self) -> bytes:
        """The field's bytes. Raises `CodecError`."""
        listed = b"" if self.whitelist is None else self.whitelist.encode()
        return bytes.fromhex(normalised(self.factory)[2:]) + listed + self.args.encode()

    @classmethod
    def decode(cls, data: bytes) -> "PostInteraction":
        """The inverse of `encode`. Raises `CodecError`."""
        if len(data) < _ADDRESS + _EXTRA_SIZE:
            raise CodecError(f"a post-interaction has at least {_ADDRESS + _EXTRA_SIZE} bytes, not {len(data)}")
        listed = data[_ADDRESS:-_EXTRA_SIZE]
        return cls(
            factory=hex0x(data[:_ADDRESS]),
            args=ExtraDataArgs.decode(data[-_EXTRA_SIZE:]),
            whitelist=Whitelist.decode(listed) if listed else None,
        )


def near_dst_token(token_id: str) -> str:
    """The address that stands for a NEAR token ("near" for the native coin) in `dstToken`."""
    return hex0x(keccak(token_id.encode())[-_ADDRESS:])


def near_custom_data(receiver: str, token: str) -> bytes:
    """The customData of an order whose destination is on NEAR: borsh of two strings."""
    return string(receiver) + string(token)


def near_destination(custom_data: bytes) -> tuple[str, str]:
    """`(receiver, token)` from customData. Raises `CodecError`."""
    reader = Reader(custom_data)
    receiver, token = reader.string(), reader.string()
    reader.end()
    return receiver, token


def parse_order(order: Order, extension: bytes) -> tuple[MakerTraits, Extension, PostInteraction]:
    """What a maker's order says, once it is known that he signed this extension.

    Raises `CodecError` when the salt does not commit to it, when the flags that make the protocol heed it are
    missing, or when anything in it is malformed.
    """
    traits = MakerTraits.unpack(order.maker_traits)
    if order.extension_bits != extension_bits(extension):
        raise CodecError("the order's salt does not commit to this extension")
    if not (traits.has_extension and traits.post_interaction):
        raise CodecError("the order's traits must have the extension and post-interaction flags")
    decoded = Extension.decode(extension)
    return traits, decoded, PostInteraction.decode(decoded.post_interaction)
