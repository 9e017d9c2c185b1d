//! A contract that plays the token, and the user, against the HTLC: for tests.
//!
//! `forward` calls anything in its name. `plan` says what its `ft_transfer` does: re-enter other contracts, fail, or
//! answer with megabytes. It counts the payments that it was asked for.

pub mod behaviour;

env::export! {
    plan => behaviour::plan;
    forward => behaviour::forward;
    ft_transfer => behaviour::ft_transfer;
    ft_transfers => behaviour::ft_transfers;
}
