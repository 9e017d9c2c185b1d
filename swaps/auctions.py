"""Auctions that run or have run: an order's, by its hash (`swaps.fusion`), or a quote's, by its id.

The price of one is that of its curve at a second and, for an order that discounts gas, at the base fee that the chain's
watcher sampled last.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from django.utils import timezone

from chains.codec.auction import Auction
from chains.codec.extension import Extension
from chains.config import Token, UnknownChain, chain_config
from chains.costs import sheet_of
from pricing.auction import Curve, bumped
from pricing.models import Quote
from swaps.errors import AuctionNotFound
from swaps.models import FusionOrder
from swaps.statuses import EARLY, Status

ORDER = re.compile(r"0x[0-9a-f]{64}")
QUOTE = re.compile(r"quote_[a-z2-7]{24}")
FACTORY = 20  # bytes of the factory's address before an order's auction
AuctionState = Literal["live", "ended", "filled", "cancelled", "used", "expired"]
LIVE: AuctionState = "live"
ENDS: dict[Status, AuctionState] = {Status.CANCELLED: "cancelled", Status.FAILED: "expired"}
"""What an order has come to by its session's status; whatever else is no longer early was filled."""
OVER: frozenset[AuctionState] = frozenset({"filled", "cancelled", "used", "expired"})
"""Nobody can fill it any more."""


@dataclass(frozen=True)
class Standing:
    """An auction as it is now. `taking` at its end, base units of the destination token for all of `making` of the source's.

    `pays` is what leaves us for an order, whatever its auction asks for: its session's amount, agreed on when it was submitted.
    None for a quote, which has none before its session. `receiver` gets it. `until` is the unix second from which on the auction
    cannot be used any more.
    """

    owner: str
    source_chain: str
    source_token: str
    destination_chain: str
    destination_token: str
    pair: str
    decimals: tuple[int, int]
    auction: Auction
    making: int
    taking: int
    base_fee: int
    state: AuctionState
    until: int
    pays: int | None = None
    receiver: str = ""

    def is_over(self, second: int) -> bool:
        """Whether nobody can fill it at a second (unix), this one or a later one."""
        return self.state in OVER or second >= self.until

    def at(self, now: datetime) -> "Offer":
        """What it asks for at a moment."""
        second = int(now.timestamp())
        bump = Curve(self.auction).rate_bump(second, self.base_fee)
        over = self.state == LIVE and second >= self.auction.ends_at
        return Offer(bumped(self.taking, bump), bump, "ended" if over else self.state)


@dataclass(frozen=True)
class Offer:
    """What a fill of the whole costs, in destination base units, and what has become of the auction."""

    taking: int
    bump: int
    state: AuctionState


def auction_get(name: str, *, principal: str | None) -> Standing:
    """One auction of that principal's, of anybody's for None. Raises `AuctionNotFound`, also for somebody else's."""
    found = auctions_read([name.lower()]).get(name.lower())
    if found is None or principal not in (None, found.owner):
        raise AuctionNotFound("there is no such order or quote, or it is somebody else's")
    return found


def auctions_read(names: Collection[str]) -> dict[str, Standing]:
    """Those of these auctions that exist, by two queries at most."""
    found: dict[str, Standing] = {}
    hashes = [name[2:] for name in names if ORDER.fullmatch(name)]
    quotes = [name for name in names if QUOTE.fullmatch(name)]
    if hashes:
        rows = FusionOrder.objects.filter(order_hash__in=hashes).select_related("session", "session__source_chain")
        found |= {str(row): _of_order(row) for row in rows}
    if quotes:
        now = timezone.now()
        found |= {
            row.pk: _of_quote(row, now)
            for row in Quote.objects.filter(pk__in=quotes)
            if "startTime" in row.document.get("dutchAuction", {})
        }
    return found


def _of_order(order: FusionOrder) -> Standing:
    session = order.session
    getter = Extension.decode(bytes.fromhex(order.extension[2:])).taking_amount_data
    price = sheet_of(session.source_chain.costs).gas_price
    status = Status(session.status)
    return Standing(
        owner=session.principal,
        **_tokens(
            session.source_chain_id, session.source_token, session.destination_chain_id, session.destination_token
        ),
        auction=Auction.decode(getter[FACTORY:]),
        making=int(order.order["makingAmount"]),
        taking=int(order.order["takingAmount"]),
        base_fee=price.base_fee if price else 0,
        state=LIVE if status in EARLY else ENDS.get(status, "filled"),
        until=_end(session.expires_at),
        pays=int(session.destination_amount),
        receiver=session.taker,
    )


def _of_quote(row: Quote, now: datetime) -> Standing:
    told = row.document["dutchAuction"]
    points = tuple((point["rateBump"], point["delay"]) for point in told["points"])
    return Standing(
        owner=row.principal,
        **_tokens(row.source_chain, row.source_token, row.destination_chain, row.destination_token),
        auction=Auction(told["startTime"], told["duration"], told["initialRateBump"], points),
        making=int(row.source_amount),
        taking=int(told["endAmount"]),
        base_fee=0,
        state="used" if row.used_by else LIVE if now < row.valid_until else "expired",
        until=_end(row.valid_until),
    )


def _end(moment: datetime) -> int:
    """The first whole second, unix, that does not lie before a moment."""
    return int(moment.timestamp()) + bool(moment.microsecond)


def _tokens(source_chain: str, source: str, destination_chain: str, destination: str) -> dict[str, Any]:
    ids = {
        "source_chain": source_chain,
        "source_token": source,
        "destination_chain": destination_chain,
        "destination_token": destination,
    }
    one, other = token_of(source_chain, source), token_of(destination_chain, destination)
    if one is None or other is None:  # no longer configured: amounts are told as they are
        return {**ids, "pair": f"{source}/{destination}", "decimals": (0, 0)}
    return {**ids, "pair": f"{one.symbol}/{other.symbol}", "decimals": (one.decimals, other.decimals)}


def token_of(chain: str, token: str) -> Token | None:
    """A token of a row of ours, by its id; None where it, or its chain, is no longer configured."""
    try:
        return chain_config(chain).token(token)
    except UnknownChain:
        return None
