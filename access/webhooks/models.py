"""Endpoints and their secrets, messages, deliveries of messages to endpoints, the attempts of each, and how far apps' feeds
were read."""

import base64
import secrets

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q


def _id(prefix: str) -> str:
    return prefix + base64.b32encode(secrets.token_bytes(15)).decode().lower()


def new_endpoint_id() -> str:
    """`we_` and 120 random bits in lower-case base32."""
    return _id("we_")


def new_message_id() -> str:
    """`msg_` likewise. It is signed, and must hold no full stop."""
    return _id("msg_")


class Endpoint(models.Model):
    """Where an owner wants to be told. While it fails, `failing_since` is the first failure after the last success,
    `failures` how many in a row, and nothing is sent before `quiet_until`."""

    id = models.CharField(max_length=40, primary_key=True, default=new_endpoint_id, editable=False)
    owner = models.CharField(max_length=80, help_text="the principal whose events it is told of")
    url = models.CharField(max_length=500)
    events = ArrayField(models.CharField(max_length=60), default=list, blank=True, help_text="empty: all")
    description = models.CharField(max_length=200, blank=True)
    enabled = models.BooleanField(default=True)
    disabled_reason = models.CharField(max_length=200, blank=True)
    disabled_at = models.DateTimeField(null=True, blank=True)
    failures = models.PositiveIntegerField(default=0)
    failing_since = models.DateTimeField(null=True, blank=True)
    quiet_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ("-created_at", "id")
        verbose_name = "webhook endpoint"
        indexes = (models.Index(fields=("owner",), name="webhook_endpoint_by_owner"),)
        constraints = (
            models.CheckConstraint(
                name="webhook_endpoint_disabled_when",
                condition=Q(enabled=True, disabled_at=None) | Q(enabled=False, disabled_at__isnull=False),
            ),
        )

    def __str__(self) -> str:
        return self.url


class SigningSecret(models.Model):
    """A secret that an endpoint's messages are signed with, sealed (associated data: the endpoint's id). One that was
    rotated out signs beside the new one until `retires_at`."""

    endpoint = models.ForeignKey(Endpoint, on_delete=models.CASCADE, related_name="secrets")
    ciphertext = models.BinaryField()
    nonce = models.BinaryField()
    key_id = models.CharField(max_length=32)
    created_at = models.DateTimeField(auto_now_add=True)
    retires_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-pk",)
        constraints = (
            models.UniqueConstraint(
                fields=("endpoint",), condition=Q(retires_at=None), name="webhook_one_current_secret"
            ),
        )

    def __str__(self) -> str:
        return f"secret {self.pk} of {self.endpoint_id}"


class Message(models.Model):
    """One event as it is sent: its id is the `webhook-id` of every attempt, and `body` the very text that is signed."""

    id = models.CharField(max_length=40, primary_key=True, default=new_message_id, editable=False)
    owner = models.CharField(max_length=80)
    type = models.CharField(max_length=60)
    subject = models.CharField(max_length=80, help_text="what it is about: a session's id")
    seq = models.PositiveBigIntegerField(help_text="counts up within the subject")
    body = models.TextField(help_text="JSON")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-created_at", "id")
        constraints = (
            models.UniqueConstraint(fields=("owner", "subject", "seq"), name="webhook_message_once"),
            models.CheckConstraint(name="webhook_message_id_is_signable", condition=Q(id__regex="^msg_[a-z2-7]{24}$")),
        )
        indexes = (
            models.Index(fields=("created_at",), name="webhook_message_by_age"),
            models.Index(fields=("owner", "created_at"), name="webhook_message_by_owner"),
        )

    def __str__(self) -> str:
        return f"{self.type} {self.subject} #{self.seq}"


class Delivery(models.Model):
    """One message on its way to one endpoint. `leased_until` is set while a process sends it: if that dies, another one
    sends it again after this moment. `subject` and `seq` are the message's, for the order."""

    class State(models.TextChoices):
        PENDING = "pending"
        DELIVERED = "delivered"
        FAILED = "failed"

    endpoint = models.ForeignKey(Endpoint, on_delete=models.CASCADE, related_name="deliveries")
    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="deliveries")
    subject = models.CharField(max_length=80)
    seq = models.PositiveBigIntegerField()
    state = models.CharField(max_length=10, choices=State, default=State.PENDING)
    attempts = models.PositiveIntegerField(default=0, help_text="since it was published or replayed")
    next_attempt_at = models.DateTimeField()
    leased_until = models.DateTimeField(null=True, blank=True)
    give_up_at = models.DateTimeField(help_text="after this it is not tried again")
    last_status = models.PositiveSmallIntegerField(default=0, help_text="HTTP status of the last answer, 0 without one")
    last_error = models.CharField(max_length=200, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-pk",)
        verbose_name_plural = "deliveries"
        constraints = (
            models.UniqueConstraint(fields=("endpoint", "message"), name="webhook_delivery_once"),
            models.CheckConstraint(
                name="webhook_delivered_when",
                condition=~Q(state="delivered") | Q(delivered_at__isnull=False, leased_until=None),
            ),
            models.CheckConstraint(
                name="webhook_delivery_state_is_known", condition=Q(state__in=("pending", "delivered", "failed"))
            ),
        )
        indexes = (
            models.Index(
                fields=("endpoint", "next_attempt_at"), condition=Q(state="pending"), name="webhook_delivery_due"
            ),
            models.Index(
                fields=("endpoint", "subject", "seq"), condition=Q(state="pending"), name="webhook_delivery_order"
            ),
            models.Index(fields=("give_up_at",), condition=Q(state="pending"), name="webhook_delivery_late"),
        )

    def __str__(self) -> str:
        return f"{self.subject} #{self.seq} to {self.endpoint_id}"


class Attempt(models.Model):
    """One POST and what became of it. `status` is 0 where there was no answer."""

    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="tries")
    at = models.DateTimeField(auto_now_add=True)
    number = models.PositiveIntegerField()
    status = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=200, blank=True)
    address = models.CharField(max_length=64, blank=True, help_text="whom we reached")
    milliseconds = models.PositiveIntegerField(default=0)
    answer = models.TextField(blank=True, help_text="the beginning of the answer's body")

    class Meta:
        ordering = ("-pk",)

    def __str__(self) -> str:
        return f"{self.number}: {self.status or self.error}"


class Reading(models.Model):
    """How far an app's feed of updates was read for an owner who has endpoints: `position` in that feed."""

    feed = models.CharField(max_length=40, help_text="the app's name for it")
    owner = models.CharField(max_length=80)
    position = models.PositiveBigIntegerField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("feed", "owner"), name="webhook_one_reading"),)

    def __str__(self) -> str:
        return f"{self.feed} of {self.owner}: {self.position}"
