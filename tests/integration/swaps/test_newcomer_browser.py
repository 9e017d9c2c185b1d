"""Somebody who has never seen the console meets a swap whose refund is stuck: each page leads on to the next, and a few clicks mend it."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import expect
from procrastinate.contrib.django.models import ProcrastinateJob

from access.actions.forms import ask_url, bulk_url
from access.actions.models import Proposal
from chains.models import Intent
from chains.services.sending.alerts import intent_alert
from swaps.models import SwapSession
from swaps.services.advance import session_advance
from tests.integration.swaps.stuck import backing_off

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
MOST_CLICKS, MOST_PAGES = 6, 6
"""From the login to the outcome, both counted."""
PASSWORD = "correct horse staple"
COUNT = "addEventListener('click', () => sessionStorage.clicks = 1 + Number(sessionStorage.clicks ?? 0), true)"


@pytest.fixture(autouse=True)
def nothing_kept() -> Iterator[None]:
    """The first page is not another test's."""
    from balancer.console.survey import forget

    forget()
    yield
    forget()


def above_the_cap(intent: Intent) -> None:
    intent_alert(intent, "a gas costs more than the fee cap of near")
    Intent.objects.filter(pk=intent.pk).update(not_before=timezone.now() + timedelta(minutes=5), delays=3)


@pytest.mark.parametrize(
    ("happens", "told"),
    [(backing_off, "Exceeded the prepaid gas"), (above_the_cap, "a gas costs more than the fee cap")],
    ids=["it reverted", "it costs too much"],
)
def test_a_newcomer_mends_a_stuck_refund(
    in_time: SwapSession,
    transactional_db: None,
    browsing: Any,
    settings: Any,
    happens: Callable[[Intent], None],
    told: str,
) -> None:
    """By his password; the page of the second factor is one more."""
    settings.ACCOUNTS = {**settings.ACCOUNTS, "second_factor": "optional"}
    session_advance(session_id=in_time.pk)
    happens(Intent.objects.get())
    jobs, pages = ProcrastinateJob.objects.filter(task_name="chains.send_intent"), []
    before = jobs.latest("id").id
    browsing.person("operator", username="nora", password=PASSWORD)
    browser = browsing.context(person=False)
    browser.add_init_script(COUNT)
    page = browser.new_page()
    page.on("framenavigated", lambda frame: pages.append(frame.url))
    page.goto(f"{browsing.url}/admin/")
    page.get_by_label("Username").fill("nora")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.locator(".needs").get_by_role("link", name=told).first.click()
    expect(page.locator('[data-part="summary"]')).to_contain_text(told)
    page.get_by_role("link", name="Refund…").click()
    expect(page.locator("#why-not")).to_contain_text("does not get on")
    expect(page.locator("#why-not")).to_contain_text(told)
    browsing.assert_accessible(page, context=".act")
    browsing.shot(page, f"refund-stuck-{happens.__name__}", full=True)
    page.locator("#remedies a").first.click()
    page.get_by_label("Reason").click()
    page.keyboard.type("The maker asks where his money is")
    page.locator("#action-submit").click()
    expect(page.locator("#outcome-state")).to_have_text("Done")
    proposal = Proposal.objects.get()
    assert (proposal.kind, proposal.proposed_by, proposal.state) == ("intent.retry", "nora", "executed")
    assert (Intent.objects.get().state, Intent.objects.get().not_before) == ("pending", None)
    assert jobs.get(id__gt=before).scheduled_at <= timezone.now(), "a worker sends it now"
    assert 0 < int(page.evaluate("sessionStorage.clicks")) <= MOST_CLICKS
    assert len(pages) <= MOST_PAGES, pages


def test_what_is_stuck_can_be_read_on_a_phone(in_time: SwapSession, transactional_db: None, browsing: Any) -> None:
    session_advance(session_id=in_time.pk)
    backing_off(Intent.objects.get())
    for url in (ask_url("session.refund", in_time.pk), bulk_url("session.refund", [in_time.pk])):
        phone = browsing.open(url, person=browsing.person("operator"), phone=True, dark=True)
        browsing.assert_no_sideways_scroll(phone)
        browsing.assert_accessible(phone, context=".act")
