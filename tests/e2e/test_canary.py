"""SECRET-LEAK: secrets are planted, everything is driven, and everything that the service tells or keeps is searched.

Five swaps. One's secret is put wherever a client could put one by mistake; one's is handed over while a table is missing; both
are never published. The others' are searched for until their chain shows them: while our processes hold them, and while
a claim that bears one waits to be mined.
"""

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import psycopg
import pytest

from access.sealing import Sealed, unseal
from balancer.telemetry.traces import trace_id_of
from devnet.client import Maker, RestClient, Swap
from devnet.network import ALICE, MAKER, Network
from devnet.service import API_KEY, DJANGO_KEY, Service
from tests.e2e.canary import Channels, Collector, Rest, leaks, listening, monitored
from tests.e2e.conftest import TOKENS, free_port
from tests.integration.webhooks.receiver import Receiver, receiving
from tests.telemetry import Collector as Sink
from tests.telemetry import Span, collector

__all__ = ["collector"]
pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.thorough, pytest.mark.timeout(1200)]
TALKATIVE = {
    "DEBUG": "true",
    "LOG_LEVEL": "debug",
    "WEBHOOK_ALLOW_HTTP": "true",
    "WEBHOOK_PORTS": "*",
    "WEBHOOK_ALLOWED_NETWORKS": "127.0.0.0/8",
}
CHANNELS = {
    "metrics",
    "REST",
    "socket",
    "webhooks",
    "admin",
    "database",
    "Valkey's keys",
    "Valkey's traffic",
    "logs",
    "log file",
    "collector's logs",
    "traces",
    "error reports",
    "status pages",
}


@pytest.fixture
def loud(network: Network, server_url: str, redis_url: str, tmp_path: Path, collector: Sink) -> Iterator[Service]:
    """A service of its own, which says all that it can, wherever it can."""
    telling = {
        "LOG_TO": "stdout,file,otlp",
        "LOG_FILE": str(tmp_path / "logs" / "service.log"),
        "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url,
        "SENTRY_DSN": collector.url.replace("http://", "http://public@") + "/7",
    }
    extra = TALKATIVE | telling
    running = Service(network, server_url, redis_url, tmp_path, port=free_port(), database="canary", extra=extra)
    with running:
        running.wait_ready(240)
        yield running


@dataclass
class Stage:
    """The swaps, and what listens to them."""

    service: Service
    network: Network
    collector: Collector
    receiver: Receiver
    swaps: dict[str, Swap]

    @property
    def rest(self) -> Rest:
        return self.collector.rest

    def execute(self, query: str, *values: object) -> list[tuple[object, ...]]:
        url = self.service.environment()["DATABASE_URL"]
        with psycopg.connect(url, autocommit=True) as connection:
            cursor = connection.execute(query, values)
            return cursor.fetchall() if cursor.description else []

    def secret(self, name: str) -> bytes:
        """A maker's own, or ours, which we unseal with the key that the service was started with."""
        swap = self.swaps[name]
        if swap.document["custody"] == "maker":
            return swap.maker.secret
        row = self.execute("SELECT ciphertext, nonce, key_id FROM swaps_secret WHERE session_id = %s", swap.session_id)[
            0
        ]
        associated = f"{swap.session_id}:{swap.document['hashlock'].removeprefix('0x')}".encode()
        return unseal(Sealed(bytes(row[0]), bytes(row[1]), str(row[2])), associated)  # type: ignore[arg-type]

    def secrets(self, *names: str) -> dict[str, bytes]:
        return {name: self.secret(name) for name in names}


@pytest.fixture
def stage(loud: Service, network: Network, redis_url: str, collector: Sink, settings: object) -> Iterator[Stage]:
    settings.SECRET_KEY, settings.SECRET_KEYS = DJANGO_KEY, ""  # type: ignore[attr-defined]
    hello = json.dumps({"type": "auth", "apiKey": API_KEY})
    with (
        monitored(redis_url) as commands,
        receiving() as receiver,
        listening(loud.base_url, hello) as socket,
    ):
        rest = Rest(loud.base_url, API_KEY)
        sent = lambda: b"\n".join(str(one.headers).encode() + one.body for one in receiver.received)  # noqa: E731
        yield Stage(loud, network, Collector(loud, rest, socket, sent, commands, collector), receiver, {})


