//! What NEAR gives a contract, and what the contracts here share: host functions, JSON, borsh, account ids, events.
//!
//! On wasm32 the host functions are the node's; elsewhere `mock` stands in for them, so that unit tests run natively
//! through the same wrappers.

pub mod account;
pub mod borsh;
pub mod event;
mod export;
pub mod hex;
pub mod host;
pub mod json;
#[cfg(not(target_arch = "wasm32"))]
pub mod mock;
pub mod promise;
pub mod storage_management;
#[cfg(target_arch = "wasm32")]
mod sys;

#[cfg(not(target_arch = "wasm32"))]
use mock::sys;

/// Whole seconds in nanoseconds: chain time is in nanoseconds, what users write is in seconds.
pub const SECOND: u64 = 1_000_000_000;
/// A tera gas.
pub const TGAS: u64 = 1_000_000_000_000;
/// The price of a byte of state, in yoctoNEAR (a parameter of the protocol since 2020).
pub const BYTE_PRICE: u128 = 10_000_000_000_000_000_000;
/// What the protocol counts for an entry of state beside its key and value, in bytes.
pub const ENTRY_OVERHEAD: u128 = 40;
/// The longest account id, in bytes.
pub const ACCOUNT_ID_MAX: u128 = 64;
