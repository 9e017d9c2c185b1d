"""API keys, the answers kept for idempotency keys, the audit trail, and who was refused."""

from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models.functions import Now
from django.utils import timezone

SHA256 = "^[0-9a-f]{64}$"


class ActorKind(models.TextChoices):
    """Who may act."""

    API_KEY = "api_key"
    JWT = "jwt"
    OPERATOR = "operator"
    COMMAND = "command"
    SYSTEM = "system"


class ApiKey(models.Model):
    """A client's key: shown once, kept as a SHA-256 hash, found by its prefix. It is revoked or rotated, never deleted.

    What is made with a key belongs to its **owner**, whose id is the prefix of his first key. A key's successor has the same
    owner: rotation changes what is proved with, not whose anything is.
    """

    name = models.CharField(max_length=80, help_text="whose it is, for people")
    prefix = models.CharField(max_length=16, unique=True)
    owner = models.CharField(max_length=16, help_text="the prefix of this owner's first key")
    successor = models.OneToOneField(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="predecessor",
        help_text="what it was rotated to",
    )
    key_hash = models.CharField(max_length=64)
    scopes = ArrayField(models.CharField(max_length=40))
    requests_per_minute = models.PositiveIntegerField(
        null=True, blank=True, help_text="empty: the service's limit for keys; 0: no limit"
    )
    allowed_addresses = ArrayField(
        models.CharField(max_length=49), default=list, blank=True, help_text="networks (CIDR); empty: from anywhere"
    )
    note = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True, help_text="to the minute")

    class Meta:
        ordering = ("-created_at",)
        verbose_name = "API key"
        permissions = (("revoke_apikey", "Can revoke an API key"), ("rotate_apikey", "Can rotate an API key"))
        indexes = (models.Index(fields=("owner",), name="api_key_by_owner"),)
        constraints = (
            models.CheckConstraint(name="api_key_hash_is_sha256", condition=models.Q(key_hash__regex="^[0-9a-f]{64}$")),
            models.CheckConstraint(name="api_key_prefix_is_hex", condition=models.Q(prefix__regex="^[0-9a-f]{12}$")),
            models.CheckConstraint(name="api_key_owner_is_hex", condition=models.Q(owner__regex="^[0-9a-f]{12}$")),
            models.CheckConstraint(name="api_key_has_scopes", condition=models.Q(scopes__len__gte=1)),
            models.CheckConstraint(name="api_key_has_name", condition=~models.Q(name="")),
        )

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix})"

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.owner = self.owner or self.prefix
        super().save(*args, **kwargs)

    @property
    def is_live(self) -> bool:
        """Neither revoked nor expired."""
        return self.revoked_at is None and (self.expires_at is None or self.expires_at > timezone.now())

    @property
    def state(self) -> str:
        """In a word, for people."""
        if self.revoked_at is not None:
            return "revoked"
        if not self.is_live:
            return "expired"
        return "rotated" if self.successor_id else "live"


class IdempotencyRecord(models.Model):
    """The answer that one principal got for one `Idempotency-Key`. The row is written by the transaction that did the
    work: the work stands exactly when its answer does."""

    principal = models.CharField(max_length=80)
    key = models.CharField(max_length=255)
    call = models.CharField(max_length=200, help_text="method and path, for people")
    request_hash = models.CharField(max_length=64, help_text="SHA-256 of method, path and body")
    status = models.PositiveSmallIntegerField()
    headers = models.JSONField(default=dict)
    answer = models.TextField(help_text="JSON, with its fields in the order in which they were sent")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("principal", "key"), name="idempotency_one_per_principal"),
            models.CheckConstraint(
                name="idempotency_answer_is_definite", condition=models.Q(status__gte=200, status__lt=500)
            ),
        )
        indexes = (models.Index(fields=("created_at",), name="idempotency_by_age"),)

    def __str__(self) -> str:
        return f"{self.call} {self.key}"


