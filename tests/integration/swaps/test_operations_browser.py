"""Operators' actions in a real browser: too early and in time, a double click, two people, a pause, several at once; on a phone,
in the dark, and without a serious accessibility fault."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from constance import config
from django.contrib.auth.models import User
from playwright.sync_api import expect

from access.actions.forms import ask_url, bulk_url
from access.actions.models import Proposal
from access.models import AuditEntry
from chains.costs import GasPrice, Sheet, sheet_document
from chains.models import Chain
from chains.services.costs import costs_forget
from swaps.models import Pause, Refund, SwapSession
from tests.integration.swaps.conftest import move_time

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def early(locked: SwapSession, chains: dict[str, Chain], transactional_db: None) -> SwapSession:
    """Its timelock runs out in some hours, by the chain's time; what gas costs is known."""
    price = GasPrice(100_000_000, time.time_ns() // 10**6)
    Chain.objects.update(costs=sheet_document(Sheet(price)))
    costs_forget()
    return locked


def timelock(session: SwapSession) -> int:
    return int(session.legs.get(side="source").terms["timelock"])


def refund_url(session: SwapSession) -> str:
    return ask_url("session.refund", session.pk)


def fill(page: Any, reason: str = "The maker wrote: his wallet is lost") -> None:
    page.get_by_label("Reason").fill(reason)
    tick = page.locator("#confirmed")
    if tick.count():
        tick.check()


def test_a_refund_too_early_then_in_time(early: SwapSession, chains: dict[str, Chain], browsing: Any) -> None:
    page = browsing.open(refund_url(early), person=browsing.person("operator"))
    expect(page.locator("#why-not")).to_contain_text("Not yet")
    until = datetime.fromtimestamp(timelock(early), tz=UTC)
    expect(page.locator("#why-not time")).to_have_text(f"{until:%Y-%m-%d %H:%M:%S} UTC")
    expect(page.get_by_role("timer")).to_contain_text("in ")
    expect(page.locator("#action-submit")).to_have_count(0)
    browsing.assert_accessible(page, context=".act")
    browsing.shot(page, "refund-too-early", full=True)
    move_time(chains["near"], timelock(early))
    page.get_by_role("link", name="Look again").click()
    expect(page.locator("#second-person")).to_contain_text("Your word is enough")
    expect(page.locator(".act-lead")).to_contain_text("This sends 0.4 NEAR on near back to alice.near, by one call.")
    expect(page.locator(".act-step-go")).to_contain_text("about 0.0005 NEAR on near (under $0.01)")
    browsing.shot(page, "refund-in-time", full=True)
    browsing.assert_accessible(page, context=".act")
    fill(page)
    page.locator("#action-submit").click()
    expect(page.locator("#outcome-state")).to_have_text("Done")
    expect(page.locator("#outcome-text")).to_contain_text("the source lock on near is ordered")
    browsing.assert_accessible(page, context=".act")
    browsing.shot(page, "refund-done", full=True)
    page.locator("#back-to-row").click()
    expect(page).to_have_url(f"{browsing.url}/admin/swaps/swapsession/{early.pk}/change/")
    assert Refund.objects.get().actor == "operator"


def test_double_click_admin_refund__in_the_browser(early: SwapSession, chains: dict[str, Chain], browsing: Any) -> None:
    move_time(chains["near"], timelock(early))
    page = browsing.open(refund_url(early), person=browsing.person("operator"))
    fill(page)
    page.locator("#action-submit").dblclick()
    expect(page.locator("#outcome-state")).to_have_text("Done")
    assert Proposal.objects.count() == Refund.objects.count() == 1
    page.go_back()
    expect(page.locator("#why-not")).to_contain_text("under way already")


@pytest.mark.parametrize("above_usd", [1_000, 0], ids=["each may alone", "two must"])
def test_two_operators_at_once__in_two_browsers(
    early: SwapSession, chains: dict[str, Chain], browsing: Any, above_usd: int
) -> None:
    """Both have read the same page, and both forms reach the service at the same moment."""
    config.FOUR_EYES_ABOVE_USD = above_usd
    browsing.allow("409")
    move_time(chains["near"], timelock(early))
    held: list[Any] = []
    pages = [
        browsing.open(refund_url(early), person=browsing.person("operator", username=name))
        for name in ("olga", "oscar")
    ]

    def hold(route: Any) -> None:
        held.append(route)

    for page in pages:
        fill(page)
        page.route("**/ask/**", hold)
        page.locator("#action-submit").click(no_wait_after=True)
    while len(held) < len(pages):
        pages[0].wait_for_timeout(10)  # Playwright tells of requests only while it is called
    assert [route.request.method for route in held] == ["POST", "POST"]
    for route in held:
        route.continue_()
    for page in pages:
        expect(page.locator("#outcome-state, #action-error").first).to_be_visible()
    if above_usd:
        assert Proposal.objects.filter(state="executed").count() == Refund.objects.count() == 1
        assert AuditEntry.objects.filter(action="refund_requested").count() == 1
    else:
        proposal = Proposal.objects.get()
        assert proposal.state == "proposed" and not Refund.objects.exists()
        assert [page.url.split("/")[-3] for page in pages] == [str(proposal.pk)] * 2


def test_without_the_tick_nothing_is_sent(early: SwapSession, chains: dict[str, Chain], browsing: Any) -> None:
    move_time(chains["near"], timelock(early))
    page = browsing.open(refund_url(early), person=browsing.person("operator"))
    page.get_by_label("Reason").fill("a hasty click")
    page.locator("#action-submit").click()
    assert page.evaluate("!document.querySelector('form[data-once]').checkValidity()")
    assert not Proposal.objects.exists()


def test_two_people_above_the_value(early: SwapSession, chains: dict[str, Chain], browsing: Any) -> None:
    config.FOUR_EYES_ABOVE_USD = 0
    move_time(chains["near"], timelock(early))
    olga, ada = browsing.person("operator", username="olga"), browsing.person("approver", username="ada")
    first = browsing.open(refund_url(early), person=olga)
    expect(first.locator("#second-person")).to_contain_text("A second person must approve this")
    browsing.shot(first, "refund-needs-two", full=True)
    browsing.assert_accessible(first, context=".act")
    fill(first)
    first.locator("#action-submit").click()
    expect(first.locator("#outcome-state")).to_have_text("Waits for a second person")
    expect(first.locator("#approve")).to_have_count(0)
    expect(first.locator("#withdraw")).to_be_visible()
    second = browsing.open("/admin/access/proposal/", person=ada)
    browsing.shot(second, "proposals")
    second.get_by_role("link", name="Refund", exact=True).first.click()
    expect(second.locator("#outcome-state")).to_have_text("Waits for a second person")
    browsing.shot(second, "proposal-to-approve", full=True)
    browsing.assert_accessible(second, context=".act")
    browsing.allow("409")
    second.locator("#approve").click()
    expect(second.locator("#action-error")).to_contain_text("Tick the box first")
    assert not Refund.objects.exists()
    second.locator("#confirmed").check()
    second.locator("#approve").click()
    expect(second.locator("#outcome-state")).to_have_text("Done")
    expect(first.locator("#outcome-state")).to_have_text(
        "Done", timeout=30_000
    )  # the proposer's page tells it by itself
    proposal = Proposal.objects.get()
    assert (proposal.proposed_by, proposal.approved_by, Refund.objects.count()) == ("olga", "ada", 1)


def test_pausing_and_resuming(chains: dict[str, Chain], browsing: Any) -> None:
    page = browsing.open("/admin/swaps/pause/add/", person=browsing.person("operator"))
    page.get_by_label("Which").select_option("base>near")
    page.get_by_role("button", name="Show what would be done").click()
    expect(page.locator(".act-lead")).to_contain_text("No new swaps from base to near begin")
    browsing.shot(page, "pause", full=True)
    browsing.assert_accessible(page, context=".act")
    fill(page, "A node is upgraded")
    page.locator("#action-submit").click()
    expect(page.locator("#outcome-text")).to_have_text("New swaps from base to near are refused from now on.")
    assert Pause.objects.get().reason == "A node is upgraded"
    page.goto(browsing.url + ask_url("swaps.resume", "base>near"))
    fill(page, "It is upgraded")
    page.locator("#action-submit").click()
    expect(page.locator("#outcome-state")).to_have_text("Done")
    assert Pause.objects.get().lifted_by == "operator"


def test_several_at_once(
    early: SwapSession, chains: dict[str, Chain], post_session: Callable[..., Any], browsing: Any
) -> None:
    empty = post_session().json()["sessionId"]
    move_time(chains["near"], timelock(early))
    page = browsing.open(bulk_url("session.refund", [early.pk, empty]), person=browsing.person("operator"))
    expect(page.locator(".act-lead")).to_contain_text("1 of 2")
    browsing.shot(page, "refund-several", full=True)
    browsing.assert_accessible(page, context=".act")
    fill(page)
    page.locator("#action-submit").dblclick()
    expect(page.locator(".act-lead")).to_contain_text("1 done.")
    expect(page.locator(".act-lead")).to_contain_text("1 not done.")
    browsing.shot(page, "refund-several-done", full=True)
    browsing.assert_accessible(page, context=".act")
    assert Refund.objects.count() == 1


@pytest.mark.parametrize("dark", [False, True])
def test_on_a_phone(early: SwapSession, chains: dict[str, Chain], browsing: Any, dark: bool) -> None:
    shade = "-dark" if dark else ""
    phone = browsing.open(refund_url(early), person=browsing.person("operator"), phone=True, dark=dark)
    browsing.assert_no_sideways_scroll(phone)
    browsing.assert_accessible(phone, context=".act")
    move_time(chains["near"], timelock(early))
    phone.reload()
    browsing.assert_no_sideways_scroll(phone)
    browsing.assert_accessible(phone, context=".act")
    browsing.shot(phone, f"refund-phone{shade}", full=True)
    fill(phone)
    phone.locator("#action-submit").click()
    expect(phone.locator("#outcome-state")).to_have_text("Done")
    browsing.assert_no_sideways_scroll(phone)
    browsing.assert_accessible(phone, context=".act")
    browsing.shot(phone, f"refund-done-phone{shade}", full=True)


def test_it_works_without_scripts(early: SwapSession, chains: dict[str, Chain], browsing: Any) -> None:
    page = browsing.open(refund_url(early), person=browsing.person("operator"), scripts=False)
    expect(page.locator("#why-not time")).to_be_visible()
    move_time(chains["near"], timelock(early))
    page.reload()
    fill(page)
    page.locator("#action-submit").click()
    expect(page.locator("#outcome-state")).to_have_text("Done")
    assert User.objects.get().username == Refund.objects.get().actor
