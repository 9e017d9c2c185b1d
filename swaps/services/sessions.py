"""What a client may do with a session: make it, execute it, call it off, hand over its secret."""

from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from access import tracing
from access.models import AuditEntry
from access.rows import Condition
from swaps import selectors, vault
from swaps.errors import IllegalState, InvalidSession, SecretRefused, TooManySessions
from swaps.evidence import ClaimOrder
from swaps.hashlock import NotASecret, hashlock_of, opens, parse_secret
from swaps.loading import legs_attach
from swaps.locks import lock_session, room_for_a_session
from swaps.machine import TERMINAL, Status
from swaps.models import Leg, Secret, SwapSession
from swaps.models.session import new_session_id, salt_of
from swaps.next_steps import offer_of
from swaps.requests import SwapRequest
from swaps.routes import Route, route_between
from swaps.services import liquidity, orders
from swaps.services.admission import session_check
from swaps.services.deals import Deal, deal_strike, market_of
from swaps.services.facts import facts_gather
from swaps.services.legs import family_of
from swaps.services.pauses import route_require_open
from swaps.services.transitions import session_begin, session_note
from swaps.tasks import advance_session

log = structlog.get_logger(__name__)
ROOM_RETRY_SECONDS = "60"
__all__ = ["SwapRequest", "session_cancel", "session_create", "session_execute", "session_secret"]


def session_create(*, request: SwapRequest, principal: str, entry: AuditEntry | None = None) -> SwapSession:
    """A new session with its two legs planned. With a `hashlock` the maker keeps the secret; without one we make it.

    All its rows are written by one statement, and the caller's audit `entry` with them, which gets its target.

    Raises `RouteUnavailable`, `SwapsPaused`, `TooManySessions`, `SlippageExceeded`, what a quote raises (`pricing.errors`), or
    `InvalidSession` for a hashlock that was used before.
    """
    route = route_between(request.source_chain, request.destination_chain)
    route_require_open(route)
    _custody_check(route, request.hashlock)
    market = market_of(route, request)
    secret = None if request.hashlock else _service_secret()
    hashlock = request.hashlock or hashlock_of(secret or b"", route.hash_function).hex()
    try:
        with _together(request):
            session_id = new_session_id()
            deal = deal_strike(request=request, market=market, principal=principal, session_id=session_id)
            session = _session_row(session_id, request, route, principal, hashlock, deal)
            legs = _legs(session, route)
            sealed = [vault.secret_row(session=session, secret=secret)] if secret is not None else []
            legs_attach(session, legs)
            offer_of(session, legs[0])
            has_room, _, own = session_begin(
                session,
                *legs,
                *sealed,
                *_entries(entry, session),
                provided=_room(principal),
                cause="created",
                actor=principal,
            )
            if not has_room:
                raise _too_many(own)
    except IntegrityError as error:
        if "hashlock" not in str(error):
            raise
        raise InvalidSession(
            "the hashlock was used before",
            errors=[{"field": "hashlock", "message": "was used before: a secret serves one swap only"}],
        ) from error
    tracing.about(session.pk)
    log.info("swap.created", session=session.pk, route=session.route, custody=session.custody)
    return session


def _custody_check(route: Route, hashlock: str) -> None:
    """Where the source is claimed first, the maker's secret would be public before he is paid: he would have to trust us."""
    if hashlock and route.claims is ClaimOrder.SOURCE_FIRST:
        raise InvalidSession(
            "on this route we make the secret",
            errors=[{"field": "hashlock", "message": "must be left out: this route claims the source first"}],
        )


def _service_secret() -> bytes:
    if not settings.SERVICE_CUSTODY_ALLOWED:
        raise InvalidSession(
            "this service does not keep secrets",
            errors=[{"field": "hashlock", "message": "is required: make the secret yourself and send its hash"}],
        )
    return vault.new_secret()


def _together(request: SwapRequest) -> AbstractContextManager[None]:
    """One statement is a transaction by itself. A quote is used up by another one, which stands or falls with it; and inside
    somebody's transaction it has a savepoint, so that a refusal leaves that as it was."""
    return transaction.atomic() if request.quote_id or connection.in_atomic_block else nullcontext()


