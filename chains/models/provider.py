"""How each configured RPC provider behaves."""

from django.db import models

from chains.models.chain import Chain


class ProviderHealth(models.Model):
    """One provider as the processes that ask it have met it. `label` has scheme, host and port: a path may hold a key.

    Counters grow for as long as the provider is configured. `disagreed_at` is set while its last pinned answer
    contradicted the other providers.
    """

    class State(models.TextChoices):
        CLOSED = "closed", "answers"
        OPEN = "open", "failed again and again: left alone for a while"
        HALF_OPEN = "half-open", "tried again"
        RESTING = "resting", "told us to wait"
        REFUSED = "refused", "of another network: not asked"

    chain = models.ForeignKey(Chain, on_delete=models.CASCADE, related_name="providers")
    label = models.CharField(max_length=255)
    state = models.CharField(max_length=12, choices=State, default=State.CLOSED)
    requests = models.BigIntegerField(default=0)
    errors = models.BigIntegerField(default=0)
    disagreements = models.BigIntegerField(default=0)
    last_ok_at = models.DateTimeField(null=True)
    last_error = models.TextField(blank=True)
    last_error_at = models.DateTimeField(null=True)
    disagreed_at = models.DateTimeField(null=True)
    head_height = models.BigIntegerField(null=True)
    lag = models.IntegerField(default=0, help_text="blocks behind the head that a quorum knows")
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["chain", "label"], name="provider_unique")]
        verbose_name_plural = "provider health"

    def __str__(self) -> str:
        return f"{self.chain_id} {self.label}"
