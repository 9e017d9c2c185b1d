"""A quote as `QuoterResponse` (@1inch/cross-chain-sdk 1.1.1, api/quoter/types)."""

from typing import Any

from swaps.fusion.common_documents import points_document, price_text, worth_text
from swaps.fusion.presets import CUSTOM, RECOMMENDED, START_IN, Preset
from swaps.fusion.quoting import Offer

Document = dict[str, Any]
SLIPPAGE = 0  # `autoK`: a flat price does not slip


def quote_document(offer: Offer) -> Document:
    """`QuoterResponse`."""
    request, ladder = offer.request, offer.route.ladder
    usd = {
        "srcToken": worth_text(request.source_token, request.amount),
        "dstToken": worth_text(request.destination_token, offer.destination_amount),
    }
    prices = {"srcToken": price_text(request.source_token), "dstToken": price_text(request.destination_token)}
    return {
        "quoteId": offer.quote_id,
        "srcTokenAmount": str(request.amount),
        "dstTokenAmount": str(offer.destination_amount),
        "presets": {name: _preset(preset) for name, preset in offer.presets.items()},
        "recommendedPreset": CUSTOM if CUSTOM in offer.presets else RECOMMENDED,
        "srcEscrowFactory": request.source.factory,
        "dstEscrowFactory": request.destination.factory,
        "whitelist": [request.source.resolver],
        "timeLocks": {
            "srcWithdrawal": ladder.source_withdrawal,
            "srcPublicWithdrawal": ladder.source_public_withdrawal,
            "srcCancellation": ladder.source_cancellation,
            "srcPublicCancellation": ladder.source_public_cancellation,
            "dstWithdrawal": ladder.destination_withdrawal,
            "dstPublicWithdrawal": ladder.destination_public_withdrawal,
            "dstCancellation": ladder.destination_cancellation,
        },
        "srcSafetyDeposit": str(request.source.safety_deposit),
        "dstSafetyDeposit": str(request.destination.safety_deposit),
        "autoK": SLIPPAGE,
        "prices": {"usd": prices},
        "volume": {"usd": usd},
    }


def _preset(preset: Preset) -> Document:
    """`PresetData`. Gas is our cost: nothing is taken off for it."""
    return {
        "auctionDuration": preset.duration,
        "startAuctionIn": START_IN,
        "initialRateBump": preset.initial_bump,
        "auctionStartAmount": str(preset.start_amount),
        "startAmount": str(preset.start_amount),
        "auctionEndAmount": str(preset.end_amount),
        "costInDstToken": "0",
        "points": points_document(preset.points),
        "allowPartialFills": False,
        "allowMultipleFills": False,
        "gasCost": {"gasBumpEstimate": 0, "gasPriceEstimate": "0"},
        "exclusiveResolver": None,
        "secretsCount": 1,
    }
