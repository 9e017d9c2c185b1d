//! The token: supply, transfers, refunds, registration, blocking.

use env::mock::{self, Action, Done};
use env::{BYTE_PRICE, TGAS};
use serde_json::{json, Value};

const PRICE: u128 = 125 * BYTE_PRICE;

fn call(method: &str, arguments: Value, deposit: u128) -> Result<Done, String> {
    mock::call(token::dispatch, method, arguments, deposit)
}

fn error(result: Result<Done, String>) -> String {
    result.expect_err("a failure").split(':').next().unwrap_or("").to_string()
}

fn balance(account_id: &str) -> String {
    call("ft_balance_of", json!({ "account_id": account_id }), 0).unwrap().json().as_str().unwrap().to_string()
}

fn supply() -> Value {
    call("ft_total_supply", json!({}), 0).unwrap().json()
}

fn set_up() {
    mock::reset();
    let metadata = json!({"spec": "ft-1.0.0", "name": "Test Dollar", "symbol": "TUSD", "decimals": 6});
    let arguments = json!({"owner_id": "alice.test", "total_supply": "1000", "metadata": metadata});
    let done = call("new", arguments.clone(), 0).unwrap();
    assert_eq!(done.events(), ["ft_mint"]);
    assert_eq!(error(call("new", arguments, 0)), "ERR_INITIALIZED");
    call("storage_deposit", json!({"account_id": "bob.test"}), PRICE).unwrap();
}

fn transfer(to: &str, amount: &str) -> Result<Done, String> {
    call("ft_transfer", json!({"receiver_id": to, "amount": amount}), 1)
}

#[test]
fn the_owner_begins_with_the_whole_supply_and_mints_more() {
    set_up();
    assert_eq!((balance("alice.test"), supply()), ("1000".into(), json!("1000")));
    assert_eq!(call("ft_metadata", json!({}), 0).unwrap().json()["symbol"], "TUSD");
    assert_eq!(call("mint", json!({"account_id": "bob.test", "amount": "5"}), 0).unwrap().events(), ["ft_mint"]);
    assert_eq!((balance("bob.test"), supply()), ("5".into(), json!("1005")));
    assert_eq!(error(call("mint", json!({"account_id": "eve.test", "amount": "5"}), 0)), "ERR_NOT_REGISTERED");
    let rest = (u128::MAX - 1004).to_string();
    assert_eq!(error(call("mint", json!({"account_id": "bob.test", "amount": rest}), 0)), "ERR_SUPPLY");
    mock::by("bob.test");
    assert_eq!(error(call("mint", json!({"account_id": "bob.test", "amount": "5"}), 0)), "ERR_OWNER");
    assert_eq!(error(call("set_blocked", json!({"account_id": "bob.test", "blocked": true}), 0)), "ERR_OWNER");
}

#[test]
fn transfers_move_exactly_the_amount_or_nothing() {
    set_up();
    let done = transfer("bob.test", "400").unwrap();
    let data = json!({"old_owner_id": "alice.test", "new_owner_id": "bob.test", "amount": "400"});
    assert_eq!(done.event_objects()[0]["data"], json!([data]));
    for (to, amount, name) in [
        ("bob.test", "601", "ERR_BALANCE"),
        ("bob.test", "0", "ERR_AMOUNT"),
        ("eve.test", "1", "ERR_NOT_REGISTERED"),
        ("alice.test", "1", "ERR_SELF"),
        ("Bob", "1", "ERR_ACCOUNT_ID"),
    ] {
        assert_eq!(error(transfer(to, amount)), name);
    }
    assert_eq!(error(call("ft_transfer", json!({"receiver_id": "bob.test", "amount": "1"}), 0)), "ERR_ONE_YOCTO");
    assert_eq!((balance("alice.test"), balance("bob.test")), ("600".into(), "400".into()));
}

#[test]
fn the_blocked_neither_send_nor_receive() {
    set_up();
    call("set_blocked", json!({"account_id": "bob.test", "blocked": true}), 0).unwrap();
    assert_eq!(error(transfer("bob.test", "1")), "ERR_BLOCKED");
    mock::by("bob.test");
    assert_eq!(error(transfer("alice.test", "1")), "ERR_BLOCKED");
    mock::by("alice.test");
    call("set_blocked", json!({"account_id": "bob.test", "blocked": false}), 0).unwrap();
    transfer("bob.test", "1").unwrap();
}

