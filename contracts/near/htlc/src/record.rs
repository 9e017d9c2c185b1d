//! A lock as it is stored: key `l` and the 32 bytes of the id, value in borsh. Watchers read it from state changes.

use crate::terms::Terms;
use env::borsh::{corrupt, Reader, Writer};
use env::host;

const PREFIX: u8 = b'l';
const VERSION: u8 = 1;

/// Whose the lock's amount is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Locked = 0,
    Claimed = 1,
    Refunded = 2,
}

/// How far the payment to its owner has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Payout {
    None = 0,
    Paying = 1,
    Paid = 2,
    Failed = 3,
}

/// One lock. Its size never changes after it is made: the secret has its place from the beginning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lock {
    pub terms: Terms,
    pub state: State,
    pub payout: Payout,
    /// Zeros until claimed.
    pub secret: [u8; 32],
    pub created_at_ns: u64,
    /// 0 until claimed or refunded.
    pub settled_at_ns: u64,
}

impl Lock {
    /// A lock just made.
    pub fn new(terms: Terms) -> Lock {
        let created_at_ns = host::now();
        Lock { terms, state: State::Locked, payout: Payout::None, secret: [0; 32], created_at_ns, settled_at_ns: 0 }
    }

    /// Whom the amount is owed to; None while nobody has claimed it or been refunded.
    pub fn payee(&self) -> Option<&str> {
        match self.state {
            State::Locked => None,
            State::Claimed => Some(&self.terms.receiver),
            State::Refunded => Some(&self.terms.sender),
        }
    }

    /// The stored value.
    pub fn encode(&self) -> Vec<u8> {
        self.terms
            .write(Writer::default().u8(VERSION))
            .u8(self.state as u8)
            .u8(self.payout as u8)
            .fixed(&self.secret)
            .u64(self.created_at_ns)
            .u64(self.settled_at_ns)
            .0
    }

    /// The lock in a stored value.
    pub fn decode(value: &[u8]) -> Lock {
        let mut reader = Reader(value);
        if reader.u8() != VERSION {
            corrupt()
        }
        let terms = Terms {
            sender: reader.string(),
            receiver: reader.string(),
            token: reader.option_string(),
            amount: reader.u128(),
            hashlock: reader.fixed(),
            timelock: reader.u64(),
            salt: reader.fixed(),
        };
        let lock = Lock {
            terms,
            state: state(reader.u8()),
            payout: payout(reader.u8()),
            secret: reader.fixed(),
            created_at_ns: reader.u64(),
            settled_at_ns: reader.u64(),
        };
        reader.end();
        lock
    }

    /// Writes the lock at `id`.
    pub fn save(&self, id: &[u8; 32]) {
        host::write(&key(id), &self.encode());
    }
}

/// The lock of this id, if there is one.
pub fn find(id: &[u8; 32]) -> Option<Lock> {
    host::read(&key(id)).map(|value| Lock::decode(&value))
}

/// The lock of this id; ends the call when there is none.
pub fn load(id: &[u8; 32]) -> Lock {
    find(id).unwrap_or_else(|| host::fail("ERR_NOT_FOUND: there is no lock of this id"))
}

/// Whether there is a lock of this id.
pub fn exists(id: &[u8; 32]) -> bool {
    host::has(&key(id))
}

/// Removes the record.
pub fn erase(id: &[u8; 32]) {
    host::remove(&key(id));
}

/// The bytes of state that the record of such a lock takes, without the protocol's overhead; `sender` is the length of
/// that account id.
pub fn size(sender: u128, receiver: &str, token: Option<&str>) -> u128 {
    const KEY: usize = 1 + 32;
    const FIXED: usize = 1 + 4 + 4 + 1 + 16 + 32 + 8 + 32 + 1 + 1 + 32 + 8 + 8;
    sender + (KEY + FIXED + receiver.len() + token.map_or(0, |token| 4 + token.len())) as u128
}

fn key(id: &[u8; 32]) -> Vec<u8> {
    [&[PREFIX], &id[..]].concat()
}

fn state(value: u8) -> State {
    match value {
        0 => State::Locked,
        1 => State::Claimed,
        2 => State::Refunded,
        _ => corrupt(),
    }
}

fn payout(value: u8) -> Payout {
    match value {
        0 => Payout::None,
        1 => Payout::Paying,
        2 => Payout::Paid,
        3 => Payout::Failed,
        _ => corrupt(),
    }
}
