"""A session's page and the list as a person has them before him: live, on a phone, with a keyboard, and without scripts."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse

from chains.models import Chain
from swaps.models import SwapSession
from swaps.services.advance import session_advance
from tests.integration.swaps.conftest import NEAR_BODY, lock_on_near, move_time, refunded_on_near

pytestmark = pytest.mark.browser
LIST = "admin:swaps_swapsession_changelist"


@pytest.fixture
def url(locked: SwapSession) -> str:
    return reverse("admin:swaps_swapsession_change", args=[locked.pk])


def test_the_page_follows_the_session(browsing: Any, locked: SwapSession, url: str, chains: dict[str, Chain]) -> None:
    from playwright.sync_api import expect

    page = browsing.open(url)
    expect(page.locator("#session-live")).to_have_attribute("data-state", "live")
    expect(page.locator('[data-role="next"]')).to_contain_text("Refund the source lock")
    page.locator("summary", has_text="The margins of this route").click()
    page.evaluate("window.kept = document.querySelector('[data-part=legs] h2')")
    SwapSession.objects.filter(pk=locked.pk).update(attention="somebody should look")
    expect(page.locator('[data-part="summary"]')).to_contain_text("somebody should look")
    assert page.evaluate("window.kept.isConnected"), "a part that did not change was drawn again"
    move_time(chains["near"], locked.legs.get(side="source").expires_at or 0)
    expect(page.locator('[data-part="timelocks"]')).to_contain_text(re.compile(r"Refund the source\s+open"))
    assert page.locator('[data-part="timelocks"] details').get_attribute("open") is not None, (
        "what was opened stays open"
    )


def test_a_swap_is_watched_while_it_moves(
    browsing: Any, post_session: Callable[..., Any], chains: dict[str, Chain]
) -> None:
    """The machine moves it by what the chain shows, twice, to its end: status, diagram and history follow on the open page."""
    from playwright.sync_api import expect

    session = SwapSession.objects.get(pk=post_session(**NEAR_BODY).json()["sessionId"])
    page = browsing.open(reverse("admin:swaps_swapsession_change", args=[session.pk]))
    expect(page.locator("#session-live")).to_have_attribute("data-state", "live")
    page.evaluate("window.still = true")
    assert shown(page) == "initialized"
    late = lock_on_near(session, "source", chains["near"])["timelock"]
    for chain in chains.values():
        move_time(chain, late)
    assert session_advance(session_id=session.pk) == "refunding"
    expect(page.locator('[data-role="status"]')).to_have_text("refunding")
    assert shown(page) == "refunding"
    ways = page.locator("svg.sp-diagram .sp-edge-taken")
    taken = [tuple(one.get_attribute("data-edge").split(":")) for one in ways.all()]
    moved = {(one.from_status, one.to_status) for one in session.transitions.all() if one.from_status}
    assert set(taken) == {one for one in moved if one[0] != one[1]} and ("timeout", "refunding") in taken
    refunded_on_near(session, chains["near"])
    assert session_advance(session_id=session.pk) == "refunded"
    expect(page.locator('[data-role="status"]')).to_have_text("refunded")
    assert shown(page) == "refunded"
    expect(page.locator(".sp-history .sp-moved").first).to_contain_text("refunding → refunded")
    expect(page.locator("#session-said")).to_contain_text("refunded")
    assert page.evaluate("window.still"), "the page was loaded again"


def shown(page: Any) -> str:
    """Where the diagram says that the swap is."""
    return str(page.locator("svg.sp-diagram .sp-node-now").get_attribute("data-status"))


def test_countdowns_tick(browsing: Any, url: str) -> None:
    page = browsing.open(url)
    before = page.locator('[data-part="history"] .sp-tick').first.text_content()
    page.wait_for_function(
        "before => document.querySelector('[data-part=history] .sp-tick').textContent !== before", arg=before
    )


def test_it_says_when_it_is_not_live(browsing: Any, url: str) -> None:
    from playwright.sync_api import expect

    browsing.allow("live/|Failed to load resource|ERR_")
    page = browsing.open(url)
    expect(page.locator("#session-live")).to_have_attribute("data-state", "live")
    page.route("**/live/**", lambda route: route.abort())
    expect(page.locator("#session-live")).to_contain_text("not live since")
    page.unroute("**/live/**")
    expect(page.locator("#session-live")).to_have_attribute("data-state", "live")


@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
def test_everybody_can_read_it(browsing: Any, url: str, phone: bool) -> None:
    from playwright.sync_api import expect

    page = browsing.open(url, phone=phone, dark=phone)
    expect(page.locator("#session-live")).to_have_attribute("data-state", "live")
    browsing.assert_no_sideways_scroll(page)
    browsing.assert_accessible(page, "#session-page")
    assert page.locator("svg.sp-diagram desc").text_content().startswith("The swap went through initialized")


def test_it_is_right_without_scripts(browsing: Any, url: str) -> None:
    page = browsing.open(url, scripts=False)
    text = page.locator("#session-page").text_content()
    assert "Nothing of ours is locked" in text and "Refund the source lock to the maker" in text
    assert re.search(r"in \d+ (s|min)", text)


@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
def test_the_list_and_its_views(browsing: Any, locked: SwapSession, phone: bool) -> None:
    page = browsing.open(reverse(LIST) + "?status=active", phone=phone)
    page.get_by_label("Keep these filters as").fill("Mine")
    page.get_by_role("button", name="Save view").click()
    page.get_by_role("link", name="Mine").wait_for()
    assert page.get_by_role("link", name="Mine").get_attribute("aria-current") == "page"
    browsing.assert_no_sideways_scroll(page)
    browsing.assert_accessible(page, ".sl")
    page.goto(browsing.url + reverse(LIST) + f"?q={locked.hashlock}")
    page.get_by_role("link", name=locked.pk).click()
    page.locator('#session-live[data-state="live"]').wait_for()
