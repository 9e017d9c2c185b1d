"""What waits for an operator, counted for the sidebar of every admin page: each by an index that holds only those rows."""

from access.actions.selectors import proposals_waiting
from swaps.models import Alert, SwapSession
from swaps.selectors import pauses_in_force

MOST = 100


def alerts() -> int:
    """Troubles that stand."""
    return Alert.objects.filter(state=Alert.State.RAISED, cleared_at=None).order_by()[:MOST].count()


def attention() -> int:
    """Sessions that somebody should look at."""
    return SwapSession.objects.filter(attention__gt="").order_by()[:MOST].count()


def pauses() -> int:
    """Pauses in force."""
    return len(pauses_in_force())


def proposals() -> int:
    """Actions that wait for a second person."""
    return proposals_waiting().order_by()[:MOST].count()
