//! The contract's NEP-297 events: standard `htlc`, version 1.0.0.

use crate::record::{Lock, Payout};
use env::event::emit;
use env::hex;
use env::json::Amount;
use serde::Serialize;

const STANDARD: &str = "htlc";
const VERSION: &str = "1.0.0";

#[derive(Serialize)]
struct Created<'a> {
    id: String,
    sender: &'a str,
    receiver: &'a str,
    token: Option<&'a str>,
    amount: Amount,
    hashlock: String,
    timelock: u64,
    salt: String,
}

/// `lock_created`: all terms.
pub fn created(id: &[u8; 32], lock: &Lock) {
    let terms = &lock.terms;
    let data = Created {
        id: hex::encode(id),
        sender: &terms.sender,
        receiver: &terms.receiver,
        token: terms.token.as_deref(),
        amount: Amount(terms.amount),
        hashlock: hex::encode(&terms.hashlock),
        timelock: terms.timelock,
        salt: hex::encode(&terms.salt),
    };
    emit(STANDARD, VERSION, "lock_created", data);
}

#[derive(Serialize)]
struct Claimed<'a> {
    id: String,
    secret: String,
    receiver: &'a str,
}

/// `lock_claimed`: the secret.
pub fn claimed(id: &[u8; 32], lock: &Lock) {
    let data = Claimed { id: hex::encode(id), secret: hex::encode(&lock.secret), receiver: &lock.terms.receiver };
    emit(STANDARD, VERSION, "lock_claimed", data);
}

#[derive(Serialize)]
struct Refunded<'a> {
    id: String,
    sender: &'a str,
}

/// `lock_refunded`.
pub fn refunded(id: &[u8; 32], lock: &Lock) {
    emit(STANDARD, VERSION, "lock_refunded", Refunded { id: hex::encode(id), sender: &lock.terms.sender });
}

#[derive(Serialize)]
struct PaidOut<'a> {
    id: String,
    payee: Option<&'a str>,
    token: Option<&'a str>,
    amount: Amount,
}

/// `payout_succeeded` or `payout_failed`.
pub fn payout(id: &[u8; 32], lock: &Lock) {
    let name = if lock.payout == Payout::Paid { "payout_succeeded" } else { "payout_failed" };
    let data = PaidOut {
        id: hex::encode(id),
        payee: lock.payee(),
        token: lock.terms.token.as_deref(),
        amount: Amount(lock.terms.amount),
    };
    emit(STANDARD, VERSION, name, data);
}

#[derive(Serialize)]
struct Removed {
    id: String,
}

/// `lock_removed`.
pub fn removed(id: &[u8; 32]) {
    emit(STANDARD, VERSION, "lock_removed", Removed { id: hex::encode(id) });
}
