"""Requests of both SDKs: what is tried again, and when; errors; a session's events through a socket that misbehaves."""

import uuid
from collections.abc import Callable
from contextlib import closing

import pytest
from onebalancer import ApiError, Client, ConnectionFailed, Following, OneBalancerError, Unauthorized
from websockets.sync.server import ServerConnection

from tests.integration.sdk.drivers import Json, NodeDriver
from tests.integration.sdk.flaky import SESSION_ID, Flaky, Reply, Sockets

PROBLEM = {
    "type": "urn:1balancer:problem:validation_error",
    "title": "Validation error",
    "status": 400,
    "code": "validation_error",
    "detail": "the request has faults; errors[] names each",
    "errors": [{"field": "maker", "message": "is required", "code": "invalid"}],
}
BUSY = {"code": "rate_limited", "detail": "too many", "errors": []}
DONE = Reply(200, {"sessionId": SESSION_ID})
Ask = Callable[[str, str, int, float], Json]


@pytest.fixture(params=["python", "node"])
def ask(request: pytest.FixtureRequest, node: NodeDriver) -> Ask:
    """`ask(url, method, attempts, timeout)`: what a client's GET or POST gives, or the error that it raises."""
    return python if request.param == "python" else lambda *given: from_node(node, *given)


def python(url: str, method: str, attempts: int, timeout: float) -> Json:
    with Client(url, "key", attempts=attempts, timeout=timeout) as client:
        try:
            result = client.cancel(SESSION_ID) if method == "POST" else client.get_session(SESSION_ID)
        except ApiError as error:
            return {"name": type(error).__name__, "code": error.code, "status": error.status, "errors": error.errors}
        except OneBalancerError as error:
            return {"name": type(error).__name__}
    return {"result": result}


def from_node(node: NodeDriver, url: str, method: str, attempts: int, timeout: float) -> Json:
    name = "cancel" if method == "POST" else "getSession"
    given = {"baseUrl": url, "method": name, "args": [SESSION_ID], "attempts": attempts, "timeoutMs": timeout * 1000}
    answer = node.ask(task="request", **given)
    thrown: Json = answer.get("thrown") or {"result": answer.get("result")}
    return {name: value for name, value in thrown.items() if value is not None}


def test_a_post_is_tried_again_with_the_same_key_until_it_is_done(ask: Ask) -> None:
    replies = (Reply(0), Reply(503), Reply(409, {"code": "idempotency_in_progress"}), DONE)
    with Flaky(*replies) as service:
        assert ask(service.url, "POST", 6, 5.0) == {"result": DONE.body}
        keys = {asked.key for asked in service.asked}
        assert len(service.asked) == 4
        assert len(keys) == 1
        assert uuid.UUID(keys.pop()).version == 4
        assert ask(service.url, "POST", 6, 5.0) == {"result": DONE.body}
        assert service.asked[-1].key != service.asked[0].key


def test_retry_after_is_heeded(ask: Ask) -> None:
    with Flaky(Reply(429, BUSY, {"Retry-After": "1"}), DONE) as service:
        assert ask(service.url, "GET", 6, 5.0) == {"result": DONE.body}
        first, second = service.asked
        assert second.at - first.at >= 1.0


@pytest.mark.parametrize("asked", ["POST", "GET"])
def test_a_refusal_is_an_error_of_its_own_type_and_is_not_tried_again(ask: Ask, asked: str) -> None:
    with Flaky(Reply(400, PROBLEM)) as service:
        told = ask(service.url, asked, 6, 5.0)
        assert told == {
            "name": "InvalidRequest",
            "code": "validation_error",
            "status": 400,
            "errors": PROBLEM["errors"],
        }
        assert len(service.asked) == 1


