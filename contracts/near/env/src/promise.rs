//! Calls and transfers to other accounts, which run in later blocks.

use crate::{host, sys};

/// A receipt to one account, sent when the call succeeds.
#[derive(Clone, Copy)]
pub struct Promise(u64);

impl Promise {
    /// An empty receipt to `account`, which must be a valid id.
    pub fn to(account: &str) -> Promise {
        Promise(unsafe { sys::promise_batch_create(account.len() as u64, account.as_ptr() as u64) })
    }

    /// A receipt to the contract itself that waits for this one's outcome.
    pub fn then_self(self) -> Promise {
        let me = host::current();
        Promise(unsafe { sys::promise_batch_then(self.0, me.len() as u64, me.as_ptr() as u64) })
    }

    /// Adds a transfer of `amount` yoctoNEAR.
    pub fn transfer(self, amount: u128) -> Promise {
        let amount = amount.to_le_bytes();
        unsafe { sys::promise_batch_action_transfer(self.0, amount.as_ptr() as u64) };
        self
    }

    /// Adds a call with `deposit` yoctoNEAR and exactly `gas`: when the running call has not so much left, it fails.
    pub fn call(self, method: &str, arguments: &str, deposit: u128, gas: u64) -> Promise {
        self.call_weight(method, arguments, deposit, gas, 0)
    }

    /// Adds a call that gets all gas which is left over, at least `gas`.
    pub fn call_with_rest(self, method: &str, arguments: &str, deposit: u128, gas: u64) -> Promise {
        self.call_weight(method, arguments, deposit, gas, 1)
    }

    fn call_weight(self, method: &str, arguments: &str, deposit: u128, gas: u64, weight: u64) -> Promise {
        let deposit = deposit.to_le_bytes();
        unsafe {
            sys::promise_batch_action_function_call_weight(
                self.0,
                method.len() as u64,
                method.as_ptr() as u64,
                arguments.len() as u64,
                arguments.as_ptr() as u64,
                deposit.as_ptr() as u64,
                gas,
                weight,
            )
        };
        self
    }

    /// Makes this receipt's result the call's result.
    pub fn give(self) {
        unsafe { sys::promise_return(self.0) }
    }
}

/// What became of the one receipt this callback waited for.
pub enum Outcome {
    /// It succeeded, with this value.
    Success(Vec<u8>),
    /// It failed; its deposit came back.
    Failure,
}

const REGISTER: u64 = 0;
const SUCCESSFUL: u64 = 1;

fn only_result() -> bool {
    unsafe { sys::promise_results_count() == 1 && sys::promise_result(0, REGISTER) == SUCCESSFUL }
}

/// Whether the one receipt that this callback waited for succeeded. The value stays in the host: it may be megabytes.
pub fn succeeded() -> bool {
    only_result()
}

/// The outcome, with the value, of the one receipt that this callback waited for.
pub fn outcome() -> Outcome {
    if !only_result() {
        return Outcome::Failure;
    }
    let mut value = vec![0u8; unsafe { sys::register_len(REGISTER) } as usize];
    unsafe { sys::read_register(REGISTER, value.as_mut_ptr() as u64) };
    Outcome::Success(value)
}
