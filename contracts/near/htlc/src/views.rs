//! What can be asked of the contract without a transaction.

use crate::config::{self, HashFunction};
use crate::record::{self, Lock, Payout, State};
use crate::index;
use crate::terms::Terms;
use env::json::{self, Amount, Whole};
use env::{account, hex, SECOND};
use serde::{Deserialize, Serialize};

const PAGE: u64 = 100;

#[derive(Deserialize)]
struct TermsArguments {
    sender: String,
    receiver: String,
    token: Option<String>,
    amount: Amount,
    hashlock: String,
    timelock: Whole,
    salt: String,
}

/// `lock_id({sender, receiver, token, amount, hashlock, timelock, salt})` -> the id that these terms derive.
pub fn lock_id() {
    let arguments: TermsArguments = json::arguments();
    for id in [Some(&arguments.sender), Some(&arguments.receiver), arguments.token.as_ref()].into_iter().flatten() {
        account::require_valid(id);
    }
    let terms = Terms {
        sender: arguments.sender,
        receiver: arguments.receiver,
        token: arguments.token,
        amount: arguments.amount.0,
        hashlock: hex::argument(&arguments.hashlock, "hashlock"),
        timelock: arguments.timelock.0,
        salt: hex::argument(&arguments.salt, "salt"),
    };
    json::give(&hex::encode(&terms.id()));
}

/// A lock as views give it. Times are unix seconds; nanoseconds, which do not fit the numbers of all JSON readers, are
/// decimal strings.
#[derive(Serialize)]
struct LockView {
    id: String,
    sender: String,
    receiver: String,
    token: Option<String>,
    amount: Amount,
    hashlock: String,
    timelock: u64,
    salt: String,
    state: &'static str,
    payout: &'static str,
    secret: Option<String>,
    created_at: u64,
    settled_at: Option<u64>,
    created_at_ns: String,
    settled_at_ns: Option<String>,
}

impl LockView {
    fn of(id: &[u8; 32], lock: Lock) -> LockView {
        let settled = lock.state != State::Locked;
        LockView {
            id: hex::encode(id),
            sender: lock.terms.sender,
            receiver: lock.terms.receiver,
            token: lock.terms.token,
            amount: Amount(lock.terms.amount),
            hashlock: hex::encode(&lock.terms.hashlock),
            timelock: lock.terms.timelock,
            salt: hex::encode(&lock.terms.salt),
            state: state_name(lock.state),
            payout: payout_name(lock.payout),
            secret: (lock.state == State::Claimed).then(|| hex::encode(&lock.secret)),
            created_at: lock.created_at_ns / SECOND,
            settled_at: settled.then(|| lock.settled_at_ns / SECOND),
            created_at_ns: lock.created_at_ns.to_string(),
            settled_at_ns: settled.then(|| lock.settled_at_ns.to_string()),
        }
    }
}

fn state_name(state: State) -> &'static str {
    match state {
        State::Locked => "locked",
        State::Claimed => "claimed",
        State::Refunded => "refunded",
    }
}

fn payout_name(payout: Payout) -> &'static str {
    match payout {
        Payout::None => "none",
        Payout::Paying => "paying",
        Payout::Paid => "paid",
        Payout::Failed => "failed",
    }
}

#[derive(Deserialize)]
struct LockArguments {
    id: String,
}

/// `get_lock({id})` -> the lock, or null.
pub fn get_lock() {
    let arguments: LockArguments = json::arguments();
    let id = hex::argument(&arguments.id, "id");
    json::give(&record::find(&id).map(|lock| LockView::of(&id, lock)));
}

#[derive(Deserialize)]
struct PageArguments {
    from_index: Option<Whole>,
    limit: Option<Whole>,
}

/// `get_locks({from_index, limit})` -> at most `limit` locks (100 at most and by default) from this position on.
pub fn get_locks() {
    let arguments: PageArguments = json::arguments();
    let first = arguments.from_index.map_or(0, |index| index.0);
    let limit = arguments.limit.map_or(PAGE, |limit| limit.0).min(PAGE);
    let end = first.saturating_add(limit).min(index::count());
    let page: Vec<LockView> = (first..end)
        .map(|position| {
            let id = index::at(position);
            LockView::of(&id, record::load(&id))
        })
        .collect();
    json::give(&page);
}

/// `get_locks_count()` -> how many there are.
pub fn get_locks_count() {
    json::give(&index::count());
}

#[derive(Serialize)]
struct ConfigView {
    version: &'static str,
    hash_function: HashFunction,
    retention_seconds: u64,
    public_claim: bool,
    public_refund: bool,
}

/// `get_config()`: the contract's version and settings, and who may settle: anyone.
pub fn get_config() {
    let config = config::load();
    json::give(&ConfigView {
        version: env!("CARGO_PKG_VERSION"),
        hash_function: config.hash_function,
        retention_seconds: config.retention_seconds,
        public_claim: true,
        public_refund: true,
    });
}