@pytest.mark.parametrize(
    ("reply", "name"),
    [
        (Reply(401, {"code": "invalid_credentials"}), "Unauthorized"),
        (Reply(403, {"code": "permission_denied"}), "Forbidden"),
        (Reply(404, {"code": "session_not_found"}), "NotFound"),
        (Reply(409, {"code": "slippage_exceeded"}), "Conflict"),
        (Reply(429, BUSY, {"Retry-After": "3600"}), "RateLimited"),
        (Reply(500, {"code": "internal_error"}), "ServiceFault"),
    ],
)
def test_each_kind_of_refusal_has_its_type(ask: Ask, reply: Reply, name: str) -> None:
    with Flaky(reply) as service:
        told = ask(service.url, "GET", 6, 5.0)
        assert (told["name"], told["code"]) == (name, reply.body["code"])
        assert len(service.asked) == 1


def test_tries_are_counted_and_timed(ask: Ask) -> None:
    with Flaky(Reply(200, {}, after=1.5)) as service:
        assert ask(service.url, "GET", 2, 0.3)["name"] == "ConnectionFailed"
        assert len(service.asked) == 2


def test_redirects_are_not_followed(ask: Ask) -> None:
    """The key would go to wherever the answer points."""
    with Flaky(DONE) as elsewhere, Flaky(Reply(307, {}, {"Location": elsewhere.url})) as service:
        assert "name" in ask(service.url, "GET", 1, 5.0)
        assert elsewhere.asked == []


# Following

Follow = Callable[[str, int], list[int]]


@pytest.fixture(params=["python", "node"])
def follow(request: pytest.FixtureRequest, node: NodeDriver) -> Follow:
    """`follow(url, since)`: the numbers of the events that a client was told of."""

    def with_python(url: str, since: int) -> list[int]:
        with (
            Client(url, "key", following=Following(silence=1.0)) as client,
            closing(client.updates(SESSION_ID, since)) as updates,
        ):
            return [update.seq for update in updates]

    def with_node(url: str, since: int) -> list[int]:
        given = {"baseUrl": url, "sessionId": SESSION_ID, "since": since, "transport": "socket", "silenceMs": 1000}
        seqs: list[int] = node.ask(task="follow", **given)["seqs"]
        return seqs

    return with_python if request.param == "python" else with_node


def test_a_socket_that_breaks_is_opened_again_where_it_broke(follow: Follow) -> None:
    def script(socket: ServerConnection, since: int) -> None:
        service.tell(socket, since + 1, since + 2)
        socket.close()

    with Sockets(last=7, known=1, script=script) as service:
        assert follow(service.url, 0) == list(range(1, 8))
        assert service.subscribed == sorted(set(service.subscribed))


def test_what_is_told_twice_is_heard_once(follow: Follow) -> None:
    def script(socket: ServerConnection, since: int) -> None:
        service.tell(socket, 1, 2, 2, 1, 3, 2, 4, 5)

    with Sockets(last=5, known=0, script=script) as service:
        assert follow(service.url, 0) == [1, 2, 3, 4, 5]


def test_what_is_skipped_is_read_by_rest(follow: Follow) -> None:
    def script(socket: ServerConnection, since: int) -> None:
        service.tell(socket, *([1, 4] if since == 0 else [5]))

    with Sockets(last=5, known=0, script=script) as service:
        assert follow(service.url, 0) == [1, 2, 3, 4, 5]


def test_websocket_silent_death__a_socket_that_falls_silent_is_left(follow: Follow) -> None:
    def script(socket: ServerConnection, since: int) -> None:
        service.tell(socket, since + 1)

    with Sockets(last=3, known=0, script=script) as service:
        assert follow(service.url, 0) == [1, 2, 3]
        assert service.subscribed == [0, 1, 2]


def test_without_a_socket_events_are_read_by_rest(follow: Follow) -> None:
    def script(socket: ServerConnection, since: int) -> None:
        service.known += 1  # nothing is told, and the connection is refused
        socket.close()

    with Sockets(last=4, known=0, script=script) as service:
        assert follow(service.url, 0) == [1, 2, 3, 4]


def test_following_begins_after_since(follow: Follow) -> None:
    def script(socket: ServerConnection, since: int) -> None:
        service.tell(socket, *range(since + 1, 6))

    with Sockets(last=5, known=2, script=script) as service:
        assert follow(service.url, 3) == [4, 5]


