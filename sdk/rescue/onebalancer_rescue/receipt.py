"""The receipt: read, checked against its signature, and typed."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from onebalancer_rescue.errors import BadInput

TYPE, VERSION = "1balancer.receipt", 1
SIDES = ("source", "destination")
HASHES = ("sha256", "keccak256")
_HEX = re.compile(r"(0x)?[0-9a-fA-F]*\Z")


@dataclass(frozen=True)
class Leg:
    """One lock as it was agreed. `terms`: what its address (EVM) or id (NEAR) is derived from; `lock`: the receipt's own
    knowledge of it, which is only a hint where to look; `stages`: seconds after an escrow's creation."""

    side: str
    chain: str
    family: str
    network_id: str
    contracts: dict[str, Any]
    token: str
    native: bool
    amount: int
    payee: str
    refundee: str
    public_claim: bool
    public_refund: bool
    finality: str | int
    stages: dict[str, int]
    terms: dict[str, Any]
    lock: dict[str, Any] | None


@dataclass(frozen=True)
class Receipt:
    """A receipt whose signature is right. `created_at`: unix seconds; `reveal_margin`: seconds that must be left before a
    secret may leave."""

    session_id: str
    issued_at: str
    created_at: int
    custody: str
    hash_function: str
    hashlock: bytes
    reveal_margin: int
    source: Leg
    destination: Leg
    key_id: str
    public_key: str

    def leg(self, side: str) -> Leg:
        return self.source if side == "source" else self.destination


def receipt_read(path: Path, service_key: str | None) -> Receipt:
    """The receipt in a file. `service_key`: the service's public key in hex; without it only the receipt's own is known.
    Raises `BadInput`."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadInput(f"the receipt {path} cannot be read: {error.strerror}") from None
    except ValueError:
        raise BadInput(f"the receipt {path} is not JSON") from None
    if not isinstance(document, dict) or document.get("type") != TYPE:
        raise BadInput(f"{path} is not a receipt: it must be what GET /api/v1/sessions/…/receipt answered")
    if document.get("version") != VERSION:
        raise BadInput(f"this is a receipt of version {document.get('version')}; this program knows version {VERSION}")
    _verify(document, service_key)
    try:
        return _typed(document)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BadInput(f"the receipt is signed, and yet it lacks or misstates {error}") from None


def unhex(text: str, size: int, name: str) -> bytes:
    """Exactly `size` bytes of hex, with or without 0x. Raises `BadInput`, which does not show the text."""
    text = text.strip()
    digits = text[2:] if text[:2] in ("0x", "0X") else text
    if len(digits) != 2 * size or not _HEX.match(digits):
        raise BadInput(f"{name} must be {size} bytes in hex: {2 * size} digits, with or without 0x")
    return bytes.fromhex(digits)


def canonical(document: dict[str, Any]) -> bytes:
    """RFC 8785, of documents with ASCII names and without fractions."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def _verify(document: dict[str, Any], service_key: str | None) -> None:
    signature = document.get("signature")
    if not isinstance(signature, dict) or signature.get("algorithm") != "Ed25519":
        raise BadInput("the receipt bears no Ed25519 signature")
    public = unhex(str(signature.get("publicKey")), 32, "the receipt's public key")
    if service_key is not None and public != unhex(service_key, 32, "--service-key"):
        raise BadInput(
            f"the receipt is signed by {public.hex()}, which is not the key that --service-key names: do not trust it"
        )
    signed = {name: value for name, value in document.items() if name != "signature"}
    value = unhex(str(signature.get("value")), 64, "the receipt's signature")
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(value, canonical(signed))
    except (InvalidSignature, ValueError):
        raise BadInput("the receipt was changed since it was signed: fetch it again, or use another copy") from None


def _typed(document: dict[str, Any]) -> Receipt:
    if document["hashFunction"] not in HASHES:
        raise ValueError("hashFunction")
    return Receipt(
        session_id=str(document["sessionId"]),
        issued_at=str(document["issuedAt"]),
        created_at=int(document["createdAtSeconds"]),
        custody=str(document["custody"]),
        hash_function=document["hashFunction"],
        hashlock=unhex(document["hashlock"], 32, "the receipt's hashlock"),
        reveal_margin=int(document["margins"]["reveal"]),
        source=_leg(document, "source"),
        destination=_leg(document, "destination"),
        key_id=str(document["signature"]["keyId"]),
        public_key=str(document["signature"]["publicKey"]),
    )


def _leg(document: dict[str, Any], side: str) -> Leg:
    leg = document["legs"][side]
    if leg["family"] not in ("evm", "near"):
        raise ValueError(f"legs.{side}.family")
    return Leg(
        side=side,
        chain=str(leg["chain"]),
        family=leg["family"],
        network_id=str(leg["networkId"]),
        contracts=dict(leg["contracts"]),
        token=str(leg["token"]),
        native=bool(leg["native"]),
        amount=int(leg["amount"]),
        payee=str(leg["payee"]),
        refundee=str(leg["refundee"]),
        public_claim=bool(leg["publicClaim"]),
        public_refund=bool(leg["publicRefund"]),
        finality=leg["finality"],
        stages={name: int(value) for name, value in leg["stages"].items()},
        terms=dict(leg["terms"]),
        lock=leg["lock"],
    )
