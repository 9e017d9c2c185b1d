"""Logging in and out: who is held off after failures, how long a session lasts, and what is written down of it."""

import io
import time
from datetime import timedelta
from typing import Any

import pytest
from axes.models import AccessAttempt, AccessLog
from django.contrib.auth.models import Group, User
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from access.accounts.lockouts import logins_purge
from access.accounts.sessions import sessions_purge
from access.accounts.trail import failure_recorded
from access.models import AuditEntry, OperatorSession
from access.roles import ADMIN, OPERATOR, VIEWER
from tests.operators import wholly

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse staple"
LOGIN = "/admin/login/"


@pytest.fixture(autouse=True)
def plain_http(settings: Any) -> None:
    settings.SECURE_SSL_REDIRECT = False
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    cache.delete(f"login-failures:{timezone.now():%Y%m%d%H%M}")


@pytest.fixture
def olga() -> User:
    made = User.objects.create_user("olga", password=PASSWORD, is_staff=True)
    made.groups.add(Group.objects.get(name=VIEWER))
    return made


def attempt(name: str = "olga", password: str = "wrong", address: str = "203.0.113.7", **more: Any) -> Any:
    return Client().post(LOGIN, {"username": name, "password": password}, REMOTE_ADDR=address, **more)


# Lock-outs


def test_after_five_failures_the_right_password_is_not_looked_at_and_the_page_says_from_when(olga: User) -> None:
    assert [attempt().status_code for _ in range(5)] == [200, 200, 200, 200, 429]
    page = attempt(password=PASSWORD)
    assert page.status_code == 429 and b"The next attempt is looked at from" in page.content
    assert attempt(password=PASSWORD, address="203.0.113.8").status_code == 302  # he himself, from elsewhere
    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(seconds=901))
    assert attempt(password=PASSWORD).status_code == 302


def test_an_address_that_tries_many_names_is_held_off(olga: User) -> None:
    codes = [attempt(name=f"name{n}").status_code for n in range(20)]
    assert codes == [200] * 19 + [429]
    assert attempt(password=PASSWORD).status_code == 429
    assert attempt(password=PASSWORD, address="203.0.113.8").status_code == 302


def test_a_success_forgives_a_name_and_not_its_address(olga: User) -> None:
    for n in range(12):
        attempt(name=f"name{n}")
    attempt()
    assert attempt(password=PASSWORD).status_code == 302
    assert not AccessAttempt.objects.filter(username="olga").exists() and AccessAttempt.objects.count() == 12


def test_a_forged_forwarded_address_gets_no_bucket_of_its_own(olga: User) -> None:
    for n in range(5):
        attempt(HTTP_X_FORWARDED_FOR=f"198.51.100.{n}")
    assert attempt(password=PASSWORD, HTTP_X_FORWARDED_FOR="198.51.100.99").status_code == 429
    assert set(AccessAttempt.objects.values_list("ip_address", flat=True)) == {"203.0.113.7"}


def test_behind_a_trusted_proxy_each_client_counts_for_himself(olga: User, settings: Any) -> None:
    settings.TRUSTED_PROXIES = ["203.0.113.0/24"]
    for _ in range(5):
        attempt(HTTP_X_FORWARDED_FOR="6.6.6.6, 198.51.100.1")
    assert attempt(password=PASSWORD, HTTP_X_FORWARDED_FOR="198.51.100.1").status_code == 429
    assert attempt(password=PASSWORD, HTTP_X_FORWARDED_FOR="198.51.100.2").status_code == 302


def test_an_ipv6_customer_is_one_caller(olga: User) -> None:
    for n in range(5):
        attempt(address=f"2001:db8::{n:x}")
    assert attempt(password=PASSWORD, address="2001:db8::ffff").status_code == 429
    assert attempt(password=PASSWORD, address="2001:db8:0:1::1").status_code == 302


