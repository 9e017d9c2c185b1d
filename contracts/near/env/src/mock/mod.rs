//! A node's stand-in for unit tests: one contract, one thread, host functions with the signatures of the real ones.
//!
//! `call` runs a method as a receipt would: what it wrote is undone when it fails.

mod digest;
pub(crate) mod sys;

use serde_json::Value;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::panic;

/// Who calls, with what, and when. Set its fields through `with`.
#[derive(Clone)]
pub struct Context {
    pub current: String,
    pub signer: String,
    pub predecessor: String,
    pub deposit: u128,
    /// Nanoseconds.
    pub now: u64,
    pub input: Vec<u8>,
    /// The results a callback reads; None for a failure.
    pub results: Vec<Option<Vec<u8>>>,
}

/// One action of a receipt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    Transfer(u128),
    Call { method: String, arguments: String, deposit: u128, gas: u64, weight: u64 },
}

/// A receipt that a call made: to whom, after which other one, to do what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    pub to: String,
    pub after: Option<usize>,
    pub actions: Vec<Action>,
}

/// What a call left behind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Done {
    pub value: Vec<u8>,
    pub logs: Vec<String>,
    pub receipts: Vec<Receipt>,
    /// The receipt whose result is the call's.
    pub given: Option<usize>,
}

impl Done {
    /// The result as JSON; null when there is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.value).unwrap_or(Value::Null)
    }

    /// The names of the NEP-297 events that were logged.
    pub fn events(&self) -> Vec<String> {
        self.event_objects().iter().map(|event| event["event"].as_str().unwrap_or("").to_string()).collect()
    }

    /// The NEP-297 events that were logged.
    pub fn event_objects(&self) -> Vec<Value> {
        let texts = self.logs.iter().filter_map(|line| line.strip_prefix("EVENT_JSON:"));
        texts.map(|text| serde_json::from_str(text).expect("an event is JSON")).collect()
    }
}

pub(crate) struct World {
    pub context: Context,
    pub state: BTreeMap<Vec<u8>, Vec<u8>>,
    pub registers: BTreeMap<u64, Vec<u8>>,
    pub done: Done,
}

impl World {
    fn new() -> World {
        World {
            context: Context {
                current: "contract.test".into(),
                signer: "alice.test".into(),
                predecessor: "alice.test".into(),
                deposit: 0,
                now: 1_700_000_000 * crate::SECOND,
                input: Vec::new(),
                results: Vec::new(),
            },
            state: BTreeMap::new(),
            registers: BTreeMap::new(),
            done: Done::default(),
        }
    }
}

thread_local! {
    static WORLD: RefCell<World> = RefCell::new(World::new());
}

/// Begins anew, with an empty state.
pub fn reset() {
    world(|world| *world = World::new());
}

pub(crate) fn world<T>(use_it: impl FnOnce(&mut World) -> T) -> T {
    WORLD.with(|world| use_it(&mut world.borrow_mut()))
}

/// Changes the context of the calls that follow.
pub fn with(change: impl FnOnce(&mut Context)) {
    world(|world| change(&mut world.context));
}

/// The next calls are `account`'s, signed by itself.
pub fn by(account: &str) {
    with(|context| {
        context.signer = account.into();
        context.predecessor = account.into();
    });
}

/// The bytes of state in use, counted as the protocol does.
pub fn storage_usage() -> u128 {
    world(|world| {
        let sizes = world.state.iter().map(|(key, value)| (key.len() + value.len()) as u128 + crate::ENTRY_OVERHEAD);
        sizes.sum()
    })
}

/// The value at `key`.
pub fn stored(key: &[u8]) -> Option<Vec<u8>> {
    world(|world| world.state.get(key).cloned())
}

/// Runs `dispatch(method)` with JSON arguments and `deposit`. Err is what the contract failed with.
pub fn call(dispatch: fn(&str), method: &str, arguments: Value, deposit: u128) -> Result<Done, String> {
    let before = world(|world| {
        world.context.deposit = deposit;
        world.context.input = arguments.to_string().into_bytes();
        world.done = Done::default();
        world.registers.clear();
        world.state.clone()
    });
    let ended = panic::catch_unwind(|| dispatch(method));
    world(|world| match ended {
        Ok(()) => Ok(std::mem::take(&mut world.done)),
        Err(cause) => {
            world.state = before;
            Err(cause.downcast_ref::<String>().cloned().unwrap_or_else(|| "a panic without a message".into()))
        }
    })
}
