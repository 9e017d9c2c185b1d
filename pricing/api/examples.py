"""Bodies as they come and go, for the API's description. A test sends each request, and holds each answer to its shape."""

from typing import Any

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
ANSWER: dict[str, Any] = {
    "quoteId": "quote_4k7zq2f3w5x6y7a2b3c4d5e6",
    "kind": "exactInput",
    "quote": {
        "sourceAmount": "1000000000",
        "destinationAmount": "997997997",
        "minimumDestinationAmount": "997997997",
        "rate": "1.001001001001001001",
        "priceImpact": "0",
        "validUntil": "2026-01-31T12:01:00.000Z",
    },
    "dutchAuction": {
        "startPrice": "1.006006006006006006",
        "endPrice": "0.995995995995995995",
        "currentPrice": "1.006006006006006006",
        "duration": 300,
    },
    "fees": {"protocol": "3003004"},
    "warnings": [],
}
PAIRS: dict[str, Any] = {
    "pairs": [
        {
            "pair": "USDC/USDT",
            "sourceChain": "base",
            "destinationChain": "near",
            "sourceToken": "0x833589fcd6edb6e08f4c7c32d4f71b54bda02913",
            "destinationToken": "usdt.near",
        }
    ],
    "count": 1,
}
