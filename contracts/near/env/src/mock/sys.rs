//! The host functions over the mock world. Pointers are real ones: natively a u64 holds them.

use super::{digest, world, Action, Receipt};

unsafe fn bytes<'a>(len: u64, ptr: u64) -> &'a [u8] {
    std::slice::from_raw_parts(ptr as *const u8, len as usize)
}

unsafe fn text(len: u64, ptr: u64) -> String {
    String::from_utf8(bytes(len, ptr).to_vec()).expect("the contract gives UTF-8")
}

unsafe fn amount(ptr: u64) -> u128 {
    u128::from_le_bytes(bytes(16, ptr).try_into().expect("16 bytes"))
}

unsafe fn put(ptr: u64, value: &[u8]) {
    std::ptr::copy_nonoverlapping(value.as_ptr(), ptr as *mut u8, value.len());
}

fn set(register: u64, value: Vec<u8>) {
    world(|world| world.registers.insert(register, value));
}

/// Puts a value that may be missing into a register; 1 if there was one.
fn set_some(register: u64, value: Option<Vec<u8>>) -> u64 {
    value.map_or(0, |value| {
        set(register, value);
        1
    })
}

pub unsafe fn read_register(register: u64, ptr: u64) {
    world(|world| put(ptr, &world.registers[&register]));
}

pub unsafe fn register_len(register: u64) -> u64 {
    world(|world| world.registers.get(&register).map_or(u64::MAX, |value| value.len() as u64))
}

pub unsafe fn input(register: u64) {
    set(register, world(|world| world.context.input.clone()));
}

pub unsafe fn current_account_id(register: u64) {
    set(register, world(|world| world.context.current.clone().into_bytes()));
}

pub unsafe fn predecessor_account_id(register: u64) {
    set(register, world(|world| world.context.predecessor.clone().into_bytes()));
}

pub unsafe fn signer_account_id(register: u64) {
    set(register, world(|world| world.context.signer.clone().into_bytes()));
}

pub unsafe fn attached_deposit(ptr: u64) {
    put(ptr, &world(|world| world.context.deposit).to_le_bytes());
}

pub unsafe fn block_timestamp() -> u64 {
    world(|world| world.context.now)
}

pub unsafe fn sha256(len: u64, ptr: u64, register: u64) {
    set(register, digest::sha256(bytes(len, ptr)).to_vec());
}

pub unsafe fn keccak256(len: u64, ptr: u64, register: u64) {
    set(register, digest::keccak256(bytes(len, ptr)).to_vec());
}

pub unsafe fn storage_write(key_len: u64, key_ptr: u64, value_len: u64, value_ptr: u64, register: u64) -> u64 {
    let (key, value) = (bytes(key_len, key_ptr).to_vec(), bytes(value_len, value_ptr).to_vec());
    set_some(register, world(|world| world.state.insert(key, value)))
}

pub unsafe fn storage_read(key_len: u64, key_ptr: u64, register: u64) -> u64 {
    set_some(register, world(|world| world.state.get(bytes(key_len, key_ptr)).cloned()))
}

pub unsafe fn storage_remove(key_len: u64, key_ptr: u64, register: u64) -> u64 {
    set_some(register, world(|world| world.state.remove(bytes(key_len, key_ptr))))
}

pub unsafe fn storage_has_key(key_len: u64, key_ptr: u64) -> u64 {
    world(|world| world.state.contains_key(bytes(key_len, key_ptr)).into())
}

pub unsafe fn value_return(len: u64, ptr: u64) {
    world(|world| {
        world.done.value = bytes(len, ptr).to_vec();
        world.done.given = None;
    });
}

pub unsafe fn log_utf8(len: u64, ptr: u64) {
    world(|world| world.done.logs.push(text(len, ptr)));
}

pub unsafe fn panic_utf8(len: u64, ptr: u64) -> ! {
    let message = text(len, ptr);
    // without the hook, which would print every failure that a test provokes
    std::panic::resume_unwind(Box::new(message))
}

fn add(receipt: Receipt) -> u64 {
    world(|world| {
        world.done.receipts.push(receipt);
        world.done.receipts.len() as u64 - 1
    })
}

fn act(promise: u64, action: Action) {
    world(|world| world.done.receipts[promise as usize].actions.push(action));
}

pub unsafe fn promise_batch_create(account_len: u64, account_ptr: u64) -> u64 {
    add(Receipt { to: text(account_len, account_ptr), after: None, actions: Vec::new() })
}

pub unsafe fn promise_batch_then(promise: u64, account_len: u64, account_ptr: u64) -> u64 {
    add(Receipt { to: text(account_len, account_ptr), after: Some(promise as usize), actions: Vec::new() })
}

pub unsafe fn promise_batch_action_transfer(promise: u64, amount_ptr: u64) {
    act(promise, Action::Transfer(amount(amount_ptr)));
}

#[allow(clippy::too_many_arguments)]
pub unsafe fn promise_batch_action_function_call_weight(
    promise: u64,
    method_len: u64,
    method_ptr: u64,
    arguments_len: u64,
    arguments_ptr: u64,
    amount_ptr: u64,
    gas: u64,
    weight: u64,
) {
    let (method, arguments) = (text(method_len, method_ptr), text(arguments_len, arguments_ptr));
    act(promise, Action::Call { method, arguments, deposit: amount(amount_ptr), gas, weight });
}

pub unsafe fn promise_results_count() -> u64 {
    world(|world| world.context.results.len() as u64)
}

pub unsafe fn promise_result(index: u64, register: u64) -> u64 {
    const FAILED: u64 = 2;
    match world(|world| world.context.results[index as usize].clone()) {
        None => FAILED,
        value => set_some(register, value),
    }
}

pub unsafe fn promise_return(promise: u64) {
    world(|world| world.done.given = Some(promise as usize));
}
