"""Signing in with a real browser: enrolling, the recovery codes, the code at the next login; and what pages may load."""

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from access.audit.linking import audit_link
from access.models import ActorKind
from access.services import audit_record
from tests.operators import code_of

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PASSWORD = "correct horse staple"


@pytest.fixture(autouse=True)
def required(settings: Any) -> None:
    settings.ACCOUNTS = {**settings.ACCOUNTS, "second_factor": "required"}


def log_in(page: Any, name: str) -> None:
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()


def looked_at(browsing: Any, page: Any, name: str) -> None:
    browsing.assert_accessible(page)
    browsing.assert_no_sideways_scroll(page)
    browsing.shot(page, name, full=True)


def test_enrolment_and_the_next_login(browsing: Any) -> None:
    from django_otp.plugins.otp_totp.models import TOTPDevice

    olga = browsing.person("operator", username="olga")
    olga.set_password(PASSWORD)
    olga.save()
    page = browsing.open("/admin/", person=False)
    looked_at(browsing, page, "sign-in-password")
    log_in(page, "olga")
    expect(page.get_by_text("Set up your second factor")).to_be_visible()
    expect(page.get_by_alt_text(re.compile("QR code"))).to_be_visible()
    page.wait_for_function("document.getElementById('qr').naturalWidth > 100")
    looked_at(browsing, page, "sign-in-enrol")
    page.get_by_label("Code of your authenticator").fill(code_of(TOTPDevice.objects.get(user=olga), steps=-1))
    page.get_by_role("button", name="Make it my second factor").click()
    expect(page.locator("#recovery-codes li")).to_have_count(10)
    looked_at(browsing, page, "sign-in-recovery-codes")
    page.get_by_role("link", name=re.compile("I have kept them")).click()
    page.wait_for_url(browsing.url + "/admin/")

    phone = browsing.context(False, phone=True, dark=True).new_page()
    phone.goto(browsing.url + "/admin/account/")
    looked_at(browsing, phone, "sign-in-password-phone")
    log_in(phone, "olga")
    expect(phone.get_by_text("Second step")).to_be_visible()
    browsing.allow("400")
    phone.get_by_label("Code of your authenticator").fill("000000")
    phone.get_by_role("button", name="Sign in").click()
    expect(phone.get_by_text("The code is wrong")).to_be_visible()
    looked_at(browsing, phone, "sign-in-code-phone")
    TOTPDevice.objects.update(throttling_failure_timestamp=None, throttling_failure_count=0)
    phone.get_by_label("Code of your authenticator").fill(code_of(TOTPDevice.objects.get(user=olga)))
    phone.get_by_role("button", name="Sign in").click()
    phone.wait_for_url(browsing.url + "/admin/account/")
    looked_at(browsing, phone, "account-phone")
    page.goto(browsing.url + "/admin/account/")
    looked_at(browsing, page, "account")


def test_a_lock_out_says_from_when(browsing: Any) -> None:
    browsing.allow("429")
    page = browsing.open("/admin/login/", person=False)
    for _ in range(5):
        log_in(page, "olga")
    expect(page.get_by_text("The next attempt is looked at from")).to_be_visible()
    looked_at(browsing, page, "sign-in-locked")


@pytest.mark.parametrize("path", ["/admin/", "/admin/auth/user/", "/admin/auth/user/{pk}/change/", "/api/docs"])
def test_the_policy_stands_in_no_pages_way(browsing: Any, path: str) -> None:
    """`browsing` fails for anything on the console: what the policy refuses stands there."""
    who = browsing.person()
    page = browsing.open(path.format(pk=who.pk), person=who)
    page.wait_for_load_state("load")
    if path == "/api/docs":
        expect(page.get_by_role("heading", name=re.compile("1Balancer orchestrator"))).to_be_visible()
        browsing.shot(page, "api-docs")


def test_the_trail(browsing: Any) -> None:
    for n in range(12):
        audit_record(
            action="refund_requested",
            actor_kind=ActorKind.OPERATOR,
            actor_id="olga",
            target=f"sess_{n}",
            detail={"reason": "the maker asked", "amounts": {"USDC": "12.5"}},
        )
    audit_link()
    page = browsing.open("/admin/access/auditentry/")
    looked_at(browsing, page, "audit")
    page.get_by_role("link", name=re.compile(r"^\d{4}-")).first.click()
    expect(page.get_by_text("the maker asked")).to_be_visible()
    looked_at(browsing, page, "audit-row")
    phone = browsing.open("/admin/access/auditentry/", phone=True, dark=True)
    looked_at(browsing, phone, "audit-phone")
