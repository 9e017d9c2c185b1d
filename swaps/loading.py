"""Loading one session with all that its document needs: the query that is asked most, by two statements compiled once."""

from django.db.models import QuerySet

from access.prepared import Prepared
from swaps.models import Leg, SwapSession

RELATED = ("secret", "source_chain", "destination_chain")


def _sessions(session: str) -> QuerySet[SwapSession]:
    return SwapSession.objects.select_related(*RELATED).filter(pk=session)


def _legs(session: str) -> QuerySet[Leg]:
    return Leg.objects.filter(session_id=session).order_by("pk")


_anybodys = Prepared(_sessions, "session")
_own = Prepared(lambda session, principal: _sessions(session).filter(principal=principal), "session", "principal")
_legs_of = Prepared(_legs, "session")


def session_load(session_id: str, *, principal: str | None = None) -> SwapSession | None:
    """A session with its secret, chains and legs, as `select_related` and `prefetch_related` load them; None where there is
    none, or it is not this principal's."""
    if "\0" in session_id:
        return None
    own = {} if principal is None else {"principal": principal}
    session = (_own if own else _anybodys).first(session=session_id, **own)
    if session is not None:
        legs_attach(session, list(_legs_of.fetch(session=session_id)))
    return session


def legs_attach(session: SwapSession, legs: list[Leg]) -> None:
    """`session.legs.all()` are these from now on, and each knows its session: what `prefetch_related` does, for legs that
    are at hand."""
    for leg in legs:
        leg.session = session
    known: QuerySet[Leg] = QuerySet(Leg)
    known._defer_next_filter = True  # type: ignore[attr-defined]  # made only for those who narrow it further
    known = known.filter(session=session)  # never the legs of others
    known._result_cache = legs
    known._prefetch_done = True  # type: ignore[attr-defined]
    cache: dict[str, QuerySet[Leg]] = session.__dict__.setdefault("_prefetched_objects_cache", {})
    cache["legs"] = known
