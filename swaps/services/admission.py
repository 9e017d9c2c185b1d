"""The door that every swap goes through before money of ours is locked: pauses, the ladder, the receiver, the inventory, the
profit at this moment's prices.

`execute` is the usual way in. A maker's lock that was seen first counts as execute, and passes the same door, or goes back.
"""

import structlog
from django.db import transaction
from django.utils import timezone

from swaps import selectors
from swaps.errors import ChainUnreachable, ProfitUnknown, SwapError
from swaps.locks import lock_session
from swaps.models import Reservation, SwapSession
from swaps.routes import route_between
from swaps.services import liquidity
from swaps.services.ladders import ladder_require
from swaps.services.liquidity import Balance
from swaps.services.pauses import route_require_open
from swaps.services.profitability import profit_require
from swaps.services.transitions import session_note

log = structlog.get_logger(__name__)


def is_admitted(session: SwapSession) -> bool:
    """Whether our tokens were promised to it: no lock of ours is made before that."""
    return Reservation.objects.filter(session=session).exists()


def session_check(session: SwapSession, *, source_lock: str = "") -> Balance:
    """Everything but the reservation. Asks nodes, so no row may be locked. `source_lock` "order" or "self": how the maker
    locks, where the session does not say it yet.

    Raises `RouteUnavailable`, `SwapsPaused`, `LadderInfeasible`, `ReceiverNotReady`, `ChainUnreachable`, `SwapUnprofitable`,
    `ProfitUnknown`.
    """
    route = route_between(session.source_chain_id, session.destination_chain_id)
    route_require_open(route)
    ladder_require(session, route)
    profit_require(session, source_lock=source_lock)
    return liquidity.available(session)


def session_admit(*, session_id: str) -> bool:
    """Admit a session whose lock came before `execute`; one that is refused is called off, and its lock goes back.

    Returns whether anything was decided: a node that does not answer decides nothing, and neither does a price that is not
    known.
    """
    try:
        balance = session_check(selectors.session_get(session_id), source_lock="self")
        with transaction.atomic():
            session = lock_session(session_id)
            if not is_admitted(session):
                liquidity.reserve(session=session, balance=balance)
    except (ChainUnreachable, ProfitUnknown) as error:
        log.warning("swap.admission_waits", session=session_id, error=str(error)[:200])
        return False
    except SwapError as refused:
        _call_off(session_id, refused)
    return True


@transaction.atomic
def _call_off(session_id: str, refused: SwapError) -> None:
    session = lock_session(session_id)
    session.cancel_requested_at = session.cancel_requested_at or timezone.now()
    session.attention = f"not admitted: {refused.detail}"[:200]
    session_note(session, cause="not_admitted", data={"code": refused.code, "detail": str(refused.detail)})
    log.warning("swap.not_admitted", session=session_id, code=refused.code)
