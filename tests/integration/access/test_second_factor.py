"""The second factor: asked of everybody who may do more than look, once and again, and in nobody's way but his."""

import re
import threading
import time
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone
from django_otp.plugins.otp_static.models import StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice
from environ import Env

from access.accounts.duties import has_duties
from access.accounts.guard import second_factor_required
from access.accounts.recovery import recovery_hash
from access.accounts.second_factor import (
    CodeRefused,
    code_check,
    enrolment_confirm,
    enrolment_open,
    second_factor_reset,
)
from access.accounts.state import may_open_console, standing_of
from access.models import AuditEntry, OperatorSession
from access.roles import ADMIN, APPROVER, DUTIES, OPERATOR, VIEWER
from balancer.settings.accounts import load
from tests.operators import by_password_alone, code_of, device_for, wholly
from tests.threads import giving_back

pytestmark = pytest.mark.django_db
VERIFY, ENROL = "/admin/second-factor/", "/admin/second-factor/enrol/"
PASSWORD = "correct horse staple"


@pytest.fixture(autouse=True)
def required(settings: Any) -> None:
    settings.SECURE_SSL_REDIRECT = False
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.ACCOUNTS = {**settings.ACCOUNTS, "second_factor": "required"}


def person(role: str = OPERATOR, name: str = "") -> User:
    made = User.objects.create_user(name or role or "root", password=PASSWORD, is_staff=True, is_superuser=not role)
    if role:
        made.groups.add(Group.objects.get(name=role))
    return made


def logged_in(who: User) -> Client:
    """By the login page, as far as a password leads."""
    client = Client()
    answer = client.post("/admin/login/", {"username": who.username, "password": PASSWORD})
    assert answer.status_code == 302, answer.content
    return client


def enrolled(who: User) -> tuple[TOTPDevice, list[str]]:
    return enrolment_confirm(who, code_of(enrolment_open(who), steps=-1))


# Who must


@pytest.mark.parametrize("role", [OPERATOR, APPROVER, ADMIN, ""])
def test_whoever_may_do_more_than_look_opens_nothing_before_he_has_one(role: str) -> None:
    client = logged_in(person(role))
    for path in (
        "/admin/",
        "/admin/swaps/swapsession/",
        "/admin/account/",
        "/admin/password_change/",
        "/admin/nowhere/",
    ):
        answer = client.get(path)
        assert answer.status_code == 302 and answer.headers["Location"].startswith(f"{ENROL}?next="), path
    answer = client.post("/admin/access/apikey/add/", {"name": "x"})
    assert answer.status_code == 302 and answer.headers["Location"].startswith(ENROL)


def test_a_viewer_needs_none_and_must_use_one_that_he_has() -> None:
    viewer = person(VIEWER)
    assert logged_in(viewer).get("/admin/").status_code == 200
    device_for(viewer)
    assert logged_in(viewer).get("/admin/").headers["Location"].startswith(VERIFY)


@pytest.mark.parametrize("permission", sorted({name for names in DUTIES.values() for name in names}))
def test_each_duty_alone_asks_for_it(permission: str) -> None:
    who = User.objects.create_user("p", is_staff=True)
    app, _, codename = permission.partition(".")
    found = Permission.objects.filter(content_type__app_label=app, codename=codename)
    who.user_permissions.add(found.get())
    assert has_duties(User.objects.get(pk=who.pk))


def test_nobody_without_rights_needs_one() -> None:
    assert not has_duties(User.objects.create_user("p", is_staff=True))
    assert not has_duties(User(username="q", is_superuser=True, is_active=False))


def test_where_it_is_optional_nobody_is_stopped_who_has_none(settings: Any) -> None:
    settings.ACCOUNTS = {**settings.ACCOUNTS, "second_factor": "optional"}
    who = person("")
    assert logged_in(who).get("/admin/").status_code == 200
    device_for(who)
    assert logged_in(who).get("/admin/").headers["Location"].startswith(VERIFY)


def test_production_takes_no_exception() -> None:
    class Said(Env):
        ENVIRON = {"SECOND_FACTOR": "optional"}

    assert load(Said(), node_env="development")["second_factor"] == "optional"
    with pytest.raises(ImproperlyConfigured, match="is for development"):
        load(Said(), node_env="production")
    Said.ENVIRON = {"SECOND_FACTOR": "sometimes"}
    with pytest.raises(ImproperlyConfigured, match="must be required or optional"):
        load(Said(), node_env="development")
    Said.ENVIRON = {}
    assert load(Said(), node_env="development")["second_factor"] == "required"


# Enrolling