fn transfer_call() -> Done {
    call("ft_transfer_call", json!({"receiver_id": "bob.test", "amount": "400", "msg": "m"}), 1).unwrap()
}

fn resolve(result: Option<&str>) -> Done {
    mock::with(|context| {
        context.predecessor = context.current.clone();
        context.results = vec![result.map(|text| text.as_bytes().to_vec())];
    });
    let arguments = json!({"sender_id": "alice.test", "receiver_id": "bob.test", "amount": "400"});
    let done = call("ft_resolve_transfer", arguments, 0).unwrap();
    mock::by("alice.test");
    done
}

#[test]
fn a_transfer_call_tells_the_receiver_and_takes_back_what_is_unused() {
    set_up();
    let done = transfer_call();
    assert_eq!((done.receipts[0].to.as_str(), done.receipts[1].after, done.given), ("bob.test", Some(0), Some(1)));
    let arguments = json!({"sender_id": "alice.test", "amount": "400", "msg": "m"}).to_string();
    match &done.receipts[0].actions[..] {
        [Action::Call { method, arguments: given, deposit: 0, gas: 0, weight: 1 }] => {
            assert_eq!(method, "ft_on_transfer");
            let (given, expected): (Value, Value) =
                (serde_json::from_str(given).unwrap(), serde_json::from_str(&arguments).unwrap());
            assert_eq!(given, expected);
        }
        other => panic!("{other:?}"),
    }
    match &done.receipts[1].actions[..] {
        [Action::Call { method, gas, weight: 0, .. }] => {
            assert_eq!((method.as_str(), *gas), ("ft_resolve_transfer", 10 * TGAS));
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(resolve(Some("\"150\"")).json(), json!("250"));
    assert_eq!((balance("alice.test"), balance("bob.test")), ("750".into(), "250".into()));
}

#[test]
fn a_receiver_that_fails_or_babbles_gives_all_back() {
    for (result, used) in [(None, "0"), (Some("nonsense"), "0"), (Some("\"9999\""), "0"), (Some("\"0\""), "400")] {
        set_up();
        call("mint", json!({"account_id": "bob.test", "amount": "70"}), 0).unwrap();
        transfer_call();
        assert_eq!(resolve(result).json(), json!(used), "{result:?}");
        assert_eq!(balance("bob.test"), (used.parse::<u64>().unwrap() + 70).to_string());
    }
}

#[test]
fn what_the_receiver_has_spent_cannot_come_back() {
    set_up();
    transfer_call();
    mock::by("bob.test");
    transfer("alice.test", "300").unwrap();
    assert_eq!(resolve(None).json(), json!("300"));
    assert_eq!((balance("alice.test"), balance("bob.test"), supply()), ("1000".into(), "0".into(), json!("1000")));
}

#[test]
fn a_refund_to_an_account_that_left_is_burned() {
    set_up();
    transfer_call();
    assert_eq!(error(call("storage_unregister", json!({}), 1)), "ERR_BALANCE");
    call("storage_unregister", json!({"force": true}), 1).unwrap();
    assert_eq!(resolve(None).events(), ["ft_burn"]);
    assert_eq!((balance("bob.test"), supply()), ("0".into(), json!("0")));
}

#[test]
fn registration_has_one_price_and_comes_back() {
    set_up();
    let bounds = json!({"min": PRICE.to_string(), "max": PRICE.to_string()});
    assert_eq!(call("storage_balance_bounds", json!({}), 0).unwrap().json(), bounds);
    mock::by("eve.test");
    assert_eq!(error(call("storage_deposit", json!({}), PRICE - 1)), "ERR_DEPOSIT");
    assert_eq!(error(call("storage_withdraw", json!({}), 1)), "ERR_NOT_REGISTERED");
    let done = call("storage_deposit", json!({}), PRICE + 3).unwrap();
    assert_eq!(done.receipts[0].actions, [Action::Transfer(3)]);
    let again = call("storage_deposit", json!({}), PRICE).unwrap();
    assert_eq!(again.receipts[0].actions, [Action::Transfer(PRICE)]);
    assert_eq!(error(call("storage_withdraw", json!({"amount": "1"}), 1)), "ERR_STORAGE");
    let left = call("storage_unregister", json!({}), 1).unwrap();
    assert_eq!(left.receipts[0].actions, [Action::Transfer(PRICE + 1)]);
    assert_eq!(call("storage_balance_of", json!({"account_id": "eve.test"}), 0).unwrap().json(), json!(null));
}
