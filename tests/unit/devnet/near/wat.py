"""Contracts in WebAssembly text, each for one thing."""

import wasmtime

_IMPORTS = """
(import "env" "storage_write" (func $write (param i64 i64 i64 i64 i64) (result i64)))
(import "env" "storage_remove" (func $remove (param i64 i64 i64) (result i64)))
(import "env" "storage_read" (func $read (param i64 i64 i64) (result i64)))
(import "env" "value_return" (func $return (param i64 i64)))
(import "env" "panic_utf8" (func $panic (param i64 i64)))
(import "env" "log_utf8" (func $log (param i64 i64)))
(import "env" "input" (func $input (param i64)))
(import "env" "read_register" (func $register (param i64 i64)))
(import "env" "promise_batch_create" (func $promise (param i64 i64) (result i64)))
(import "env" "promise_batch_then" (func $then (param i64 i64 i64) (result i64)))
(import "env" "promise_batch_action_transfer" (func $transfer (param i64 i64)))
(import "env" "promise_batch_action_function_call" (func $call (param i64 i64 i64 i64 i64 i64 i64)))
(import "env" "promise_result" (func $result (param i64 i64) (result i64)))
(import "env" "promise_return" (func $promised (param i64)))
(import "env" "block_timestamp" (func $now (result i64)))
(import "env" "validator_secret" (func $unknown))
"""

# at 0 "bob.near", at 8 "app.near", at 16 "boom", at 20 "after", at 25 "give", at 29 "fail", at 40 the amount 5
_DATA = r"""
(memory (export "memory") 1)
(data (i32.const 0) "bob.nearapp.nearboomaftergivefail")
(data (i32.const 40) "\05\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00")
"""

_METHODS = """
(func (export "set") (drop (call $write (i64.const 4) (i64.const 16) (i64.const 8) (i64.const 0) (i64.const 0))))
(func (export "unset") (drop (call $remove (i64.const 4) (i64.const 16) (i64.const 0))))
(func (export "get") (drop (call $read (i64.const 4) (i64.const 16) (i64.const 0)))
  (call $return (i64.const -1) (i64.const 0)))
(func (export "echo") (call $input (i64.const 1)) (call $return (i64.const -1) (i64.const 1)))
(func (export "fail") (drop (call $write (i64.const 4) (i64.const 16) (i64.const 8) (i64.const 0) (i64.const 0)))
  (call $log (i64.const 4) (i64.const 16)) (call $panic (i64.const 4) (i64.const 16)))
(func (export "trap") unreachable)
(func (export "spin") (loop (br 0)))
(func (export "count") (local $n i64) (call $input (i64.const 1)) (call $register (i64.const 1) (i64.const 88))
  (local.set $n (i64.load (i32.const 88)))
  (loop (local.set $n (i64.sub (local.get $n) (i64.const 1))) (br_if 0 (i64.ne (local.get $n) (i64.const 0)))))
(func (export "beyond") (call $log (i64.const 10) (i64.const 65530)))
(func (export "unknown") (call $unknown))
(func (export "returns") (result i32) (i32.const 1))
(func (export "give") (call $transfer (call $promise (i64.const 8) (i64.const 0)) (i64.const 40)))
(func (export "give_and_fail") (call $transfer (call $promise (i64.const 8) (i64.const 0)) (i64.const 40)) unreachable)
(func (export "chain") (local $p i64)
  (local.set $p (call $promise (i64.const 8) (i64.const 8)))
  (call $call (local.get $p) (i64.const 4) (i64.const 29) (i64.const 0) (i64.const 0) (i64.const 56)
    (i64.const 10000000000000))
  (local.set $p (call $then (local.get $p) (i64.const 8) (i64.const 8)))
  (call $call (local.get $p) (i64.const 5) (i64.const 20) (i64.const 0) (i64.const 0) (i64.const 56)
    (i64.const 10000000000000))
  (call $promised (local.get $p)))
(func (export "after")
  (i32.store8 (i32.const 80) (i32.wrap_i64 (i64.add (i64.const 48) (call $result (i64.const 0) (i64.const 0)))))
  (call $return (i64.const 1) (i64.const 80)))
"""


def contract() -> bytes:
    """The module with all methods above."""
    return bytes(wasmtime.wat2wasm(f"(module {_IMPORTS} {_DATA} {_METHODS})"))
