"""One provider after failures: its circuit, its rest, its identity; and the table that rules the call path."""

import time
from typing import Any, ClassVar

import pytest

from chains import errors
from chains.clients.circuit import Circuit
from chains.clients.endpoint import seconds_to_wait
from chains.clients.evm_errors import rejection
from chains.clients.provider import Check, Provider, Rules
from chains.clients.rpc import Rpc, providers_of
from chains.clients.strategies import STRATEGIES, strategy_for
from chains.codec.abi import unhex_int
from chains.errors import ChainError
from tests.unit.chains.test_rpc import OK, REFUSAL, Told

FAST = Rules(breaker_failures=3, breaker_seconds=0.05)


def provider(told: Told, *checks: Check, rules: Rules = FAST) -> Provider:
    return Provider(told, rejection, checks, rules)


def all_errors(kind: type[ChainError] = ChainError) -> set[type[ChainError]]:
    return {kind}.union(*(all_errors(child) for child in kind.__subclasses__()))


class TestTheTable:
    def test_every_error_has_a_strategy(self) -> None:
        for kind in all_errors():
            assert any(base in STRATEGIES for base in kind.__mro__)

    def test_only_what_never_left_may_be_sent_elsewhere(self) -> None:
        unsent = {kind for kind, strategy in STRATEGIES.items() if strategy.unsent}
        assert unsent == {errors.Unreachable, errors.ProviderResting, errors.WrongNetwork}

    def test_an_answer_is_neither_retried_nor_held_against_the_node(self) -> None:
        for kind in all_errors(errors.RpcRejected):
            strategy = strategy_for(kind.__new__(kind))
            assert not strategy.retry
            assert not strategy.trips

    def test_waits_grow_and_are_bounded(self) -> None:
        strategy = STRATEGIES[errors.RateLimited]
        assert [strategy.wait(number) for number in (1, 2, 3, 9)] == [0.5, 1.0, 2.0, 2.0]


class TestRetries:
    def test_a_question_is_asked_again(self) -> None:
        told = Told("a", errors.ServerError("503"), errors.ServerError("503"), OK)
        assert Rpc([provider(told)]).call("m", [], unhex_int) == 5
        assert told.asked == 3

    def test_attempts_end(self) -> None:
        told = Told("a", errors.ServerError("503"))
        with pytest.raises(errors.ServerError):
            Rpc([provider(told, rules=Rules())]).call("m", [], unhex_int)
        assert told.asked == STRATEGIES[errors.ServerError].attempts

    @pytest.mark.parametrize("kind", [errors.TimedOut, errors.ServerError, errors.UnreadableAnswer, errors.RateLimited])
    def test_retry_nonidempotent__what_may_have_left_goes_out_once(self, kind: type[ChainError]) -> None:
        first, second = Told("a", kind("lost")), Told("b", OK)
        with pytest.raises(kind):
            Rpc([provider(first), provider(second)]).call("eth_sendRawTransaction", [], unhex_int, once=True)
        assert (first.asked, second.asked) == (1, 0)

    def test_what_surely_did_not_leave_goes_to_the_next(self) -> None:
        first, second = Told("a", errors.Unreachable("refused")), Told("b", OK)
        assert Rpc([provider(first), provider(second)]).call("send", [], unhex_int, once=True) == 5
        assert (first.asked, second.asked) == (1, 1)

    def test_unknown_by_one_and_silent_by_the_other_is_no_answer(self) -> None:
        lagging = Told("a", {"error": {"code": -32000, "message": "header not found"}})
        with pytest.raises(errors.TimedOut):
            Rpc([provider(lagging), provider(Told("b", errors.TimedOut("late")))]).call("m", [], unhex_int)
        with pytest.raises(errors.UnknownBlock):
            Rpc([provider(lagging), provider(lagging)]).call("m", [], unhex_int)


