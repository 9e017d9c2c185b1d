//! What only the owner may do. `o` -> the owner's account id, `b` + account id -> blocked.

use crate::{balances, metadata};
use env::json::{self, Amount};
use env::storage_management::AccountArguments;
use env::{account, host};
use serde::Deserialize;

const OWNER: &[u8] = b"o";
const BLOCKED: u8 = b'b';

#[derive(Deserialize)]
struct NewArguments {
    owner_id: String,
    total_supply: Amount,
    metadata: metadata::Metadata,
}

/// `new({owner_id, total_supply, metadata})`: once; the owner is registered and has the whole supply.
pub fn new() {
    host::non_payable();
    host::require(!host::has(OWNER), "ERR_INITIALIZED: the contract is set up already");
    let arguments: NewArguments = json::arguments();
    account::require_valid(&arguments.owner_id);
    host::write(OWNER, arguments.owner_id.as_bytes());
    metadata::set(&arguments.metadata);
    balances::save(&arguments.owner_id, 0);
    balances::mint(&arguments.owner_id, arguments.total_supply.0, "the initial supply");
}

fn owner_id() -> Vec<u8> {
    host::read(OWNER).unwrap_or_else(|| host::fail("ERR_NOT_INITIALIZED: call new first"))
}

fn only_owner() {
    host::non_payable();
    host::require(host::predecessor().as_bytes() == owner_id(), "ERR_OWNER: only the owner may call this");
}

/// `owner()` -> account id.
pub fn owner() {
    json::give(&String::from_utf8_lossy(&owner_id()));
}

#[derive(Deserialize)]
struct MintArguments {
    account_id: String,
    amount: Amount,
}

/// `mint({account_id, amount})`: new units for a registered account.
pub fn mint() {
    only_owner();
    let arguments: MintArguments = json::arguments();
    balances::mint(&arguments.account_id, arguments.amount.0, "minted by the owner");
}

#[derive(Deserialize)]
struct BlockArguments {
    account_id: String,
    blocked: bool,
}

/// `set_blocked({account_id, blocked})`: whether the account can neither send nor receive.
pub fn set_blocked() {
    only_owner();
    let arguments: BlockArguments = json::arguments();
    account::require_valid(&arguments.account_id);
    let key = blocked_key(&arguments.account_id);
    if arguments.blocked {
        host::write(&key, &[]);
    } else {
        host::remove(&key);
    }
}

/// `is_blocked({account_id})` -> bool.
pub fn is_blocked() {
    let arguments: AccountArguments = json::arguments();
    json::give(&host::has(&blocked_key(&arguments.account_id)));
}

/// Ends the call when the account is blocked.
pub fn require_not_blocked(account_id: &str) {
    host::require(!host::has(&blocked_key(account_id)), &format!("ERR_BLOCKED: {account_id} is blocked"));
}

fn blocked_key(account_id: &str) -> Vec<u8> {
    [&[BLOCKED], account_id.as_bytes()].concat()
}
