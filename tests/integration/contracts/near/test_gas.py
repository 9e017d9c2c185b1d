"""What calls cost, and that no amount of gas, attached or used up by a token, leaves a payment undecided."""

import json

import pytest
from wasmtime import wat2wasm

from tests.integration.contracts.near.world import (
    ALICE,
    ATTACKER,
    CAROL,
    GLUTTON,
    HTLC,
    MALLORY,
    TOKEN,
    Lock,
    Outcome,
    World,
    attackers_call,
    errors,
)

TGAS = 10**12
MOST = 300 * TGAS
# the most that 300 Tgas can send is near to 3.9 MB; the protocol's limit is 4 MiB
LONGEST = 3_800_000

# answers `ft_transfer` with so many bytes of zeros, at the least gas: Rust would write them first
ANSWERS = """(module
  (import "env" "input" (func $input (param i64)))
  (import "env" "register_len" (func $length (param i64) (result i64)))
  (import "env" "read_register" (func $read (param i64 i64)))
  (import "env" "promise_batch_create" (func $to (param i64 i64) (result i64)))
  (import "env" "promise_batch_action_function_call" (func $call (param i64 i64 i64 i64 i64 i64 i64)))
  (import "env" "value_return" (func $give (param i64 i64)))
  (memory (export "memory") 65)
  (data (i32.const 0) "{htlc}")
  (data (i32.const 128) "ft_on_transfer")
  (func (export "lock")
    (call $input (i64.const 0))
    (call $read (i64.const 0) (i64.const 1024))
    (call $call (call $to (i64.const {htlc_length}) (i64.const 0)) (i64.const 14) (i64.const 128)
      (call $length (i64.const 0)) (i64.const 1024) (i64.const 512) (i64.const 50000000000000)))
  (func (export "ft_transfer") (call $give (i64.const {size}) (i64.const 0))))"""


def claim(world: World, lock: Lock, gas: int) -> Outcome:
    arguments = {"id": lock.id, "secret": lock.secret.hex()}
    return world.chain.call(CAROL, HTLC, "claim", arguments, gas=gas, check=False)


def burnt(outcome: Outcome) -> float:
    """All gas of a transaction, in Tgas."""
    parts = [outcome["transaction_outcome"], *outcome["receipts_outcome"]]
    return sum(int(part["outcome"]["gas_burnt"]) for part in parts) / TGAS


@pytest.mark.parametrize("token", [None, TOKEN])
def test_each_call_costs_a_few_tgas(world: World, token: str | None) -> None:
    claimed, refunded = world.terms(token=token), world.made(token=token)
    costs = {"lock": burnt(world.make(claimed)), "claim": burnt(world.claim(claimed))}
    world.pass_timelock(refunded)
    costs |= {"refund": burnt(world.refund(refunded)), "remove": burnt(world.remove(claimed, refunded)) / 2}
    print(f"\n{token or 'NEAR'}: " + ", ".join(f"{name} {tgas:.1f} Tgas" for name, tgas in costs.items()))  # noqa: T201  -s shows it
    assert all(0.5 < tgas < 10 for tgas in costs.values())


@pytest.mark.parametrize(("token", "enough"), [(None, 15), (TOKEN, 60), (ATTACKER, 60)])
def test_with_too_little_gas_nothing_happens_and_with_enough_the_payment_is_decided(
    world: World, token: str | None, enough: int
) -> None:
    world.plan()
    lock = world.made(token=token)
    for tgas in range(1, 70, 3):
        outcome = claim(world, lock, tgas * TGAS)
        if world.standing(lock) == ("locked", "none"):
            assert tgas < enough
            assert "Exceeded the prepaid gas" in errors(outcome)
        else:
            assert world.standing(lock) == ("claimed", "paid")
            lock = world.made(token=token)


def test_a_token_that_needs_more_gas_is_paid_from_when_someone_attaches_it(world: World) -> None:
    lock = world.made(token=ATTACKER)
    world.plan(calls=[attackers_call(TOKEN, "ft_metadata", {}, tgas=120)])
    claim(world, lock, 100 * TGAS)
    assert world.standing(lock) == ("claimed", "failed")
    world.chain.call(MALLORY, HTLC, "pay", {"id": lock.id}, gas=MOST)
    assert world.standing(lock) == ("claimed", "paid")


@pytest.mark.parametrize("size", [0, 2**20, LONGEST])
def test_an_answer_of_any_length_leaves_the_callback_its_gas(world: World, size: int) -> None:
    code = ANSWERS.format(htlc=HTLC, htlc_length=len(HTLC), size=size)
    world.chain.deploy(GLUTTON, wat2wasm(code))
    lock = world.terms(token=GLUTTON)
    notice = {"sender_id": ALICE, "amount": str(lock.amount), "msg": json.dumps(lock.wanted)}
    world.chain.call(ALICE, GLUTTON, "lock", notice)
    claim(world, lock, MOST)
    assert world.standing(lock) == ("claimed", "paid")