def new_swap(stage: Stage, source: str, destination: str) -> Swap:
    """Ten million of the smallest units of one dollar token for a little less of the other; not created yet."""
    body = {
        "sourceChain": source,
        "destinationChain": destination,
        "sourceToken": TOKENS[source],
        "destinationToken": TOKENS[destination],
        "sourceAmount": "10000000",
        "destinationAmount": "9990000",
        "maker": ALICE if source == "near" else MAKER.address,
        "taker": ALICE if destination == "near" else MAKER.address,
    }
    return Swap(RestClient(stage.service.base_url, API_KEY), Maker(stage.network, MAKER, ALICE), body)


def subscribe(stage: Stage, swap: Swap) -> None:
    told = {"type": "subscribe", "channel": "session", "sessionId": swap.session_id, "since": 0}
    stage.collector.socket.connection.send(json.dumps(told))
    one = f"/api/v1/sessions/{swap.session_id}"
    link = stage.rest.call("GET", f"{one}/status-link").json()["url"]
    stage.collector.pages.append(link)
    stage.rest.call("GET", link)
    stage.collector.look += [one, f"{one}/events", f"{one}/receipt", f"{one}/rescue", "/api/v1/sessions"]


def misuse(stage: Stage, swap: Swap, secret: bytes) -> None:
    """The secret everywhere but where it belongs, as clients do who copied the wrong line."""
    rest, one, text = stage.rest, f"/api/v1/sessions/{swap.session_id}", "0x" + secret.hex()
    bad = {**swap.body, "hashlock": text + "00", "taker": text, "maker": text, "memo": text, text: "x", "quoteId": text}
    for body in (bad, {"secret": text}, {**swap.body, "sourceAmount": text, "sourceChain": text}):
        rest.call("POST", "/api/v1/sessions", json=body)
        rest.call("POST", "/api/v1/quote", json=body)
        rest.call("POST", f"{one}/execute", json=body)
        rest.call("POST", f"{one}/cancel", json=body)
    for body in (
        {"secret": text + "00"},
        {"secret": text[:-2]},
        {"secret": secret.hex() + "zz"},
        {"secret": [*secret]},
    ):
        rest.call("POST", f"{one}/secret", json=body)
    rest.call("POST", f"{one}/secret", content=text.encode(), headers={"Content-Type": "application/json"})
    rest.call("POST", f"{one}/secret", content=b'{"secret": "' + text.encode(), headers={"Content-Type": "text/plain"})
    rest.call("POST", "/api/v1/webhooks", json={"url": f"https://example.com/{text}#", "events": [text], text: 1})
    # Pages for people are left out: Django's 404 under DEBUG and the way to the login repeat their own address to who gave it
    for path in (f"/api/v1/sessions/{text}", f"/api/v1/sessions?secret={text}", f"/api/v1/quote/{text}"):
        rest.call("GET", path)
        rest.call("DELETE", path)
    rest.call("GET", f"{one}/events?since={text}")
    for header in (
        "Idempotency-Key",
        "X-Secret",
        "X-Request-ID",
        "User-Agent",
        "Referer",
        "Authorization",
        "X-API-Key",
    ):
        value = f"Bearer {text}" if header == "Authorization" else text
        rest.call("POST", f"{one}/secret", json={"secret": "0x00"}, headers={header: value})
    with listening(stage.service.base_url, json.dumps({"type": "auth", "apiKey": text})) as socket:
        socket.connection.close()
    stage.rest.answers += socket.messages
    for told in (
        {"type": "subscribe", "channel": "session", "sessionId": text},
        {"type": text, "secret": text},
        {"type": "subscribe", "channel": text},
        {"secret": text},
    ):
        stage.collector.socket.connection.send(json.dumps(told))
    stage.collector.socket.connection.send(text)