def test_enrolment_shows_the_secret_until_it_is_confirmed_and_the_codes_once() -> None:
    who = person()
    client = logged_in(who)
    page = client.get(ENROL).content.decode()
    secret = re.search(r'id="secret"[^>]*>([A-Z2-7 ]+)<', page)
    assert secret and secret[1] in client.get(ENROL).content.decode()
    picture = client.get("/admin/second-factor/qr.svg")
    assert picture.headers["Content-Type"] == "image/svg+xml" and b"<svg" in picture.content
    assert picture.headers["Cache-Control"] == "no-store"
    assert client.post(ENROL, {"code": "000000"}).status_code == 400
    device = TOTPDevice.objects.get(user=who)
    assert not device.confirmed
    TOTPDevice.objects.update(throttling_failure_count=0, throttling_failure_timestamp=None)
    done = client.post(ENROL, {"code": code_of(device), "next": "/admin/swaps/refund/"})
    codes = re.findall(r"<li><code>([a-z2-7]{4}(?:-[a-z2-7]{4}){3})</code></li>", done.content.decode())
    assert len(set(codes)) == 10 and 'href="/admin/swaps/refund/"' in done.content.decode()
    assert client.get("/admin/").status_code == 200
    kept = set(StaticToken.objects.filter(device__user=who).values_list("token", flat=True))
    assert kept == {recovery_hash(code.replace("-", "")) for code in codes} and not kept & set(codes)
    row = AuditEntry.objects.get(action="second_factor_enrolled")
    assert (row.actor_id, row.target, row.address) == ("operator", "operator", "127.0.0.1")
    assert secret[1].replace(" ", "") not in str(list(AuditEntry.objects.values()))


def test_a_confirmed_secret_is_never_shown_again() -> None:
    who = person()
    device, _ = enrolled(who)
    client = logged_in(who)
    assert client.get(ENROL).headers["Location"].startswith(VERIFY)
    assert client.get("/admin/second-factor/qr.svg").status_code == 404
    assert TOTPDevice.objects.get(user=who) == device


def test_another_authenticator_takes_the_first_ones_place_and_other_sessions_end() -> None:
    who = person()
    first, other = Client(), Client()
    wholly(first, who)
    wholly(other, who)
    old = TOTPDevice.objects.get(user=who)
    assert first.get(ENROL).status_code == 200
    waiting = TOTPDevice.objects.get(user=who, confirmed=False)
    assert first.post(ENROL, {"code": code_of(waiting)}).status_code == 200
    assert TOTPDevice.objects.get(user=who) == waiting != old
    assert first.get("/admin/").status_code == 200
    assert other.get("/admin/").headers["Location"].startswith("/admin/login/")


# Showing a code


def test_the_code_opens_the_console_and_leads_where_he_wanted_to_go() -> None:
    who = person()
    device, _ = enrolled(who)
    client = logged_in(who)
    before = client.session.session_key
    assert (
        client.get("/admin/swaps/refund/?q=1").headers["Location"]
        == f"{VERIFY}?next=%2Fadmin%2Fswaps%2Frefund%2F%3Fq%3D1"
    )
    answer = client.post(
        VERIFY, {"code": f" {code_of(device)[:3]} {code_of(device)[3:]} ", "next": "/admin/swaps/refund/?q=1"}
    )
    assert answer.headers["Location"] == "/admin/swaps/refund/?q=1"
    assert (
        client.session.session_key != before and OperatorSession.objects.get().session_key == client.session.session_key
    )
    assert client.get("/admin/swaps/refund/").status_code == 200


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
def test_it_leads_nowhere_but_home(elsewhere: str) -> None:
    who = person()
    device, _ = enrolled(who)
    assert logged_in(who).post(VERIFY, {"code": code_of(device), "next": elsewhere}).headers["Location"] == "/admin/"


def test_one_code_opens_once() -> None:
    who = person()
    device, _ = enrolled(who)
    code = code_of(device)
    assert logged_in(who).post(VERIFY, {"code": code}).status_code == 302
    again = logged_in(who).post(VERIFY, {"code": code})
    assert again.status_code == 400 and b"was used already" in again.content


