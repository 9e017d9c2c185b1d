//! Deciding whose a lock's amount is: once, for ever.

use crate::record::{self, Lock, State};
use crate::{config, events, payout};
use env::{hex, host, json};
use serde::Deserialize;

#[derive(Deserialize)]
struct ClaimArguments {
    id: String,
    secret: String,
}

/// `claim({id, secret})`, by anyone before the timelock: the receiver's. The secret is kept in the record for all to
/// read.
pub fn claim() {
    host::non_payable();
    let arguments: ClaimArguments = json::arguments();
    let id = hex::argument(&arguments.id, "id");
    let secret = hex::argument(&arguments.secret, "secret");
    let mut lock = open(&id);
    host::require(!lock.terms.expired(), "ERR_EXPIRED: the timelock has passed");
    let hash = config::load().hash_function.hash(&secret);
    host::require(hash == lock.terms.hashlock, "ERR_WRONG_SECRET: the secret does not hash to the hashlock");
    lock.secret = secret;
    settle(&mut lock, State::Claimed);
    events::claimed(&id, &lock);
    payout::start(&id, lock);
}

#[derive(Deserialize)]
struct RefundArguments {
    id: String,
}

/// `refund({id})`, by anyone from the timelock on: the sender's again.
pub fn refund() {
    host::non_payable();
    let arguments: RefundArguments = json::arguments();
    let id = hex::argument(&arguments.id, "id");
    let mut lock = open(&id);
    host::require(lock.terms.expired(), "ERR_NOT_EXPIRED: the timelock has not passed");
    settle(&mut lock, State::Refunded);
    events::refunded(&id, &lock);
    payout::start(&id, lock);
}

fn open(id: &[u8; 32]) -> Lock {
    let lock = record::load(id);
    match lock.state {
        State::Locked => lock,
        State::Claimed => host::fail("ERR_CLAIMED: the lock is claimed"),
        State::Refunded => host::fail("ERR_REFUNDED: the lock is refunded"),
    }
}

fn settle(lock: &mut Lock, state: State) {
    lock.state = state;
    lock.settled_at_ns = host::now();
}
