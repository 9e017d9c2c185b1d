//! NEP-141: transfers, with and without a call to the receiver.

use crate::{administration, balances};
use env::json::{self, Amount};
use env::promise::{outcome, Outcome, Promise};
use env::{account, host, TGAS};
use serde::{Deserialize, Serialize};

const RESOLVE_GAS: u64 = 10 * TGAS;

#[derive(Deserialize)]
struct TransferArguments {
    receiver_id: String,
    amount: Amount,
    memo: Option<String>,
}

/// `ft_transfer({receiver_id, amount, memo?})`, with one yocto.
pub fn ft_transfer() {
    host::one_yocto();
    let arguments: TransferArguments = json::arguments();
    transfer(&arguments.receiver_id, arguments.amount.0, arguments.memo.as_deref());
}

#[derive(Deserialize)]
struct CallArguments {
    receiver_id: String,
    amount: Amount,
    memo: Option<String>,
    msg: String,
}

#[derive(Serialize)]
struct OnTransfer<'a> {
    sender_id: &'a str,
    amount: Amount,
    msg: &'a str,
}

#[derive(Serialize, Deserialize)]
struct Resolve {
    sender_id: String,
    receiver_id: String,
    amount: Amount,
}

/// `ft_transfer_call({receiver_id, amount, memo?, msg})`, with one yocto: moves, calls the receiver's `ft_on_transfer`
/// with all gas that is left, and takes back what it does not use. The result is what it used.
pub fn ft_transfer_call() {
    host::one_yocto();
    let arguments: CallArguments = json::arguments();
    let (sender_id, receiver_id, amount) = (host::predecessor(), arguments.receiver_id, arguments.amount);
    transfer(&receiver_id, amount.0, arguments.memo.as_deref());
    let notice = json::text(&OnTransfer { sender_id: &sender_id, amount, msg: &arguments.msg });
    let called = Promise::to(&receiver_id).call_with_rest("ft_on_transfer", &notice, 0, 0);
    let resolve = json::text(&Resolve { sender_id, receiver_id, amount });
    called.then_self().call("ft_resolve_transfer", &resolve, 0, RESOLVE_GAS).give();
}

fn transfer(receiver_id: &str, amount: u128, memo: Option<&str>) {
    let sender_id = host::predecessor();
    account::require_valid(receiver_id);
    host::require(amount > 0, "ERR_AMOUNT: nothing to transfer");
    host::require(sender_id != receiver_id, "ERR_SELF: sender and receiver are the same");
    administration::require_not_blocked(&sender_id);
    administration::require_not_blocked(receiver_id);
    balances::transfer(&sender_id, receiver_id, amount, memo);
}

/// `ft_resolve_transfer(...)`, by the contract itself: gives the sender back what the receiver left unused, if it
/// still has it. When the sender is no longer registered, that is burned, as NEP-141 says.
pub fn ft_resolve_transfer() {
    host::only_self();
    let Resolve { sender_id, receiver_id, amount } = json::arguments();
    let unused = match outcome() {
        Outcome::Failure => amount.0,
        Outcome::Success(value) => serde_json::from_slice::<Amount>(&value).map_or(amount.0, |unused| unused.0),
    };
    let back = unused.min(amount.0).min(balances::find(&receiver_id).unwrap_or(0));
    if back > 0 {
        give_back(&sender_id, &receiver_id, back);
    }
    json::give(&Amount(amount.0 - back));
}

fn give_back(sender_id: &str, receiver_id: &str, amount: u128) {
    if balances::find(sender_id).is_some() {
        balances::transfer(receiver_id, sender_id, amount, Some("refund"));
    } else {
        balances::save(receiver_id, balances::load(receiver_id) - amount);
        balances::burned(receiver_id, amount, "refund to an account that is not registered");
    }
}
