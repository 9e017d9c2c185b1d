"""Orders as the package's types have them (@1inch/cross-chain-sdk 1.1.1, api/orders/types)."""

from typing import Any

from chains.codec.auction import Auction
from chains.codec.extension import Extension
from chains.codec.settlement import PostInteraction
from chains.config import chain_config
from chains.events import EventKind
from chains.models import ChainEvent
from swaps.fusion.common_documents import SIDES, configured_price, points_document, shown_token
from swaps.fusion.reading import Page
from swaps.fusion.selectors import Lock, lock_of
from swaps.fusion.statuses import FILL_STATUS, VALIDATION, OrderStatus, action_of, order_status
from swaps.models import FusionOrder, Leg, SwapSession
from swaps.statuses import Status
from swaps.times import rfc3339, rfc3339_of

Document = dict[str, Any]
Events = dict[Lock, list[ChainEvent]]
_FACTORY = 20


def page_document(items: list[Document], page: Page, total: int) -> Document:
    """`PaginationOutput`."""
    meta = {
        "totalItems": total,
        "itemsPerPage": page.size,
        "totalPages": -(-total // page.size),
        "currentPage": page.number,
    }
    return {"meta": meta, "items": items}


def active_document(order: FusionOrder) -> Document:
    """`ActiveOrder`. Balance and allowance are those of the submission."""
    auction = _auction_of(order)
    return {
        "quoteId": order.quote_id,
        "orderHash": str(order),
        "deadline": rfc3339(order.session.expires_at),
        "auctionStartDate": rfc3339_of(auction.start_time),
        "auctionEndDate": rfc3339_of(auction.ends_at),
        **_chain_ids(order.session),
        "order": order.order,
        "extension": order.extension,
        "signature": order.signature,
        "isMakerContract": False,
        "makerBalance": str(order.maker_balance),
        "makerAllowance": str(order.maker_allowance),
        "remainingMakerAmount": str(order.session.source_amount),
        "fills": [],
    }


def status_document(order: FusionOrder, events: Events) -> Document:
    """`OrderStatusResponse`."""
    session = order.session
    return {
        "orderHash": str(order),
        **_progress(order, events),
        **_chain_ids(session),
        "order": order.order,
        "extension": order.extension,
        "positiveSurplus": "0",
        "createdAt": int(session.created_at.timestamp() * 1000),
        "srcTokenPriceUsd": configured_price(chain_config(session.source_chain_id), session.source_token),
        "dstTokenPriceUsd": configured_price(chain_config(session.destination_chain_id), session.destination_token),
        "takerAsset": shown_token(session.destination_token),
        "timeLocks": hex(_post_of(order).args.timelocks.pack()),
    }


def by_maker_document(order: FusionOrder, events: Events) -> Document:
    """`OrderFillsByMakerOutput`."""
    session = order.session
    return {
        "orderHash": str(order),
        **_progress(order, events),
        **_chain_ids(session),
        "makerAsset": session.source_token,
        "takerAsset": shown_token(session.destination_token),
        "makerAmount": str(session.source_amount),
        "minTakerAmount": order.order["takingAmount"],
        "isNativeCurrency": False,
        "createdAt": rfc3339(session.created_at),
    }


def _progress(order: FusionOrder, events: Events) -> Document:
    session, auction = order.session, _auction_of(order)
    status = order_status(Status(session.status), session.reason)
    fills = _fills(session, status, events)
    return {
        "status": status,
        "validation": VALIDATION.get(session.reason, "valid"),
        "points": points_document(auction.points),
        "approximateTakingAmount": str(session.destination_amount),
        "fills": fills,
        "auctionStartDate": auction.start_time,
        "auctionDuration": auction.duration,
        "initialRateBump": auction.initial_bump,
        "cancelTx": None,
        "cancelable": status is OrderStatus.PENDING and not fills,
    }


def _fills(session: SwapSession, status: OrderStatus, events: Events) -> list[Document]:
    """One when the order is filled: the source lock is its fill."""
    legs = {leg.side: leg for leg in session.legs.all()}
    source = legs[Leg.Side.SOURCE]
    if not source.lock_id:
        return []
    return [
        {
            "status": FILL_STATUS[status],
            "txHash": source.lock_tx,
            "filledMakerAmount": str(session.source_amount),
            "filledAuctionTakerAmount": str(session.destination_amount),
            "escrowEvents": sorted(
                [event for side in SIDES for event in _escrow_events(legs[side], events)],
                key=lambda event: event["blockTimestamp"],
            ),
        }
    ]


def _escrow_events(leg: Leg, events: Events) -> list[Document]:
    side = SIDES[Leg.Side(leg.side)]
    found = []
    for event in events.get(lock_of(leg), []):
        action = action_of(EventKind(event.kind), side)
        if action is not None:
            found.append(
                {
                    "transactionHash": event.tx_hash,
                    "escrow": event.lock_id,
                    "side": side,
                    "action": action,
                    "blockTimestamp": event.block_time_ns // 10**6,
                }
            )
    return found


def _chain_ids(session: SwapSession) -> dict[str, int]:
    source, destination = chain_config(session.source_chain_id), chain_config(session.destination_chain_id)
    return {"srcChainId": int(source.network_id), "dstChainId": int(destination.network_id)}


def _auction_of(order: FusionOrder) -> Auction:
    return Auction.decode(_extension_of(order).taking_amount_data[_FACTORY:])


def _post_of(order: FusionOrder) -> PostInteraction:
    return PostInteraction.decode(_extension_of(order).post_interaction)


def _extension_of(order: FusionOrder) -> Extension:
    return Extension.decode(bytes.fromhex(order.extension[2:]))
