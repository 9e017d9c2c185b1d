//! NEP-145: what each account deposited for the state that its locks take, and what of it they hold now.
//!
//! Key `s` + account id -> total and held, u128 each, in yoctoNEAR. Registering costs the same for every account: as
//! much as the entry of the longest account id.

use crate::{index, record};
use env::borsh::{Reader, Writer};
use env::json::{self, Amount};
use env::storage_management::{
    send_back, AccountArguments, Balance, Bounds, DepositArguments, UnregisterArguments, WithdrawArguments,
};
use env::{account, host, ACCOUNT_ID_MAX, BYTE_PRICE, ENTRY_OVERHEAD};
use serde::Deserialize;

const PREFIX: u8 = b's';
const REGISTRATION: u128 = (1 + ACCOUNT_ID_MAX + 16 + 16 + ENTRY_OVERHEAD) * BYTE_PRICE;
/// The deposit that `ft_transfer` demands; the token keeps it.
pub const TRANSFER_YOCTO: u128 = 1;

struct Holdings {
    total: u128,
    held: u128,
}

impl Holdings {
    fn available(&self) -> u128 {
        self.total - REGISTRATION - self.held
    }

    fn save(&self, account_id: &str) {
        host::write(&key(account_id), &Writer::default().u128(self.total).u128(self.held).0);
    }

    fn view(&self) -> Balance {
        Balance { total: Amount(self.total), available: Amount(self.available()) }
    }
}

fn key(account_id: &str) -> Vec<u8> {
    [&[PREFIX], account_id.as_bytes()].concat()
}

fn find(account_id: &str) -> Option<Holdings> {
    host::read(&key(account_id)).map(|value| {
        let mut reader = Reader(&value);
        let holdings = Holdings { total: reader.u128(), held: reader.u128() };
        reader.end();
        holdings
    })
}

fn registered(account_id: &str) -> Result<Holdings, String> {
    find(account_id).ok_or_else(|| {
        format!("ERR_NOT_REGISTERED: {account_id} has no storage deposit; call storage_deposit first")
    })
}

fn load(account_id: &str) -> Holdings {
    registered(account_id).unwrap_or_else(|reason| host::fail(&reason))
}

/// Holds `amount` yocto of the account's deposit, or says why it cannot; then nothing has changed.
pub fn hold(account_id: &str, amount: u128) -> Result<(), String> {
    let mut holdings = registered(account_id)?;
    let available = holdings.available();
    if available < amount {
        return Err(format!(
            "ERR_STORAGE: {account_id} needs {amount} yoctoNEAR of storage deposit, {available} are available"
        ));
    }
    holdings.held += amount;
    holdings.save(account_id);
    Ok(())
}

/// Frees `amount` yocto that were held, of which `spent` are gone for good.
pub fn free(account_id: &str, amount: u128, spent: u128) {
    let mut holdings = load(account_id);
    holdings.held -= amount;
    holdings.total -= spent;
    holdings.save(account_id);
}

/// What a lock holds of its sender's deposit: the state it takes and, for a token, the yocto that its payment costs.
/// The sender counts as the longest account id, so that one number is right whoever locks.
pub fn lock_cost(receiver: &str, token: Option<&str>) -> u128 {
    let bytes = record::size(ACCOUNT_ID_MAX, receiver, token) + ENTRY_OVERHEAD + index::SIZE;
    bytes * BYTE_PRICE + payment_cost(token)
}

/// What paying out a lock costs the contract, in yocto.
pub fn payment_cost(token: Option<&str>) -> u128 {
    token.map_or(0, |_| TRANSFER_YOCTO)
}

/// `storage_deposit({account_id?, registration_only?})`.
pub fn storage_deposit() {
    let arguments: DepositArguments = json::arguments();
    let account_id = arguments.account_id.unwrap_or_else(host::predecessor);
    account::require_valid(&account_id);
    let deposit = host::deposit();
    let registered = find(&account_id);
    let keep = match (&registered, arguments.registration_only.unwrap_or(false)) {
        (Some(_), true) => 0,
        (None, true) => deposit.min(REGISTRATION),
        (_, false) => deposit,
    };
    let mut holdings = registered.unwrap_or(Holdings { total: 0, held: 0 });
    holdings.total += keep;
    host::require(
        holdings.total >= REGISTRATION,
        &format!("ERR_DEPOSIT: registering costs {REGISTRATION} yoctoNEAR"),
    );
    holdings.save(&account_id);
    send_back(deposit - keep);
    json::give(&holdings.view());
}

/// `storage_withdraw({amount?})`: pays the caller what is available, and the yocto attached.
pub fn storage_withdraw() {
    host::one_yocto();
    let arguments: WithdrawArguments = json::arguments();
    let account_id = host::predecessor();
    let mut holdings = load(&account_id);
    let available = holdings.available();
    let amount = arguments.amount.map_or(available, |amount| amount.0);
    host::require(amount <= available, &format!("ERR_STORAGE: only {available} yoctoNEAR are available"));
    holdings.total -= amount;
    holdings.save(&account_id);
    send_back(amount + 1);
    json::give(&holdings.view());
}

/// `storage_unregister({force?})`: pays the caller all, when nothing of it is held. Force does not help against locks:
/// they outlive the wish to be rid of them, for the other party's sake.
pub fn storage_unregister() {
    host::one_yocto();
    let _: UnregisterArguments = json::arguments();
    let account_id = host::predecessor();
    let registered = find(&account_id);
    if let Some(holdings) = &registered {
        host::require(holdings.held == 0, "ERR_STORAGE_HELD: locks or allowed tokens still take state");
        host::remove(&key(&account_id));
    }
    send_back(registered.as_ref().map_or(0, |holdings| holdings.total) + 1);
    json::give(&registered.is_some());
}

/// `storage_balance_of({account_id})` -> `{total, available}`, or null when not registered.
pub fn storage_balance_of() {
    let arguments: AccountArguments = json::arguments();
    json::give(&find(&arguments.account_id).map(|holdings| holdings.view()));
}

/// `storage_balance_bounds()` -> `{min, max: null}`.
pub fn storage_balance_bounds() {
    json::give(&Bounds { min: Amount(REGISTRATION), max: None });
}

#[derive(Deserialize)]
struct CostArguments {
    receiver: String,
    token: Option<String>,
}

/// `lock_storage_cost({receiver, token})` -> the yocto that such a lock holds, on top of the registration.
pub fn lock_storage_cost() {
    let arguments: CostArguments = json::arguments();
    json::give(&Amount(lock_cost(&arguments.receiver, arguments.token.as_deref())));
}
