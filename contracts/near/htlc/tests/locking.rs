//! Making locks: what they hold, and what is refused.

mod common;
use common::*;
use env::{mock, SECOND};
use serde_json::{json, Value};

#[test]
fn the_ids_are_the_golden_ones() {
    let vectors: Vec<Value> = serde_json::from_str(include_str!("../../vectors/lock_ids.json")).unwrap();
    assert!(vectors.len() > 5);
    for terms in vectors {
        assert_eq!(view("lock_id", terms.clone()), terms["id"]);
    }
}

#[test]
fn a_lock_holds_the_deposit_on_the_terms_given() {
    set_up();
    let done = call("lock", wanted(), AMOUNT).unwrap();
    assert_eq!(done.events(), ["lock_created"]);
    assert_eq!(done.event_objects()[0]["data"][0]["amount"], AMOUNT.to_string());
    let id = id_of(done);
    let expected = json!({"id": id, "sender": "alice.test", "receiver": "bob.test", "token": null,
        "amount": AMOUNT.to_string(), "hashlock": HASHLOCK, "timelock": TIMELOCK, "salt": SALT, "state": "locked",
        "payout": "none", "secret": null, "created_at": NOW, "settled_at": null,
        "created_at_ns": (NOW * SECOND).to_string(), "settled_at_ns": null});
    assert_eq!(get(&id), expected);
}

#[test]
fn the_stored_bytes_are_the_published_layout() {
    set_up();
    let id = lock();
    let key = [&b"l"[..], &env::hex::decode(&id).unwrap()].concat();
    let stored = mock::stored(&key).unwrap();
    let zeros = "00".repeat(32);
    let created = (NOW * SECOND).to_le_bytes().map(|byte| format!("{byte:02x}")).concat();
    let timelock = TIMELOCK.to_le_bytes().map(|byte| format!("{byte:02x}")).concat();
    let amount = AMOUNT.to_le_bytes().map(|byte| format!("{byte:02x}")).concat();
    let expected = format!(
        "01\
         0a000000616c6963652e74657374\
         08000000626f622e74657374\
         00{amount}{HASHLOCK}{timelock}{SALT}\
         0000{zeros}{created}0000000000000000"
    );
    let text: String = stored.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(text, expected);
}

#[test]
fn a_timelock_may_be_a_number_or_a_decimal_string() {
    set_up();
    let id = id_of(call("lock", changed("timelock", json!(TIMELOCK.to_string())), AMOUNT).unwrap());
    assert_eq!(get(&id)["timelock"], json!(TIMELOCK));
}

#[test]
fn malformed_terms_are_refused() {
    set_up();
    let upper = HASHLOCK.to_uppercase();
    let cases = [
        ("hashlock", json!(upper), "ERR_HASHLOCK"),
        ("hashlock", json!(HASHLOCK[2..]), "ERR_HASHLOCK"),
        ("hashlock", json!(format!("0x{}", &HASHLOCK[2..])), "ERR_HASHLOCK"),
        ("hashlock", json!(format!("{HASHLOCK}00")), "ERR_HASHLOCK"),
        ("salt", json!("g".repeat(64)), "ERR_SALT"),
        ("receiver", json!("Bob.test"), "ERR_ACCOUNT_ID"),
        ("receiver", json!("contract.test"), "ERR_SELF"),
        ("timelock", json!(NOW), "ERR_TIMELOCK"),
        ("timelock", json!(u64::MAX / SECOND + 1), "ERR_TIMELOCK"),
        ("timelock", json!(-1), "ERR_ARGUMENTS"),
        ("timelock", json!(1.5), "ERR_ARGUMENTS"),
        ("timelock", json!("+1700000060"), "ERR_ARGUMENTS"),
        ("timelock", json!("18446744073709551616"), "ERR_ARGUMENTS"),
        ("timelock", json!(null), "ERR_ARGUMENTS"),
    ];
    for (field, value, name) in cases {
        assert_eq!(error(call("lock", changed(field, value.clone()), AMOUNT)), name, "{field} {value}");
    }
    assert_eq!(error(call("lock", wanted(), 0)), "ERR_AMOUNT");
}

#[test]
fn the_timelock_must_be_ahead_by_a_nanosecond_at_least() {
    set_up();
    at(TIMELOCK * SECOND);
    assert_eq!(error(call("lock", wanted(), AMOUNT)), "ERR_TIMELOCK");
    at(TIMELOCK * SECOND - 1);
    call("lock", wanted(), AMOUNT).unwrap();
}

#[test]
fn a_timelock_that_block_time_can_never_reach_is_refused() {
    set_up();
    let last = u64::MAX / SECOND;
    assert_eq!(error(call("lock", changed("timelock", json!(last + 1)), AMOUNT)), "ERR_TIMELOCK");
    let id = id_of(call("lock", changed("timelock", json!(last)), AMOUNT).unwrap());
    at(u64::MAX);
    refund(&id).unwrap();
}

