"""The secret of a swap, sealed."""

from django.db import models
from django.db.models import Q

from swaps.models.session import SwapSession


class Secret(models.Model):
    """32 bytes under AES-256-GCM (associated data: session id and hashlock). The ciphertext is purged at the end.

    `revealed_at` is set in the transaction that orders the first claim, before anything leaves; from then on a claim may
    be repeated until it is final. `public_at` is when the chain showed it.
    """

    session = models.OneToOneField(SwapSession, on_delete=models.CASCADE, primary_key=True, related_name="secret")
    ciphertext = models.BinaryField(null=True)
    nonce = models.BinaryField(null=True)
    key_id = models.CharField(max_length=32, blank=True)
    received_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(
        help_text="an unrevealed secret is of no use after this; kept while a lock stands"
    )
    revealed_at = models.DateTimeField(null=True)
    public_at = models.DateTimeField(null=True)
    purged_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="secret_sealed_or_purged",
                condition=Q(purged_at__isnull=False, ciphertext__isnull=True)
                | Q(purged_at__isnull=True, ciphertext__isnull=False, nonce__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"secret of {self.session_id}"

    @property
    def state(self) -> str:
        """One word for people: never the secret."""
        if self.purged_at:
            return "purged"
        if self.public_at:
            return "public"
        return "revealed" if self.revealed_at else "held"
