//! Making locks.

use crate::record::{self, Lock};
use crate::terms::{Terms, Wanted};
use crate::{accounts, config, events, index};
use env::borsh::Writer;
use env::json::{self, Amount};
use env::{account, hex, host, BYTE_PRICE, ENTRY_OVERHEAD};
use serde::Deserialize;

const ALLOWED: u8 = b't';
const NOT_ALLOWED: &str =
    "ERR_TOKEN_NOT_ALLOWED: the sender neither signed the transaction nor allowed this token to lock for it";
const ALLOWANCE_COST: u128 = (1 + 32 + ENTRY_OVERHEAD) * BYTE_PRICE;

/// `lock({receiver, hashlock, timelock, salt})`: locks the attached deposit; gives the id.
pub fn lock() {
    let wanted: Wanted = json::arguments();
    let made = wanted.complete(host::predecessor(), None, host::deposit()).and_then(make);
    json::give(&hex::encode(&made.unwrap_or_else(|reason| host::fail(&reason))));
}

#[derive(Deserialize)]
struct TransferArguments {
    sender_id: String,
    amount: Amount,
    msg: String,
}

/// `ft_on_transfer({sender_id, amount, msg})`: locks what the caller, a token, has credited to the contract. `msg` is
/// the JSON of `lock`'s arguments. Keeps all of it (gives "0"), or logs why not and gives the whole amount back.
pub fn ft_on_transfer() {
    host::non_payable();
    let arguments: TransferArguments = json::arguments();
    let amount = arguments.amount;
    match lock_token(arguments) {
        Ok(_) => json::give(&Amount(0)),
        Err(reason) => {
            host::log(&reason);
            json::give(&amount);
        }
    }
}

fn lock_token(arguments: TransferArguments) -> Result<[u8; 32], String> {
    let wanted: Wanted = serde_json::from_str(&arguments.msg).map_err(|problem| format!("ERR_MSG: {problem}"))?;
    let (token, sender) = (host::predecessor(), arguments.sender_id);
    if sender != host::signer() && !allowed(&sender, &token) {
        return Err(NOT_ALLOWED.into());
    }
    make(wanted.complete(sender, Some(token), arguments.amount.0)?)
}

/// Makes the lock, or says why not; then nothing has changed.
fn make(terms: Terms) -> Result<[u8; 32], String> {
    config::load();
    let id = terms.id();
    if record::exists(&id) {
        return Err("ERR_EXISTS: this lock is made already".into());
    }
    accounts::hold(&terms.sender, accounts::lock_cost(&terms.receiver, terms.token.as_deref()))?;
    let lock = Lock::new(terms);
    lock.save(&id);
    index::add(&id);
    events::created(&id, &lock);
    Ok(id)
}

#[derive(Deserialize)]
struct AllowArguments {
    token: String,
    allowed: bool,
}

/// `allow_token({token, allowed})`: whether `token` may make locks for the caller in transactions that it did not sign
/// itself (a relayer's, a wallet contract's). Without this rule any contract could pose as a token and use up a
/// stranger's storage deposit by locks of worthless tokens.
pub fn allow_token() {
    host::one_yocto();
    let arguments: AllowArguments = json::arguments();
    account::require_valid(&arguments.token);
    let owner = host::predecessor();
    let key = allowance_key(&owner, &arguments.token);
    match (host::has(&key), arguments.allowed) {
        (false, true) => {
            accounts::hold(&owner, ALLOWANCE_COST).unwrap_or_else(|reason| host::fail(&reason));
            host::write(&key, &[]);
        }
        (true, false) => {
            accounts::free(&owner, ALLOWANCE_COST, 0);
            host::remove(&key);
        }
        _ => {}
    }
    env::storage_management::send_back(1);
}

#[derive(Deserialize)]
struct AllowedArguments {
    account_id: String,
    token: String,
}

/// `is_token_allowed({account_id, token})` -> bool.
pub fn is_token_allowed() {
    let arguments: AllowedArguments = json::arguments();
    json::give(&allowed(&arguments.account_id, &arguments.token));
}

fn allowed(owner: &str, token: &str) -> bool {
    host::has(&allowance_key(owner, token))
}

fn allowance_key(owner: &str, token: &str) -> Vec<u8> {
    let pair = host::sha256(&Writer::default().string(owner).string(token).0);
    [&[ALLOWED], &pair[..]].concat()
}