@pytest.mark.django_db(transaction=True)
def test_one_code_opens_once_also_when_it_is_shown_twice_at_once() -> None:
    who = person()
    device, _ = enrolled(who)
    code, start, opened = code_of(device), threading.Barrier(4), []

    @giving_back
    def show() -> None:
        start.wait()
        with suppress(CodeRefused):
            opened.append(code_check(who, code).pk)

    threads = [threading.Thread(target=show) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert opened == [device.pk]


def test_wrong_codes_make_each_next_one_wait_longer() -> None:
    who = person()
    device, _ = enrolled(who)
    client = logged_in(who)
    for wrong in range(3):
        assert client.post(VERIFY, {"code": "000000"}).status_code == 400
        TOTPDevice.objects.update(throttling_failure_timestamp=timezone.now() - timedelta(seconds=2**wrong + 1))
    TOTPDevice.objects.update(throttling_failure_timestamp=timezone.now())
    held = client.post(VERIFY, {"code": code_of(device)})
    assert held.status_code == 400 and re.search(rb"looked at from \d\d:\d\d:\d\d UTC", held.content)
    TOTPDevice.objects.update(throttling_failure_timestamp=timezone.now() - timedelta(seconds=9))
    assert client.post(VERIFY, {"code": code_of(device)}).status_code == 302


def test_a_recovery_code_opens_once_and_leaves_a_row() -> None:
    who = person()
    _, codes = enrolled(who)
    client = logged_in(who)
    assert "Recovery code" in client.get(f"{VERIFY}?recovery").content.decode()
    assert client.post(f"{VERIFY}?recovery", {"code": codes[0].upper().replace("-", " ")}).status_code == 302
    assert "9 are left" in client.get("/admin/").content.decode()
    assert AuditEntry.objects.get(action="recovery_code_used").detail == {"left": 9}
    again = logged_in(who).post(f"{VERIFY}?recovery", {"code": codes[0]})
    assert again.status_code == 400 and b"none of your unused" in again.content


def test_what_the_table_of_recovery_codes_holds_is_no_code() -> None:
    who = person()
    enrolled(who)
    with pytest.raises(CodeRefused):
        code_check(who, StaticToken.objects.first().token)  # type: ignore[union-attr]


def test_new_recovery_codes_make_the_old_ones_worthless() -> None:
    who = person()
    _, codes = enrolled(who)
    client = Client()
    wholly(client, who)
    page = client.post("/admin/second-factor/codes/").content.decode()
    fresh = re.findall(r"<li><code>([a-z2-7-]{19})</code></li>", page)
    assert len(fresh) == 10 and StaticToken.objects.count() == 10
    with pytest.raises(CodeRefused, match="none of your unused"):
        code_check(who, codes[1])
    assert AuditEntry.objects.filter(action="recovery_codes_renewed").count() == 1


# Again, before money moves


def test_the_code_is_asked_again_before_money_moves_and_nothing_is_done_meanwhile(settings: Any, rf: Any) -> None:
    who, moved = person(), []

    @second_factor_required
    def pay(request: Any) -> HttpResponse:
        moved.append(1)
        return HttpResponse("paid")

    client = Client()
    wholly(client, who)
    for method, told in (("get", 0), ("post", 1)):
        request = getattr(rf, method)("/admin/pay/?n=1")
        request.user, request.session = who, client.session
        request._messages = _Messages()
        request.session["second_factor"] = {**request.session["second_factor"], "at": time.time() - 901}
        answer = pay(request)
        assert answer.status_code == 302 and answer.headers["Location"] == f"{VERIFY}?next=%2Fadmin%2Fpay%2F%3Fn%3D1"
        assert len(request._messages.told) == told and not moved
    request = rf.post("/admin/pay/")
    request.user, request.session = who, client.session
    assert pay(request).content == b"paid" and moved == [1]
    assert Client.get(client, VERIFY).content.decode().count("Once more, before money moves") == 1


class _Messages:
    def __init__(self) -> None:
        self.told: list[Any] = []

    def add(self, *said: Any) -> None:
        self.told.append(said)


# Taking it away


def test_an_admin_takes_it_away_with_a_reason_and_all_sessions_end() -> None:
    who, boss = person(), Client()
    client = Client()
    wholly(client, who)
    wholly(boss, person(ADMIN))
    path = f"/admin/auth/user/{who.pk}/reset-second-factor/"
    assert "a face that you know" in boss.get(path).content.decode()
    assert boss.post(path, {"reason": "  "}).status_code == 200 and TOTPDevice.objects.filter(user=who).exists()
    assert boss.post(path, {"reason": "his phone fell into the sea"}).status_code == 302
    assert not TOTPDevice.objects.filter(user=who).exists()
    assert client.get("/admin/").headers["Location"].startswith("/admin/login/")
    row = AuditEntry.objects.get(action="second_factor_reset")
    assert (row.actor_id, row.target) == ("admin", who.username)
    assert row.detail == {"reason": "his phone fell into the sea", "devices": 1, "sessionsEnded": 1}
    with pytest.raises(ValueError, match="reason"):
        second_factor_reset(who, actor_kind="operator", actor_id="x", reason=" ")


def test_an_operator_takes_away_nobodys_and_an_admin_no_superusers() -> None:
    root, client, boss = person(""), Client(), Client()
    device_for(root)
    wholly(client, person(OPERATOR))
    wholly(boss, person(ADMIN))
    path = f"/admin/auth/user/{root.pk}/reset-second-factor/"
    assert client.post(path, {"reason": "x"}).status_code == 403
    assert boss.post(path, {"reason": "x"}).headers["Location"] == "/admin/auth/user/"
    assert TOTPDevice.objects.filter(user=root).exists()


def test_a_device_that_is_gone_has_verified_nobody() -> None:
    who, client = person(), Client()
    wholly(client, who)
    assert may_open_console(who, client.session)
    TOTPDevice.objects.filter(user=who).delete()
    assert standing_of(who, client.session).is_pending and not may_open_console(who, client.session)
    assert client.get("/admin/").headers["Location"].startswith(ENROL)


def test_a_socket_asks_the_same() -> None:
    who, client, half = person(), Client(), Client()
    wholly(client, who)
    by_password_alone(half, who)
    assert may_open_console(who, client.session) and not may_open_console(who, half.session)
    assert not may_open_console(User(username="x", is_staff=False, is_active=True), client.session)
