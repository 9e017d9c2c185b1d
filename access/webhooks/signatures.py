"""Signing secrets, and the three headers of Standard Webhooks 1.0.0 by the specification's own library."""

import base64
import secrets as randomness
from collections.abc import Iterable
from datetime import datetime

from standardwebhooks.webhooks import Webhook

from access.sealing import Sealed, seal, unseal
from access.webhooks.models import SigningSecret

PREFIX = "whsec_"
SECRET_BYTES = 32  # the specification asks for 24 to 64


def secret_new(endpoint_id: str) -> tuple[str, SigningSecret]:
    """A secret as its owner is shown it, and the unsaved row that keeps it sealed."""
    raw = randomness.token_bytes(SECRET_BYTES)
    sealed = seal(raw, _associated(endpoint_id))
    row = SigningSecret(endpoint_id=endpoint_id, ciphertext=sealed.ciphertext, nonce=sealed.nonce, key_id=sealed.key_id)
    return PREFIX + base64.b64encode(raw).decode(), row


def secret_text(row: SigningSecret) -> str:
    """The secret again. Raises `access.sealing.SealBroken`."""
    sealed = Sealed(bytes(row.ciphertext), bytes(row.nonce), row.key_id)
    return PREFIX + base64.b64encode(unseal(sealed, _associated(row.endpoint_id))).decode()


def headers_of(*, message_id: str, body: str, at: datetime, secrets: Iterable[str]) -> dict[str, str]:
    """`webhook-id`, `webhook-timestamp` and `webhook-signature`: one signature for each secret, the newest first."""
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(Webhook(secret).sign(message_id, at, body) for secret in secrets),
    }


def _associated(endpoint_id: str) -> bytes:
    return f"webhook:{endpoint_id}".encode()
