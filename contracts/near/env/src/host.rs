//! The host functions with Rust types.

use crate::sys;

const REGISTER: u64 = 0;

fn at(bytes: &[u8]) -> (u64, u64) {
    (bytes.len() as u64, bytes.as_ptr() as u64)
}

fn register() -> Vec<u8> {
    unsafe {
        let mut bytes = vec![0u8; sys::register_len(REGISTER) as usize];
        sys::read_register(REGISTER, bytes.as_mut_ptr() as u64);
        bytes
    }
}

fn register_text() -> String {
    String::from_utf8(register()).unwrap_or_else(|_| fail("ERR_UTF8: the node gave a name that is not UTF-8"))
}

/// Ends the call, undoing all it did. `message` is `ERR_NAME: text`.
pub fn fail(message: &str) -> ! {
    let (len, ptr) = at(message.as_bytes());
    unsafe { sys::panic_utf8(len, ptr) }
}

/// Ends the call with `message` unless `condition` holds.
pub fn require(condition: bool, message: &str) {
    if !condition {
        fail(message)
    }
}

/// The call's arguments as they came.
pub fn input() -> Vec<u8> {
    unsafe { sys::input(REGISTER) };
    register()
}

/// The account this contract is at.
pub fn current() -> String {
    unsafe { sys::current_account_id(REGISTER) };
    register_text()
}

/// The account whose receipt this is: the caller.
pub fn predecessor() -> String {
    unsafe { sys::predecessor_account_id(REGISTER) };
    register_text()
}

/// The account that signed the transaction from which this call descends.
pub fn signer() -> String {
    unsafe { sys::signer_account_id(REGISTER) };
    register_text()
}

/// The attached deposit in yoctoNEAR.
pub fn deposit() -> u128 {
    let mut amount = [0u8; 16];
    unsafe { sys::attached_deposit(amount.as_mut_ptr() as u64) };
    u128::from_le_bytes(amount)
}

/// The block's time in nanoseconds since 1970.
pub fn now() -> u64 {
    unsafe { sys::block_timestamp() }
}

/// SHA-256.
pub fn sha256(data: &[u8]) -> [u8; 32] {
    let (len, ptr) = at(data);
    unsafe { sys::sha256(len, ptr, REGISTER) };
    digest()
}

/// Keccak-256 with the padding that Ethereum uses.
pub fn keccak256(data: &[u8]) -> [u8; 32] {
    let (len, ptr) = at(data);
    unsafe { sys::keccak256(len, ptr, REGISTER) };
    digest()
}

fn digest() -> [u8; 32] {
    let mut out = [0u8; 32];
    unsafe { sys::read_register(REGISTER, out.as_mut_ptr() as u64) };
    out
}

/// The value at `key`, if there is one.
pub fn read(key: &[u8]) -> Option<Vec<u8>> {
    let (len, ptr) = at(key);
    (unsafe { sys::storage_read(len, ptr, REGISTER) } == 1).then(register)
}

/// Writes `value` at `key`.
pub fn write(key: &[u8], value: &[u8]) {
    let ((key_len, key_ptr), (len, ptr)) = (at(key), at(value));
    unsafe { sys::storage_write(key_len, key_ptr, len, ptr, REGISTER) };
}

/// Removes the entry at `key`; false when there was none.
pub fn remove(key: &[u8]) -> bool {
    let (len, ptr) = at(key);
    unsafe { sys::storage_remove(len, ptr, REGISTER) == 1 }
}

/// Whether there is an entry at `key`.
pub fn has(key: &[u8]) -> bool {
    let (len, ptr) = at(key);
    unsafe { sys::storage_has_key(len, ptr) == 1 }
}

/// Makes `value` the call's result.
pub fn give(value: &[u8]) {
    let (len, ptr) = at(value);
    unsafe { sys::value_return(len, ptr) }
}

/// Logs a line.
pub fn log(line: &str) {
    let (len, ptr) = at(line.as_bytes());
    unsafe { sys::log_utf8(len, ptr) }
}

/// Refuses money that the method has no use for and would keep for nobody.
pub fn non_payable() {
    require(deposit() == 0, "ERR_DEPOSIT: this method takes no deposit");
}

/// Demands the deposit of one yocto by which NEPs see to it that a full access key signed.
pub fn one_yocto() {
    require(deposit() == 1, "ERR_ONE_YOCTO: attach a deposit of exactly 1 yoctoNEAR");
}

/// Refuses anyone but the contract itself: for callbacks.
pub fn only_self() {
    require(predecessor() == current(), "ERR_PRIVATE: only the contract itself may call this");
}
