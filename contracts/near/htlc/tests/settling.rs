//! Claims, refunds and payments: every boundary, order and outcome.

mod common;
use common::*;
use env::mock::{Action, Done, Receipt};
use env::{mock, SECOND, TGAS};
use serde_json::{json, Value};

#[test]
fn anyone_claims_before_the_timelock_and_the_receiver_is_paid() {
    set_up();
    let id = lock();
    mock::by("carol.test");
    at(TIMELOCK * SECOND - 1);
    let done = claim(&id).unwrap();
    assert_eq!(done.events(), ["lock_claimed"]);
    assert_eq!(done.event_objects()[0]["data"][0]["secret"], SECRET);
    let arguments = json!({ "id": id }).to_string();
    let callback = Action::Call { method: "on_payout".into(), arguments, deposit: 0, gas: 10 * TGAS, weight: 0 };
    let payment = Receipt { to: "bob.test".into(), after: None, actions: vec![Action::Transfer(AMOUNT)] };
    let back = Receipt { to: "contract.test".into(), after: Some(0), actions: vec![callback] };
    assert_eq!((done.receipts, done.given), (vec![payment, back], Some(1)));
    assert_eq!(standing(&id), pair("claimed", "paying"));
    let done = paid(&id, true).unwrap();
    assert_eq!((done.events(), done.json()), (vec!["payout_succeeded".to_string()], json!(true)));
    assert_eq!(standing(&id), pair("claimed", "paid"));
    assert_eq!(get(&id)["secret"], SECRET);
    assert_eq!(get(&id)["settled_at"], TIMELOCK - 1);
}

#[test]
fn claims_end_and_refunds_begin_at_the_timelock() {
    set_up();
    let id = lock();
    at(TIMELOCK * SECOND - 1);
    assert_eq!(error(refund(&id)), "ERR_NOT_EXPIRED");
    at(TIMELOCK * SECOND);
    assert_eq!(error(claim(&id)), "ERR_EXPIRED");
    let done = refund(&id).unwrap();
    assert_eq!(done.events(), ["lock_refunded"]);
    let Receipt { to, actions, .. } = &done.receipts[0];
    assert_eq!((to.as_str(), &actions[..]), ("alice.test", &[Action::Transfer(AMOUNT)][..]));
    assert_eq!(standing(&id), pair("refunded", "paying"));
    assert_eq!(get(&id)["secret"], json!(null));
}

#[test]
fn only_the_right_secret_of_32_bytes_in_lower_case_claims() {
    set_up();
    let id = lock();
    let cases = [
        ("74".repeat(32), "ERR_WRONG_SECRET"),
        ("73".repeat(31), "ERR_SECRET"),
        ("73".repeat(33), "ERR_SECRET"),
        (String::new(), "ERR_SECRET"),
        ("7A".repeat(32), "ERR_SECRET"),
    ];
    for (secret, name) in cases {
        assert_eq!(error(call("claim", json!({"id": id, "secret": secret}), 0)), name);
    }
    assert_eq!(error(claim(&"00".repeat(32))), "ERR_NOT_FOUND");
    assert_eq!(error(claim(&id.to_uppercase())), "ERR_ID");
    assert_eq!(error(call("claim", json!({"id": id, "secret": SECRET}), 1)), "ERR_DEPOSIT");
    assert_eq!(standing(&id), pair("locked", "none"));
}

#[test]
fn keccak256_is_the_hash_where_it_was_chosen() {
    set_up_with("keccak256");
    let by_sha256 = lock();
    let secret = env::hex::decode(SECRET).unwrap();
    let hashlock = env::hex::encode(&env::host::keccak256(&secret));
    let by_keccak = id_of(call("lock", changed("hashlock", json!(hashlock)), AMOUNT).unwrap());
    assert_eq!(error(claim(&by_sha256)), "ERR_WRONG_SECRET");
    claim(&by_keccak).unwrap();
}

