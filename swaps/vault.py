"""A session's secret: sealed on arrival, opened only to sign a claim, purged at the end. Never logged, never shown."""

import secrets as randomness
from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from access.sealing import Sealed, seal, unseal
from chains.models import Intent
from swaps.errors import SecretRefused
from swaps.hashlock import SECRET_BYTES
from swaps.models import Secret, SwapSession


def new_secret() -> bytes:
    """32 bytes from the operating system's generator."""
    return randomness.token_bytes(SECRET_BYTES)


def _associated(session: SwapSession) -> bytes:
    return f"{session.pk}:{session.hashlock}".encode()


def secret_store(*, session: SwapSession, secret: bytes) -> Secret:
    """Seal a secret that is known to open the session's hashlock."""
    row = secret_row(session=session, secret=secret)
    row.save(force_insert=True)
    return row


def secret_row(*, session: SwapSession, secret: bytes) -> Secret:
    """The same, not saved yet."""
    sealed = seal(secret, _associated(session))
    return Secret(
        session=session,
        ciphertext=sealed.ciphertext,
        nonce=sealed.nonce,
        key_id=sealed.key_id,
        expires_at=timezone.now() + timedelta(seconds=settings.SECRET_TTL_SECONDS),
    )


def secret_open(session: SwapSession) -> bytes:
    """The 32 bytes. Raises `SecretRefused` when they were purged or never came."""
    row = Secret.objects.filter(session=session, purged_at=None).first()
    if row is None:
        raise SecretRefused("there is no secret to open for this session", code="secret_not_found")
    assert row.ciphertext is not None and row.nonce is not None
    return unseal(Sealed(bytes(row.ciphertext), bytes(row.nonce), row.key_id), _associated(session))


def secret_open_for(intent: Intent) -> bytes:
    """The secret that an intent of a session carries; only once it was decided that it may leave."""
    session = SwapSession.objects.get(pk=intent.subject_id)
    if not Secret.objects.filter(session=session, revealed_at__isnull=False).exists():
        raise SecretRefused("the reveal was not decided: the secret stays", code="secret_too_early")
    return secret_open(session)


def secret_mark_revealed(session: SwapSession) -> None:
    """The fact that the secret may leave from now on, again and again until the claim is final."""
    Secret.objects.filter(session=session, revealed_at=None).update(revealed_at=timezone.now())


def secret_learn(*, session: SwapSession, secret: bytes) -> None:
    """A secret that the chain shows: kept for our own claim, public from now on."""
    if not Secret.objects.filter(session=session).exists():
        secret_store(session=session, secret=secret)
    now = timezone.now()
    Secret.objects.filter(session=session, public_at=None).update(public_at=now)
    Secret.objects.filter(session=session, revealed_at=None).update(revealed_at=now)


def secret_purge(session: SwapSession) -> None:
    """Forget the ciphertext; that there was a secret stays known."""
    Secret.objects.filter(session=session, purged_at=None).update(ciphertext=None, nonce=None, purged_at=timezone.now())
