"""From a link to a page, and from a session to its link."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from chains.config import ChainConfig, chain_config
from swaps.clock import clock_document
from swaps.documents import document_of
from swaps.loading import session_load
from swaps.models import StatusLink, SwapSession
from swaps.models.status_link import FIRST
from swaps.services.rescue import rescue_options
from swaps.standing import standing_of
from swaps.status_page.links import token_make, token_read
from swaps.status_page.page import ChainFacts, Page, page_of
from swaps.status_page.writing import Coin


@dataclass(frozen=True)
class LinkState:
    """A session's link: where it leads (None: nowhere, it was withdrawn), its number, and until when it is good."""

    url: str | None
    number: int
    expires_at: datetime | None


def status_url(session: SwapSession) -> str | None:
    """The link to a session's page: absolute where `STATUS_PAGE_URL` is set, else a path. None: it was withdrawn. One query."""
    return status_link_state(session).url


def status_link_state(session: SwapSession) -> LinkState:
    """The same, with its number and its end."""
    link = StatusLink.objects.filter(session_id=session.pk).first()
    number = link.number if link else FIRST
    withdrawn = link is not None and link.withdrawn_at is not None
    return LinkState(None if withdrawn else _url(session.pk, number), number, _end(session))


def page_read(token: str) -> Page | None:
    """The page that a token opens; None for one that opens none: forged, replaced, withdrawn or expired."""
    named = token_read(token)
    if named is None:
        return None
    session = session_load(named.session_id)
    if session is None or not _is_good(session, named.number):
        return None
    return page_for(session)


def page_for(session: SwapSession) -> Page:
    """What the page says of a session that was loaded with its legs, chains and secret."""
    now, standing = timezone.now(), standing_of(session)
    return page_of(
        document_of(standing),
        rescue_options(session),
        clock_document(standing, now),
        {leg.chain_id: _facts(chain_config(leg.chain_id)) for leg in session.legs.all()},
        now,
    )


def _is_good(session: SwapSession, number: int) -> bool:
    link = StatusLink.objects.filter(session_id=session.pk).first()
    if number != (link.number if link else FIRST) or (link is not None and link.withdrawn_at is not None):
        return False
    end = _end(session)
    return end is None or timezone.now() < end


def _end(session: SwapSession) -> datetime | None:
    return session.finished_at and session.finished_at + timedelta(days=settings.STATUS_PAGE["days"])


def _url(session_id: str, number: int) -> str:
    return str(settings.STATUS_PAGE["base_url"]) + reverse("status-page", args=(token_make(session_id, number),))


def _facts(config: ChainConfig) -> ChainFacts:
    native_symbol, native_decimals = config.native_coin
    coins = {token.id: Coin(token.symbol, token.decimals) for token in config.tokens}
    coins.setdefault(config.native_token, Coin(native_symbol, native_decimals))
    return ChainFacts(config.name, config.family, config.network_id, config.explorer_tx, coins)