def break_down(stage: Stage, swap: Swap, secret: bytes) -> None:
    """The right secret in the right place, while a table is missing: a fault of ours, with a traceback."""
    stage.execute("ALTER TABLE swaps_secret RENAME TO swaps_secret_gone")
    try:
        answer = stage.rest.call(
            "POST", f"/api/v1/sessions/{swap.session_id}/secret", json={"secret": "0x" + secret.hex()}
        )
    finally:
        stage.execute("ALTER TABLE swaps_secret_gone RENAME TO swaps_secret")
    assert answer.status_code == 500
    assert answer.json()["code"] == "internal_error"


def freeze(stage: Stage) -> None:
    """BASE takes transactions, and mines none."""
    rpc = stage.network.evm["base"].rpc
    rpc.call("evm_setAutomine", False)
    rpc.call("evm_setIntervalMining", 0)


def thaw(stage: Stage) -> None:
    stage.network.evm["base"].rpc.call("evm_setIntervalMining", 1)


def test_secret_leak__no_channel_tells_a_secret_before_its_chain_does(stage: Stage) -> None:
    made = stage.rest.call("POST", "/api/v1/webhooks", json={"url": stage.receiver.url})
    assert made.status_code == 201, made.text
    stage.rest.answers.pop()  # the one answer that shows a signing secret
    begin(stage)
    stage.service.supervisor.stop("worker-0")
    stage.swaps["service"].execute_and_lock()
    hostile = stage.secret("hostile")
    break_down(stage, stage.swaps["hostile"], hostile)
    for name in ("maker", "other way"):
        answer = stage.rest.call(
            "POST",
            f"/api/v1/sessions/{stage.swaps[name].session_id}/secret",
            json={"secret": "0x" + stage.secret(name).hex()},
            headers={"Idempotency-Key": f"hand over {name}"},
        )
        assert answer.status_code == 202, answer.text
    searched(stage.collector.gather(), stage.secrets("hostile", "misused", "maker", "other way", "service"))

    freeze(stage)
    stage.service.supervisor.restart("worker-0")
    waiting = stage.swaps["maker"]
    waiting.wait(lambda document: "broadcast" in states(document, "destination_claim"), 90)
    searched(stage.collector.gather(), stage.secrets("hostile", "misused", "maker", "service"))

    thaw(stage)
    for name in ("maker", "other way", "service"):
        stage.swaps[name].wait_for("completed", 300)
        one_trace(stage.collector.sink, stage.swaps[name].session_id)
    for chain in (*stage.network.evm.values(), stage.network.near):
        chain.advance_time(1500)
    stage.swaps["hostile"].wait_for("refunded", 300)
    final = stage.collector.gather()
    searched(final, stage.secrets("hostile", "misused"))
    assert b'"type":"session.completed"' in final["webhooks"]
    assert b"session.refunded" in final["webhooks"]

    plant(stage, hostile)
    stage.collector.look.append(f"/api/v1/sessions/{stage.swaps['hostile'].session_id}/events?since=1")
    found = leaks(stage.collector.gather(), {"hostile": hostile})
    assert {one.partition(":")[0] for one in found} == CHANNELS, "a leak in each channel is found in each"


def one_trace(sink: Sink, session_id: str) -> None:
    """Everything that web, worker and watchers did for a swap hangs together, once all of it has come in."""
    trace = f"{trace_id_of(session_id):032x}"

    def told() -> list[Span]:
        return [span for span in sink.spans if span.trace == trace]

    def is_whole(_sink: Sink) -> bool:
        spans = told()
        known, roots = {span.id for span in spans}, [span.name for span in spans if not span.parent]
        return roots == ["swap"] and all(span.parent in known for span in spans if span.parent)

    sink.wait(is_whole, "connected trace of the swap")
    spans = told()
    names, roles = {span.name for span in spans}, {span.role for span in spans}
    assert {"web", "worker", "watcher-base", "watcher-near"} <= roles
    assert {"swap.decide", "intent destination_claim", "transaction.sign", "transaction.broadcast"} <= names
    assert {"event lock_created", "event lock_claimed", "job swaps.advance_session"} <= names
    assert {span.attributes["session"] for span in spans} == {session_id}


