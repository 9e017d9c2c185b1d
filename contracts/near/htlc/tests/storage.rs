//! Storage: what locks cost, that it is exactly what the state takes, and that it comes back.

mod common;
use common::*;
use env::mock::{self, Action};
use env::{BYTE_PRICE, SECOND};
use serde_json::{json, Value};

const REGISTRATION: u128 = 137 * BYTE_PRICE;

/// What a lock's price has in store for a sender with a longer account id than alice's.
const SPARE: u128 = (64 - "alice.test".len() as u128) * BYTE_PRICE;
/// The bytes of a receipt's log that the protocol allows (max_total_log_length).
const LOG_MAX: usize = 16_384;

fn cost(token: Value) -> u128 {
    let arguments = json!({"receiver": "bob.test", "token": token});
    view("lock_storage_cost", arguments).as_str().unwrap().parse().unwrap()
}

#[test]
fn a_lock_holds_the_price_of_the_state_it_takes_and_frees_it() {
    set_up();
    let (before, usage) = (available("alice.test"), mock::storage_usage());
    let id = lock();
    assert_eq!(cost(json!(null)), (mock::storage_usage() - usage) * BYTE_PRICE + SPARE);
    assert_eq!(available("alice.test"), before - cost(json!(null)));
    claim(&id).unwrap();
    paid(&id, true).unwrap();
    at((TIMELOCK + RETENTION) * SECOND);
    assert_eq!(remove(&id).unwrap().events(), ["lock_removed"]);
    assert_eq!((available("alice.test"), mock::storage_usage()), (before, usage));
    assert_eq!(get(&id), json!(null));
}

#[test]
fn a_token_lock_costs_its_payments_yocto_too_which_does_not_come_back() {
    set_up();
    let (before, usage) = (available("alice.test"), mock::storage_usage());
    lock_token("usdt.test", "5", wanted()).unwrap();
    assert_eq!(cost(json!("usdt.test")), (mock::storage_usage() - usage) * BYTE_PRICE + SPARE + 1);
    let id = token_id();
    claim(&id).unwrap();
    paid(&id, true).unwrap();
    at((TIMELOCK + RETENTION) * SECOND);
    remove(&id).unwrap();
    assert_eq!((available("alice.test"), mock::storage_usage()), (before - 1, usage));
}

#[test]
fn a_sender_without_enough_deposit_cannot_lock() {
    set_up();
    mock::by("dave.test");
    assert_eq!(error(call("lock", wanted(), AMOUNT)), "ERR_NOT_REGISTERED");
    let needed = REGISTRATION + cost(json!(null));
    call("storage_deposit", json!({}), needed - 1).unwrap();
    let terms = changed("receiver", json!("bob.test"));
    assert_eq!(error(call("lock", terms.clone(), AMOUNT)), "ERR_STORAGE");
    call("storage_deposit", json!({"account_id": "dave.test"}), 1).unwrap();
    call("lock", terms, AMOUNT).unwrap();
    assert_eq!(available("dave.test"), 0);
}

#[test]
fn removal_waits_for_payment_timelock_and_retention() {
    set_up();
    let id = lock();
    assert_eq!(error(remove(&id)), "ERR_NOT_PAID");
    claim(&id).unwrap();
    paid(&id, false).unwrap();
    assert_eq!(error(remove(&id)), "ERR_NOT_PAID");
    pay(&id).unwrap();
    assert_eq!(error(remove(&id)), "ERR_NOT_PAID");
    paid(&id, true).unwrap();
    at(TIMELOCK * SECOND - 1);
    assert_eq!(error(remove(&id)), "ERR_NOT_EXPIRED");
    at(TIMELOCK * SECOND);
    assert_eq!(error(remove(&id)), "ERR_RETENTION");
    at((NOW + RETENTION) * SECOND - 1);
    assert_eq!(error(remove(&id)), "ERR_RETENTION");
    at((NOW + RETENTION) * SECOND);
    remove(&id).unwrap();
    assert_eq!(error(remove(&id)), "ERR_NOT_FOUND");
    assert_eq!(error(call("lock", wanted(), AMOUNT)), "ERR_TIMELOCK");
}

#[test]
fn pages_show_every_lock_also_after_removals() {
    set_up();
    let ids: Vec<String> = (0..5).map(|salt| id_of(call("lock", salted(salt), AMOUNT).unwrap())).collect();
    let page = |from: u64, limit: u64| -> Vec<String> {
        let locks = view("get_locks", json!({"from_index": from, "limit": limit}));
        locks.as_array().unwrap().iter().map(|lock| lock["id"].as_str().unwrap().to_string()).collect()
    };
    assert_eq!([page(0, 2), page(2, 2), page(4, 2)].concat(), ids);
    assert!(page(5, 10).is_empty() && page(u64::MAX, u64::MAX).is_empty());
    for id in [&ids[1], &ids[4]] {
        claim(id).unwrap();
        paid(id, true).unwrap();
    }
    at((TIMELOCK + RETENTION) * SECOND);
    call("remove", json!({"ids": [ids[1], ids[4]]}), 0).unwrap();
    assert_eq!(page(0, 100), [&ids[0], &ids[3], &ids[2]].map(String::clone));
    assert_eq!(view("get_locks_count", json!({})), json!(3));
}

