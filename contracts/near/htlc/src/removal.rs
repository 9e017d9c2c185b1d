//! Freeing the state of locks that are over.

use crate::record::{self, Lock, Payout};
use crate::{accounts, config, events, index};
use env::{hex, host, json, SECOND};
use serde::Deserialize;

/// So many events fit a receipt's log, 16 KiB, also when every name is the longest.
const AT_ONCE: usize = 20;

#[derive(Deserialize)]
struct RemoveArguments {
    ids: Vec<String>,
}

/// `remove({ids})`, by anyone: removes all of these locks (20 at most), or fails if one of them must stay. A lock may
/// go when it is paid, its timelock has passed (so that it cannot be made again) and it has been readable for the
/// retention since it was settled. What it held of its sender's storage deposit is available again.
pub fn remove() {
    host::non_payable();
    let arguments: RemoveArguments = json::arguments();
    host::require(arguments.ids.len() <= AT_ONCE, "ERR_IDS: at most 20 locks can be removed at once");
    let retention = config::load().retention_seconds;
    for text in &arguments.ids {
        let id = hex::argument(text, "id");
        let lock = record::load(&id);
        host::require(lock.payout == Payout::Paid, &format!("ERR_NOT_PAID: {text} is not paid out"));
        host::require(lock.terms.expired(), &format!("ERR_NOT_EXPIRED: the timelock of {text} has not passed"));
        host::require(retained(&lock, retention), &format!("ERR_RETENTION: {text} is kept for longer"));
        erase(&id, &lock);
    }
}

fn retained(lock: &Lock, seconds: u64) -> bool {
    let until = u128::from(lock.settled_at_ns) + u128::from(seconds) * u128::from(SECOND);
    u128::from(host::now()) >= until
}

fn erase(id: &[u8; 32], lock: &Lock) {
    let terms = &lock.terms;
    let token = terms.token.as_deref();
    record::erase(id);
    index::take_out(id);
    accounts::free(
        &terms.sender,
        accounts::lock_cost(&terms.receiver, token),
        accounts::payment_cost(token),
    );
    events::removed(id, lock);
}
