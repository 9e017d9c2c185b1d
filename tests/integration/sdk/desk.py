"""Receipts as the service signs them, for locks that a test made itself, and the rescue program run on them."""

import hashlib
import json
import os
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from onebalancer_rescue.cli import main

from devnet.evm.terms import Terms
from devnet.evm.world import World as EvmWorld
from tests.integration.contracts.near.world import World as NearWorld

SERVICE = Ed25519PrivateKey.from_private_bytes(b"\x01" * 32)
SERVICE_KEY = SERVICE.public_key().public_bytes_raw().hex()
Json = dict[str, Any]


@dataclass(frozen=True)
class Told:
    """What a run of the program gave."""

    status: int
    out: str
    err: str


@dataclass
class Desk:
    """A folder with a receipt, keys and a secret, and the program."""

    folder: Path
    capture: pytest.CaptureFixture[str]
    urls: dict[str, str] = field(default_factory=dict)

    def run(self, command: str, *words: str) -> Told:
        """The program with the receipt and every node; further words as given."""
        rpc = [word for chain, url in self.urls.items() for word in ("--rpc", f"{chain}={url}")]
        line = [command, "--receipt", str(self.folder / "receipt.json"), "--timeout", "30", *rpc, *words]
        self.capture.readouterr()
        status = main(line)
        told = self.capture.readouterr()
        return Told(status, told.out, told.err)

    def file(self, name: str, text: str) -> str:
        """A file that only its owner can read; gives its path."""
        path = self.folder / name
        path.unlink(missing_ok=True)
        path.touch(0o600)
        path.write_text(text)
        return str(path)

    def write(self, receipt: Json) -> None:
        """Sign and write the receipt."""
        self.file("receipt.json", json.dumps(signed(receipt)))


def signed(document: Json, key: Ed25519PrivateKey = SERVICE) -> Json:
    """The document with its signature, made without the service's code."""
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    public = key.public_key().public_bytes_raw().hex()
    signature = {"algorithm": "Ed25519", "keyId": "test", "publicKey": public, "value": key.sign(text).hex()}
    return {**document, "signature": signature}


def receipt(source: Json, destination: Json, secret: bytes, **changes: Any) -> Json:
    """A receipt over two legs, not yet signed."""
    return {
        "type": "1balancer.receipt",
        "version": 1,
        "sessionId": "sess_test",
        "issuedAt": "2026-01-01T00:00:00.000Z",
        "createdAtSeconds": int(time.time()) - 60,
        "custody": "maker",
        "hashFunction": "sha256",
        "hashlock": "0x" + hashlib.sha256(secret).hexdigest(),
        "margins": {"reveal": 14, "tail": 30},
        "legs": {"source": source, "destination": destination},
        **changes,
    }


def evm_leg(world: EvmWorld, side: str, terms: Terms, **changes: Any) -> Json:
    """A leg on anvil, as agreed."""
    source = side == "source"
    deployment = world.deployment
    immutables = {
        "orderHash": "0x" + terms.order_hash.hex(),
        "hashlock": "0x" + terms.hashlock.hex(),
        "maker": terms.maker.lower(),
        "taker": terms.taker.lower(),
        "token": terms.token.lower(),
        "amount": str(terms.amount),
        "safetyDeposit": str(terms.safety_deposit),
        "timelocks": str(terms.stages.pack()),
        "orderHashes": ["0x" + terms.order_hash.hex()],
    }
    return {
        "chain": "base",
        "family": "evm",
        "networkId": str(world.anvil.chain_id),
        "contracts": {
            "factory": deployment.factory.lower(),
            "escrowImplementation": deployment.escrow_src_implementation
            if source
            else deployment.escrow_dst_implementation,
        },
        "token": terms.token.lower(),
        "native": int(terms.token, 16) == 0,
        "amount": str(terms.amount),
        "payee": terms.taker if source else terms.maker,
        "refundee": terms.maker if source else terms.taker,
        "publicClaim": True,
        "publicRefund": True,
        "finality": 0,
        "stages": {},
        "terms": immutables,
        "lock": None,
        **changes,
    }


def near_leg(world: NearWorld, terms: Json, **changes: Any) -> Json:
    """A leg on NEAR, as agreed."""
    return {
        "chain": "near",
        "family": "near",
        "networkId": world.chain.rpc("status", [])["chain_id"],
        "contracts": {"htlc": world.htlc},
        "token": terms["token"] or "near",
        "native": terms["token"] is None,
        "amount": terms["amount"],
        "payee": terms["receiver"],
        "refundee": terms["sender"],
        "publicClaim": True,
        "publicRefund": True,
        "finality": "final",
        "stages": {},
        "terms": terms,
        "lock": None,
        **changes,
    }


def other_leg() -> Json:
    """A leg on a chain that the test does not have."""
    return {
        "chain": "elsewhere",
        "family": "near",
        "networkId": "nowhere",
        "contracts": {"htlc": "htlc.elsewhere"},
        "token": "near",
        "native": True,
        "amount": "1",
        "payee": "a",
        "refundee": "b",
        "publicClaim": True,
        "publicRefund": True,
        "finality": "final",
        "stages": {},
        "terms": {},
        "lock": None,
    }


def new_secret() -> bytes:
    return os.urandom(32)