def test_a_session_that_is_over_tells_nothing_more(follow: Follow) -> None:
    with Sockets(last=5, known=5, script=lambda *_: None) as service:
        service.session |= {"status": "completed", "seq": 5}
        assert follow(service.url, 5) == []
        assert service.subscribed == []


# Waiting

Wait = Callable[[str, str, float], str]


@pytest.fixture(params=["python", "node"])
def wait(request: pytest.FixtureRequest, node: NodeDriver) -> Wait:
    """`wait(url, status, seconds)`: the status that came, or the error's name."""

    def with_python(url: str, status: str, seconds: float) -> str:
        with Client(url, "key") as client:
            try:
                return client.wait_for(SESSION_ID, status, seconds)["status"]
            except OneBalancerError as error:
                return type(error).__name__

    def with_node(url: str, status: str, seconds: float) -> str:
        given = {"baseUrl": url, "sessionId": SESSION_ID, "status": status, "timeoutMs": seconds * 1000}
        result: str = node.ask(task="waitFor", **given)["result"]
        return result

    return with_python if request.param == "python" else with_node


def test_a_status_is_waited_for(wait: Wait) -> None:
    def script(socket: ServerConnection, since: int) -> None:
        service.session["status"] = "completed"
        service.tell(socket, 1, 2, 3)

    with Sockets(last=3, known=0, script=script) as service:
        assert wait(service.url, "completed", 20.0) == "completed"


def test_waiting_has_an_end(wait: Wait) -> None:
    with Sockets(last=3, known=1, script=lambda *_: None) as service:
        assert wait(service.url, "completed", 0.7) == "TimedOut"


def test_another_end_than_the_awaited_one_is_an_error(wait: Wait) -> None:
    def script(socket: ServerConnection, since: int) -> None:
        service.session |= {"status": "refunded", "reason": "source_expired"}
        service.tell(socket, 1, 2)

    with Sockets(last=2, known=0, script=script) as service:
        assert wait(service.url, "both_locked", 20.0) == "SwapEnded"


def test_an_abort_signal_ends_waiting(node: NodeDriver) -> None:
    with Sockets(last=3, known=1, script=lambda *_: None) as service:
        given = {"baseUrl": service.url, "sessionId": SESSION_ID, "status": "completed", "timeoutMs": 60_000}
        assert node.ask(task="waitFor", abortMs=300, **given)["result"] == "TimeoutError"


# By itself


def test_a_socket_that_refuses_is_asked_again_for_it_may_be_full(follow: Follow) -> None:
    def script(socket: ServerConnection, since: int) -> None:
        if len(service.subscribed) == 1:
            socket.send('{"type": "authenticated", "success": false, "error": "too many connections"}')
        else:
            service.tell(socket, *range(since + 1, 4))

    with Sockets(last=3, known=1, script=script) as service:
        assert follow(service.url, 0) == [1, 2, 3]


def test_a_wrong_key_ends_it() -> None:
    def script(socket: ServerConnection, since: int) -> None:
        service.status = 401
        socket.send('{"type": "authenticated", "success": false, "error": "unknown key"}')

    with (
        Sockets(last=5, known=0, script=script) as service,
        Client(service.url, "key") as client,
        pytest.raises(Unauthorized),
    ):
        list(client.updates(SESSION_ID))


def test_a_subscription_beside_can_be_closed() -> None:
    def script(socket: ServerConnection, since: int) -> None:
        service.tell(socket, 1)

    with Sockets(last=5, known=0, script=script) as service, Client(service.url, "key") as client:
        heard: list[int] = []
        subscription = client.on_session_update(
            SESSION_ID, lambda update: (heard.append(update.seq), subscription.close())
        )
        subscription.wait()
        assert heard == [1]


def test_a_service_that_is_not_there_is_told_of() -> None:
    with Client("http://127.0.0.1:9", "key", attempts=2) as client, pytest.raises(ConnectionFailed, match="no answer"):
        client.get_session(SESSION_ID)
