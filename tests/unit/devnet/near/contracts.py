"""Small contracts in WebAssembly text, for what a real one does too much at once."""

import wasmtime

ONE_NEAR = "".join(f"\\{byte:02x}" for byte in (10**24).to_bytes(16, "little"))

MANY = f"""(module
  (import "env" "input" (func $input (param i64)))
  (import "env" "value_return" (func $return (param i64 i64)))
  (import "env" "log_utf8" (func $log (param i64 i64)))
  (import "env" "panic_utf8" (func $panic (param i64 i64)))
  (import "env" "storage_write" (func $write (param i64 i64 i64 i64 i64) (result i64)))
  (import "env" "storage_read" (func $read (param i64 i64 i64) (result i64)))
  (import "env" "storage_remove" (func $remove (param i64 i64 i64) (result i64)))
  (import "env" "current_account_id" (func $current (param i64)))
  (import "env" "block_timestamp" (func $timestamp (result i64)))
  (import "env" "promise_create" (func $create (param i64 i64 i64 i64 i64 i64 i64 i64) (result i64)))
  (import "env" "promise_then" (func $then (param i64 i64 i64 i64 i64 i64 i64 i64 i64) (result i64)))
  (import "env" "promise_and" (func $and (param i64 i64) (result i64)))
  (import "env" "promise_return" (func $promise_return (param i64)))
  (import "env" "promise_results_count" (func $count (result i64)))
  (import "env" "promise_result" (func $result (param i64 i64) (result i64)))
  (import "env" "promise_batch_create" (func $batch (param i64 i64) (result i64)))
  (import "env" "promise_batch_action_transfer" (func $transfer (param i64 i64)))
  (import "env" "nobody_knows_this" (func $unknown))
  (memory (export "memory") 1)
  (data (i32.const 0) "k")
  (data (i32.const 16) "pong")
  (data (i32.const 32) "on_pong")
  (data (i32.const 48) "no!")
  (data (i32.const 64) "fail")
  (data (i32.const 80) "gather")
  (data (i32.const 112) "{ONE_NEAR}")
  (func $store (call $input (i64.const 0))
    (drop (call $write (i64.const 1) (i64.const 0) (i64.const -1) (i64.const 0) (i64.const 1))))
  (func (export "write") (call $store))
  (func (export "fail") (call $store) (call $log (i64.const 4) (i64.const 16)) (call $panic (i64.const 3) (i64.const 48)))
  (func (export "read")
    (if (i64.eqz (call $read (i64.const 1) (i64.const 0) (i64.const 0))) (then return))
    (call $return (i64.const -1) (i64.const 0)))
  (func (export "remove") (drop (call $remove (i64.const 1) (i64.const 0) (i64.const 0))))
  (func (export "pong") (call $return (i64.const 4) (i64.const 16)))
  (func (export "time") (i64.store (i32.const 256) (call $timestamp)) (call $return (i64.const 8) (i64.const 256)))
  (func $ask (param $name i64) (param $length i64) (result i64)
    (call $create (i64.const -1) (i64.const 0) (local.get $length) (local.get $name)
      (i64.const 0) (i64.const 0) (i64.const 96) (i64.const 5000000000000)))
  (func $then_callback (param $promise i64) (param $name i64) (param $length i64)
    (call $current (i64.const 2))
    (call $promise_return (call $then (local.get $promise) (i64.const -1) (i64.const 2)
      (local.get $length) (local.get $name) (i64.const 0) (i64.const 0) (i64.const 96) (i64.const 5000000000000))))
  (func (export "ask") (call $input (i64.const 0))
    (call $then_callback (call $ask (i64.const 16) (i64.const 4)) (i64.const 32) (i64.const 7)))
  (func (export "ask_in_vain") (call $input (i64.const 0))
    (call $then_callback (call $ask (i64.const 64) (i64.const 4)) (i64.const 32) (i64.const 7)))
  (func (export "ask_twice") (call $input (i64.const 0))
    (i64.store (i32.const 256) (call $ask (i64.const 16) (i64.const 4)))
    (i64.store (i32.const 264) (call $ask (i64.const 16) (i64.const 4)))
    (call $then_callback (call $and (i64.const 256) (i64.const 2)) (i64.const 80) (i64.const 6)))
  (func (export "on_pong")
    (if (i64.eq (call $result (i64.const 0) (i64.const 0)) (i64.const 1))
      (then (call $return (i64.const -1) (i64.const 0)))
      (else (call $return (i64.const 3) (i64.const 48)))))
  (func (export "gather") (i64.store (i32.const 256) (call $count)) (call $return (i64.const 1) (i64.const 256)))
  (func (export "pay") (call $input (i64.const 0))
    (call $transfer (call $batch (i64.const -1) (i64.const 0)) (i64.const 112)))
  (func (export "loop") (loop $again (br $again)))
  (func (export "trap") unreachable)
  (func (export "beyond") (call $log (i64.const 8) (i64.const 70000)))
  (func (export "unknown") (call $unknown))
  (func (export "with_result") (result i32) (i32.const 1)))"""

# its memory comes from the host, and it imports the same function twice
IMPORTS = """(module
  (import "env" "memory" (memory 1))
  (import "env" "value_return" (func $return (param i64 i64)))
  (import "env" "value_return" (func $again (param i64 i64)))
  (data (i32.const 8) "ok")
  (func (export "go") (call $return (i64.const 1) (i64.const 8)) (call $again (i64.const 2) (i64.const 8))))"""


# a start function that asks the host before there is an instance
STARTS = """(module
  (import "env" "storage_has_key" (func $has (param i64 i64) (result i64)))
  (import "env" "value_return" (func $return (param i64 i64)))
  (memory (export "memory") 1)
  (data (i32.const 0) "k")
  (func $begin (i64.store (i32.const 8) (i64.add (i64.const 48) (call $has (i64.const 1) (i64.const 0)))))
  (start $begin)
  (func (export "go") (call $return (i64.const 1) (i64.const 8))))"""


def wasm(text: str) -> bytes:
    """The binary form of a module."""
    return bytes(wasmtime.wat2wasm(text))
