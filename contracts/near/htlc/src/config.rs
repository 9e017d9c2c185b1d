//! What is fixed at deployment: the hash function, and how long a settled lock is kept.

use env::borsh::{corrupt, Reader, Writer};
use env::json::{self, Whole};
use env::host;
use serde::{Deserialize, Serialize};

const KEY: &[u8] = b"c";

/// The function that makes a hashlock of a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum HashFunction {
    Sha256,
    Keccak256,
}

impl HashFunction {
    /// The hash of `data` by the host's function.
    pub fn hash(self, data: &[u8]) -> [u8; 32] {
        match self {
            HashFunction::Sha256 => host::sha256(data),
            HashFunction::Keccak256 => host::keccak256(data),
        }
    }
}

/// The contract's settings.
#[derive(Clone, Copy)]
pub struct Config {
    pub hash_function: HashFunction,
    /// Seconds for which a lock can be read after it was settled.
    pub retention_seconds: u64,
}

#[derive(Deserialize)]
struct NewArguments {
    hash_function: HashFunction,
    retention_seconds: Whole,
}

/// `new({hash_function, retention_seconds})`: once, in the transaction that deploys.
pub fn new() {
    host::non_payable();
    host::require(!host::has(KEY), "ERR_INITIALIZED: the contract is set up already");
    let arguments: NewArguments = json::arguments();
    let function = match arguments.hash_function {
        HashFunction::Sha256 => 0,
        HashFunction::Keccak256 => 1,
    };
    host::write(KEY, &Writer::default().u8(function).u64(arguments.retention_seconds.0).0);
    crate::index::start();
}

/// The settings; ends the call before `new`.
pub fn load() -> Config {
    let stored = host::read(KEY).unwrap_or_else(|| host::fail("ERR_NOT_INITIALIZED: call new first"));
    let mut reader = Reader(&stored);
    let hash_function = match reader.u8() {
        0 => HashFunction::Sha256,
        1 => HashFunction::Keccak256,
        _ => corrupt(),
    };
    let config = Config { hash_function, retention_seconds: reader.u64() };
    reader.end();
    config
}