def test_an_admin_sees_a_lock_out_and_ends_it_with_a_row(olga: User) -> None:
    for _ in range(5):
        attempt()
    boss, looker = Client(), Client()
    for client, role in ((boss, ADMIN), (looker, OPERATOR)):
        someone = User.objects.create_user(role, is_staff=True)
        someone.groups.add(Group.objects.get(name=role))
        wholly(client, someone)
    path, row = "/admin/axes/accessattempt/", AccessAttempt.objects.get()
    assert looker.get(path).status_code == 403
    assert f"{row.attempt_time + timedelta(seconds=900):%H:%M:%S} UTC" in boss.get(path).content.decode()
    boss.post(path, {"action": "unlock", "_selected_action": [row.pk]})
    assert attempt(password=PASSWORD).status_code == 302
    told = AuditEntry.objects.get(action="login_unlocked")
    assert (told.actor_id, told.target, told.detail) == ("admin", "olga", {"address": "203.0.113.7", "failures": 5})


def test_failures_are_written_down_without_what_was_typed_and_not_without_end(olga: User) -> None:
    attempt(password="hunter2-hunter2")
    attempt(name="hunter2-hunter2")  # the password in the wrong field
    assert list(AuditEntry.objects.order_by("pk").values_list("action", "target", "address")) == [
        ("login_failed", "olga", "203.0.113.7"),
        ("login_failed", "", "203.0.113.7"),
    ]
    assert "hunter2" not in str(list(AuditEntry.objects.values()))


def test_failures_of_a_minute_are_not_listed_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    noon = timezone.now().replace(hour=12, minute=0, year=2020)
    cache.delete(f"login-failures:{noon:%Y%m%d%H%M}")
    monkeypatch.setattr("access.accounts.trail.timezone.now", lambda: noon)
    for _ in range(40):
        failure_recorded("login_failed", "olga")
    assert list(AuditEntry.objects.order_by("pk").values_list("action", flat=True)) == [
        *["login_failed"] * 30,
        "logins_failed_many",
    ]


def test_no_line_of_the_log_holds_what_was_typed(olga: User, caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(6):
        attempt(name="hunter2-hunter2", password="hunter3-hunter3")
    assert "203.0.113.7" in caplog.text and "hunter" not in caplog.text


def test_a_lock_out_has_one_row(olga: User) -> None:
    for _ in range(9):
        attempt()
    actions = list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))
    assert actions == ["login_failed"] * 4 + ["login_locked"]


# Sessions


def test_login_and_logout_have_their_rows_and_the_key_changes(olga: User) -> None:
    client = Client()
    client.get(LOGIN)
    client.post(LOGIN, {"username": "olga", "password": PASSWORD}, REMOTE_ADDR="203.0.113.7", HTTP_USER_AGENT="Firefox")
    session = OperatorSession.objects.get()
    assert (session.person, session.address, session.browser) == (olga, "203.0.113.7", "Firefox")
    assert session.session_key == client.session.session_key
    page = client.get("/admin/account/").content.decode()
    assert "203.0.113.7" in page and "Firefox" in page and "this one" in page
    assert client.post("/admin/logout/").status_code in (200, 302)
    assert not OperatorSession.objects.exists()
    rows = AuditEntry.objects.order_by("pk").values_list("action", "actor_kind", "actor_id", "target")
    assert list(rows) == [("signed_in", "operator", "olga", "olga"), ("signed_out", "operator", "olga", "olga")]
    assert AccessLog.objects.get().logout_time is not None


@pytest.mark.parametrize(("name", "ago", "word"), [("seen", 1801, "idle"), ("began", 43_201, "age")])
def test_a_session_ends_unused_and_in_any_case(olga: User, name: str, ago: int, word: str) -> None:
    client = Client()
    wholly(client, olga)
    session = client.session
    session[name] = time.time() - ago
    session.save()
    answer = client.get("/admin/swaps/refund/?q=1")
    assert answer.headers["Location"] == f"/admin/login/?expired={word}&next=%2Fadmin%2Fswaps%2Frefund%2F%3Fq%3D1"
    assert "You were signed out" in client.get(answer.headers["Location"]).content.decode()
    assert client.get("/admin/").headers["Location"].startswith("/admin/login/?next=")


