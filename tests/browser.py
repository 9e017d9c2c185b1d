"""A pytest plugin (`-p tests.browser`): the service in a real browser, as an operator has it before him.

`browsing` opens pages that are logged in, over the whole ASGI application (pages, static files, sockets) on the test's own
database. The service runs in this process: what a test changes by the `settings` fixture holds for it, too.

    @pytest.mark.browser
    def test_shows(browsing):
        page = browsing.open("/admin/")                      # a superuser, desktop, light
        phone = browsing.open("/admin/", person=browsing.person("viewer"), phone=True, dark=True)
        expect(page.get_by_role("heading", name="Now")).to_be_visible()
        browsing.assert_accessible(page)
        browsing.assert_no_sideways_scroll(phone)
        browsing.shot(page, "first-page")

An error on a page's console, an exception in its scripts and an answer of 400 or more fail the test at its end, unless
`browsing.allow("409")` named them. ORM calls in the test's own body work as ever; asynchronous tests may run beside.
"""

import asyncio
import os
import re
import shutil
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
DESKTOP, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
PATIENCE_MS = 30_000
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-dev-shm-usage",
)
SERIOUS = ("serious", "critical")


@dataclass
class Browsing:
    """Pages of one test. `url` is the service's address, without a slash at its end."""

    chromium: Any
    url: str
    problems: list[str] = field(default_factory=list)
    _allowed: list[str] = field(default_factory=list)
    _contexts: list[Any] = field(default_factory=list)

    def person(self, role: str = "", **fields: Any) -> Any:
        """See `person_make`."""
        return person_make(role, **fields)

    def context(
        self, person: Any = None, *, phone: bool = False, dark: bool = False, scripts: bool = True, **more: Any
    ) -> Any:
        """A browser of its own, logged in as `person`; `person=False` is nobody. It ends with the test."""
        made = self.chromium.new_context(
            viewport=PHONE if phone else DESKTOP,
            device_scale_factor=1,
            has_touch=phone,
            is_mobile=phone,
            color_scheme="dark" if dark else "light",
            java_script_enabled=scripts,
            reduced_motion="reduce",
            locale="en-GB",
            timezone_id="UTC",
            **more,
        )
        made.set_default_timeout(PATIENCE_MS)
        made.on("page", self._watch)
        self._contexts.append(made)
        if person is not False:
            made.add_cookies([self.cookie(self.person() if person is None else person)])
        return made

    def open(self, path: str = "/admin/", person: Any = None, **more: Any) -> Any:
        """A page at `path`, loaded; see `context` for what it may be told besides."""
        page = self.context(person, **more).new_page()
        page.goto(self.url + path)
        return page

    def cookie(self, person: Any) -> dict[str, Any]:
        """What a login leaves in the browser."""
        from django.conf import settings

        value = log_in(person).cookies[settings.SESSION_COOKIE_NAME].value
        return {"name": settings.SESSION_COOKIE_NAME, "value": value, "url": self.url, "httpOnly": True}

    def allow(self, pattern: str) -> None:
        """Problems that this regular expression is found in are what the test wants."""
        self._allowed.append(pattern)

    def assert_accessible(self, page: Any, context: str | None = None) -> None:
        """axe-core finds no serious and no critical fault (within the element that a CSS selector names)."""
        from axe_playwright_python.sync_playwright import Axe

        found = Axe().run(page, context=context).response["violations"]
        serious = [_fault(one, node) for one in found if one["impact"] in SERIOUS for node in one["nodes"]]
        assert not serious, "\n".join([f"{page.url} has {len(serious)} serious accessibility faults:", *serious])

    def assert_no_sideways_scroll(self, page: Any) -> None:
        """Nothing is wider than the window."""
        wide, window = page.evaluate("document.scrollingElement.scrollWidth"), page.viewport_size["width"]
        assert wide <= window, (
            f"{page.url} is {wide} px wide in a window of {window} px"
        )  # a phone's innerWidth grows with it

    def shot(self, page: Any, name: str, *, full: bool = False) -> Path:
        """A picture of the page, as NAME.png in the folder that `SCREENSHOTS` names, or in var/screenshots."""
        folder = Path(os.environ.get("SCREENSHOTS") or ROOT / "var" / "screenshots")
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{name}.png"
        page.screenshot(path=path, full_page=full, animations="disabled", caret="hide")
        return path

    def close(self) -> None:
        """End every page, and tell what went wrong on them."""
        for one in self._contexts:
            one.close()
        wrong = [one for one in self.problems if not any(re.search(pattern, one) for pattern in self._allowed)]
        assert not wrong, "\n".join(["the pages had problems:", *wrong])

    def _watch(self, page: Any) -> None:
        note = self.problems.append
        page.on("pageerror", lambda error: note(f"{page.url}: {error}"))
        page.on("console", lambda said: note(f"{page.url}: {said.text}") if said.type == "error" else None)
        page.on("response", lambda answer: note(f"{answer.url}: {answer.status}") if answer.status >= 400 else None)