#[test]
fn the_same_lock_is_not_made_twice_but_another_salt_makes_another() {
    set_up();
    let id = lock();
    assert_eq!(error(call("lock", wanted(), AMOUNT)), "ERR_EXISTS");
    assert_ne!(id_of(call("lock", salted(1), AMOUNT).unwrap()), id);
    assert_ne!(id_of(call("lock", wanted(), AMOUNT + 1).unwrap()), id);
}

#[test]
fn nobody_else_can_take_an_id() {
    set_up();
    mock::by("mallory.test");
    call("storage_deposit", json!({}), DEPOSIT).unwrap();
    let others = id_of(call("lock", wanted(), AMOUNT).unwrap());
    mock::by("alice.test");
    assert_ne!(lock(), others);
}

#[test]
fn a_token_transfer_is_kept_on_the_same_terms() {
    set_up();
    let done = lock_token("usdt.test", "5", wanted()).unwrap();
    assert_eq!(done.json(), json!("0"));
    let lock = get(&token_id());
    assert_eq!((&lock["token"], &lock["amount"]), (&json!("usdt.test"), &json!("5")));
    assert_eq!(lock["sender"], "alice.test");
}

#[test]
fn a_token_transfer_that_cannot_be_kept_is_given_back_whole_and_the_log_says_why() {
    set_up();
    lock_token("usdt.test", "5", wanted()).unwrap();
    let (held, usage) = (available("alice.test"), mock::storage_usage());
    let cases = [
        ("5", wanted(), "ERR_EXISTS"),
        ("0", wanted(), "ERR_AMOUNT"),
        ("6", json!("not terms"), "ERR_MSG"),
        ("6", changed("hashlock", json!(HASHLOCK.to_uppercase())), "ERR_HASHLOCK"),
        ("6", changed("salt", json!("ab")), "ERR_SALT"),
        ("6", changed("receiver", json!("contract.test")), "ERR_SELF"),
        ("6", changed("receiver", json!("Bob.test")), "ERR_ACCOUNT_ID"),
        ("6", changed("timelock", json!(NOW)), "ERR_TIMELOCK"),
    ];
    for (amount, terms, name) in cases {
        assert_eq!(given_back(lock_token("usdt.test", amount, terms), amount), name);
    }
    call("storage_withdraw", json!({}), 1).unwrap();
    assert_eq!(given_back(lock_token("usdt.test", "6", wanted()), "6"), "ERR_STORAGE");
    assert_eq!(mock::storage_usage(), usage);
    assert!(held > 0);
}

#[test]
fn a_token_call_that_is_not_one_fails() {
    set_up();
    assert_eq!(error(lock_token("usdt.test", "-5", wanted())), "ERR_ARGUMENTS");
    mock::with(|context| context.predecessor = "usdt.test".into());
    let arguments = json!({"sender_id": "alice.test", "amount": "5", "msg": wanted().to_string()});
    assert_eq!(error(call("ft_on_transfer", arguments, 1)), "ERR_DEPOSIT");
}

#[test]
fn a_token_cannot_use_a_strangers_storage_deposit_unless_allowed() {
    set_up();
    let try_it = || {
        mock::with(|context| {
            context.signer = "mallory.test".into();
            context.predecessor = "token.test".into();
        });
        let msg = wanted().to_string();
        let result = call("ft_on_transfer", json!({"sender_id": "alice.test", "amount": "5", "msg": msg}), 0);
        mock::by("alice.test");
        result
    };
    assert_eq!(given_back(try_it(), "5"), "ERR_TOKEN_NOT_ALLOWED");
    let before = available("alice.test");
    call("allow_token", json!({"token": "token.test", "allowed": true}), 1).unwrap();
    try_it().unwrap();
    call("allow_token", json!({"token": "token.test", "allowed": false}), 1).unwrap();
    let kind = json!({"receiver": "bob.test", "token": "token.test"});
    let cost: u128 = view("lock_storage_cost", kind).as_str().unwrap().parse().unwrap();
    assert_eq!(available("alice.test"), before - cost);
    assert_eq!(given_back(try_it(), "5"), "ERR_TOKEN_NOT_ALLOWED");
}

#[test]
fn a_contract_that_is_not_set_up_locks_nothing_and_is_set_up_once() {
    mock::reset();
    at(NOW * SECOND);
    assert_eq!(error(call("lock", wanted(), AMOUNT)), "ERR_NOT_INITIALIZED");
    set_up();
    let again = call("new", json!({"hash_function": "keccak256", "retention_seconds": 0}), 0);
    assert_eq!(error(again), "ERR_INITIALIZED");
    let unknown = call("new", json!({"hash_function": "md5", "retention_seconds": 0}), 0);
    assert_eq!(error(unknown), "ERR_INITIALIZED");
}
