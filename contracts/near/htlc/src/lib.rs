//! A hash time lock for NEAR and NEP-141 tokens. ../README.md has the interface and the layout of the state.
//!
//! Whoever knows the secret lets the receiver be paid, before the timelock; from the timelock on, anyone lets the
//! sender be paid back. The payees are fixed when the lock is made, so that it does not matter who calls.

pub mod accounts;
pub mod config;
pub mod events;
pub mod index;
pub mod locking;
pub mod payout;
pub mod record;
pub mod removal;
pub mod settling;
pub mod terms;
pub mod views;

env::export! {
    new => config::new;
    storage_deposit => accounts::storage_deposit;
    storage_withdraw => accounts::storage_withdraw;
    storage_unregister => accounts::storage_unregister;
    storage_balance_of => accounts::storage_balance_of;
    storage_balance_bounds => accounts::storage_balance_bounds;
    lock_storage_cost => accounts::lock_storage_cost;
    allow_token => locking::allow_token;
    is_token_allowed => locking::is_token_allowed;
    lock => locking::lock;
    ft_on_transfer => locking::ft_on_transfer;
    claim => settling::claim;
    refund => settling::refund;
    pay => payout::pay;
    on_payout => payout::on_payout;
    remove => removal::remove;
    lock_id => views::lock_id;
    get_lock => views::get_lock;
    get_locks => views::get_locks;
    get_locks_count => views::get_locks_count;
    get_config => views::get_config;
}