def test_use_keeps_it_alive_and_is_written_once_a_minute(olga: User, django_assert_num_queries: Any) -> None:
    client = Client()
    wholly(client, olga)
    session = client.session
    session["seen"] = time.time() - 1000
    session.save()
    assert client.get("/admin/account/").status_code == 200
    assert time.time() - client.session["seen"] < 60
    noted = client.session["seen"]
    client.get("/admin/account/")
    assert client.session["seen"] == noted


def test_a_password_without_its_code_is_worth_ten_minutes(settings: Any) -> None:
    settings.ACCOUNTS = {**settings.ACCOUNTS, "second_factor": "required"}
    User.objects.create_superuser("root", password=PASSWORD)
    client = Client()
    client.post(LOGIN, {"username": "root", "password": PASSWORD})
    session = client.session
    session["began"] = time.time() - 601
    session.save()
    assert client.get("/admin/second-factor/enrol/").headers["Location"].startswith("/admin/login/?expired=pending")


def signed_in(who: User) -> Client:
    client = Client()
    wholly(client, who)
    return client


def is_out(client: Client) -> bool:
    answer = client.get("/admin/account/")
    return answer.status_code == 302 and answer.headers["Location"].startswith("/admin/login/")


def test_a_new_password_ends_his_other_sessions(olga: User) -> None:
    here, there = signed_in(olga), signed_in(olga)
    new = "another horse staple"
    done = here.post("/admin/password_change/", {"old_password": PASSWORD, "new_password1": new, "new_password2": new})
    assert done.status_code == 302 and not is_out(here) and is_out(there)
    assert OperatorSession.objects.get().session_key == here.session.session_key
    assert AuditEntry.objects.get(action="password_changed").detail == {"sessionsEnded": 1}


def test_another_role_and_a_deactivation_end_his_sessions(olga: User) -> None:
    boss = signed_in(User.objects.create_superuser("root", password=PASSWORD))
    path = f"/admin/auth/user/{olga.pk}/change/"
    form = {"username": "olga", "is_active": "on", "is_staff": "on"}
    viewer, operator = (Group.objects.get(name=role).pk for role in (VIEWER, OPERATOR))
    client = signed_in(olga)
    boss.post(path, {**form, "groups": [viewer], "email": "olga@example.org"})
    assert not is_out(client)  # nothing about his rights has changed
    boss.post(path, {**form, "groups": [operator]})
    assert is_out(client)
    client = signed_in(olga)
    boss.post(path, {"username": "olga", "is_staff": "on", "groups": [operator]})
    assert is_out(client)
    assert not is_out(boss)


def test_signing_out_everywhere_is_his_own_and_an_admins_to_do(olga: User) -> None:
    here, there = signed_in(olga), signed_in(olga)
    assert here.post("/admin/account/").status_code == 302
    assert not is_out(here) and is_out(there)
    boss = signed_in(User.objects.create_superuser("root", password=PASSWORD))
    path = f"/admin/auth/user/{olga.pk}/sign-out/"
    assert boss.get(path).status_code == 200 and not is_out(here)
    boss.post(path)
    assert is_out(here)
    assert AuditEntry.objects.filter(action="signed_out_everywhere", actor_id="root", target="olga").exists()


def test_sessions_that_are_over_are_forgotten(olga: User) -> None:
    from django.contrib.sessions.models import Session

    client, gone = signed_in(olga), signed_in(olga)
    Session.objects.filter(pk=gone.session.session_key).update(expire_date=timezone.now() - timedelta(days=1))
    assert sessions_purge() == 1 and OperatorSession.objects.get().session_key == client.session.session_key


