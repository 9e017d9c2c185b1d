"""Lists, look-ups, quotes, slippage and limits as an integrator meets them."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from access.services import api_key_create
from chains.models import Chain
from pricing.models import Quote
from pricing.quotes import least_of
from swaps.models import SwapSession
from tests.integration.api.described import DescribedClient
from tests.integration.api.play import HASHLOCK, Play
from tests.integration.swaps.conftest import NEAR_BODY, SEED_BODY

Post = Callable[..., Any]
QUOTE = {name: SEED_BODY[name] for name in ("sourceChain", "destinationChain", "sourceToken", "destinationToken")}


def ids(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.content
    return [session["sessionId"] for session in answer.json()["sessions"]]


def stranger(*scopes: str) -> DescribedClient:
    _, plain = api_key_create(name="other", scopes=scopes, actor_kind="command", actor_id="test")
    client = DescribedClient()
    client.credentials(HTTP_X_API_KEY=plain)
    return client


class TestLists:
    @pytest.fixture
    def three(self, post_session: Post) -> dict[str, str]:
        """One from BASE with our secret, one with the maker's, one from NEAR."""
        made = {
            "ours": post_session(),
            "makers": post_session(hashlock=HASHLOCK, taker="bob.near"),
            "near": post_session(**NEAR_BODY),
        }
        return {name: answer.json()["sessionId"] for name, answer in made.items()}

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ({"custody": "service"}, {"ours"}),
            ({"custody": "maker"}, {"makers", "near"}),
            ({"sourceChain": "near"}, {"near"}),
            ({"destinationChain": "NEAR"}, {"ours", "makers"}),
            ({"route": "near>base"}, {"near"}),
            ({"maker": SEED_BODY["maker"]}, {"ours", "makers"}),
            ({"taker": "bob.near"}, {"makers"}),
            ({"hashlock": HASHLOCK}, {"makers"}),
            ({"hashlock": HASHLOCK[2:].upper()}, {"makers"}),
            ({"status": "completed"}, set()),
            ({"status": "completed,initialized"}, {"ours", "makers", "near"}),
            ({"custody": "maker", "route": "base>near"}, {"makers"}),
            ({"ids": ""}, set()),
        ],
    )
    def test_filters(self, api: Any, three: dict[str, str], query: dict[str, str], found: set[str]) -> None:
        assert set(ids(api.get("/api/v1/sessions", query))) == {three[name] for name in found}

    def test_many_at_once(self, api: Any, three: dict[str, str]) -> None:
        asked = [three["near"], three["ours"], "sess_" + "a" * 24]
        assert set(ids(api.get("/api/v1/sessions", {"ids": ",".join(asked)}))) == {three["near"], three["ours"]}

    def test_by_time(self, api: Any, three: dict[str, str]) -> None:
        long_ago = timezone.now() - timedelta(days=3)
        SwapSession.objects.filter(pk=three["ours"]).update(created_at=long_ago)
        cut = (timezone.now() - timedelta(days=1)).isoformat()
        assert ids(api.get("/api/v1/sessions", {"createdTo": cut})) == [three["ours"]]
        assert set(ids(api.get("/api/v1/sessions", {"createdFrom": cut}))) == {three["makers"], three["near"]}

    def test_pages_there_and_back(self, api: Any, three: dict[str, str]) -> None:
        first = api.get("/api/v1/sessions?limit=2").json()
        second = api.get(first["next"]).json()
        assert {session["sessionId"] for session in [*first["sessions"], *second["sessions"]]} == set(three.values())
        assert api.get(second["previous"]).json()["sessions"] == first["sessions"]
        assert (first["previous"], second["next"]) == (None, None)

    def test_another_keys_are_in_no_list(self, api: Any, three: dict[str, str]) -> None:
        other = stranger("swaps:read")
        for query in ({}, {"ids": three["ours"]}, {"hashlock": HASHLOCK}, {"maker": SEED_BODY["maker"]}):
            assert ids(other.get("/api/v1/sessions", query)) == []

    def test_an_unknown_parameter_where_checking_is_strict(self, api: Any, settings: Any) -> None:
        assert api.get("/api/v1/sessions?surprise=1").status_code == 200
        settings.STRICT_VALIDATION = True
        assert api.get("/api/v1/sessions?surprise=1").json()["errors"][0]["field"] == "surprise"


def test_by_every_transaction_of_both_chains(api: Any, chains: dict[str, Chain], post_session: Post) -> None:
    """Ours, and the maker's lock: only of one's own sessions."""
    play = Play(api, chains, post_session)
    post_session(hashlock="0x" + "cd" * 32)
    play.to_both_locked()
    told = play.read()
    hashes = [told["legs"]["source"]["locked"]["hash"], told["legs"]["destination"]["locked"]["hash"]]
    hashes += [sent["hash"] for sent in told["transactions"]]
    assert len(set(hashes)) == 3
    for tx_hash in hashes:
        assert ids(api.get("/api/v1/sessions", {"transaction": tx_hash})) == [told["sessionId"]]
        assert ids(stranger("swaps:read").get("/api/v1/sessions", {"transaction": tx_hash})) == []
    assert ids(api.get("/api/v1/sessions", {"transaction": "0x" + "00" * 32})) == []