#[test]
fn the_price_covers_the_longest_sender_to_the_byte() {
    set_up();
    let sender = "a".repeat(64);
    mock::by(&sender);
    call("storage_deposit", json!({}), DEPOSIT).unwrap();
    let (before, usage) = (available(&sender), mock::storage_usage());
    lock();
    assert_eq!(before - available(&sender), (mock::storage_usage() - usage) * BYTE_PRICE);
    assert_eq!(before - available(&sender), cost(json!(null)));
}

#[test]
fn as_many_locks_as_may_be_removed_at_once_fit_the_log() {
    set_up();
    let (sender, receiver, token) = ("a".repeat(64), "b".repeat(64), "c".repeat(64));
    mock::by(&sender);
    call("storage_deposit", json!({}), 10 * DEPOSIT).unwrap();
    let ids: Vec<String> = (0..21)
        .map(|salt| {
            mock::with(|context| context.predecessor = token.clone());
            let mut terms = changed("receiver", json!(receiver));
            terms["salt"] = json!(format!("{salt:064x}"));
            let arguments = json!({"sender_id": sender, "amount": u128::MAX.to_string(), "msg": terms.to_string()});
            let id = call("ft_on_transfer", arguments, 0).unwrap().event_objects()[0]["data"][0]["id"].clone();
            let id = id.as_str().unwrap().to_string();
            claim(&id).unwrap();
            paid(&id, true).unwrap();
            mock::by(&sender);
            id
        })
        .collect();
    at((TIMELOCK + RETENTION) * SECOND);
    assert_eq!(error(call("remove", json!({ "ids": ids }), 0)), "ERR_IDS");
    let done = call("remove", json!({ "ids": ids[..20] }), 0).unwrap();
    assert_eq!(done.events().len(), 20);
    let logged: usize = done.logs.iter().map(String::len).sum();
    assert!(logged <= LOG_MAX, "{logged} bytes");
}

#[test]
fn one_lock_that_must_stay_keeps_all_of_a_removal() {
    set_up();
    let (gone, stays) = (lock(), id_of(call("lock", salted(1), AMOUNT).unwrap()));
    claim(&gone).unwrap();
    paid(&gone, true).unwrap();
    at((TIMELOCK + RETENTION) * SECOND);
    assert_eq!(error(call("remove", json!({"ids": [gone, stays]}), 0)), "ERR_NOT_PAID");
    assert_eq!(get(&gone)["id"], json!(gone));
}

#[test]
fn deposits_are_registered_returned_and_bounded() {
    set_up();
    assert_eq!(view("storage_balance_bounds", json!({})), json!({"min": REGISTRATION.to_string(), "max": null}));
    assert_eq!(view("storage_balance_of", json!({"account_id": "eve.test"})), json!(null));
    mock::by("eve.test");
    assert_eq!(error(call("storage_deposit", json!({}), REGISTRATION - 1)), "ERR_DEPOSIT");
    let only = json!({"registration_only": true});
    let done = call("storage_deposit", only.clone(), REGISTRATION + 7).unwrap();
    assert_eq!(done.receipts[0].actions, [Action::Transfer(7)]);
    assert_eq!(done.json(), json!({"total": REGISTRATION.to_string(), "available": "0"}));
    let again = call("storage_deposit", only, 9).unwrap();
    assert_eq!(again.receipts[0].actions, [Action::Transfer(9)]);
}

#[test]
fn what_is_available_is_withdrawn_and_no_more() {
    set_up();
    lock();
    let left = available("alice.test");
    assert_eq!(error(call("storage_withdraw", json!({}), 0)), "ERR_ONE_YOCTO");
    assert_eq!(error(call("storage_withdraw", json!({"amount": (left + 1).to_string()}), 1)), "ERR_STORAGE");
    let done = call("storage_withdraw", json!({"amount": "5"}), 1).unwrap();
    assert_eq!(done.receipts[0].actions, [Action::Transfer(6)]);
    let done = call("storage_withdraw", json!({}), 1).unwrap();
    assert_eq!(done.receipts[0].actions, [Action::Transfer(left - 5 + 1)]);
    assert_eq!(available("alice.test"), 0);
}

#[test]
fn an_account_with_locks_cannot_leave() {
    set_up();
    let id = lock();
    assert_eq!(error(call("storage_unregister", json!({"force": true}), 1)), "ERR_STORAGE_HELD");
    claim(&id).unwrap();
    paid(&id, true).unwrap();
    at((TIMELOCK + RETENTION) * SECOND);
    remove(&id).unwrap();
    let done = call("storage_unregister", json!({}), 1).unwrap();
    assert_eq!((done.json(), &done.receipts[0].actions[..]), (json!(true), &[Action::Transfer(DEPOSIT + 1)][..]));
    assert_eq!(call("storage_unregister", json!({}), 1).unwrap().json(), json!(false));
}

#[test]
fn the_settings_can_be_read() {
    set_up();
    let expected = json!({"version": "1.0.0", "hash_function": "sha256", "retention_seconds": RETENTION,
        "public_claim": true, "public_refund": true});
    assert_eq!(view("get_config", json!({})), expected);
}
