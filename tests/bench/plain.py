"""A plain Django project with msgspec: what somebody writes who needs these calls to be quick, and nothing else.

No middleware, no authentication, no limits, no log, no idempotency, no audit; a body is decoded into a typed struct, and
that is its validation. Three readings of "the same work":

- `/row/…`: one row is read by its key, one row is inserted;
- `/same/…`: the rows that the service reads and writes, by the same models, in one transaction;
- `/given/quote`: a quote that is worked out, explained, signed and kept by the service's own `quote_give`.
"""

import os
import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.bench.plain_settings"

from django.core.wsgi import get_wsgi_application

application = get_wsgi_application()

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import path

from access.models import AuditEntry
from chains.config import ChainConfig, Token, chain_config
from chains.models import Chain
from pricing.api.examples import ANSWER
from pricing.giving import Wanted, quote_give
from pricing.ground import Pair
from pricing.models import Quote, new_quote_id
from swaps.models import Leg, Secret, SessionTransition, SwapSession
from swaps.models.session import new_session_id, salt_of

ENCODER = msgspec.json.Encoder()
HOUR = timedelta(hours=1)


class NewSession(msgspec.Struct, forbid_unknown_fields=True):
    """The body of `POST /sessions`."""

    sourceChain: str
    destinationChain: str
    sourceToken: str
    destinationToken: str
    sourceAmount: str
    destinationAmount: str
    maker: str
    taker: str
    slippageTolerance: int = 0


class NewQuote(msgspec.Struct, forbid_unknown_fields=True):
    """The body of `POST /quote`."""

    sourceChain: str
    destinationChain: str
    sourceToken: str
    destinationToken: str
    amount: str
    urgency: str = "normal"


NEW_SESSION = msgspec.json.Decoder(NewSession)
NEW_QUOTE = msgspec.json.Decoder(NewQuote)


def _answer(document: dict[str, Any], status: int = 200) -> HttpResponse:
    body = ENCODER.encode(document)
    headers = {"Content-Length": str(len(body))}
    return HttpResponse(body, status=status, content_type="application/json", headers=headers)


def _document(session: SwapSession) -> dict[str, Any]:
    """Fifteen fields of one row."""
    return {
        "sessionId": session.id,
        "status": session.status,
        "seq": session.seq,
        "sourceChain": session.source_chain_id,
        "destinationChain": session.destination_chain_id,
        "sourceToken": session.source_token,
        "destinationToken": session.destination_token,
        "sourceAmount": str(session.source_amount),
        "destinationAmount": str(session.destination_amount),
        "maker": session.maker,
        "taker": session.taker,
        "hashlock": session.hashlock,
        "custody": session.custody,
        "createdAt": session.created_at,
        "expiresAt": session.expires_at,
    }


def _whole_document(session: SwapSession, legs: list[Leg]) -> dict[str, Any]:
    """The same with what the related rows hold."""
    return {
        **_document(session),
        "plan": session.plan,
        "warnings": session.warnings,
        "secret": hasattr(session, "secret"),
        "chains": {"source": session.source_chain.contract, "destination": session.destination_chain.contract},
        "legs": [
            {"side": leg.side, "token": leg.token, "amount": str(leg.amount), "payee": leg.payee, "terms": leg.terms}
            for leg in legs
        ],
    }


def _session(wanted: NewSession) -> SwapSession:
    session_id = new_session_id()
    return SwapSession(
        id=session_id,
        salt=salt_of(session_id),
        principal="plain",
        status="cancelled",  # at its end, so that the service's own count of active sessions stays as it is
        finished_at=datetime.now(UTC),
        source_chain_id=wanted.sourceChain,
        destination_chain_id=wanted.destinationChain,
        source_token=wanted.sourceToken.lower(),
        destination_token=wanted.destinationToken,
        source_amount=int(wanted.sourceAmount),
        destination_amount=int(wanted.destinationAmount),
        maker=wanted.maker.lower(),
        taker=wanted.taker,
        slippage_bps=wanted.slippageTolerance,
        custody="service",
        hash_function="sha256",
        hashlock=secrets.token_hex(32),
        plan={},
        expires_at=datetime.now(UTC) + HOUR,
    )


def _leg(session: SwapSession, side: str) -> Leg:
    is_source = side == "source"
    return Leg(
        session=session,
        side=side,
        chain=session.source_chain if is_source else session.destination_chain,
        token=session.source_token if is_source else session.destination_token,
        amount=session.source_amount if is_source else session.destination_amount,
        payee=session.taker,
        refundee=session.maker,
        terms={},
    )


