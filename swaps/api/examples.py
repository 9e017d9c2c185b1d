"""Bodies as they come and go, for the API's description. A test sends each request, and holds each answer to its shape."""

import json
from pathlib import Path
from typing import Any

ANSWERS: dict[str, Any] = json.loads(Path(__file__).with_name("answers.json").read_text())
"""Answers by name, as one swap between BASE and NEAR gave them."""

STATUS_LINK: dict[str, Any] = {
    "sessionId": ANSWERS["session"]["sessionId"],
    "url": "/swap/B8x0qp4i4_sGDVtpJEzU9jlGOwBTFW-g53g0c95BTPNrySQ6wuL81kw02ewQAL4BEw",
    "number": 1,
    "expiresAt": None,
}

CREATE: dict[str, Any] = {
    "sourceChain": "base",
    "destinationChain": "near",
    "sourceToken": "0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913",
    "destinationToken": "usdt.near",
    "sourceAmount": "1000000000",
    "destinationAmount": "999000000",
    "maker": "0x742d35Cc6634C0532925a3b844Bc9e7595f2BD4e",
    "taker": "alice.near",
    "slippageTolerance": 100,
}
HASHLOCK = "0x7f83b1657ff1fc53b92dc18148a1d65dfc2d4b1fa3d677284addd200126d9069"
CREATE_REQUESTS: dict[str, Any] = {
    "seed": CREATE,
    "own secret": {**CREATE, "hashlock": HASHLOCK, "expiresIn": 3600, "confirmationLevel": "secure"},
}
ORDER = {
    "salt": "24000000000000000000000000000000000000000000000000000000000000000000000000000",
    "maker": "0x742d35cc6634c0532925a3b844bc9e7595f2bd4e",
    "receiver": "0x0000000000000000000000000000000000000000",
    "makerAsset": "0x833589fcd6edb6e08f4c7c32d4f71b54bda02913",
    "takerAsset": "0xda0000d4000015a526378bb6fafc650cea5966f8",
    "makingAmount": "1000000000",
    "takingAmount": "999000000",
    "makerTraits": "62419173104490761595518734106350460423624843207391500000000000000000000000000",
}
EXECUTE_REQUESTS: dict[str, Any] = {
    "by the maker's own transaction": {"sourceLock": "self"},
    "by a signed order": {
        "limitOrder": {"order": ORDER, "signature": "0x" + "1b" * 65},
        "confirmationLevel": "fast",
    },
}
CANCEL_REQUESTS: dict[str, Any] = {"nothing": {}}
SECRET_REQUESTS: dict[str, Any] = {"secret": {"secret": "0x" + "42" * 32}}
PROFIT: dict[str, Any] = {
    "sessionId": "sess_4k7zq2f3w5x6y7a2b3c4d5e6",
    "status": "initialized",
    "asOf": "2026-01-31T12:00:00.000Z",
    "sourceAmount": "1000000000",
    "destinationAmount": "999000000",
    "worth": "1001001001",
    "network": "1599143",
    "earned": "401858",
    "marginBps": 4,
    "leastMarginBps": 0,
    "profitable": True,
    "expenses": [
        {
            "chain": "base",
            "coin": "ETH",
            "gasPrice": {"price": "2000000000", "asOf": "2026-01-31T11:59:55.000Z"},
            "calls": [
                {"work": "fill", "gas": "192000", "fee": "384000000000000", "samples": 0},
                {"work": "claim", "gas": "57120", "fee": "114240000000000", "samples": 31},
            ],
            "storage": "0",
            "held": "0",
            "spent": "498240000000000",
            "paid": "0",
            "cost": "1595964",
        },
        {
            "chain": "near",
            "coin": "NEAR",
            "gasPrice": {"price": "100000000", "asOf": "2026-01-31T11:59:58.000Z"},
            "calls": [
                {"work": "lock", "gas": "6400000000000", "fee": "640000000000000000000", "samples": 50},
                {"work": "claim", "gas": "6300000000000", "fee": "630000000000000000000", "samples": 50},
            ],
            "storage": "2",
            "held": "4680000000000000000000",
            "spent": "1270000000000000000002",
            "paid": "0",
            "cost": "3179",
        },
    ],
    "prices": [
        {
            "symbol": "ETH",
            "currency": "USD",
            "price": "3200",
            "asOf": "2026-01-31T11:59:50.000Z",
            "spreadBps": 0,
            "sources": [
                {"source": "fixed", "price": "3200", "observedAt": "2026-01-31T11:59:50.000Z", "used": True, "why": ""}
            ],
        }
    ],
}
AUCTION_PROFIT: dict[str, Any] = {
    "auction": "quote_4k7zq2f3w5x6y7a2b3c4d5e6",
    "pair": "USDC/USDT",
    "state": "live",
    "asOf": "2026-01-31T12:00:30.000Z",
    "makingAmount": "1000000000",
    "takingAmount": "1000250000",
    "rateBump": 20025,
    "worth": "1001001001",
    "network": "1599143",
    "earned": "-848142",
    "marginBps": -9,
    "leastMarginBps": 0,
    "profitable": False,
    "profitableFrom": "2026-01-31T12:01:17.000Z",
    "expenses": [{name: told for name, told in one.items() if name != "paid"} for one in PROFIT["expenses"]],
    "prices": PROFIT["prices"],
}