def _fault(found: dict[str, Any], node: dict[str, Any]) -> str:
    why = "; ".join(check["message"] for kind in ("any", "all", "none") for check in node[kind])
    return f"  {found['id']} at {' '.join(map(str, node['target']))}: {why}\n    {node['html'][:200]}"


# Who looks on


def person_make(role: str = "", **fields: Any) -> Any:
    """A member of staff in a role's group (viewer, operator, approver, admin); without a role, a superuser. One who is there
    by this name already is taken."""
    from django.contrib.auth import get_user_model
    from django.contrib.auth.models import Group

    model = get_user_model()
    name = fields.pop("username", role or "superuser")
    found = model.objects.filter(username=name).first()
    if found is not None:
        return found
    made = model.objects.create_user(name, is_staff=True, is_superuser=not role, **fields)
    if role:
        made.groups.add(Group.objects.get(name=role))
    return made


def log_in(person: Any) -> Any:
    """A Django test client in a session of his, as a whole login leaves it: password given and, where there is one, second
    factor shown."""
    from django.test import Client

    client = Client()
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    session = client.session
    session["began"] = session["seen"] = time.time()
    session.save()
    return client


# The browser


@dataclass
class Chromium:
    """Chromium, and the event loop that Playwright leaves marked as running in this thread between its calls."""

    browser: Any
    loop: Any

    def in_hand(self) -> None:
        """Before a test: Playwright expects its mark. Django, which would refuse ORM calls by it, is told not to mind."""
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
        asyncio._set_running_loop(self.loop)

    def put_down(self) -> None:
        """After it: tests that run loops of their own find none."""
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]
        asyncio._set_running_loop(None)


@pytest.fixture(scope="session")
def chromium_process() -> Iterator[Chromium]:
    """One Chromium for the whole run."""
    from playwright.sync_api import sync_playwright

    executable = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if executable is None:
        pytest.skip("there is no Chromium: `apt-get install chromium`, or name one by CHROMIUM")
    engine = sync_playwright().start()
    browser = engine.chromium.launch(executable_path=executable, args=list(ARGUMENTS))
    running = Chromium(browser, asyncio.get_running_loop())
    asyncio._set_running_loop(None)
    yield running
    asyncio._set_running_loop(running.loop)
    browser.close()
    engine.stop()
    asyncio._set_running_loop(None)


@pytest.fixture
def browsing(chromium_process: Chromium, live_url: str) -> Iterator[Browsing]:
    """Pages of the service, logged in."""
    chromium_process.in_hand()
    pages = Browsing(chromium_process.browser, live_url)
    try:
        yield pages
        pages.close()
    finally:
        chromium_process.put_down()


# The service


@pytest.fixture(scope="session")
def asgi_server(django_db_setup: None, django_db_blocker: Any) -> Iterator[str]:
    """The ASGI application under uvicorn in a thread of this process; its address."""
    import uvicorn

    from balancer.asgi import application

    config = uvicorn.Config(
        application, host="127.0.0.1", port=0, lifespan="off", ws="websockets-sansio", log_config=None, access_log=False
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, name="asgi-server", daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive(), "the server ended before it served"
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = server.force_exit = True
    thread.join(timeout=10)
    with django_db_blocker.unblock():
        sessions_end()


def sessions_end() -> None:
    """End every other connection to the test's database, which is about to be dropped: a request that its browser left may
    have kept its own."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


@pytest.fixture
def live_url(transactional_db: None, asgi_server: str) -> str:
    """The running service's address; its database is the test's, empty again after it."""
    return asgi_server
