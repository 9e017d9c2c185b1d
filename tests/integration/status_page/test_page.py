"""The public page of one swap: what it shows, to whom, and what it never does."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from chains.models import Chain
from swaps.models import SwapSession
from swaps.services.status_links import status_link_renew, status_link_withdraw
from swaps.status_page.links import token_make
from swaps.status_page.reading import status_link_state, status_url

pytestmark = pytest.mark.django_db


def text_of(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def still(answer: Any) -> str:
    """Without what ticks."""
    return re.sub(r"(<span[^>]* data-(?:away|seconds)=)[^<]*", r"\1", answer.content.decode()).strip()


def test_the_page_says_what_was_agreed_and_what_to_do(browser_client: Client, link: str, session: SwapSession) -> None:
    answer = browser_client.get(link)
    assert answer.status_code == 200
    text = text_of(answer)
    for said in (
        "1,000 USDC",
        "on BASE",
        "999 USDT",
        "on NEAR",
        "alice.near",
        "Start the swap in your app",
        "You hold the secret",
    ):
        assert said in text, said
    assert session.pk in text


def test_it_asks_for_no_key_and_sets_no_cookie(browser_client: Client, link: str) -> None:
    answer = browser_client.get(link)
    assert not answer.cookies
    assert answer["Cache-Control"] == "no-store"
    assert answer["Referrer-Policy"] == "no-referrer"
    assert answer["X-Frame-Options"] == "DENY"
    assert "noindex" in answer["X-Robots-Tag"]
    policy = answer["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy


def test_nothing_in_it_is_inline_or_of_a_third_party(browser_client: Client, link: str) -> None:
    page = browser_client.get(link).content.decode()
    assert not re.search(r"<style|\sstyle=|<script(?![^>]*\ssrc=)|\son[a-z]+=", page)
    for address in re.findall(r'(?:src|href)="([^"]+)"', page):
        assert address.startswith(("/static/", "/swap/")), address


def test_operators_words_fees_and_owners_stay_inside(browser_client: Client, link: str, session: SwapSession) -> None:
    SwapSession.objects.filter(pk=session.pk).update(attention="ring the bank at once", market_amount=1_003_141_592)
    page = browser_client.get(link).content.decode()
    for hidden in ("ring the bank", session.principal, "3141592", "3.141592", session.hashlock, session.salt):
        assert hidden not in page, hidden


def test_a_locked_swap_shows_the_refund_and_from_when(
    browser_client: Client,
    locked: SwapSession,
    chains: dict[str, Chain],
) -> None:
    page = browser_client.get(str(status_url(locked)))
    text = text_of(page)
    assert "Your tokens are on their way back" in text or "Too late to go on safely" in text
    assert "Too little time was left" in text
    assert "Take back your 0.4 NEAR" in text
    assert "Possible from" in text
    assert '"id":"' in page.content.decode().replace("&quot;", '"')
    assert "can go back to you from" in text.lower()


def test_the_live_part_is_the_page_s_main_and_304_while_nothing_changed(
    browser_client: Client, link: str, session: SwapSession
) -> None:
    part = browser_client.get(link + "/part")
    assert part.status_code == 200
    assert "<html" not in part.content.decode()
    assert still(part) in still(browser_client.get(link))
    tag = part["ETag"]
    again = browser_client.get(link + "/part", headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")
    SwapSession.objects.filter(pk=session.pk).update(status="executing", seq=2)
    changed = browser_client.get(link + "/part", headers={"If-None-Match": tag})
    assert changed.status_code == 200
    assert changed["ETag"] != tag


# Links


@pytest.mark.parametrize("how", ["other", "cut", "changed", "short", "long", "foreign", "id"])
def test_a_wrong_link_opens_nothing(browser_client: Client, link: str, session: SwapSession, how: str) -> None:
    token = link.rsplit("/", 1)[1]
    wrong = {
        "other": token_make("sess_" + "a" * 24, 1),
        "cut": token[:-4],
        "changed": token[:10] + ("A" if token[10] != "A" else "B") + token[11:],
        "short": "x",
        "long": token * 4,
        "foreign": "é" * 60,
        "id": session.pk,
    }[how]
    for path in (f"/swap/{wrong}", f"/swap/{wrong}/part"):
        answer = browser_client.get(path)
        assert answer.status_code == 404, path
        assert "This link opens nothing" in text_of(answer)
        assert "noindex" in answer["X-Robots-Tag"]


def test_a_forged_link_asks_the_database_nothing(
    browser_client: Client, link: str, django_assert_num_queries: Any
) -> None:
    token = link.rsplit("/", 1)[1]
    with django_assert_num_queries(0):
        browser_client.get(f"/swap/{token[:-3]}AAA")


def test_every_answer_to_a_link_that_opens_nothing_is_the_same(
    browser_client: Client, link: str, session: SwapSession
) -> None:
    forged = browser_client.get("/swap/" + "A" * 63).content
    status_link_withdraw(session_id=session.pk, actor="test")
    assert browser_client.get(link).content == forged


def test_a_renewed_link_ends_the_one_before(browser_client: Client, link: str, session: SwapSession) -> None:
    status_link_renew(session_id=session.pk, actor="test")
    fresh = status_url(session)
    assert fresh not in (None, link)
    assert browser_client.get(link).status_code == 404
    assert browser_client.get(str(fresh)).status_code == 200


def test_a_withdrawn_link_stays_closed_until_it_is_renewed(
    browser_client: Client, link: str, session: SwapSession
) -> None:
    status_link_withdraw(session_id=session.pk, actor="test")
    assert status_url(session) is None
    assert browser_client.get(link).status_code == 404
    status_link_renew(session_id=session.pk, actor="test")
    assert browser_client.get(link).status_code == 404
    assert browser_client.get(str(status_url(session))).status_code == 200


def test_a_link_ends_some_time_after_its_swap(
    browser_client: Client, link: str, session: SwapSession, settings: Any
) -> None:
    ended = timezone.now() - timedelta(days=settings.STATUS_PAGE["days"])
    SwapSession.objects.filter(pk=session.pk).update(status="cancelled", finished_at=ended + timedelta(minutes=1))
    assert browser_client.get(link).status_code == 200
    SwapSession.objects.filter(pk=session.pk).update(finished_at=ended - timedelta(minutes=1))
    assert browser_client.get(link).status_code == 404
    session.refresh_from_db()
    expires_at = status_link_state(session).expires_at
    assert expires_at is not None
    assert expires_at < timezone.now()


# Limits


def test_an_address_that_asks_too_often_is_told_when_to_come_back(
    browser_client: Client, link: str, settings: Any
) -> None:
    settings.STATUS_PAGE = {**settings.STATUS_PAGE, "requests": 3}
    statuses = [browser_client.get(link, REMOTE_ADDR="203.0.113.77").status_code for _ in range(4)]
    assert statuses == [200, 200, 200, 429]
    refused = browser_client.get(link, REMOTE_ADDR="203.0.113.77")
    assert 1 <= int(refused["Retry-After"]) <= 60
    assert refused["Cache-Control"] == "no-store"
    assert browser_client.get(link, REMOTE_ADDR="203.0.113.78").status_code == 200


def test_who_guesses_links_is_stopped_sooner(browser_client: Client, link: str, settings: Any) -> None:
    settings.STATUS_PAGE = {**settings.STATUS_PAGE, "wrong_links": 2}
    guesses = [browser_client.get("/swap/" + "A" * 63, REMOTE_ADDR="203.0.113.79").status_code for _ in range(3)]
    assert guesses == [404, 404, 429]


def test_it_only_reads(browser_client: Client, link: str) -> None:
    assert browser_client.post(link).status_code == 405
    assert browser_client.head(link).status_code == 200


def test_robots_are_sent_away(browser_client: Client) -> None:
    answer = browser_client.get("/robots.txt")
    assert answer.content == b"User-agent: *\nDisallow: /\n"
