"""The first page in a browser: right at once, true while it stays open, and honest when it cannot be."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.utils import timezone

from chains.models import Chain
from swaps.models import SwapSession
from tests.crowd import Crowd
from tests.integration.console.world import busy_day

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("chains", "quick")]
LIVE = "#console-feed[data-state=live]"
LOOKS: dict[str, dict[str, Any]] = {
    "console-light": {},
    "console-dark": {"dark": True},
    "console-phone-light": {"phone": True},
    "console-phone-dark": {"phone": True, "dark": True},
}


@pytest.fixture
def quick(settings: Any) -> None:
    """So that nobody waits."""
    settings.CONSOLE = {
        **settings.CONSOLE,
        "push_seconds": 0.3,
        "survey_seconds": 0.1,
        "recheck_seconds": 0.3,
        "heartbeat_seconds": 1.0,
    }


@pytest.fixture
def busy(transactional_db: None, chains: dict[str, Chain]) -> Crowd:
    return busy_day()


@pytest.fixture
def console(browsing: Any, busy: Crowd) -> Callable[..., Any]:
    """The first page, once its feed lives."""

    def show(**more: Any) -> Any:
        page = browsing.open("/admin/", **more)
        page.locator(LIVE).wait_for()
        return page

    return show


@pytest.mark.parametrize(("name", "more"), LOOKS.items(), ids=LOOKS)
def test_it_is_fit_to_be_read(browsing: Any, console: Callable[..., Any], name: str, more: dict[str, Any]) -> None:
    """Light and dark, at a desk and on a phone: nothing to scroll sideways for, and no fault that keeps somebody out."""
    page = console(**more)
    assert page.locator("html").get_attribute("class") == ("dark" if more.get("dark") else "")
    browsing.assert_no_sideways_scroll(page)
    page.set_viewport_size({"width": page.viewport_size["width"], "height": 1440})  # what the docs show
    browsing.shot(page, name)
    browsing.assert_accessible(page, "#console")


def test_a_change_appears_by_itself(console: Callable[..., Any], busy: Crowd) -> None:
    page = console()
    page.evaluate("window.still = true")
    title = "the receiver is not registered"
    SwapSession.objects.filter(pk=busy.active[-1]).update(
        attention=title, created_at=timezone.now() - timedelta(days=1)
    )
    page.get_by_role("link", name=title).wait_for()
    assert page.evaluate("window.still"), "the page was loaded again"


def test_the_focus_stays_where_it_was(console: Callable[..., Any], busy: Crowd) -> None:
    page = console()
    link = page.locator("[data-section=active] tbody a").first
    link.focus()
    address = link.get_attribute("href")
    before = page.locator("[data-section=active]").get_attribute("data-digest")
    SwapSession.objects.filter(pk=busy.active[0]).update(finished_at=timezone.now(), status="failed")
    page.wait_for_function(
        "(old) => document.querySelector('[data-section=active]').dataset.digest !== old", arg=before
    )
    focused = page.evaluate("[document.activeElement.tagName, document.activeElement.getAttribute('href')]")
    assert focused[0] == "A" and focused[1].split("&created")[0] == address.split("&created")[0]


def test_a_dead_feed_is_not_called_live(browsing: Any, console: Callable[..., Any], monkeypatch: Any) -> None:
    page = console()
    monkeypatch.setattr("balancer.console.feed.snapshot", _unreadable)
    page.locator("#console-feed[data-state=stale]").wait_for()
    assert page.locator("#console-feed").inner_text().startswith("stale since ")
    monkeypatch.undo()
    page.locator(LIVE).wait_for()


def _unreadable() -> None:
    raise RuntimeError("the database is away")


def test_without_sockets_the_page_asks(browsing: Any, busy: Crowd) -> None:
    browsing.allow("WebSocket")
    context = browsing.context()
    context.add_init_script(
        "window.WebSocket = class { constructor() { setTimeout(() => this.onclose({code: 1006})) } }"
    )
    page = context.new_page()
    page.goto(browsing.url + "/admin/")
    page.locator("#console-feed[data-state=polling]").wait_for()
    title = "asked for, and found"
    SwapSession.objects.filter(pk=busy.active[-1]).update(
        attention=title, created_at=timezone.now() - timedelta(days=1)
    )
    page.get_by_role("link", name=title).wait_for()


def test_sockets_give_their_connections_back(console: Callable[..., Any]) -> None:
    """More of them than the database's pool has connections, and none keeps any."""
    page = console()
    page.evaluate("""async () => {
        for (let number = 0; number < 24; number += 1) {
            const socket = new WebSocket(`ws://${location.host}/ws/console`);
            await new Promise((told, failed) => { socket.onmessage = told; socket.onclose = failed; });
            socket.onclose = null;
            socket.close();
        }
    }""")
    page.goto("about:blank")
    stats = connection.pool.get_stats()
    assert stats["pool_size"] <= 12 and stats["pool_size"] - stats["pool_available"] <= 3, stats


def test_a_session_that_has_ended_is_told(browsing: Any, console: Callable[..., Any]) -> None:
    page = console()
    get_user_model().objects.filter(username="superuser").update(is_active=False)
    page.locator("#console-feed[data-state=ended]").wait_for()
    assert page.get_by_role("link", name="log in again").is_visible()


def test_without_scripts_everything_is_there(browsing: Any, busy: Crowd) -> None:
    page = browsing.open("/admin/", scripts=False)
    assert page.get_by_role("heading", name="Needs you now").is_visible()
    assert page.get_by_role("heading", name="Chains and providers").is_visible()
    assert re.search(r"· (now|\d+ s ago)$", page.locator("[data-section=now] time").first.inner_text())
    assert page.locator("noscript p").is_visible()
    page.locator("[data-section=active] tfoot a").first.click()  # nothing lies above it
    assert "/admin/swaps/swapsession/" in page.url
