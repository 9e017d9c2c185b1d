"""Orders that must be refused: by what is wrong with each, the field that says so, and how it differs from a good one."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from chains.codec.settlement import Whitelist
from chains.codec.traits import sender_half
from devnet.evm.accounts import dev_account
from tests.integration.fusion.conftest import AMOUNT, BASE, ETHEREUM
from tests.unit.fusion.wallet import SdkOrder

STRANGER = dev_account(7).address.lower()
Change = Callable[[SdkOrder], SdkOrder]


def with_whitelist(*resolvers: tuple[str, int], start: int | None = None) -> Change:
    def change(order: SdkOrder) -> SdkOrder:
        assert order.post.whitelist is not None
        began = order.post.whitelist.allowed_from if start is None else start
        halves = tuple((sender_half(address), delay) for address, delay in resolvers)
        return replace(order, post=replace(order.post, whitelist=Whitelist(began, halves)))

    return change


def resolver_of(order: SdkOrder) -> tuple[int, int]:
    assert order.post.whitelist is not None
    return order.post.whitelist.resolvers[0]


def with_auction(**changes: Any) -> Change:
    return lambda order: replace(order, auction=replace(order.auction, **changes))


def with_extension(**changes: bytes) -> Change:
    return lambda order: replace(order, extension=replace(order.extension, **changes))


def with_a_rival(order: SdkOrder) -> SdkOrder:
    """Our Resolver and somebody else."""
    listed = Whitelist(0, (resolver_of(order), (sender_half(STRANGER), 0)))
    return replace(order, post=replace(order.post, whitelist=listed))


def with_late_start(order: SdkOrder) -> SdkOrder:
    return replace(order, post=replace(order.post, whitelist=Whitelist(2**32 - 1, (resolver_of(order),))))


def with_foreign_getter(order: SdkOrder) -> SdkOrder:
    getter = bytes.fromhex(STRANGER[2:]) + order.auction.encode()
    return with_extension(making_amount_data=getter, taking_amount_data=getter)(order)


def with_two_getters(order: SdkOrder) -> SdkOrder:
    other = replace(order.auction, initial_bump=5)
    return with_extension(making_amount_data=bytes.fromhex(order.post.factory[2:]) + other.encode())(order)


def with_lock(name: str) -> Change:
    def change(order: SdkOrder) -> SdkOrder:
        locks = order.post.args.timelocks
        return order.with_args(timelocks=replace(locks, **{name: getattr(locks, name) + 1}))

    return change


UNSAFE: dict[str, tuple[str, Change]] = {
    # not the order of its quote
    "another amount": ("order.makingAmount", lambda order: order.with_order(making_amount=AMOUNT + 1)),
    "a higher price": ("order.takingAmount", lambda order: order.with_order(taking_amount=9_970_001)),
    "a lower price": ("order.takingAmount", lambda order: order.with_order(taking_amount=9_969_999)),
    "an auction that begins higher": ("order.takingAmount", with_auction(initial_bump=1)),
    "an auction that rises": ("order.takingAmount", with_auction(points=((10_000, 10),))),
    "a longer auction": ("order.takingAmount", with_auction(duration=181)),
    "another token": ("order.makerAsset", lambda order: order.with_order(maker_asset=ETHEREUM[1])),
    "another destination token": ("extension.dstToken", lambda order: order.with_args(dst_token=BASE[1])),
    "another destination": ("extension.dstChainId", lambda order: order.with_args(dst_chain_id=137)),
    "no expiry": ("limitOrder.order.makerTraits.expiration", lambda order: order.with_traits(expiration=0)),
    "an expiry that is over": (
        "limitOrder.order.makerTraits.expiration",
        lambda order: order.with_traits(expiration=order.traits.expiration - 10_000),
    ),
    "an expiry next week": (
        "order.makerTraits",
        lambda order: order.with_traits(expiration=order.traits.expiration + 604_800),
    ),
    # not safe for its maker or for us
    "another taker asset": (
        "limitOrder.order.takerAsset",
        lambda order: order.with_order(taker_asset=ETHEREUM[1]),
    ),
    "a foreign factory": (
        "limitOrder.extension.factory",
        lambda order: replace(order, post=replace(order.post, factory=STRANGER)),
    ),
    "a foreign getter": ("limitOrder.extension.amountGetters", with_foreign_getter),
    "getters that differ": ("limitOrder.extension.amountGetters", with_two_getters),
    "a rival in the whitelist": ("limitOrder.extension.whitelist", with_a_rival),
    "a whitelist without us": ("limitOrder.extension.whitelist", with_whitelist((STRANGER, 0))),
    "a whitelist of nobody": ("limitOrder.extension.whitelist", with_whitelist()),
    "no whitelist": (
        "limitOrder.order.makerTraits.allowedSender",
        lambda order: replace(order, post=replace(order.post, whitelist=None)),
    ),
    "a whitelist that begins too late": ("limitOrder.extension.whitelist", with_late_start),
    "somebody else's sender": (
        "limitOrder.order.makerTraits.allowedSender",
        lambda order: order.with_traits(allowed_sender=sender_half(STRANGER)),
    ),
    "less source deposit": ("limitOrder.extension.terms", lambda order: order.with_args(src_safety_deposit=1)),
    "more destination deposit": ("limitOrder.extension.terms", lambda order: order.with_args(dst_safety_deposit=9)),
    "an earlier cancellation": ("limitOrder.extension.terms", with_lock("src_cancellation")),
    "a later destination": ("limitOrder.extension.terms", with_lock("dst_cancellation")),
    "a permit2": ("limitOrder.order.makerTraits", lambda order: order.with_traits(permit2=True)),
    "an epoch": ("limitOrder.order.makerTraits", lambda order: order.with_traits(check_epoch=True)),
    "a series": ("limitOrder.order.makerTraits", lambda order: order.with_traits(series=1)),
    "unwrapping": ("limitOrder.order.makerTraits", lambda order: order.with_traits(unwrap_weth=True)),
    "a pre-interaction's flag": (
        "limitOrder.order.makerTraits",
        lambda order: order.with_traits(pre_interaction=True),
    ),
    "a predicate": ("limitOrder.extension", with_extension(predicate=b"\1" * 24)),
    "a permit": ("limitOrder.extension", with_extension(maker_permit=b"\1" * 24)),
    "a pre-interaction": ("limitOrder.extension", with_extension(pre_interaction=b"\1" * 24)),
    "a suffix": ("limitOrder.extension", with_extension(maker_asset_suffix=b"\1" * 24)),
    "custom data": ("limitOrder.extension.customData", with_extension(custom_data=b"\1")),
    "our Resolver as receiver": ("taker", lambda order: order.with_order(receiver=order.post.factory)),
    "no hashlock": ("hashlock", lambda order: order.with_args(hashlock=bytes(32))),
    # not readable
    "no post-interaction flag": ("order", lambda order: order.with_traits(post_interaction=False)),
    "no extension flag": ("order", lambda order: order.with_traits(has_extension=False)),
    "half an auction": ("order", with_extension(taking_amount_data=b"\1" * 30)),
}
