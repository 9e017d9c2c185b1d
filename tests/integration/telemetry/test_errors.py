"""Reports of errors: they say what broke, and carry nothing that proves anything. Sent to a collector of our own."""

import gzip
import json
import subprocess
import sys
from pathlib import Path

from tests.e2e.canary import leaks
from tests.telemetry import Collector

ROOT = Path(__file__).parents[3]
SECRET = bytes((17 * number + 131) % 256 for number in range(32))
PROGRAM = """
import os, sys, logging, base64
import django
os.environ["DJANGO_SETTINGS_MODULE"] = "balancer.settings"
django.setup()
from balancer.telemetry.start import telemetry_start
telemetry_start("web")
import sentry_sdk, structlog
from django.test import RequestFactory
secret = bytes((17 * number + 131) % 256 for number in range(32))
text, log = secret.hex(), structlog.get_logger("swaps")

def fail(held, also):
    local = held.hex()
    raise ValueError(f"cannot use 0x{local} or {base64.b64encode(held).decode()} or {held!r} or {list(held)}")

def deeper(value):
    try:
        fail(value, [value.hex()])
    except ValueError as error:
        raise RuntimeError("connecting to postgres://us:hunter-two@db/swaps failed: password=hunter-two") from error

sentry_sdk.add_breadcrumb(category="query", message=f"INSERT INTO swaps_secret VALUES ('{text}')", data={"db.params": [text]})
sentry_sdk.add_breadcrumb(category="http", data={"url": f"https://mainnet.infura.io/v3/{text[:32]}?apikey=hunter-two"})
sentry_sdk.set_context("swap", {"secret": text, "nested": [{"deep": {"apiKey": "hunter-two", "note": text}}], "raw": secret})
sentry_sdk.set_extra("body", {"secret": text})
sentry_sdk.set_tag("odd", text)
sentry_sdk.set_user({"id": "key:ab", "token": text, "ip_address": "192.0.2.1"})
log.warning("before", data=text, api_key="hunter-two")
try:
    deeper(secret)
except RuntimeError:
    log.exception("swap.broke", session="sess_fm4levsr4ig7dilhychkzmnn", request_id="r-77", secret=text, data=[secret], tx="0x" + "cd" * 32)
logging.getLogger("a.library").error("it said %s and %r", text, secret)
from django.core.handlers.wsgi import WSGIRequest
from django.core.wsgi import get_wsgi_application
import io
def start(status, headers, exc=None): pass
environ = RequestFactory().post(f"/api/v1/sessions?secret={text}", data={"secret": text}, content_type="application/json",
    headers={"Authorization": f"Bearer {text}", "X-API-Key": "hunter-two", "Cookie": f"sessionid={text}", "User-Agent": "wallet/1"}).environ
from django.core import signals
import balancer.urls
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
def broken(request):
    body = request.body
    raise KeyError(f"no {body!r}")
balancer.urls.urlpatterns.insert(0, path("api/v1/sessions", csrf_exempt(broken)))
list(get_wsgi_application()(environ, start))
sentry_sdk.flush(10)
"""


def test_secret_leak_no_report_tells_one_however_it_was_met(collector: Collector, tmp_path: Path) -> None:
    import os

    host = collector.url.removeprefix("http://")
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=ROOT,
        env={
            **os.environ,
            "SENTRY_DSN": f"http://public@{host}/7",
            "DATABASE_URL": "postgres://nobody@127.0.0.1:1/none",
            "REDIS_URL": "redis://127.0.0.1:1/0",
            "DATABASE_POOL_TIMEOUT": "1",
        },
        capture_output=True,
        timeout=150,
        check=False,
    )
    assert run.returncode == 0, run.stderr.decode()[-2000:]
    assert len(collector.reports) >= 3, "the errors were not reported"
    told = b"\n".join(collector.reports)
    events = [
        json.loads(line)
        for body in collector.reports
        for line in body.splitlines()
        if b'"event_id"' in line and b'"level"' in line
    ]
    titles = {event.get("logentry", {}).get("message") for event in events}
    assert "swap.broke" in titles
    (ours,) = [event for event in events if event.get("logentry", {}).get("message") == "swap.broke"]
    assert ours["extra"]["session"] == "sess_fm4levsr4ig7dilhychkzmnn"
    assert ours["extra"]["tx"] == "0x" + "cd" * 32
    assert ours["tags"]["request_id"] == "r-77"
    assert [one["type"] for one in ours["exception"]["values"]] == ["ValueError", "RuntimeError"]
    frames = [frame for one in ours["exception"]["values"] for frame in one["stacktrace"]["frames"]]
    assert not [frame for frame in frames if frame.get("vars")]
    assert {"fail", "deeper"} <= {frame["function"] for frame in frames}
    broken = next(event for event in events if "KeyError" in json.dumps(event))
    assert broken["request"]["method"] == "POST"
    assert broken["request"]["headers"].keys() <= {"Host", "User-Agent", "Content-Type", "Content-Length"}
    assert "data" not in broken["request"]
    assert not leaks({"reports": told}, {"planted": SECRET}), leaks({"reports": told}, {"planted": SECRET})
    assert b"hunter-two" not in told
    assert leaks({"reports": gzip.decompress(gzip.compress(told + SECRET.hex().encode()))}, {"planted": SECRET}), (
        "it would be found"
    )