def test_old_logins_and_failures_are_forgotten(olga: User) -> None:
    attempt(), attempt(password=PASSWORD, address="203.0.113.8")
    assert logins_purge() == 0
    AccessLog.objects.update(attempt_time=timezone.now() - timedelta(days=366))
    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(seconds=901))
    assert logins_purge() == 2 and not AccessLog.objects.exists() and not AccessAttempt.objects.exists()


def test_cookies_are_the_browsers_alone(settings: Any, olga: User) -> None:
    client = Client()
    client.post(LOGIN, {"username": "olga", "password": PASSWORD})
    cookie = client.cookies["sessionid"]
    assert cookie["httponly"] and cookie["samesite"] == "Lax" and not cookie["max-age"]
    settings.SESSION_COOKIE_SECURE = True
    client.post(LOGIN, {"username": "olga", "password": PASSWORD})
    assert client.cookies["sessionid"]["secure"]


# What pages may load, and what the API pays for all this


@pytest.mark.parametrize("path", [LOGIN, "/admin/", "/api/docs"])
def test_pages_have_a_policy(path: str, admin_client: Client) -> None:
    answer = admin_client.get(path)
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy
    script = next(part for part in policy.split("; ") if part.startswith("script-src"))
    assert script == "script-src 'self' 'unsafe-eval'"
    assert answer.headers["X-Frame-Options"] == "DENY" and answer.headers["Referrer-Policy"] == "same-origin"


def test_the_api_pays_nothing(client: Client, bootstrap_key: str, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        answer = client.get("/api/v1/version", headers={"X-API-Key": bootstrap_key})
    assert answer.status_code == 200 and "Content-Security-Policy" not in answer.headers


# From a terminal


def test_the_command_makes_changes_unlocks_and_lists(capsys: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    call_command("operator", "create", "ada", "--role", "operator")
    password = capsys.readouterr().out.split("password: ")[1].split()[0]
    assert Client().post(LOGIN, {"username": "ada", "password": password}).status_code == 302
    ada = User.objects.get(username="ada")
    assert ada.is_staff and [group.name for group in ada.groups.all()] == ["operator"]
    client = signed_in(ada)
    call_command("operator", "role", "ada", "viewer")
    assert is_out(client)
    call_command("operator", "reset-second-factor", "ada", "--reason", "a new phone")
    client = signed_in(ada)
    call_command("operator", "sign-out", "ada")
    assert is_out(client)
    for _ in range(5):
        attempt(name="ada")
    call_command("operator", "unlock", "ada")
    for _ in range(5):
        attempt(name="ada")
    call_command("operator", "unlock", "203.0.113.7")
    assert not AccessAttempt.objects.exists()
    call_command("operator", "password", "ada")
    call_command("operator", "deactivate", "ada")
    call_command("operator", "activate", "ada")
    call_command("operator", "list")
    listed = capsys.readouterr().out
    assert "ada" in listed and "viewer" in listed and "second factor" in listed
    for action, times in (
        ("operator_created", 1), ("operator_changed", 3), ("second_factor_reset", 1), ("login_unlocked", 2),
        ("operator_password_changed", 1), ("signed_out_everywhere", 1),
    ):  # fmt: skip
        assert AuditEntry.objects.filter(action=action, actor_kind="command", target="ada").count() == times, action
    assert password not in str(list(AuditEntry.objects.values()))


def test_the_command_refuses_in_a_sentence(olga: User, monkeypatch: pytest.MonkeyPatch) -> None:
    for words, told in (
        (("create", "olga", "--role", "viewer"), "somebody called 'olga' already"),
        (("role", "nobody", "viewer"), "nobody called 'nobody'"),
        (("reset-second-factor", "olga", "--reason", " "), "a reason is needed"),
    ):
        with pytest.raises(CommandError, match=told):
            call_command("operator", *words)
    monkeypatch.setattr("sys.stdin", io.StringIO("short\n"))
    with pytest.raises(CommandError, match="too short"):
        call_command("operator", "create", "eve", "--role", "viewer", "--password-stdin")
    assert not User.objects.filter(username="eve").exists()
