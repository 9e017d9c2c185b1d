"""NEAR's bytes: base58, borsh, a lock's id, and a signed transaction of one function call (nearcore's own layout)."""

import hashlib
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from onebalancer_rescue.errors import BadInput

_ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_ED25519 = b"\0"
_FUNCTION_CALL = b"\2"
_PREFIX = "ed25519:"


def base58(data: bytes) -> str:
    """Bitcoin's alphabet; leading zero bytes are ones."""
    number, text = int.from_bytes(data, "big"), ""
    while number:
        number, digit = divmod(number, 58)
        text = _ALPHABET[digit] + text
    return "1" * (len(data) - len(data.lstrip(b"\0"))) + text


def base58_decode(text: str) -> bytes:
    """Raises `ValueError`, which does not show the text."""
    number = 0
    for character in text:
        place = _ALPHABET.find(character)
        if place < 0:
            raise ValueError("not base58")
        number = number * 58 + place
    ones = len(text) - len(text.lstrip("1"))
    return bytes(ones) + number.to_bytes((number.bit_length() + 7) // 8, "big")


def lock_id(terms: dict[str, Any]) -> str:
    """sha256 of borsh(sender, receiver, token or none, amount, hashlock, timelock, salt), 64 hex characters."""
    token = b"\0" if terms["token"] is None else b"\1" + _string(terms["token"])
    encoded = (
        _string(terms["sender"])
        + _string(terms["receiver"])
        + token
        + int(terms["amount"]).to_bytes(16, "little")
        + bytes.fromhex(terms["hashlock"])
        + int(terms["timelock"]).to_bytes(8, "little")
        + bytes.fromhex(terms["salt"])
    )
    return hashlib.sha256(encoded).hexdigest()


class NearKey:
    """An account and its ed25519 key. The key is never shown, also not in errors."""

    def __init__(self, account: str, private_key: str) -> None:
        self.account = account
        try:
            raw = base58_decode(private_key.removeprefix(_PREFIX))
        except ValueError:
            raw = b""
        if not private_key.startswith(_PREFIX) or len(raw) not in (32, 64):
            raise BadInput("a NEAR private key is ed25519: and base58 of 64 bytes (or of the 32 of its seed)")
        self._key = Ed25519PrivateKey.from_private_bytes(raw[:32])
        self._public = self._key.public_key().public_bytes_raw()
        if len(raw) == 64 and raw[32:] != self._public:
            raise BadInput("the NEAR private key's two halves do not belong together")
        self.public_key = _PREFIX + base58(self._public)

    def sign_call(
        self, *, receiver: str, method: str, args: bytes, gas: int, nonce: int, block_hash: str
    ) -> tuple[bytes, str]:
        """A signed transaction of one call without a deposit, and its base58 hash."""
        action = (
            _FUNCTION_CALL + _string(method) + _bytes(args) + gas.to_bytes(8, "little") + (0).to_bytes(16, "little")
        )
        transaction = (
            _string(self.account)
            + _ED25519
            + self._public
            + nonce.to_bytes(8, "little")
            + _string(receiver)
            + base58_decode(block_hash)
            + (1).to_bytes(4, "little")
            + action
        )
        digest = hashlib.sha256(transaction).digest()
        return transaction + _ED25519 + self._key.sign(digest), base58(digest)

    def __repr__(self) -> str:
        return f"NearKey({self.account}, {self.public_key})"


def _bytes(value: bytes) -> bytes:
    return len(value).to_bytes(4, "little") + value


def _string(value: str) -> bytes:
    return _bytes(value.encode())
