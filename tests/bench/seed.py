"""`python -m tests.bench.seed`: fill a migrated database with two chains, an API key and sessions; tells them as JSON."""

import json
import logging
import os
import time

import django

SESSIONS = 200
SESSION_BODY = {
    "sourceChain": "base",
    "destinationChain": "near",
    "sourceToken": "0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913",
    "destinationToken": "usdt.near",
    "sourceAmount": "1000000000",
    "destinationAmount": "990000000",
    "maker": "0x742d35Cc6634C0532925a3b844Bc9e7595f2bD4e",
    "taker": "alice.near",
    "slippageTolerance": 100,
}
"""Seed 000's body of `POST /sessions`: the service makes the secret."""

QUOTE_BODY = {
    "sourceChain": "base",
    "destinationChain": "near",
    "sourceToken": "USDC",
    "destinationToken": "USDT",
    "amount": "1000000000",
    "urgency": "normal",
}


def seed() -> dict[str, object]:
    """Chains, a key with the scopes that a wallet has, and sessions made by the service itself."""
    from access.services import api_key_create
    from chains.models import Chain
    from swaps.services.sessions import session_create
    from swaps.validation import session_request
    from tests.bench.world import FACTORY

    now = time.time_ns()
    for name in ("base", "near"):
        Chain.objects.create(
            name=name,
            family="near" if name == "near" else "evm",
            network_id="1",
            hash_function="sha256",
            contract="htlc.near" if name == "near" else FACTORY,
            escrow_src_implementation="0x" + "11" * 20,
            escrow_dst_implementation="0x" + "22" * 20,
            seen_height=100,
            seen_hash="h100",
            final_height=100,
            final_hash="h100",
            seen_time_ns=now,
            final_time_ns=now,
            head_time_ns=now,
        )
    key, plain = api_key_create(
        name="bench",
        scopes=["swaps:read", "swaps:write", "quotes:read"],
        actor_kind="command",
        actor_id="bench",
        requests_per_minute=None,
    )
    request, owner = session_request(SESSION_BODY), f"key:{key.owner}"
    made = [session_create(request=request, principal=owner).pk for _ in range(SESSIONS)]
    return {"key": plain, "sessions": made}


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "balancer.settings")
    os.environ["LOG_LEVEL"] = "error"
    django.setup()
    logging.disable(logging.CRITICAL)
    print(json.dumps(seed()))
