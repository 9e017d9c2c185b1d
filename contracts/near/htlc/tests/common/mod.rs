//! What the tests share: the contract set up, alice with a storage deposit, and her lock for bob.
#![allow(dead_code)]

use env::mock::{self, Done};
use env::SECOND;
use serde_json::{json, Value};

pub const NOW: u64 = 1_700_000_000;
pub const TIMELOCK: u64 = NOW + 60;
pub const RETENTION: u64 = 3600;
pub const AMOUNT: u128 = 1_000_000_000_000_000_000_000_000;
pub const DEPOSIT: u128 = 100_000_000_000_000_000_000_000;
/// 32 times "s", and its sha256.
pub const SECRET: &str = "7373737373737373737373737373737373737373737373737373737373737373";
pub const HASHLOCK: &str = "8fd6a6a78f5857d7ba1cfe9033bffeec86da2ba6a4bd60a6f833209d9d3e390d";
pub const SALT: &str = "abababababababababababababababababababababababababababababababab";

pub fn call(method: &str, arguments: Value, deposit: u128) -> Result<Done, String> {
    mock::call(htlc::dispatch, method, arguments, deposit)
}

pub fn view(method: &str, arguments: Value) -> Value {
    call(method, arguments, 0).expect("a view").json()
}

/// The name of the error: what stands before the colon.
pub fn error(result: Result<Done, String>) -> String {
    result.expect_err("a failure").split(':').next().unwrap_or("").to_string()
}

/// The name of the error in the log of a token transfer that was given back whole, without any effect.
pub fn given_back(result: Result<Done, String>, amount: &str) -> String {
    let done = result.expect("a value, not a failure");
    assert_eq!((done.json(), done.events().len(), done.receipts.len()), (json!(amount), 0, 0));
    done.logs[0].split(':').next().unwrap_or("").to_string()
}

pub fn at(nanoseconds: u64) {
    mock::with(|context| context.now = nanoseconds);
}

pub fn set_up() {
    set_up_with("sha256");
}

pub fn set_up_with(hash_function: &str) {
    mock::reset();
    at(NOW * SECOND);
    call("new", json!({"hash_function": hash_function, "retention_seconds": RETENTION}), 0).unwrap();
    call("storage_deposit", json!({}), DEPOSIT).unwrap();
}

pub fn wanted() -> Value {
    json!({"receiver": "bob.test", "hashlock": HASHLOCK, "timelock": TIMELOCK, "salt": SALT})
}

/// `wanted` with one field changed.
pub fn changed(field: &str, value: Value) -> Value {
    let mut terms = wanted();
    terms[field] = value;
    terms
}

pub fn salted(number: u8) -> Value {
    changed("salt", json!(format!("{number:064x}")))
}

pub fn lock() -> String {
    id_of(call("lock", wanted(), AMOUNT).unwrap())
}

pub fn id_of(done: Done) -> String {
    done.json().as_str().expect("an id").to_string()
}

/// `token`'s call when alice transfers `amount` to the contract.
pub fn lock_token(token: &str, amount: &str, terms: Value) -> Result<Done, String> {
    mock::with(|context| context.predecessor = token.into());
    let arguments = json!({"sender_id": "alice.test", "amount": amount, "msg": terms.to_string()});
    let result = call("ft_on_transfer", arguments, 0);
    mock::by("alice.test");
    result
}

pub fn token_id() -> String {
    let terms = json!({"sender": "alice.test", "receiver": "bob.test", "token": "usdt.test", "amount": "5",
                       "hashlock": HASHLOCK, "timelock": TIMELOCK, "salt": SALT});
    view("lock_id", terms).as_str().unwrap().to_string()
}

pub fn claim(id: &str) -> Result<Done, String> {
    call("claim", json!({"id": id, "secret": SECRET}), 0)
}

pub fn refund(id: &str) -> Result<Done, String> {
    call("refund", json!({ "id": id }), 0)
}

pub fn pay(id: &str) -> Result<Done, String> {
    call("pay", json!({ "id": id }), 0)
}

pub fn remove(id: &str) -> Result<Done, String> {
    call("remove", json!({ "ids": [id] }), 0)
}

/// The callback, after a payment that did or did not arrive.
pub fn paid(id: &str, arrived: bool) -> Result<Done, String> {
    mock::with(|context| {
        context.predecessor = context.current.clone();
        context.results = vec![arrived.then(Vec::new)];
    });
    let result = call("on_payout", json!({ "id": id }), 0);
    mock::by("alice.test");
    result
}

pub fn get(id: &str) -> Value {
    view("get_lock", json!({ "id": id }))
}

/// State and payout.
pub fn standing(id: &str) -> (String, String) {
    let lock = get(id);
    (lock["state"].as_str().unwrap().to_string(), lock["payout"].as_str().unwrap().to_string())
}

pub fn pair(state: &str, payout: &str) -> (String, String) {
    (state.to_string(), payout.to_string())
}

pub fn available(account_id: &str) -> u128 {
    let balance = view("storage_balance_of", json!({ "account_id": account_id }));
    balance["available"].as_str().unwrap().parse().unwrap()
}