class TestSlippage:
    """1,000 USDC are worth 1,001.001001 USDT at the prices of the chains file."""

    WORTH = 1_001_001_001

    @pytest.mark.parametrize(
        ("asked", "tolerance", "agreed"),
        [
            (999_000_000, 0, 999_000_000),
            (WORTH, 0, WORTH),
            (WORTH + 1, 0, None),
            (WORTH + 1, 1, WORTH),
            (1_011_112_122, 100, WORTH),  # less a hundredth and rounded up it is 1,001,001,001
            (1_011_112_123, 100, None),
            (2 * WORTH, 10_000, WORTH),
        ],
    )
    def test_to_the_base_unit(self, post_session: Post, asked: int, tolerance: int, agreed: int | None) -> None:
        answer = post_session(destinationAmount=str(asked), slippageTolerance=tolerance)
        told = answer.json()
        if agreed is None:
            assert (answer.status_code, told["code"]) == (409, "slippage_exceeded")
            assert told["availableDestinationAmount"] == str(self.WORTH)
            return
        assert int(told["destinationAmount"]) == int(told["legs"]["destination"]["amount"]) == agreed
        assert (int(told["requestedDestinationAmount"]), told["slippageTolerance"]) == (asked, tolerance)
        assert int(told["minimumDestinationAmount"]) <= agreed
        assert int(told["fees"]["protocol"]["amount"]) == self.WORTH - agreed

    def test_the_terms_that_are_locked_carry_what_was_agreed(self, post_session: Post) -> None:
        told = post_session(**{**NEAR_BODY, "destinationAmount": "1001000", "slippageTolerance": 100}).json()
        assert told["destinationAmount"] == "1000000"
        assert told["legs"]["destination"]["terms"]["immutables"]["amount"] == "1000000"

    def test_the_database_holds_it_too(self, post_session: Post) -> None:
        session = post_session(destinationAmount=str(self.WORTH + 1), slippageTolerance=1).json()["sessionId"]
        rows = SwapSession.objects.filter(pk=session)
        with pytest.raises(IntegrityError, match="session_amount_within_slippage"), transaction.atomic():
            rows.update(destination_amount=self.WORTH // 2)
        with pytest.raises(IntegrityError, match="session_amount_within_slippage"), transaction.atomic():
            rows.update(requested_amount=self.WORTH - 1)

    @given(st.integers(1, 2**128), st.integers(0, 10_000))
    def test_the_least_is_rounded_for_the_client(self, amount: int, bps: int) -> None:
        least = least_of(amount, bps)
        assert least * 10_000 >= amount * (10_000 - bps) > (least - 1) * 10_000


class TestQuotes:
    def test_a_session_gets_the_price_that_was_quoted(self, api: Any, post_session: Post, settings: Any) -> None:
        """Its price holds although the market's has fallen since; once."""
        quote = api.post("/api/v1/quote", {**QUOTE, "amount": "1000000000"}, format="json").json()
        amount = quote["quote"]["destinationAmount"]
        settings.PRICES_USD = {**settings.PRICES_USD, "USDC": "0.5"}
        assert post_session(destinationAmount=amount).json()["code"] == "slippage_exceeded"
        made = post_session(destinationAmount=amount, quoteId=quote["quoteId"])
        assert (made.status_code, made.json()["destinationAmount"], made.json()["quoteId"]) == (
            201,
            amount,
            quote["quoteId"],
        )
        again = post_session(destinationAmount=amount, quoteId=quote["quoteId"])
        assert (again.status_code, again.json()["code"]) == (409, "quote_used")
        assert again.json()["sessionId"] == made.json()["sessionId"]

    def test_no_more_than_was_quoted(self, api: Any, post_session: Post) -> None:
        quote = api.post("/api/v1/quote", {**QUOTE, "amount": "1000000000"}, format="json").json()
        more = str(int(quote["quote"]["destinationAmount"]) + 1)
        refused = post_session(destinationAmount=more, quoteId=quote["quoteId"], slippageTolerance=0)
        assert refused.json()["code"] == "slippage_exceeded"
        assert post_session(destinationAmount=more, quoteId=quote["quoteId"]).json()["destinationAmount"] == str(
            int(more) - 1
        )

    def test_it_ends(self, api: Any, post_session: Post) -> None:
        quote = api.post("/api/v1/quote", {**QUOTE, "amount": "1000000000"}, format="json").json()["quoteId"]
        Quote.objects.filter(pk=quote).update(valid_until=timezone.now() - timedelta(seconds=1))
        assert post_session(quoteId=quote).json()["code"] == "quote_expired"

    def test_another_swap_than_was_quoted(self, api: Any, post_session: Post) -> None:
        quote = api.post("/api/v1/quote", {**QUOTE, "amount": "1000000000"}, format="json").json()["quoteId"]
        refused = post_session(quoteId=quote, sourceAmount="999999999", destinationToken="near").json()
        assert {error["field"] for error in refused["errors"]} == {"sourceAmount", "destinationToken"}
        assert Quote.objects.get(pk=quote).used_by == ""

    def test_another_keys_quote_is_not_there(self, api: Any) -> None:
        quote = api.post("/api/v1/quote", {**QUOTE, "amount": "1000000000"}, format="json").json()["quoteId"]
        other = stranger("quotes:read", "swaps:write")
        assert other.get(f"/api/v1/quote/{quote}").status_code == 404
        assert (
            other.post("/api/v1/sessions", {**SEED_BODY, "quoteId": quote}, format="json").json()["code"]
            == "quote_not_found"
        )
        assert other.get("/api/v1/quote/history").json()["history"] == []

    def test_a_dry_one_leaves_nothing(self, api: Any) -> None:
        told = api.post("/api/v1/quote", {**QUOTE, "amount": "1000000000", "dry": True}, format="json").json()
        assert told["quoteId"] is None
        assert not Quote.objects.exists()

    @pytest.mark.parametrize("wanted", [1, 2, 997, 999_999_999, 10**20 + 1])
    def test_what_shall_arrive_arrives_for_the_least_that_gives_it(self, api: Any, wanted: int) -> None:
        body = {**QUOTE, "kind": "exactOutput", "amount": str(wanted), "dry": True}
        quote = api.post("/api/v1/quote", body, format="json").json()["quote"]
        assert quote["destinationAmount"] == str(wanted)
        gives = int(quote["sourceAmount"])
        for amount, enough in ((gives, True), (gives - 1, False)):
            if amount:
                there = api.post("/api/v1/quote", {**QUOTE, "amount": str(amount), "dry": True}, format="json").json()
                assert (int(there.get("quote", {}).get("destinationAmount", 0)) >= wanted) is enough

    def test_those_given_are_listed_newest_first(self, api: Any) -> None:
        given = [api.post("/api/v1/quote", {**QUOTE, "amount": str(10**9 + n)}, format="json").json() for n in range(3)]
        told = api.get("/api/v1/quote/history?pair=USDC/USDT&limit=2").json()
        assert told == {"history": given[:0:-1], "count": 2}
        read = api.get(f"/api/v1/quote/{given[0]['quoteId']}").json()
        standing = read.pop("standing")
        assert (read, standing["status"], standing["sessionId"]) == (given[0], "open", None)
        assert api.get("/api/v1/quote/history?pair=ETH/NEAR").json()["count"] == 0


class TestLimits:
    def test_of_one_key(self, post_session: Post, api: Any, settings: Any) -> None:
        settings.MAX_ACTIVE_SESSIONS_PER_KEY = 1
        made = post_session().json()["sessionId"]
        refused = post_session()
        assert (refused.status_code, refused.json()["code"], refused.json()["scope"]) == (
            429,
            "too_many_active_sessions",
            "key",
        )
        assert refused["Retry-After"]
        assert stranger("swaps:write").post("/api/v1/sessions", SEED_BODY, format="json").status_code == 201
        SwapSession.objects.filter(pk=made).update(status="cancelled", finished_at=timezone.now())
        assert post_session().status_code == 201

    def test_of_all(self, post_session: Post, settings: Any) -> None:
        settings.MAX_ACTIVE_SESSIONS = 1
        assert stranger("swaps:write").post("/api/v1/sessions", SEED_BODY, format="json").status_code == 201
        assert post_session().json()["scope"] == "service"

    @pytest.mark.parametrize(("changes", "field"), [
        ({"sourceAmount": "999"}, "sourceAmount"),
        ({"sourceAmount": "2000000001"}, "sourceAmount"),
        ({"sourceAmount": "2000000000", "destinationAmount": "50000000001"}, "destinationAmount"),
    ])  # fmt: skip
    def test_of_amounts(self, post_session: Post, settings: Any, changes: dict[str, str], field: str) -> None:
        usdc = settings.CHAINS["base"]["tokens"][1]
        usdc |= {"min_swap": "1000", "max_swap": "2000000000"}
        refused = post_session(**changes)
        assert (refused.status_code, refused.json()["errors"][0]["field"]) == (400, field)
        assert refused.json()["errors"][0]["code"] == "out_of_limits"

    def test_of_time(self, post_session: Post) -> None:
        told = post_session(expiresIn=600).json()
        left = SwapSession.objects.get(pk=told["sessionId"]).expires_at - timezone.now()
        assert timedelta(seconds=570) < left <= timedelta(seconds=600)
        assert told["timelocks"]["order_expires_at"] <= timezone.now().timestamp() + 600