def row_read(_: HttpRequest, session_id: str) -> HttpResponse:
    """One row by its key."""
    return _answer(_document(SwapSession.objects.get(pk=session_id)))


def same_read(_: HttpRequest, session_id: str) -> HttpResponse:
    """The session, its chains and secret by a join, and its legs: two queries, as in the service."""
    related = SwapSession.objects.select_related("secret", "source_chain", "destination_chain")
    session = related.prefetch_related("legs").get(pk=session_id)
    return _answer(_whole_document(session, list(session.legs.all())))


def row_insert(request: HttpRequest) -> HttpResponse:
    """One row."""
    session = _session(NEW_SESSION.decode(request.body))
    session.save(force_insert=True)
    return _answer(_document(session), 201)


def same_insert(request: HttpRequest) -> HttpResponse:
    """Both chains read; the session, its legs, its secret, the first transition and the audit row written."""
    session = _session(NEW_SESSION.decode(request.body))
    chains = Chain.objects.in_bulk([session.source_chain_id, session.destination_chain_id])
    session.source_chain, session.destination_chain = (
        chains[session.source_chain_id],
        chains[session.destination_chain_id],
    )
    with transaction.atomic():
        session.seq = 1
        session.save(force_insert=True)
        legs = Leg.objects.bulk_create([_leg(session, "source"), _leg(session, "destination")])
        Secret.objects.create(
            session=session, ciphertext=b"x" * 48, nonce=b"x" * 12, key_id="plain", expires_at=session.expires_at
        )
        SessionTransition.objects.create(
            session=session, seq=1, principal="plain", to_status="initialized", cause="created"
        )
        AuditEntry.objects.create(actor_kind="api_key", actor_id="plain", action="POST sessions", target=session.id)
    return _answer(_whole_document(session, legs), 201)


def row_quote(request: HttpRequest) -> HttpResponse:
    """One row with six figures in its document."""
    wanted = NEW_QUOTE.decode(request.body)
    document = {
        "quoteId": new_quote_id(),
        "sourceAmount": wanted.amount,
        "destinationAmount": str(int(wanted.amount) * 997 // 1000),
        "rate": "1.0",
        "urgency": wanted.urgency,
        "validUntil": datetime.now(UTC).isoformat(),
    }
    return _quote(wanted, document, document["destinationAmount"])


def same_quote(request: HttpRequest) -> HttpResponse:
    """One row with the document that the service writes: as large, with a signature's place in it, but nothing worked out and
    nothing signed."""
    wanted = NEW_QUOTE.decode(request.body)
    amounts = {
        **ANSWER["quote"],
        "sourceAmount": wanted.amount,
        "destinationAmount": str(int(wanted.amount) * 997 // 1000),
        "validUntil": datetime.now(UTC).isoformat(),
    }
    document = {**ANSWER, "quoteId": new_quote_id(), "quote": amounts}
    return _quote(wanted, document, amounts["destinationAmount"])


def _token(chain: ChainConfig, symbol: str) -> Token:
    return next(token for token in chain.tokens if token.symbol == symbol)


def given_quote(request: HttpRequest) -> HttpResponse:
    """The quote itself, as the service gives it."""
    wanted = NEW_QUOTE.decode(request.body)
    source, destination = chain_config(wanted.sourceChain), chain_config(wanted.destinationChain)
    pair = Pair(source, destination, _token(source, wanted.sourceToken), _token(destination, wanted.destinationToken))
    asked = Wanted(pair=pair, amount=int(wanted.amount), urgency=wanted.urgency)
    return _answer(dict(quote_give(wanted=asked, principal="plain")))


def _quote(wanted: NewQuote, document: dict[str, Any], amount: str) -> HttpResponse:
    row = Quote(
        id=document["quoteId"],
        principal="plain",
        source_chain=wanted.sourceChain,
        destination_chain=wanted.destinationChain,
        source_token=wanted.sourceToken,
        destination_token=wanted.destinationToken,
        pair=f"{wanted.sourceToken}/{wanted.destinationToken}",
        source_amount=int(wanted.amount),
        destination_amount=int(amount),
        document=document,
        valid_until=datetime.now(UTC) + HOUR,
    )
    row.save(force_insert=True)
    return _answer(document)


urlpatterns = [
    path("row/sessions/<str:session_id>", row_read),
    path("same/sessions/<str:session_id>", same_read),
    path("row/sessions", row_insert),
    path("same/sessions", same_insert),
    path("row/quote", row_quote),
    path("same/quote", same_quote),
    path("given/quote", given_quote),
]
