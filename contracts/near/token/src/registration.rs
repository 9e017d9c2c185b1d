//! NEP-145: an account must be registered, for a fixed price, before it can receive.

use crate::{administration, balances};
use env::json::{self, Amount};
use env::storage_management::{
    send_back, AccountArguments, Balance, Bounds, DepositArguments, UnregisterArguments, WithdrawArguments,
};
use env::{account, host, BYTE_PRICE};

/// The price of 125 bytes, as most tokens have it: wallets and exchanges attach 0.00125 NEAR unasked.
const PRICE: u128 = 125 * BYTE_PRICE;

fn view(registered: bool) -> Option<Balance> {
    registered.then(|| Balance { total: Amount(PRICE), available: Amount(0) })
}

/// `storage_deposit({account_id?, registration_only?})`: what exceeds the price, or all when registered, comes back.
pub fn storage_deposit() {
    let arguments: DepositArguments = json::arguments();
    let account_id = arguments.account_id.unwrap_or_else(host::predecessor);
    account::require_valid(&account_id);
    let deposit = host::deposit();
    if balances::find(&account_id).is_some() {
        send_back(deposit);
    } else {
        host::require(deposit >= PRICE, &format!("ERR_DEPOSIT: registering costs {PRICE} yoctoNEAR"));
        balances::save(&account_id, 0);
        send_back(deposit - PRICE);
    }
    json::give(&view(true));
}

/// `storage_withdraw({amount?})`: nothing is ever available; gives the balance.
pub fn storage_withdraw() {
    host::one_yocto();
    let arguments: WithdrawArguments = json::arguments();
    balances::load(&host::predecessor());
    host::require(arguments.amount.map_or(true, |amount| amount.0 == 0), "ERR_STORAGE: nothing is available");
    send_back(1);
    json::give(&view(true));
}

/// `storage_unregister({force?})`: pays the price back; with force, burns what the account has.
pub fn storage_unregister() {
    host::one_yocto();
    let arguments: UnregisterArguments = json::arguments();
    let account_id = host::predecessor();
    let registered = balances::find(&account_id);
    if let Some(balance) = registered {
        unregister(&account_id, balance, arguments.force.unwrap_or(false));
    }
    send_back(registered.map_or(0, |_| PRICE) + 1);
    json::give(&registered.is_some());
}

fn unregister(account_id: &str, balance: u128, force: bool) {
    administration::require_not_blocked(account_id);
    host::require(balance == 0 || force, "ERR_BALANCE: the account still has tokens; force burns them");
    balances::erase(account_id);
    if balance > 0 {
        balances::burned(account_id, balance, "unregistered by force");
    }
}

/// `storage_balance_of({account_id})` -> `{total, available}`, or null when not registered.
pub fn storage_balance_of() {
    let arguments: AccountArguments = json::arguments();
    json::give(&view(balances::find(&arguments.account_id).is_some()));
}

/// `storage_balance_bounds()` -> `{min, max}`, the same.
pub fn storage_balance_bounds() {
    json::give(&Bounds { min: Amount(PRICE), max: Some(Amount(PRICE)) });
}
