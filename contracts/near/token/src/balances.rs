//! Who has how much: `a` + account id -> u128, `t` -> the total supply. The entry is the account's registration.

use env::json::{self, Amount};
use env::storage_management::AccountArguments;
use env::{borsh::Reader, event, host};
use serde::Serialize;

const PREFIX: u8 = b'a';
const SUPPLY: &[u8] = b"t";

fn key(account_id: &str) -> Vec<u8> {
    [&[PREFIX], account_id.as_bytes()].concat()
}

fn number(value: &[u8]) -> u128 {
    let mut reader = Reader(value);
    let number = reader.u128();
    reader.end();
    number
}

/// The balance; None when the account is not registered.
pub fn find(account_id: &str) -> Option<u128> {
    host::read(&key(account_id)).map(|value| number(&value))
}

/// The balance of an account that must be registered.
pub fn load(account_id: &str) -> u128 {
    find(account_id).unwrap_or_else(|| host::fail(&format!("ERR_NOT_REGISTERED: {account_id} is not registered")))
}

/// Writes a balance; registers the account by it.
pub fn save(account_id: &str, balance: u128) {
    host::write(&key(account_id), &balance.to_le_bytes());
}

/// Unregisters the account.
pub fn erase(account_id: &str) {
    host::remove(&key(account_id));
}

fn supply() -> u128 {
    host::read(SUPPLY).map_or(0, |value| number(&value))
}

fn save_supply(amount: u128) {
    host::write(SUPPLY, &amount.to_le_bytes());
}

#[derive(Serialize)]
struct Owned<'a> {
    owner_id: &'a str,
    amount: Amount,
    memo: &'a str,
}

#[derive(Serialize)]
struct Moved<'a> {
    old_owner_id: &'a str,
    new_owner_id: &'a str,
    amount: Amount,
    #[serde(skip_serializing_if = "Option::is_none")]
    memo: Option<&'a str>,
}

fn emit<T: Serialize>(name: &str, data: T) {
    event::emit("nep141", "1.0.0", name, data);
}

/// Makes `amount` new units for a registered account.
pub fn mint(account_id: &str, amount: u128, memo: &str) {
    let total = supply().checked_add(amount);
    save_supply(total.unwrap_or_else(|| host::fail("ERR_SUPPLY: the total supply would exceed 128 bits")));
    save(account_id, load(account_id) + amount);
    emit("ft_mint", Owned { owner_id: account_id, amount: Amount(amount), memo });
}

/// Takes `amount` units of an account out of existence, as an event; the caller has changed the balance.
pub fn burned(account_id: &str, amount: u128, memo: &str) {
    save_supply(supply() - amount);
    emit("ft_burn", Owned { owner_id: account_id, amount: Amount(amount), memo });
}

/// Moves `amount` between two registered accounts.
pub fn transfer(from: &str, to: &str, amount: u128, memo: Option<&str>) {
    let balance = load(from);
    host::require(balance >= amount, &format!("ERR_BALANCE: {from} has {balance}, {amount} are needed"));
    save(from, balance - amount);
    save(to, load(to) + amount);
    emit("ft_transfer", Moved { old_owner_id: from, new_owner_id: to, amount: Amount(amount), memo });
}

/// `ft_total_supply()`.
pub fn ft_total_supply() {
    json::give(&Amount(supply()));
}

/// `ft_balance_of({account_id})`; "0" when not registered.
pub fn ft_balance_of() {
    let arguments: AccountArguments = json::arguments();
    json::give(&Amount(find(&arguments.account_id).unwrap_or(0)));
}