def _entries(entry: AuditEntry | None, session: SwapSession) -> list[AuditEntry]:
    if entry is None:
        return []
    entry.target = session.pk
    return [entry]


def _room(principal: str) -> Condition:
    """How many sessions may be unfinished: of one key, and in all."""
    return room_for_a_session(
        principal=principal, most=settings.MAX_ACTIVE_SESSIONS, most_own=settings.MAX_ACTIVE_SESSIONS_PER_KEY
    )


def _too_many(own: int) -> TooManySessions:
    most_own = settings.MAX_ACTIVE_SESSIONS_PER_KEY
    scope, most = ("key", most_own) if own >= most_own else ("service", settings.MAX_ACTIVE_SESSIONS)
    whose = "this key has" if scope == "key" else "there are"
    return TooManySessions(
        f"{whose} {most} active sessions already: finish or cancel one, or try again later",
        extra={"scope": scope, "limit": most},
        headers={"Retry-After": ROOM_RETRY_SECONDS},
    )


def _session_row(
    session_id: str, request: SwapRequest, route: Route, principal: str, hashlock: str, deal: Deal
) -> SwapSession:
    return SwapSession(
        id=session_id,
        salt=salt_of(session_id),
        principal=principal,
        source_chain=route.source_row,
        destination_chain=route.destination_row,
        source_token=request.source_token,
        destination_token=request.destination_token,
        source_amount=request.source_amount,
        destination_amount=deal.amount,
        requested_amount=deal.requested,
        market_amount=deal.market,
        maker=request.maker,
        taker=request.taker,
        slippage_bps=request.slippage_bps,
        quote_id=request.quote_id,
        custody=SwapSession.Custody.MAKER if request.hashlock else SwapSession.Custody.SERVICE,
        hash_function=route.hash_function,
        hashlock=hashlock,
        plan={**route.plan_document(), "order_expires_at": request.expires_at or _order_expiry(route, request)},
        confirmation_level=request.confirmation_level,
        warnings=list(request.warnings),
        created_at=timezone.now(),  # the terms of its legs count from it; writing it down makes it a moment later
        expires_at=_expiry(request),
    )


def _expiry(request: SwapRequest) -> datetime:
    if request.expires_at is not None:
        return datetime.fromtimestamp(request.expires_at, tz=UTC)
    return timezone.now() + timedelta(seconds=_life(request))


def _life(request: SwapRequest) -> int:
    """Seconds until which the source lock must be seen: the client's own, never more than ours."""
    most = int(settings.SESSION_TIMEOUT_SECONDS)
    return most if request.expires_in is None else min(request.expires_in, most)


def _order_expiry(route: Route, request: SwapRequest) -> int:
    """Until when a limit order may be filled, in the source chain's own time."""
    chain_time = route.source_row.head_time_ns // 10**9
    return max(chain_time, int(timezone.now().timestamp())) + _life(request)


def _legs(session: SwapSession, route: Route) -> list[Leg]:
    source, destination = route.source, route.destination
    return [
        Leg(
            session=session,
            side=Leg.Side.SOURCE,
            chain=route.source_row,
            token=session.source_token,
            amount=session.source_amount,
            payee=source.us,
            refundee=session.maker,
            terms=family_of(source.name).terms(session, Leg.Side.SOURCE, route.ladder),
        ),
        Leg(
            session=session,
            side=Leg.Side.DESTINATION,
            chain=route.destination_row,
            token=session.destination_token,
            amount=session.destination_amount,
            payee=session.taker,
            refundee=destination.us,
            terms=family_of(destination.name).terms(session, Leg.Side.DESTINATION, route.ladder),
        ),
    ]