class AuditEntry(models.Model):
    """Who did what. Rows are added, never changed or deleted: a trigger of the database sees to it. The one thing that is
    written later, once, is the row's place in the chain (`access/audit/`)."""

    at = models.DateTimeField(auto_now_add=True)
    actor_kind = models.CharField(max_length=16, choices=ActorKind)
    actor_id = models.CharField(max_length=80)
    action = models.CharField(max_length=60)
    target = models.CharField(max_length=80)
    outcome = models.CharField(max_length=20, blank=True, help_text="the answer's HTTP status, where a request did it")
    address = models.CharField(max_length=45, blank=True, help_text="where the request came from")
    detail = models.JSONField(default=dict)
    request_id = models.CharField(max_length=64, blank=True, help_text="the request's or job's id, as in the logs")
    seq = models.BigIntegerField(
        null=True, blank=True, help_text="the place in the chain, from 1; empty: not linked yet"
    )
    previous = models.CharField(max_length=64, blank=True, help_text="the hash of the row before it")
    hash = models.CharField(max_length=64, blank=True, help_text="SHA-256 of all fields and of the row before it")
    linked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-pk",)
        verbose_name_plural = "audit entries"
        constraints = (
            models.UniqueConstraint(
                fields=("seq",), name="audit_one_place_each", condition=models.Q(seq__isnull=False)
            ),
            models.CheckConstraint(
                name="audit_linked_wholly",
                condition=models.Q(seq=None, linked_at=None, previous="", hash="")
                | models.Q(seq__gte=1, linked_at__isnull=False, previous__regex=SHA256, hash__regex=SHA256),
            ),
            models.CheckConstraint(
                name="audit_actor_kind_is_known", condition=models.Q(actor_kind__in=[str(kind) for kind in ActorKind])
            ),
            models.CheckConstraint(name="audit_has_action", condition=~models.Q(action="")),
        )
        indexes = (
            models.Index(fields=("target", "at"), name="audit_by_target"),
            models.Index(fields=("actor_id", "-id"), name="audit_by_actor"),
            models.Index(fields=("request_id",), name="audit_by_request", condition=~models.Q(request_id="")),
            models.Index(fields=("id",), name="audit_unlinked", condition=models.Q(seq=None)),
            BrinIndex(fields=("at",), name="audit_by_time", autosummarize=True),
        )

    def __str__(self) -> str:
        return f"{self.action} {self.target}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk is not None:
            raise TypeError("an audit entry is never changed")
        super().save(*args, **kwargs)


class AuditCheck(models.Model):
    """One walk over the audit trail's chain, and what it found."""

    at = models.DateTimeField()
    by = models.CharField(max_length=80, help_text="who walked: a job or a command")
    since_seq = models.BigIntegerField(help_text="the row after which it began")
    seq = models.BigIntegerField(help_text="the last row that it saw")
    hash = models.CharField(max_length=64, help_text="that row's hash")
    rows = models.BigIntegerField()
    seconds = models.FloatField()
    faults = models.JSONField(default=list, help_text="sentences; empty: all was well")

    class Meta:
        ordering = ("-pk",)

    def __str__(self) -> str:
        return f"{'sound' if not self.faults else 'faulty'} up to {self.seq}"


class RateViolation(models.Model):
    """How often one caller was refused at one endpoint within an hour: too many requests, or the wrong address."""

    hour = models.DateTimeField()
    kind = models.CharField(max_length=40)
    principal = models.CharField(max_length=80, blank=True, help_text="empty: nobody whom we know")
    address = models.CharField(max_length=45, blank=True)
    endpoint = models.CharField(max_length=80, blank=True)
    count = models.PositiveBigIntegerField()
    last_at = models.DateTimeField(help_text="to the minute")

    class Meta:
        ordering = ("-hour", "-count")
        constraints = (
            models.UniqueConstraint(
                fields=("hour", "kind", "principal", "address", "endpoint"), name="violation_once_an_hour"
            ),
            models.CheckConstraint(name="violation_counts", condition=models.Q(count__gt=0)),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.principal or self.address} {self.endpoint}"


class OperatorSession(models.Model):
    """A session of the console that stands, and whose it is: so that all of somebody's can be ended at once."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="console_sessions")
    session_key = models.CharField(max_length=40, unique=True)
    began_at = models.DateTimeField()
    address = models.CharField(max_length=45, blank=True)
    browser = models.CharField(max_length=200, blank=True, help_text="as it names itself")

    class Meta:
        ordering = ("-began_at",)
        default_permissions = ()  # a person sees his own, on his page

    def __str__(self) -> str:
        return f"{self.person_id} since {self.began_at:%Y-%m-%d %H:%M}"


class Duty(models.Model):  # noqa: DJ008  (there are no rows)
    """Permissions that belong to no table: what operators do beyond looking. See `access/roles.py`."""

    class Meta:
        managed = False
        default_permissions = ()
        permissions = (
            ("propose_actions", "May propose an action that moves money or pauses"),
            ("execute_actions", "May carry out an action"),
            ("approve_actions", "May approve another operator's action"),
            ("unlock_people", "May end a lock-out of the login"),
            ("reset_second_factor", "May take away a person's second factor"),
        )


from access.actions.models import Proposal  # noqa: E402, F401  a table of this app