#[test]
fn what_is_settled_stays_so() {
    set_up();
    let claimed = lock();
    let refunded = id_of(call("lock", salted(1), AMOUNT).unwrap());
    claim(&claimed).unwrap();
    assert_eq!(error(claim(&claimed)), "ERR_CLAIMED");
    paid(&claimed, false).unwrap();
    at(TIMELOCK * SECOND);
    assert_eq!(error(refund(&claimed)), "ERR_CLAIMED");
    refund(&refunded).unwrap();
    assert_eq!(error(refund(&refunded)), "ERR_REFUNDED");
    paid(&refunded, false).unwrap();
    at(NOW * SECOND);
    assert_eq!(error(claim(&refunded)), "ERR_REFUNDED");
}

#[test]
fn a_failed_payment_is_paid_again_by_anyone_and_once() {
    set_up();
    let id = lock();
    assert_eq!(error(pay(&id)), "ERR_NOT_SETTLED");
    claim(&id).unwrap();
    assert_eq!(error(pay(&id)), "ERR_PAYING");
    let done = paid(&id, false).unwrap();
    assert_eq!((done.events(), done.json()), (vec!["payout_failed".to_string()], json!(false)));
    assert_eq!(standing(&id), pair("claimed", "failed"));
    mock::by("carol.test");
    let done = pay(&id).unwrap();
    assert_eq!((done.receipts[0].to.as_str(), done.events().len()), ("bob.test", 0));
    assert_eq!(error(pay(&id)), "ERR_PAYING");
    paid(&id, true).unwrap();
    assert_eq!(error(pay(&id)), "ERR_PAID");
    assert_eq!(error(paid(&id, false)), "ERR_NOT_PAYING");
}

#[test]
fn only_the_contract_itself_says_what_became_of_a_payment() {
    set_up();
    let id = lock();
    claim(&id).unwrap();
    mock::with(|context| context.results = vec![None]);
    assert_eq!(error(call("on_payout", json!({ "id": id }), 0)), "ERR_PRIVATE");
}

#[test]
fn a_token_is_paid_by_ft_transfer_with_its_yocto_and_all_gas_that_is_left() {
    set_up();
    lock_token("usdt.test", "5", wanted()).unwrap();
    let done = claim(&token_id()).unwrap();
    let arguments = json!({"receiver_id": "bob.test", "amount": "5", "memo": "htlc"});
    let Receipt { to, actions, .. } = done.receipts[0].clone();
    assert_eq!(to, "usdt.test");
    match &actions[..] {
        [Action::Call { method, arguments: given, deposit: 1, gas, weight: 1 }] => {
            assert_eq!((method.as_str(), *gas), ("ft_transfer", 30 * TGAS));
            assert_eq!(serde_json::from_str::<serde_json::Value>(given).unwrap(), arguments);
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_event_has_the_id_and_all_terms() {
    set_up();
    let terms = |id: &str, more: Value| {
        let mut expected = json!({"id": id, "sender": "alice.test", "receiver": "bob.test", "token": null,
            "amount": AMOUNT.to_string(), "hashlock": HASHLOCK, "timelock": TIMELOCK, "salt": get(id)["salt"]});
        expected.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        expected
    };
    let told = |done: Done| done.event_objects()[0].clone();
    let event =
        |name: &str, data: Value| json!({"standard": "htlc", "version": "1.0.0", "event": name, "data": [data]});

    let made = call("lock", wanted(), AMOUNT).unwrap();
    let id = id_of(made.clone());
    assert_eq!(told(made), event("lock_created", terms(&id, json!({}))));
    assert_eq!(told(claim(&id).unwrap()), event("lock_claimed", terms(&id, json!({"secret": SECRET}))));
    assert_eq!(told(paid(&id, false).unwrap()), event("payout_failed", terms(&id, json!({"payee": "bob.test"}))));
    pay(&id).unwrap();
    assert_eq!(told(paid(&id, true).unwrap()), event("payout_succeeded", terms(&id, json!({"payee": "bob.test"}))));
    let other = id_of(call("lock", salted(1), AMOUNT).unwrap());
    at((TIMELOCK + RETENTION) * SECOND);
    assert_eq!(told(refund(&other).unwrap()), event("lock_refunded", terms(&other, json!({}))));
    assert_eq!(told(paid(&other, true).unwrap())["data"][0]["payee"], "alice.test");
    let removed = event("lock_removed", terms(&id, json!({})));
    assert_eq!(told(remove(&id).unwrap()), removed);
}
