//! Paying a settled lock's amount to its owner. At most one payment is on its way: the record says so before it
//! leaves, and only its callback, whose gas is set aside, takes that back.

use crate::record::{self, Lock, Payout, State};
use crate::{accounts, events};
use env::json::{self, Amount};
use env::promise::{self, Promise};
use env::{hex, host, TGAS};
use serde::{Deserialize, Serialize};

/// The least that a token gets for its `ft_transfer`. It also gets what else the caller attached: some need more.
const TRANSFER_GAS: u64 = 30 * TGAS;
/// The callback after a transfer of NEAR, which has no answer, needs 2 Tgas.
const NATIVE_CALLBACK_GAS: u64 = 10 * TGAS;
/// The callback after a token's answer needs 4 Tgas more for each MiB of it: 18 Tgas for the longest that the protocol
/// allows, 4 MiB, and 300 Tgas can send nearly that. With less set aside, such a token would leave its locks `paying`
/// for ever.
const TOKEN_CALLBACK_GAS: u64 = 25 * TGAS;

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
    let gas = if lock.terms.token.is_some() { TOKEN_CALLBACK_GAS } else { NATIVE_CALLBACK_GAS };
    payment(&lock, payee).then_self().call("on_payout", &callback, 0, gas).give();
}

fn payment(lock: &Lock, payee: &str) -> Promise {
    let amount = lock.terms.amount;
    match &lock.terms.token {
        None => Promise::to(payee).transfer(amount),
        Some(token) => {
            let arguments = Transfer { receiver_id: payee, amount: Amount(amount), memo: "htlc" };
            let cost = accounts::payment_cost(Some(token));
            Promise::to(token).call_with_rest("ft_transfer", &json::text(&arguments), cost, TRANSFER_GAS)
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
