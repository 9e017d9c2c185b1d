//! Paying a settled lock's amount to its owner. At most one payment is on its way: the record says so before it
//! leaves, and only its callback, whose gas is set aside, takes that back.

use crate::record::{self, Lock, Payout, State};
use crate::{accounts, events};
use env::json::{self, Amount};
use env::promise::{self, Promise};
use env::{hex, host, TGAS};
use serde::{Deserialize, Serialize};

const TRANSFER_GAS: u64 = 30 * TGAS;
/// The callback needs 1 Tgas, and 4 Tgas for each million bytes of the token's answer: 3 Tgas for the longest answer,
/// of some 800 kB, that the transfer's gas can send.
const CALLBACK_GAS: u64 = 10 * TGAS;

#[derive(Serialize, Deserialize)]
struct Id {
    id: String,
}

#[derive(Serialize)]
struct Transfer<'a> {
    receiver_id: &'a str,
    amount: Amount,
    memo: &'a str,
}

/// `pay({id})`, by anyone: pays again what could not be paid.
pub fn pay() {
    host::non_payable();
    let arguments: Id = json::arguments();
    let id = hex::argument(&arguments.id, "id");
    let lock = record::load(&id);
    match (lock.state, lock.payout) {
        (State::Locked, _) => host::fail("ERR_NOT_SETTLED: the lock is neither claimed nor refunded"),
        (_, Payout::Failed) => start(&id, lock),
        (_, Payout::Paid) => host::fail("ERR_PAID: the lock is paid"),
        _ => host::fail("ERR_PAYING: a payment is on its way"),
    }
}

/// Writes that the lock is being paid, then sends the payment; the call's result is whether it arrived.
pub fn start(id: &[u8; 32], mut lock: Lock) {
    lock.payout = Payout::Paying;
    lock.save(id);
    let payee = lock.payee().unwrap_or_else(|| host::fail("ERR_NOT_SETTLED: nobody is to be paid"));
    let callback = json::text(&Id { id: hex::encode(id) });
    payment(&lock, payee).then_self().call("on_payout", &callback, 0, CALLBACK_GAS).give();
}

fn payment(lock: &Lock, payee: &str) -> Promise {
    let amount = lock.terms.amount;
    match &lock.terms.token {
        None => Promise::to(payee).transfer(amount),
        Some(token) => {
            let arguments = Transfer { receiver_id: payee, amount: Amount(amount), memo: "htlc" };
            let cost = accounts::payment_cost(Some(token));
            Promise::to(token).call("ft_transfer", &json::text(&arguments), cost, TRANSFER_GAS)
        }
    }
}

/// `on_payout({id})`, by the contract itself: writes what became of the payment.
pub fn on_payout() {
    host::only_self();
    let arguments: Id = json::arguments();
    let id = hex::argument(&arguments.id, "id");
    let mut lock = record::load(&id);
    host::require(lock.payout == Payout::Paying, "ERR_NOT_PAYING: no payment is on its way");
    let arrived = promise::succeeded();
    lock.payout = if arrived { Payout::Paid } else { Payout::Failed };
    lock.save(&id);
    events::payout(&id, &lock);
    json::give(&arrived);
}