def session_execute(
    *,
    session_id: str,
    actor: str,
    source_lock: str,
    limit_order: dict[str, Any] | None = None,
    confirmation_level: str = "",
    maker_calls: list[dict[str, Any]] | None = None,
) -> SwapSession:
    """Start the swap: check and reserve our liquidity, and wait for the maker's lock or fill his order.

    `source_lock` is "self" or "order"; an order is checked against the session before anything is written. `maker_calls`
    are his own lock as he was given it, kept for whoever asks again. Raises
    `IllegalState`, `SwapsPaused`, `LadderInfeasible`, `InsufficientLiquidity`, `ReceiverNotReady`, `InvalidSession`,
    `ChainUnreachable`, `SwapUnprofitable`, `ProfitUnknown`.
    """
    session = selectors.session_get(session_id)
    _must_be_new(session)
    order = orders.order_accept(session=session, limit_order=limit_order) if source_lock == "order" else None
    available = session_check(session, source_lock=source_lock)
    with transaction.atomic():
        session = lock_session(session_id)
        _must_be_new(session)
        if confirmation_level:
            session.confirmation_level = confirmation_level
        liquidity.reserve(session=session, balance=available)
        if order is not None:
            orders.order_attach(session=session, order=order)
        session.source_lock = source_lock
        session.maker_calls = maker_calls or []
        session.executed_at = timezone.now()
        session_note(session, cause="execute", actor=actor, data={"sourceLock": source_lock})
        advance_session.defer(session_id=session.pk)
    log.info("swap.executing", session=session.pk, route=session.route, source_lock=source_lock)
    return session


def _must_be_new(session: SwapSession) -> None:
    """The status follows a request a moment later: what was asked for before counts too."""
    asked = "execute" if session.executed_at else "cancel" if session.cancel_requested_at else ""
    if session.status != Status.INITIALIZED or asked:
        was = f"{asked} was called already" if asked else f"the session is {session.status}"
        raise IllegalState(
            f"{was}; execute needs a session that is {Status.INITIALIZED}", extra={"currentStatus": session.status}
        )


def session_cancel(*, session_id: str, actor: str) -> SwapSession:
    """Call the swap off. Before a lock it ends at once; with a lock it waits for the refund; after the reveal it is
    refused. Asked twice, it says the same. Raises `IllegalState`."""
    with transaction.atomic():
        session = lock_session(session_id)
        if session.status == Status.CANCELLED or session.cancel_requested_at is not None:
            return session
        secret = Secret.objects.filter(session=session).first()
        revealed = secret is not None and secret.revealed_at is not None
        if revealed or session.status in TERMINAL or session.status == Status.REVEALING_SECRET:
            raise IllegalState(
                f"the session is {session.status}: it can no longer be cancelled",
                extra={"currentStatus": session.status},
            )
        session.cancel_requested_at = timezone.now()
        session_note(session, cause="cancel_requested", actor=actor)
        advance_session.defer(session_id=session.pk)
    return session


def session_secret(*, session_id: str, actor: str, secret: str) -> SwapSession:
    """The maker hands over his secret, which he does after both locks are final and he has verified them.

    The same secret again is welcome; a wrong one or one that comes too early is refused and not kept. Raises
    `SecretRefused`.
    """
    try:
        plain = parse_secret(secret)
    except NotASecret as error:
        raise SecretRefused(str(error), code="secret_malformed", status=400) from error
    with transaction.atomic():
        session = lock_session(session_id)
        if not opens(plain, bytes.fromhex(session.hashlock), session.hash_function):
            raise SecretRefused("this secret does not open the session's hashlock", code="secret_mismatch", status=400)
        if Secret.objects.filter(session=session).exists():
            return session
        gathered = facts_gather(session, wall=timezone.now())
        if session.status != Status.BOTH_LOCKED:
            raise SecretRefused(
                f"both locks must be final before the secret is handed over; the session is {session.status}",
                code="secret_too_early" if session.status not in TERMINAL else "invalid_session_state",
                extra={"currentStatus": session.status, "sourceLock": gathered.facts.source.lock.name.lower()},
            )
        vault.secret_store(session=session, secret=plain)
        session_note(session, cause="secret_received", actor=actor)
        advance_session.defer(session_id=session.pk)
    return session
