//! What the attacker can be told to do.

use env::json::{self, Amount};
use env::promise::Promise;
use env::{host, TGAS};
use serde::{Deserialize, Serialize};

const PLAN: &[u8] = b"p";
const PAYMENTS: &[u8] = b"n";

#[derive(Serialize, Deserialize)]
struct Call {
    account_id: String,
    method: String,
    /// The arguments as JSON text.
    arguments: String,
    deposit: Amount,
    tgas: u64,
}

impl Call {
    fn make(&self) -> Promise {
        Promise::to(&self.account_id).call(&self.method, &self.arguments, self.deposit.0, self.tgas * TGAS)
    }
}

#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct Plan {
    /// What `ft_transfer` calls.
    calls: Vec<Call>,
    /// Whether the last of these calls decides if the transfer succeeds.
    give_last: bool,
    /// Whether the transfer fails.
    fail: bool,
    /// The size of its answer in bytes.
    answer_bytes: usize,
}

/// `plan({calls, give_last, fail, answer_bytes})`.
pub fn plan() {
    host::write(PLAN, json::text(&json::arguments::<Plan>()).as_bytes());
}

/// `forward({account_id, method, arguments, deposit, tgas})`.
pub fn forward() {
    json::arguments::<Call>().make().give();
}

fn payments() -> u64 {
    host::read(PAYMENTS).and_then(|count| serde_json::from_slice(&count).ok()).unwrap_or(0)
}

/// `ft_transfer(...)`: what the plan says.
pub fn ft_transfer() {
    let plan: Plan = host::read(PLAN).and_then(|plan| serde_json::from_slice(&plan).ok()).unwrap_or_default();
    host::require(!plan.fail, "ERR_PLANNED: the plan says to fail");
    host::write(PAYMENTS, json::text(&(payments() + 1)).as_bytes());
    let last = plan.calls.iter().map(Call::make).last();
    if plan.answer_bytes > 0 {
        host::give(&vec![b' '; plan.answer_bytes]);
    }
    if let (true, Some(promise)) = (plan.give_last, last) {
        promise.give();
    }
}

/// `ft_transfers()` -> how many payments did not fail.
pub fn ft_transfers() {
    json::give(&payments());
}
