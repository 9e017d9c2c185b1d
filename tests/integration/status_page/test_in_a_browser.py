"""The page as its maker has it before him: live without a reload, complete without scripts, on a phone, for everybody."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from chains.models import Chain
from swaps.models import SwapSession
from swaps.services.advance import session_advance
from swaps.services.sessions import session_cancel
from swaps.status_page.reading import status_url
from tests.browser import Browsing
from tests.integration.swaps.conftest import NEAR_BODY, lock_on_near, move_time

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]
LARGEST = 300_000
expect.set_options(timeout=20_000)


@pytest.fixture
def quick(settings: Any) -> None:
    settings.STATUS_PAGE = {**settings.STATUS_PAGE, "poll_seconds": 1}


def test_a_change_is_shown_without_a_reload(browsing: Browsing, session: SwapSession, quick: None) -> None:
    page = browsing.open(str(status_url(session)), person=False)
    page.evaluate("window.stayed = true")
    expect(page.get_by_role("heading", level=1)).to_have_text("Ready when you are")
    session_cancel(session_id=session.pk, actor="test")
    session_advance(session_id=session.pk)
    expect(page.get_by_role("heading", level=1)).to_have_text("Swap called off")
    expect(page.get_by_role("status")).to_contain_text("Swap called off")
    assert page.evaluate("window.stayed") is True
    assert page.title().startswith("Swap called off")


def test_a_call_is_copied_and_stays_open_while_the_page_lives(
    browsing: Browsing, locked: SwapSession, chains: dict[str, Chain], quick: None
) -> None:
    page = browsing.context(False, permissions=["clipboard-read", "clipboard-write"]).new_page()
    page.goto(browsing.url + str(status_url(locked)))
    page.get_by_text("The call, ready to send").click()
    page.get_by_role("button", name="Copy: Arguments").click()
    expect(page.get_by_role("button", name="Copy: Arguments")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == page.locator("#refund-arguments").text_content()
    expect(page.get_by_text("Possible from")).to_be_visible()
    move_time(chains["near"], int(locked.legs.get(side="source").refund_from or 0) + 60)
    expect(page.get_by_text("Possible now")).to_be_visible()
    expect(page.locator("#refund-method")).to_be_visible()
    browsing.assert_accessible(page)


def test_without_scripts_all_of_it_is_there(browsing: Browsing, locked: SwapSession) -> None:
    page = browsing.open(str(status_url(locked)), person=False, scripts=False)
    expect(page.get_by_text("Take back your 0.4 NEAR")).to_be_visible()
    expect(page.locator("#sent, #reference").last).to_be_visible()
    assert page.locator("noscript meta[http-equiv=refresh]").count() == 1
    page.get_by_text("The call, ready to send").click()
    expect(page.locator("#refund-arguments")).to_contain_text('"id"')
    expect(page.get_by_role("button")).to_have_count(0)
    expect(page.get_by_role("link", name="Load it now")).to_be_visible()


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [320, 390, 1280])
def test_it_fits_and_everybody_can_read_it(browsing: Browsing, locked: SwapSession, width: int, dark: bool) -> None:
    page = browsing.context(False, phone=width < 500, dark=dark).new_page()
    page.set_viewport_size({"width": width, "height": 844})
    page.goto(browsing.url + str(status_url(locked)))
    page.get_by_text("The call, ready to send").click()
    expect(page.get_by_text("Take back your 0.4 NEAR")).to_be_visible()
    browsing.assert_no_sideways_scroll(page)
    browsing.assert_accessible(page)


def test_a_wrong_link_s_page_is_as_good(browsing: Browsing, chains: dict[str, Chain]) -> None:
    browsing.allow("404")
    page = browsing.open("/swap/" + "A" * 63, person=False, phone=True)
    expect(page.get_by_role("heading", level=1)).to_have_text("No swap here")
    browsing.assert_accessible(page)


def test_a_page_whose_link_is_withdrawn_says_so(browsing: Browsing, session: SwapSession, quick: None) -> None:
    from swaps.services.status_links import status_link_withdraw

    browsing.allow("404")
    page = browsing.open(str(status_url(session)), person=False)
    status_link_withdraw(session_id=session.pk, actor="test")
    expect(page.get_by_role("heading", level=1)).to_have_text("No swap here")


def test_pictures_for_the_documentation(
    browsing: Browsing, post_session: Callable[..., Any], chains: dict[str, Chain], locked: SwapSession
) -> None:
    """Each is small enough to be kept."""
    swap = SwapSession.objects.get(pk=post_session(**{**NEAR_BODY, "hashlock": "0x" + "ce" * 32}).json()["sessionId"])
    terms = lock_on_near(swap, "source", chains["near"])
    move_time(chains["near"], terms["timelock"] - 7000)
    pictures: list[Path] = []
    for name, one, dark, phone in (
        ("status-page", swap, False, False),
        ("status-page-dark", locked, True, False),
        ("status-page-phone", locked, False, True),
    ):
        page = browsing.open(str(status_url(one)), person=False, dark=dark, phone=phone)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        pictures.append(browsing.shot(page, name, full=True))
    assert all(0 < picture.stat().st_size < LARGEST for picture in pictures)
