"""Failover and what is made of answers, with endpoints that answer as told."""

from typing import Never

import pytest

from chains.clients.endpoint import is_loopback, public_name, usable_answer
from chains.clients.evm_errors import rejection
from chains.clients.rpc import Rpc, providers_of
from chains.codec.abi import unhex_int
from chains.errors import NodeMisbehaving, NonceTooLow, RpcRejected, TimedOut, TransportError

OK = {"result": "0x5"}
LATE = TransportError("timed out")
NONSENSE = {"result": "five"}
REFUSAL = {"error": {"code": -32000, "message": "nonce too low"}}


class Told:
    """An endpoint that gives its answers one after another, the last for ever."""

    def __init__(self, name: str, *answers: object) -> None:
        self.name, self.answers, self.asked = name, list(answers), 0

    def post(self, method: str, params: object) -> object:
        self.asked += 1
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    def close(self) -> None:
        self.asked = -1


def ask(*endpoints: "Told") -> int:
    return Rpc(providers_of(endpoints, rejection)).call("eth_blockNumber", [], unhex_int)


@pytest.mark.parametrize("bad", [LATE, NONSENSE, {"result": None}, {}, {"error": "text"}])
def test_the_next_endpoint_is_asked_when_one_gives_no_usable_answer(bad: object) -> None:
    first, second = Told("a", bad), Told("b", OK)
    assert ask(first, second) == 5
    assert (first.asked, second.asked) == (1, 1)


def test_an_endpoint_that_failed_is_asked_last_for_a_while() -> None:
    first, second = Told("a", TimedOut("late"), OK), Told("b", OK, OK, TimedOut("late"))
    rpc = Rpc(providers_of((first, second), rejection))
    for _ in range(2):
        assert rpc.call("m", [], unhex_int) == 5
    assert (first.asked, second.asked) == (1, 2)
    assert rpc.call("m", [], unhex_int) == 5
    assert (first.asked, second.asked) == (2, 3)


def test_a_refusal_is_an_answer() -> None:
    first, second = Told("a", REFUSAL), Told("b", OK)
    with pytest.raises(NonceTooLow):
        ask(first, second)
    assert second.asked == 0


def test_rpc_error_as_evidence_never() -> None:
    """Failure mode 10: when nobody answers, the error says that we know nothing, and is no refusal."""
    with pytest.raises(TransportError) as caught:
        ask(Told("a", LATE), Told("b", LATE))
    assert not isinstance(caught.value, RpcRejected)


def test_an_impossible_shape_is_the_nodes_misbehaviour() -> None:
    with pytest.raises(NodeMisbehaving, match="impossible shape"):
        ask(Told("a", NONSENSE))


def test_a_url_shows_no_key() -> None:
    assert public_name("https://user:pw@rpc.example:8443/v3/KEY?token=KEY") == "https://rpc.example:8443"
    for url in ("ftp://x", "rpc.example", "https://"):
        with pytest.raises(ValueError, match="RPC URL"):
            public_name(url)


@pytest.mark.parametrize(
    ("url", "local"),
    [
        ("http://127.0.0.1:8545", True),
        ("http://localhost", True),
        ("http://[::1]:3030", True),
        ("https://a.example", False),
    ],
)
def test_loopback(url: str, local: bool) -> None:
    assert is_loopback(url) is local


def test_http_statuses() -> None:
    def garbage() -> Never:
        raise ValueError

    assert usable_answer("n", "m", 200, lambda: OK) == OK
    assert usable_answer("n", "m", 400, lambda: REFUSAL) == REFUSAL
    for status, decode in ((429, lambda: REFUSAL), (500, lambda: REFUSAL), (503, garbage), (200, garbage)):
        with pytest.raises(TransportError):
            usable_answer("n", "m", status, decode)
    for status, answer in ((200, []), (200, None), (404, {})):
        with pytest.raises(TransportError, match="no JSON-RPC answer"):
            usable_answer("n", "m", status, lambda answer=answer: answer)


def test_a_client_needs_a_url() -> None:
    with pytest.raises(ValueError, match="at least one URL"):
        Rpc(())
