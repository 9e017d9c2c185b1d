"""A maker who builds his order as 1inch's SDK does, from a quote's answer: for tests that need no node.js."""

import os
import time
from dataclasses import dataclass, field, replace
from typing import Any

from eth_account import Account

from chains.codec.auction import Auction
from chains.codec.extension import Extension, salt_for
from chains.codec.order import ROUTER, ROUTER_DOMAIN, Order, OrderDomain
from chains.codec.settlement import ExtraDataArgs, PostInteraction, Whitelist
from chains.codec.timelocks import Timelocks
from chains.codec.traits import MakerTraits, sender_half
from swaps.hashlock import hashlock_of

TRUE_TOKEN = "0xda0000d4000015a526378bb6fafc650cea5966f8"
KEY = "0x" + "5a" * 32
NOBODY = "0x" + "0" * 40
ORDER_DELAY = 12
Document = dict[str, Any]


@dataclass(frozen=True)
class SdkOrder:
    """An order before it is signed; every part of it may be replaced."""

    chain_id: int
    order: Order
    traits: MakerTraits
    post: PostInteraction
    auction: Auction
    extension: Extension
    key: str = KEY
    quote_id: str = ""
    salt_base: int = 7

    def with_traits(self, **changes: Any) -> "SdkOrder":
        return replace(self, traits=replace(self.traits, **changes))

    def with_args(self, **changes: Any) -> "SdkOrder":
        return replace(self, post=replace(self.post, args=replace(self.post.args, **changes)))

    def with_order(self, **changes: Any) -> "SdkOrder":
        return replace(self, order=replace(self.order, **changes))

    @property
    def built(self) -> tuple[Order, bytes]:
        """The order with its salt, and its extension."""
        getter = bytes.fromhex(self.post.factory[2:]) + self.auction.encode()
        fields = {"making_amount_data": getter, "taking_amount_data": getter, "post_interaction": self.post.encode()}
        given = {name: getattr(self.extension, name) or value for name, value in fields.items()}
        extension = replace(self.extension, **given).encode()
        salt = salt_for(extension, self.salt_base)
        return replace(self.order, salt=salt, maker_traits=self.traits.pack()), extension

    @property
    def hash(self) -> bytes:
        return self.built[0].hash(OrderDomain(self.chain_id, ROUTER, *ROUTER_DOMAIN))

    def body(self, **changes: Any) -> Document:
        """The body of `/submit`."""
        order, extension = self.built
        signed = Account.unsafe_sign_hash(self.hash, self.key)
        return {
            "order": order.to_json(),
            "signature": "0x" + bytes(signed.signature).hex(),
            "quoteId": self.quote_id,
            "extension": "0x" + extension.hex(),
            "srcChainId": self.chain_id,
            **changes,
        }


@dataclass
class Wallet:
    """Somebody with a key and secrets."""

    key: str = KEY
    secret: bytes = field(default_factory=lambda: os.urandom(32), repr=False)

    @property
    def address(self) -> str:
        return str(Account.from_key(self.key).address).lower()

    def order(
        self, quote: Document, *, source: tuple[int, str], destination: tuple[int, str], preset: str = "fast"
    ) -> SdkOrder:
        """What the SDK builds: sides are (chain id, token)."""
        offered, now = quote["presets"][preset], int(time.time())
        auction = Auction(
            start_time=now + offered["startAuctionIn"],
            duration=offered["auctionDuration"],
            initial_bump=offered["initialRateBump"],
            points=tuple((point["coefficient"], point["delay"]) for point in offered["points"]),
        )
        locks = [quote["timeLocks"][name] for name in TIMELOCKS]
        args = ExtraDataArgs(
            hashlock=hashlock_of(self.secret, "keccak256"),
            dst_chain_id=destination[0],
            dst_token=destination[1],
            src_safety_deposit=int(quote["srcSafetyDeposit"]),
            dst_safety_deposit=int(quote["dstSafetyDeposit"]),
            timelocks=Timelocks(*locks),
        )
        listed = Whitelist(now, tuple((sender_half(one), 0) for one in quote["whitelist"]))
        order = Order(
            salt=0,
            maker=self.address,
            receiver=NOBODY,
            maker_asset=source[1],
            taker_asset=TRUE_TOKEN,
            making_amount=int(quote["srcTokenAmount"]),
            taking_amount=int(offered["auctionEndAmount"]),
            maker_traits=0,
        )
        traits = MakerTraits(
            expiration=auction.ends_at + ORDER_DELAY,
            nonce=int.from_bytes(os.urandom(5), "big"),
            no_partial_fills=not offered["allowPartialFills"],
            allow_multiple_fills=offered["allowMultipleFills"],
            post_interaction=True,
            has_extension=True,
        )
        return SdkOrder(
            chain_id=source[0],
            order=order,
            traits=traits,
            post=PostInteraction(quote["srcEscrowFactory"], args, listed),
            auction=auction,
            extension=Extension(),
            key=self.key,
            quote_id=quote["quoteId"] or "",
        )


TIMELOCKS = (
    "srcWithdrawal",
    "srcPublicWithdrawal",
    "srcCancellation",
    "srcPublicCancellation",
    "dstWithdrawal",
    "dstPublicWithdrawal",
    "dstCancellation",
)

DUTCH_PRESET: Document = {
    "startAuctionIn": 0,
    "auctionDuration": 60,
    "points": [],
    "allowPartialFills": False,
    "allowMultipleFills": False,
}


def offered_auction(*, end: int, bump: int, making: int, party: str) -> Document:
    """A quote's answer with an auction of a minute; `party` is the factory and the only resolver."""
    return {
        "presets": {"fast": {**DUTCH_PRESET, "initialRateBump": bump, "auctionEndAmount": str(end)}},
        "timeLocks": {name: 100 * place for place, name in enumerate(TIMELOCKS, 1)},
        "srcSafetyDeposit": "0",
        "dstSafetyDeposit": "0",
        "whitelist": [party],
        "srcTokenAmount": str(making),
        "srcEscrowFactory": party,
        "quoteId": "q",
    }
