"""One contract call: what it returns, how it fails, and what it costs."""

import pytest

from devnet.near.vm import gas
from devnet.near.vm.context import CallContext, CallOutcome, ReceiptIndex
from devnet.near.vm.errors import HostError
from devnet.near.vm.modules import ModuleCache
from devnet.near.vm.runner import Runner
from tests.unit.devnet.near.contracts import IMPORTS, MANY, STARTS, wasm

TGAS = 10**12
CODE = wasm(MANY)


class Records(dict[bytes, bytes]):
    """A contract's storage."""

    def set(self, key: bytes, value: bytes) -> None:
        self[key] = value

    def remove(self, key: bytes) -> None:
        self.pop(key, None)


@pytest.fixture(scope="module")
def runner() -> Runner:
    return Runner(ModuleCache())


def context(**changed: object) -> CallContext:
    given: dict[str, object] = {
        "current_account_id": "app.near",
        "signer_account_id": "alice.near",
        "signer_public_key": bytes(33),
        "predecessor_account_id": "alice.near",
        "input": b"value",
        "block_height": 5,
        "block_timestamp": 1_700_000_000_000_000_000,
        "epoch_height": 1,
        "account_balance": 10**25,
        "account_locked": 0,
        "storage_usage": 1000,
        "prepaid_gas": 100 * TGAS,
    }
    return CallContext(**given | changed)  # type: ignore[arg-type]


def call(runner: Runner, method: str, records: Records | None = None, **changed: object) -> CallOutcome:
    return runner.run(CODE, method, context(**changed), records if records is not None else Records())


def test_storage_is_written_read_removed_and_its_usage_counted(runner: Runner) -> None:
    records = Records()
    written = call(runner, "write", records)
    assert records == {b"k": b"value"}
    # key, value and the fixed 40 bytes of a record
    assert written.storage_usage == 1000 + 1 + 5 + 40
    assert call(runner, "write", records, input=b"longer value").storage_usage == 1000 + 7
    assert call(runner, "read", records, is_view=True).returned == b"longer value"
    assert call(runner, "remove", records).storage_usage == 1000 - (1 + 12 + 40)
    assert records == {}


@pytest.mark.parametrize(
    ("method", "failure"),
    [
        ("fail", {"ExecutionError": "Smart contract panicked: no!"}),
        ("trap", {"ExecutionError": "WebAssembly trap: An `unreachable` opcode was executed."}),
        ("beyond", {"ExecutionError": "Accessed memory outside the bounds."}),
        ("loop", {"ExecutionError": "Exceeded the prepaid gas."}),
        ("missing", {"MethodResolveError": "MethodNotFound"}),
        ("", {"MethodResolveError": "MethodEmptyName"}),
        ("with_result", {"MethodResolveError": "MethodInvalidSignature"}),
        ("unknown", {"LinkError": {"msg": "unknown import: env::nobody_knows_this"}}),
    ],
)
def test_failures_are_named_as_nearcore_names_them(runner: Runner, method: str, failure: object) -> None:
    outcome = call(runner, method)
    assert outcome.error is not None
    assert outcome.error.failure() == failure


def test_what_is_no_module_fails_to_compile(runner: Runner) -> None:
    outcome = runner.run(b"no wasm", "go", context(), Records())
    assert outcome.error is not None
    assert outcome.error.failure() == {"CompilationError": {"PrepareError": "Deserialization"}}


def test_a_view_may_not_write(runner: Runner) -> None:
    outcome = call(runner, "write", is_view=True)
    assert outcome.error is not None
    assert outcome.error.debug() == 'HostError(ProhibitedInView { method_name: "storage_write" })'


def test_a_memory_from_the_host_and_an_import_wanted_twice(runner: Runner) -> None:
    for _ in range(2):
        outcome = runner.run(wasm(IMPORTS), "go", context(), Records())
        assert outcome.error is None
        assert outcome.returned == b"ok"


@pytest.mark.parametrize(("records", "found"), [({}, b"0"), ({b"k": b"v"}, b"1")])
def test_a_start_function_may_ask_the_host(runner: Runner, records: dict[bytes, bytes], found: bytes) -> None:
    assert runner.run(wasm(STARTS), "go", context(), Records(records)).returned == found


def test_an_endless_loop_burns_exactly_what_was_prepaid(runner: Runner) -> None:
    outcome = call(runner, "loop", prepaid_gas=3 * TGAS)
    assert outcome.burnt_gas == outcome.used_gas == 3 * TGAS


def test_gas_is_the_sum_of_the_published_costs(runner: Runner) -> None:
    """`pong`: two constants and a call, the host function's base, reading 4 bytes, and loading the code."""
    outcome = call(runner, "pong")
    loading = gas.CONTRACT_LOADING[0] + gas.CONTRACT_LOADING[1] * len(CODE)
    host = gas.BASE + gas.READ_MEMORY[0] + 4 * gas.READ_MEMORY[1]
    operations, rest = divmod(outcome.burnt_gas - loading - host, gas.OPERATION)
    assert rest == 0
    assert 3 <= operations <= 5


def test_a_promised_receipt_is_returned_with_its_deposit_taken(runner: Runner) -> None:
    outcome = call(runner, "pay", input=b"bob.near")
    assert [receipt.receiver_id for receipt in outcome.receipts] == ["bob.near"]
    assert outcome.balance == 10**25 - 10**24
    assert outcome.used_gas > outcome.burnt_gas


def test_no_more_is_paid_than_the_account_has(runner: Runner) -> None:
    outcome = call(runner, "pay", input=b"bob.near", account_balance=10**24 - 1)
    assert outcome.error is not None
    assert str(outcome.error) == "Exceeded the account balance."
    # what was set aside for the receipt comes back
    assert outcome.used_gas == outcome.burnt_gas


def test_a_callback_waits_for_the_promise_before_it(runner: Runner) -> None:
    outcome = call(runner, "ask", input=b"bob.near")
    asked, callback = outcome.receipts
    assert (asked.receiver_id, asked.depends_on) == ("bob.near", [])
    assert (callback.receiver_id, callback.depends_on) == ("app.near", [0])
    assert outcome.returned == ReceiptIndex(1)


def test_the_counter_stops_at_the_limit() -> None:
    counter = gas.GasCounter(1000)
    counter.promise(400)
    counter.burn(600)
    with pytest.raises(HostError, match="prepaid gas"):
        counter.burn(1)
    assert (counter.burnt, counter.used) == (600, 1000)


def test_compiled_code_is_kept_for_the_next_start(tmp_path: object) -> None:
    from pathlib import Path

    folder = Path(str(tmp_path))
    Runner(ModuleCache(folder)).run(CODE, "pong", context(), Records())
    (kept,) = folder.glob("*.cwasm")
    kept_at = kept.stat().st_mtime_ns
    assert Runner(ModuleCache(folder)).run(CODE, "pong", context(), Records()).returned == b"pong"
    assert kept.stat().st_mtime_ns == kept_at
    broken = folder / "broken"
    broken.write_bytes(b"broken")
    broken.replace(kept)  # never in place: the code of the module before is mapped from there
    assert Runner(ModuleCache(folder)).run(CODE, "pong", context(), Records()).returned == b"pong"
