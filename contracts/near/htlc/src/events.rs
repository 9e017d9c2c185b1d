//! The contract's NEP-297 events: standard `htlc`, version 1.0.0. Each has the lock's id and all its terms, so that a
//! reader of one event needs no other.

use crate::record::{Lock, Payout};
use env::event::emit;
use env::hex;
use env::json::Amount;
use serde::Serialize;

const STANDARD: &str = "htlc";
const VERSION: &str = "1.0.0";

#[derive(Serialize)]
struct Data<'a> {
    id: String,
    sender: &'a str,
    receiver: &'a str,
    token: Option<&'a str>,
    amount: Amount,
    hashlock: String,
    timelock: u64,
    salt: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    payee: Option<&'a str>,
}

impl<'a> Data<'a> {
    fn of(id: &[u8; 32], lock: &'a Lock) -> Data<'a> {
        let terms = &lock.terms;
        Data {
            id: hex::encode(id),
            sender: &terms.sender,
            receiver: &terms.receiver,
            token: terms.token.as_deref(),
            amount: Amount(terms.amount),
            hashlock: hex::encode(&terms.hashlock),
            timelock: terms.timelock,
            salt: hex::encode(&terms.salt),
            secret: None,
            payee: None,
        }
    }
}

/// `lock_created`.
pub fn created(id: &[u8; 32], lock: &Lock) {
    emit(STANDARD, VERSION, "lock_created", Data::of(id, lock));
}

/// `lock_claimed`, with the secret.
pub fn claimed(id: &[u8; 32], lock: &Lock) {
    let secret = Some(hex::encode(&lock.secret));
    emit(STANDARD, VERSION, "lock_claimed", Data { secret, ..Data::of(id, lock) });
}

/// `lock_refunded`.
pub fn refunded(id: &[u8; 32], lock: &Lock) {
    emit(STANDARD, VERSION, "lock_refunded", Data::of(id, lock));
}

/// `payout_succeeded` or `payout_failed`, with the payee.
pub fn payout(id: &[u8; 32], lock: &Lock) {
    let name = if lock.payout == Payout::Paid { "payout_succeeded" } else { "payout_failed" };
    emit(STANDARD, VERSION, name, Data { payee: lock.payee(), ..Data::of(id, lock) });
}

/// `lock_removed`.
pub fn removed(id: &[u8; 32], lock: &Lock) {
    emit(STANDARD, VERSION, "lock_removed", Data::of(id, lock));
}
