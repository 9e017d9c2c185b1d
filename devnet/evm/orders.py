"""A maker's order for the Limit Order Protocol v4 with the Fusion+ v1 extension, signed as a wallet would sign it."""

from dataclasses import dataclass

from devnet.evm.lop import OWN_DOMAIN, Domain
from devnet.evm.terms import DEFAULT_STAGES, NATIVE, Stages

NO_PARTIAL_FILLS = 1 << 255
ALLOW_MULTIPLE_FILLS = 1 << 254
HAS_POST_INTERACTION = 1 << 251
HAS_EXTENSION = 1 << 249
MAKING_AMOUNT_MODE = 1 << 255
EXTENSION_LENGTH_SHIFT = 224
LOW_160 = (1 << 160) - 1
ORDER_FIELDS = ("salt", "maker", "receiver", "makerAsset", "takerAsset", "makingAmount", "takingAmount", "makerTraits")


@dataclass(frozen=True)
class Auction:
    """A Dutch auction; bumps in ten-millionths, points as (bump, seconds after the previous point)."""

    start: int
    duration: int = 180
    initial_bump: int = 50_000
    points: tuple[tuple[int, int], ...] = ((20_000, 12),)
    gas_bump_estimate: int = 0
    gas_price_estimate: int = 0

    def pack(self) -> bytes:
        """The bytes that the factory reads (see AuctionLib.sol)."""
        fields = (
            (self.gas_bump_estimate, 3),
            (self.gas_price_estimate, 4),
            (self.start, 4),
            (self.duration, 3),
            (self.initial_bump, 3),
            *(part for bump, delay in self.points for part in ((bump, 3), (delay, 2))),
        )
        return b"".join(value.to_bytes(size, "big") for value, size in fields)


@dataclass(frozen=True)
class Whitelist:
    """Resolvers with the delay after the previous one's start, the first counted from `allowed_time`."""

    allowed_time: int
    resolvers: tuple[tuple[str, int], ...] = ()
    flags: int = 0

    def pack(self) -> bytes:
        """The bytes that the factory reads (see WhitelistLib.sol)."""
        entries = b"".join(bytes.fromhex(address[-20:]) + delay.to_bytes(2, "big") for address, delay in self.resolvers)
        return self.allowed_time.to_bytes(4, "big") + entries + bytes([len(self.resolvers) << 3 | self.flags])


@dataclass(frozen=True)
class SwapOrder:
    """What the maker agrees to. Amounts in base units; `taking_amount` is the auction's end."""

    factory: str
    maker: str
    maker_asset: str
    taker_asset: str
    making_amount: int
    taking_amount: int
    hashlock: bytes
    dst_chain_id: int
    dst_token: str
    auction: Auction
    expires_at: int
    src_deposit: int = 10**15
    dst_deposit: int = 2 * 10**15
    stages: Stages = DEFAULT_STAGES
    receiver: str = NATIVE
    allowed_sender: str = NATIVE
    whitelist: Whitelist | None = None
    nonce: int = 1
    flags: int = NO_PARTIAL_FILLS

    @property
    def extension(self) -> bytes:
        """Eight cumulative end offsets in one word, then the fields: both amount getters and the post-interaction."""
        from eth_abi.abi import encode

        factory = bytes.fromhex(self.factory[2:])
        getter = factory + self.auction.pack()
        agreed = [self.hashlock, self.dst_chain_id, self.dst_token, self.src_deposit << 128 | self.dst_deposit]
        words = encode(["bytes32", "uint256", "address", "uint256", "uint256"], [*agreed, self.stages.pack()])
        post = factory + (self.whitelist.pack() if self.whitelist else b"") + words
        fields = (b"", b"", getter, getter, b"", b"", b"", post)
        end, offsets = 0, 0
        for index, content in enumerate(fields):
            end += len(content)
            offsets |= end << (32 * index)
        return offsets.to_bytes(32, "big") + b"".join(fields)

    @property
    def words(self) -> tuple[int, ...]:
        """The protocol's Order. The salt commits to the extension."""
        from eth_utils.crypto import keccak

        traits = self.flags | HAS_POST_INTERACTION | HAS_EXTENSION | self.nonce << 120 | self.expires_at << 80
        return (
            self.nonce << 160 | int.from_bytes(keccak(self.extension), "big") & LOW_160,
            int(self.maker, 16),
            int(self.receiver, 16),
            int(self.maker_asset, 16),
            int(self.taker_asset, 16),
            self.making_amount,
            self.taking_amount,
            traits | int(self.allowed_sender, 16) & ((1 << 80) - 1),
        )

    @property
    def taker_traits(self) -> int:
        """For a fill of the whole order by making amount, with the extension in the arguments."""
        return MAKING_AMOUNT_MODE | len(self.extension) << EXTENSION_LENGTH_SHIFT

    def sign(self, key: str, chain_id: int, protocol: str, domain: Domain = OWN_DOMAIN) -> tuple[bytes, bytes, bytes]:
        """(order hash, r, vs): the EIP-712 hash and the compact signature of EIP-2098."""
        from eth_account import Account
        from eth_account.messages import encode_typed_data
        from eth_utils.crypto import keccak

        message = encode_typed_data(
            {"name": domain.name, "version": domain.version, "chainId": chain_id, "verifyingContract": protocol},
            {"Order": [{"name": name, "type": _type_of(name)} for name in ORDER_FIELDS]},
            {name: _typed(name, word) for name, word in zip(ORDER_FIELDS, self.words, strict=True)},
        )
        signed = Account.from_key(key).sign_message(message)
        digest = keccak(b"\x19\x01" + message.header + message.body)
        return digest, signed.r.to_bytes(32, "big"), ((signed.v - 27) << 255 | signed.s).to_bytes(32, "big")


def _type_of(name: str) -> str:
    return "address" if name in ("maker", "receiver", "makerAsset", "takerAsset") else "uint256"


def _typed(name: str, word: int) -> str | int:
    return f"0x{word:040x}" if _type_of(name) == "address" else word
