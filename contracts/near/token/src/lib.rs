//! A fungible token: NEP-141 (transfers), NEP-145 (storage), NEP-148 (metadata), for devnets and tests. Its owner
//! mints, and blocks accounts as stablecoins can.

pub mod administration;
pub mod balances;
pub mod metadata;
pub mod registration;
pub mod transfers;

env::export! {
    new => administration::new;
    mint => administration::mint;
    set_blocked => administration::set_blocked;
    is_blocked => administration::is_blocked;
    owner => administration::owner;
    ft_metadata => metadata::ft_metadata;
    ft_total_supply => balances::ft_total_supply;
    ft_balance_of => balances::ft_balance_of;
    ft_transfer => transfers::ft_transfer;
    ft_transfer_call => transfers::ft_transfer_call;
    ft_resolve_transfer => transfers::ft_resolve_transfer;
    storage_deposit => registration::storage_deposit;
    storage_withdraw => registration::storage_withdraw;
    storage_unregister => registration::storage_unregister;
    storage_balance_of => registration::storage_balance_of;
    storage_balance_bounds => registration::storage_balance_bounds;
}
