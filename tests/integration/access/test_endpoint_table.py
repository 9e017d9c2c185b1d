"""Every call by every kind of caller: nobody's key opens what is not his. The table is in endpoints.py."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from access.key_cache import KeyCache
from access.keys import key_prefix
from access.models import ActorKind, ApiKey
from access.scopes import EVERYTHING, SCOPES
from access.selectors import api_key_by_prefix
from access.services import api_key_create, api_key_revoke
from access.webhooks.models import Endpoint
from access.webhooks.signatures import secret_new
from chains.models import Chain
from pricing.example import seed_example
from pricing.models import Quote, new_quote_id
from swaps.models import FusionOrder, SwapSession
from swaps.services.sessions import session_create
from swaps.status_page.links import token_make
from swaps.validation import session_request
from tests.integration.access.endpoints import ANY_KEY, NOBODY_ASKS, ROWS, Row, calls
from tests.integration.swaps.conftest import SEED_BODY, chains
from tests.unit.fusion.wallet import Wallet, offered_auction

__all__ = ["chains"]
pytestmark = pytest.mark.django_db
ADDRESS, ELSEWHERE = "203.0.113.7", "198.51.100.9"
MAKER = "0x" + "ab" * 20
USDC = "0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48"
OFFERED = offered_auction(end=1, bump=0, making=1, party=MAKER)
OPERATORS = "sessions:all"
ORDINARY = sorted(set(SCOPES) - {EVERYTHING, OPERATORS})
NODES_AWAY = (
    (503, "profit_unknown"),
    (503, "chain_unreachable"),
    (503, "misdirected_request"),
    (421, "misdirected_request"),
)
HOW = "add a line to ROWS in tests/integration/access/endpoints.py, such as\n"


def test_every_call_of_the_url_conf_has_its_row() -> None:
    told = {(row.method, row.path) for row in ROWS}
    assert len(told) == len(ROWS), "a call stands twice in ROWS"
    missing = sorted(calls() - told)
    lines = "\n".join(f'    Row("{method}", "{path}", "swaps:read", thing="session"),' for method, path in missing)
    assert not missing, f"{len(missing)} calls have no row: {HOW}{lines}"
    assert not told - calls(), f"ROWS has calls that no URL leads to: {sorted(told - calls())}"


@dataclass(frozen=True)
class Owned:
    """What the owner has, by what paths name."""

    session: str
    quote: str
    webhook: str
    order: str

    def path(self, row: Row) -> str:
        names = {"session_id": self.session, "quote_id": self.quote, "webhook_id": self.webhook}
        names |= {"order_hash": f"0x{self.order}", "address": MAKER, "delivery_id": "1", "asset": "ETH"}
        names["auction"] = self.quote
        names["token"] = token_make(self.session, 1)
        path = re.sub(r"<\w+:(\w+)>", lambda found: names[found[1]], row.path)
        return "/" + re.sub(r"\(\?P<(\w+)>(?:[^()]*)\)", lambda found: names[found[1]], path)


def new_key(*scopes: str, **more: Any) -> str:
    return api_key_create(name="w", scopes=scopes, actor_kind=ActorKind.SYSTEM, actor_id="test", **more)[1]


def owner_of(plain: str) -> str:
    return f"key:{key_prefix(plain)}"


@pytest.fixture
def owner_key(db: None) -> str:
    return new_key(*ORDINARY)


@pytest.fixture
def owned(chains: dict[str, Chain], owner_key: str) -> Owned:
    """A session, a quote, a webhook and an order of the owner's."""
    owner = owner_of(owner_key)
    session = session_create(request=session_request(SEED_BODY), principal=owner)
    quote_id = new_quote_id()
    quote = Quote.objects.create(
        id=quote_id, principal=owner, source_chain="base", destination_chain="near", source_token="USDC", destination_token="usdt.near",
        pair="USDC/USDT", source_amount=1, destination_amount=1, document={**seed_example(), "quoteId": quote_id},
        valid_until=timezone.now() + timedelta(hours=1),
    )  # fmt: skip
    webhook = Endpoint.objects.create(owner=owner, url="https://203.0.114.7/hook")
    secret_new(webhook.pk)[1].save()
    return Owned(session.pk, quote.pk, webhook.pk, _order(owner).order_hash)


def _order(owner: str) -> FusionOrder:
    """A stored order as 1inch's SDK builds it; the nodes are not asked for one that stands."""
    Chain.objects.filter(pk="base").update(network_id="8453")
    Chain.objects.create(name="ethereum", family="evm", network_id="1", hash_function="sha256", contract=MAKER,
                         seen_height=1, seen_hash="h", final_height=1, final_hash="h")  # fmt: skip
    body = {**SEED_BODY, "destinationChain": "ethereum", "destinationToken": USDC, "taker": MAKER, "maker": MAKER}
    session = session_create(request=session_request(body), principal=owner)
    made = Wallet().order(OFFERED, source=(8453, SEED_BODY["sourceToken"]), destination=(1, USDC)).body()
    return FusionOrder.objects.create(
        session=session, order_hash="cd" * 32, quote_id="q", order=made["order"] | {"maker": MAKER},
        extension=made["extension"], signature=made["signature"], maker_balance=1, maker_allowance=1,
    )  # fmt: skip