def states(document: dict[str, object], step: str) -> list[str]:
    return [sent["state"] for sent in document["transactions"] if sent["step"] == step]  # type: ignore[attr-defined, index]


def searched(channels: Channels, secrets: dict[str, bytes]) -> None:
    """No channel tells a secret; and each tells something, or it was not looked at."""
    assert set(channels) == CHANNELS
    assert not [name for name, content in channels.items() if len(content) < 100]
    found = leaks(channels, secrets)
    assert not found, "\n".join(found)


def begin(stage: Stage) -> None:
    """Three swaps up to where both of their locks stand, one that is only talked about, and one whose secret we made."""
    routes = {
        "maker": ("near", "base"),
        "other way": ("base", "near"),
        "hostile": ("near", "base"),
        "misused": ("base", "near"),
    }
    for name, route in routes.items():
        swap = stage.swaps[name] = new_swap(stage, *route)
        swap.create()
        subscribe(stage, swap)
    misuse(stage, stage.swaps["misused"], stage.secret("misused"))
    for name in ("maker", "other way", "hostile"):
        stage.swaps[name].execute_and_lock()
    for name in ("maker", "other way", "hostile"):
        stage.swaps[name].wait_for("both_locked", 90)
    misuse(stage, stage.swaps["misused"], stage.secret("misused"))
    misuse(stage, stage.swaps["hostile"], stage.secret("misused"))
    ours = stage.swaps["service"] = new_swap(stage, "near", "base")
    ours.document = ours.rest.post("/sessions", ours.body)
    assert ours.document["custody"] == "service"
    subscribe(stage, ours)


def plant(stage: Stage, secret: bytes) -> None:
    """A leak in every channel, each in another form where the channel takes it."""
    import redis

    text = secret.hex()
    stage.execute(
        "INSERT INTO swaps_pause (target, reason, actor, started_at, lifted_by) VALUES (%s, 'x', 'x', now(), '')", text
    )
    stage.execute("UPDATE swaps_sessiontransition SET cause = %s WHERE seq = 2", text)
    stage.execute(
        "INSERT INTO procrastinate_jobs (queue_name, task_name, args) VALUES ('x', 'x', %s)",
        json.dumps({"list": [*secret]}),
    )
    valkey = redis.Redis.from_url(stage.service.redis_url)
    valkey.set("canary", text.upper(), ex=300)
    for path in ("log/worker-0.log", "logs/service.log"):
        with (stage.service.directory / path).open("ab") as log:
            log.write(b"payload=" + secret + b"\n")
    for path in ("/v1/logs", "/v1/traces", "/api/7/envelope/"):
        packed = {"Content-Encoding": "gzip"}
        httpx.post(stage.collector.sink.url + path, content=gzip.compress(secret), headers=packed, trust_env=False)
    hostile = stage.swaps["hostile"].session_id
    stage.execute("UPDATE swaps_leg SET payee = %s WHERE session_id = %s", text, hostile)
    one = next(iter(stage.receiver.received))
    endpoint = json.loads(stage.rest.call("GET", "/api/v1/webhooks").content)["webhooks"][0]["id"]
    stage.execute("UPDATE webhooks_message SET body = %s WHERE id = %s", json.dumps({"x": text}), one.id)
    before = len(stage.receiver.received)
    stage.rest.call("POST", f"/api/v1/webhooks/{endpoint}/replay", json={"since": "2020-01-01T00:00:00Z"})
    stage.service.supervisor.wait_until(lambda: len(stage.receiver.received) > before, "a replayed webhook", 60)
    stage.service.supervisor.wait_until(lambda: text.encode() in stage.collector.webhooks(), "the planted webhook", 60)
    count = len(stage.collector.socket.messages)
    subscribe(stage, stage.swaps["hostile"])
    stage.service.supervisor.wait_until(
        lambda: len(stage.collector.socket.messages) > count + 2, "the planted update", 30
    )
