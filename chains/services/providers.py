"""Writing down how the providers behave, for the other processes, the admin and /metrics."""

import threading
import time
from typing import Any

from django.db import transaction
from django.db.models import F

from chains.clients.provider import Provider, Tally
from chains.config import base_client
from chains.models import ProviderHealth

WRITE_SECONDS = 2.0  # a process writes no oftener, unless a provider's state changed
COUNTERS = ("requests", "errors", "disagreements")


class _Notebook:
    """What this process wrote last of one chain's providers."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.written_at = 0.0
        self.states: dict[str, str] = {}

    def is_due(self, states: dict[str, str]) -> bool:
        return states != self.states or time.monotonic() - self.written_at >= WRITE_SECONDS


_notebooks: dict[str, _Notebook] = {}


def providers_note(*, chain: str, at_once: bool = False) -> bool:
    """Add what this process has met since the last time to the chain's rows; returns whether it was due.

    The chain's row must exist. Call it outside of a transaction that may be rolled back: what is counted is counted once.
    """
    providers = base_client(chain).providers
    notebook = _notebooks.setdefault(chain, _Notebook())
    with notebook.lock:
        states = {provider.label: provider.state for provider in providers}
        if not at_once and not notebook.is_due(states):
            return False
        with transaction.atomic():
            for provider in providers:
                _write(chain, provider, provider.take_tally())
        notebook.written_at, notebook.states = time.monotonic(), states
    return True


def providers_prune(*, chain: str) -> None:
    """Forget providers that are no longer configured."""
    labels = [provider.label for provider in base_client(chain).providers]
    ProviderHealth.objects.filter(chain_id=chain).exclude(label__in=labels).delete()


def _write(chain: str, provider: Provider, tally: Tally) -> None:
    """Counters are added; the rest is what this process knows, where it knows something newer."""
    row, _ = ProviderHealth.objects.get_or_create(chain_id=chain, label=provider.label)
    changes: dict[str, Any] = {name: F(name) + getattr(tally, name) for name in COUNTERS}
    changes |= {"state": provider.state, "disagreed_at": provider.disagreed_at}
    if provider.last_ok_at:
        changes["last_ok_at"] = provider.last_ok_at
    if provider.last_error_at:
        changes |= {"last_error": provider.last_error, "last_error_at": provider.last_error_at}
    if provider.height is not None:
        changes |= {"head_height": provider.height, "lag": provider.lag}
    for name, value in changes.items():
        setattr(row, name, value)
    row.save(update_fields=[*changes, "updated_at"])