@pytest.fixture
def ask(owned: Owned) -> Callable[..., Any]:
    """Make a row's call with a key, from an address."""

    def send(row: Row, key: str = "", address: str = ADDRESS) -> Any:
        client = APIClient(raise_request_exception=False, REMOTE_ADDR=address)
        if key:
            client.credentials(HTTP_AUTHORIZATION=f"Bearer {key}")
        if row.method == "GET":
            return client.get(owned.path(row), row.query)
        return getattr(client, row.method.lower())(owned.path(row), row.body, format="json")

    return send


def code(answer: Any) -> tuple[int, str]:
    """Status and stable code, of our problem document or of one in 1inch's shape."""
    body = answer.json()
    return answer.status_code, body["code"] if "code" in body else body["meta"][0]["value"]


ASKED = [row for row in ROWS if row.scope != NOBODY_ASKS]
LISTS = [row for row in ROWS if row.lists]


@pytest.mark.parametrize("row", [row for row in ROWS if row.scope == NOBODY_ASKS], ids=str)
def test_what_is_open_is_open(row: Row, ask: Callable[..., Any]) -> None:
    for key in ("", "wrong"):
        assert ask(row, key).status_code in (200, 302, 503), row


@pytest.mark.parametrize("row", ASKED, ids=str)
def test_whoever_has_no_good_key_is_refused(row: Row, ask: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("access.services._keys", KeyCache(api_key_by_prefix, life=0))
    assert code(ask(row)) == (401, "not_authenticated")
    expired, revoked = new_key(EVERYTHING), new_key(EVERYTHING)
    ApiKey.objects.filter(prefix=key_prefix(expired)).update(expires_at=timezone.now())
    api_key_revoke(prefix=str(key_prefix(revoked)), actor_kind=ActorKind.SYSTEM, actor_id="test")
    forged = f"1b_{key_prefix(new_key(EVERYTHING))}_{'A' * 43}"
    for wrong in ("wrong", forged, expired, revoked):
        assert code(ask(row, wrong)) == (401, "invalid_credentials"), wrong
    listed = new_key(EVERYTHING, allowed_addresses=["203.0.113.0/24"])
    assert code(ask(row, listed, ELSEWHERE)) == (403, "address_not_allowed")
    if row.scope != ANY_KEY:
        lacking = new_key(*(set(SCOPES) - {EVERYTHING, row.scope}))
        assert code(ask(row, lacking)) == (403, "insufficient_scope")


@pytest.mark.parametrize("row", ASKED, ids=str)
def test_what_is_somebody_elses_is_not_there_and_the_owner_is_let_in(
    row: Row, ask: Callable[..., Any], owned: Owned, owner_key: str
) -> None:
    if row.thing:
        before = standing(owned)
        stranger = ask(row, new_key(*ORDINARY))
        assert stranger.status_code == 404, stranger.content[:300]
        assert standing(owned) == before
        operator = ask(row, new_key(*SCOPES.keys() - {EVERYTHING}))
        assert (operator.status_code == 404) is (not row.operators), operator.content[:300]
    if row.scope == OPERATORS:
        assert code(ask(row, owner_key)) == (403, "insufficient_scope")
    answer = ask(row, new_key(OPERATORS) if row.scope == OPERATORS else owner_key)
    let_in = answer.status_code not in (401, 403, 405, 429) and answer.status_code < 500
    assert let_in or code(answer) in NODES_AWAY, answer.content[:300]
    if row.thing and "delivery_id" not in row.path:
        assert answer.status_code != 404, answer.content[:300]


def standing(owned: Owned) -> list[Any]:
    """What a stranger may not have touched."""
    things = (SwapSession, owned.session), (Endpoint, owned.webhook), (Quote, owned.quote)
    return [model.objects.values().get(pk=pk) for model, pk in things]


@pytest.mark.parametrize("row", LISTS, ids=str)
def test_a_list_has_the_callers_own(row: Row, ask: Callable[..., Any], owned: Owned, owner_key: str) -> None:
    name = getattr(owned, row.lists).encode()
    answers = [ask(row, key) for key in (owner_key, new_key(*ORDINARY), new_key(*SCOPES.keys() - {EVERYTHING}))]
    assert [answer.status_code for answer in answers] == [200] * 3, answers[0].content[:300]
    assert [name in answer.content for answer in answers] == [True, False, row.operators], answers[0].content[:300]


def test_a_browsers_session_is_no_key(owned: Owned, admin_client: Client) -> None:
    """An operator who is signed in to the admin sends cookies to the API as well: they count for nothing there."""
    for row in ASKED:
        answer = admin_client.generic(row.method, owned.path(row), "{}", content_type="application/json")
        assert answer.status_code == 401, row
