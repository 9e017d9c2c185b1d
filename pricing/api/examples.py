"""Bodies as they come and go, for the API's description. A test sends each request, and holds each answer to its shape."""

from typing import Any

from pricing.example import live_example, seed_example

SEED: dict[str, Any] = {
    "sourceChain": "base",
    "destinationChain": "near",
    "sourceToken": "0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913",
    "destinationToken": "usdt.near",
    "amount": "1000000000",
    "urgency": "normal",
}
REQUESTS: dict[str, Any] = {
    "seed": SEED,
    "so much shall arrive, only to show": {
        **SEED,
        "amount": "998000000",
        "kind": "exactOutput",
        "slippageTolerance": 50,
        "dry": True,
    },
}
ANSWER: dict[str, Any] = dict(seed_example())
LIVE: dict[str, Any] = dict(live_example())
KEPT: dict[str, Any] = {
    **ANSWER,
    "standing": {
        "status": "open",
        "sessionId": None,
        "at": "2026-01-31T12:00:30.000Z",
        "auctionAmount": "1005004954",
    },
}
PAIRS: dict[str, Any] = {
    "pairs": [
        {
            "pair": "USDC/USDT",
            "sourceChain": "base",
            "destinationChain": "near",
            "sourceToken": "0x833589fcd6edb6e08f4c7c32d4f71b54bda02913",
            "destinationToken": "usdt.near",
            "open": True,
            "closed": "",
            "source": {"minimum": "1", "maximum": None},
            "destination": {"minimum": "1", "maximum": "40000000000"},
            "available": "40000000000",
        }
    ],
    "count": 1,
}
