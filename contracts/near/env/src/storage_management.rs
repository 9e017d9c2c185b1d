//! The types of NEP-145 (storage management).

use crate::json::Amount;
use crate::{host, promise::Promise};
use serde::{Deserialize, Serialize};

#[derive(Deserialize)]
pub struct DepositArguments {
    /// Whom the deposit is for; the caller by default.
    pub account_id: Option<String>,
    /// Keep no more than registration costs.
    pub registration_only: Option<bool>,
}

#[derive(Deserialize)]
pub struct WithdrawArguments {
    /// Yocto to pay out; all that is available by default.
    pub amount: Option<Amount>,
}

#[derive(Deserialize)]
pub struct UnregisterArguments {
    /// Unregister although something is lost by it.
    pub force: Option<bool>,
}

#[derive(Deserialize)]
pub struct AccountArguments {
    pub account_id: String,
}

/// Yocto held for an account, and how much of them it may withdraw.
#[derive(Serialize)]
pub struct Balance {
    pub total: Amount,
    pub available: Amount,
}

/// The least and the most that an account may hold.
#[derive(Serialize)]
pub struct Bounds {
    pub min: Amount,
    pub max: Option<Amount>,
}

/// Sends `amount` yocto back to the caller, if any.
pub fn send_back(amount: u128) {
    if amount > 0 {
        Promise::to(&host::predecessor()).transfer(amount);
    }
}
