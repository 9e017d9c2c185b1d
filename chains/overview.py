"""What an operator sees of all chains at one look: a fixed number of queries."""

from django.db.models import QuerySet

from chains.models import Account, Chain, Intent, ProviderHealth

MOST = 100


def chains_watched() -> list[Chain]:
    """Every chain that was ever watched, without the samples of its speed."""
    return list(Chain.objects.defer("measured", "costs").order_by("name"))


def providers() -> list[ProviderHealth]:
    """Every configured provider as the processes have met it."""
    return list(ProviderHealth.objects.order_by("chain_id", "label"))


def intents_attention() -> QuerySet[Intent]:
    """Actions that somebody should look at, the oldest first."""
    return Intent.objects.filter(attention__gt="").order_by("created_at")


def intents_unsent() -> QuerySet[Intent]:
    """Actions that are ordered and not sent, the oldest first."""
    return Intent.objects.filter(state=Intent.State.PENDING).order_by("created_at")


def accounts_stopped() -> list[Account]:
    """Keys of ours that may not pay out, or that somebody should look at."""
    found = Account.objects.filter(stopped_reason__gt="") | Account.objects.filter(attention__gt="")
    return list(found.order_by("chain_id", "address"))