class TestWhatNobodyCanRead:
    STRANGE: ClassVar = {"error": {"code": -32000, "message": "ERR_UPSTREAM_7"}}

    def test_another_one_is_asked_and_from_then_on_first(self) -> None:
        """A provider that goes on like this stops nothing."""
        first, second = Told("a", self.STRANGE), Told("b", OK)
        rpc = Rpc([provider(first), provider(second)])
        assert [rpc.call("m", [], unhex_int) for _ in range(3)] == [5, 5, 5]
        assert (first.asked, second.asked) == (1, 3)
        assert rpc.providers[0].last_error and rpc.providers[0].take_tally().errors == 1

    def test_it_is_the_answer_when_all_say_so_and_opens_no_circuit(self) -> None:
        told = Told("a", self.STRANGE)
        rpc = Rpc([provider(told), provider(Told("b", self.STRANGE))])
        for _ in range(9):
            with pytest.raises(errors.Unexplained, match="ERR_UPSTREAM_7"):
                rpc.call("m", [], unhex_int)
        assert {one.state for one in rpc.providers} == {"closed"}


class TestHandingOver:
    @pytest.mark.parametrize("kind", [errors.TimedOut, errors.RateLimited, errors.UnreadableAnswer])
    def test_who_did_not_take_it_is_asked_last_the_next_time(self, kind: type[ChainError]) -> None:
        """Although it answers every question in between."""
        first, second = Told("a", kind("lost"), OK), Told("b", OK)
        rpc = Rpc([provider(first), provider(second)])
        with pytest.raises(kind):
            rpc.call("send", [], unhex_int, once=True)
        assert rpc.providers[0].ask("m", [], unhex_int) == 5
        assert rpc.call("send", [], unhex_int, once=True) == 5
        assert (first.asked, second.asked) == (2, 1)

    def test_a_refusal_that_can_be_read_is_no_failure(self) -> None:
        first, second = Told("a", REFUSAL), Told("b", OK)
        rpc = Rpc([provider(first), provider(second)])
        for _ in range(2):
            with pytest.raises(errors.NonceTooLow):
                rpc.call("send", [], unhex_int, once=True)
        assert (first.asked, second.asked) == (2, 0)


class TestCircuit:
    def test_it_opens_after_failures_in_a_row_and_one_probe_closes_it(self) -> None:
        late = errors.TimedOut("late")
        told = Told("a", late, late, late, OK)
        one = provider(told)
        for _ in range(3):
            with pytest.raises(errors.TimedOut):
                one.ask("m", [], unhex_int)
        assert one.state == "open"
        with pytest.raises(errors.ProviderResting):
            one.ask("m", [], unhex_int)
        assert told.asked == 3
        time.sleep(0.06)
        assert one.ask("m", [], unhex_int) == 5
        assert one.state == "closed"

    def test_a_failed_probe_opens_it_again(self) -> None:
        one = provider(Told("a", errors.TimedOut("late")))
        for _ in range(3):
            with pytest.raises(errors.TimedOut):
                one.ask("m", [], unhex_int)
        time.sleep(0.06)
        with pytest.raises(errors.TimedOut):
            one.ask("m", [], unhex_int)
        assert one.state == "open"

    def test_half_open_lets_one_through_at_a_time(self) -> None:
        circuit = Circuit(1, 0.0)
        circuit.failed()
        assert [circuit.admit(), circuit.admit()] == [True, False]
        circuit.succeeded()
        assert circuit.admit()

    def test_refusals_do_not_open_it(self) -> None:
        one = provider(Told("a", REFUSAL))
        for _ in range(9):
            with pytest.raises(errors.NonceTooLow):
                one.ask("m", [], unhex_int)
        assert one.state == "closed"


