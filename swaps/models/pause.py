"""What an operator has paused. Pausing stops new swaps; claims and refunds go on."""

from collections.abc import Collection

from django.conf import settings
from django.db import models
from django.db.models import Q

ALL = "all"
ARROW = ">"


class Pause(models.Model):
    """A pause of everything (`all`), of one chain (`base`) or of one route (`base>near`), until it is lifted."""

    target = models.CharField(max_length=70, help_text="all, a chain (base) or a route (base>near)")
    reason = models.CharField(max_length=200)
    actor = models.CharField(max_length=150)
    started_at = models.DateTimeField(auto_now_add=True)
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_by = models.CharField(max_length=150, blank=True)

    class Meta:
        permissions = [("pause_swaps", "May pause new swaps and lift a pause")]
        ordering = ("-started_at",)
        constraints = [
            models.UniqueConstraint(
                fields=["target"], condition=Q(lifted_at__isnull=True), name="pause_once_for_each_target"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.target}: {self.reason}"


def is_target(target: str) -> bool:
    """Whether the word names everything, a configured chain, or a route between two."""
    names = target.split(ARROW)
    known = all(name in settings.CHAINS for name in names)
    return target == ALL or (known and len(names) in (1, 2) and len(set(names)) == len(names))


def targets_of(source: str, destination: str) -> list[str]:
    """Every target whose pause concerns swaps from `source` to `destination`."""
    return [ALL, source, destination, f"{source}{ARROW}{destination}"]


def paused_of(source: str, destination: str, *, by_operator: Collection[str]) -> tuple[str, ...]:
    """What of a route is paused, by setting or by an operator, of `targets_of` it."""
    return tuple(one for one in targets_of(source, destination) if one in by_operator or one in settings.PAUSED)