class TestRateLimits:
    def test_retry_after_is_honoured(self) -> None:
        told = Told("a", errors.RateLimited("429", retry_after=60.0), OK)
        other = Told("b", OK)
        rpc = Rpc([provider(told), provider(other)])
        assert rpc.call("m", [], unhex_int) == 5
        assert rpc.providers[0].state == "resting"
        assert rpc.call("m", [], unhex_int) == 5
        assert (told.asked, other.asked) == (1, 2)

    def test_a_lone_provider_is_waited_for_if_that_is_not_long(self) -> None:
        told = Told("a", errors.RateLimited("429", retry_after=0.7), OK)
        began = time.monotonic()
        assert Rpc([provider(told)]).call("m", [], unhex_int) == 5
        assert time.monotonic() - began >= 0.7

    def test_nobody_waits_a_minute(self) -> None:
        told = Told("a", errors.RateLimited("429", retry_after=60.0), OK)
        began = time.monotonic()
        with pytest.raises(errors.RateLimited):
            Rpc([provider(told)]).call("m", [], unhex_int)
        assert time.monotonic() - began < 1

    @pytest.mark.parametrize(
        ("header", "low", "high"),
        [("7", 7, 7), ("Wed, 21 Oct 2015 07:28:00 GMT", 0, 0), ("Wed, 21 Oct 2515 07:28:00 GMT", 10**9, 10**11)],
    )
    def test_the_header_is_seconds_or_a_date(self, header: str, low: float, high: float) -> None:
        found = seconds_to_wait(header)
        assert found is not None
        assert low <= found <= high

    @pytest.mark.parametrize("header", [None, "", "soon", "-1"])
    def test_a_header_that_says_nothing(self, header: str | None) -> None:
        assert seconds_to_wait(header) is None


class TestIdentity:
    CHECK = Check("chain id", "eth_chainId", [], unhex_int, "5")

    def test_the_right_network_is_asked_once_for_its_id(self) -> None:
        told = Told("a", OK)
        one = provider(told, self.CHECK)
        assert [one.ask("m", [], unhex_int) for _ in range(3)] == [5, 5, 5]
        assert told.asked == 4

    def test_another_network_is_refused_for_good(self) -> None:
        told = Told("a", {"result": "0x1"}, OK)
        one = provider(told, self.CHECK)
        for _ in range(3):
            with pytest.raises(errors.WrongNetwork, match="its chain id is 1, and 5 is configured"):
                one.ask("m", [], unhex_int)
        assert (told.asked, one.state) == (1, "refused")

    def test_the_others_go_on(self) -> None:
        wrong, right = provider(Told("a", {"result": "0x1"}), self.CHECK), provider(Told("b", OK), self.CHECK)
        assert Rpc([wrong, right]).call("m", [], unhex_int) == 5

    def test_it_is_asked_again_after_an_outage(self) -> None:
        late: Any = errors.TimedOut("late")
        told = Told("a", OK, OK, late, late, late, {"result": "0x1"})
        one = provider(told, self.CHECK)
        one.ask("m", [], unhex_int)
        for _ in range(3):
            with pytest.raises(errors.TimedOut):
                one.ask("m", [], unhex_int)
        time.sleep(0.06)
        with pytest.raises(errors.WrongNetwork):
            one.ask("m", [], unhex_int)


class TestWhatIsTold:
    def test_counters_are_taken_once(self) -> None:
        one = provider(Told("a", errors.TimedOut("late"), OK))
        with pytest.raises(errors.TimedOut):
            one.ask("m", [], unhex_int)
        one.ask("m", [], unhex_int)
        one.disagreed("a block")
        taken = one.take_tally()
        assert (taken.requests, taken.errors, taken.disagreements) == (2, 1, 1)
        assert one.take_tally().requests == 0

    def test_two_providers_of_one_host_have_two_labels(self) -> None:
        found = providers_of([Told("https://a", OK), Told("https://b", OK), Told("https://a", OK)], rejection)
        assert [one.label for one in found] == ["https://a", "https://b", "https://a#2"]

    def test_one_that_lags_is_asked_last(self) -> None:
        slow, quick = Told("a", OK), Told("b", OK)
        rpc = Rpc([provider(slow), provider(quick)])
        rpc.providers[0].at_height(10, lag=50)
        rpc.call("m", [], unhex_int)
        assert (slow.asked, quick.asked) == (0, 1)
