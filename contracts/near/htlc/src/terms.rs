//! What a lock is about. Its id derives from all of it: the same lock cannot be made twice, and nobody but the sender,
//! through the token named, can take the id.

use env::borsh::Writer;
use env::json::Whole;
use env::{account, hex, host, SECOND};
use serde::Deserialize;

/// The terms of a lock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    pub sender: String,
    pub receiver: String,
    /// None for NEAR itself.
    pub token: Option<String>,
    /// In yoctoNEAR or the token's base units.
    pub amount: u128,
    pub hashlock: [u8; 32],
    /// Unix seconds; claims end and refunds begin here.
    pub timelock: u64,
    pub salt: [u8; 32],
}

impl Terms {
    /// sha256 of the terms in borsh.
    pub fn id(&self) -> [u8; 32] {
        host::sha256(&self.write(Writer::default()).0)
    }

    /// The terms in borsh, as they are hashed and stored.
    pub fn write(&self, writer: Writer) -> Writer {
        writer
            .string(&self.sender)
            .string(&self.receiver)
            .option_string(self.token.as_deref())
            .u128(self.amount)
            .fixed(&self.hashlock)
            .u64(self.timelock)
            .fixed(&self.salt)
    }

    /// Whether the timelock is reached at this block's time.
    pub fn expired(&self) -> bool {
        u128::from(host::now()) >= u128::from(self.timelock) * u128::from(SECOND)
    }
}

/// The terms that the sender writes; the others follow from the deposit or the transfer.
#[derive(Deserialize)]
pub struct Wanted {
    receiver: String,
    hashlock: String,
    timelock: Whole,
    salt: String,
}

impl Wanted {
    /// The complete terms; ends the call when they are malformed or can no longer be met.
    pub fn complete(self, sender: String, token: Option<String>, amount: u128) -> Terms {
        account::require_valid(&sender);
        account::require_valid(&self.receiver);
        let me = host::current();
        host::require(self.receiver != me && sender != me, "ERR_SELF: the contract cannot be a party to a lock");
        host::require(amount > 0, "ERR_AMOUNT: nothing to lock");
        let terms = Terms {
            sender,
            receiver: self.receiver,
            token,
            amount,
            hashlock: hex::argument(&self.hashlock, "hashlock"),
            timelock: self.timelock.0,
            salt: hex::argument(&self.salt, "salt"),
        };
        host::require(!terms.expired(), "ERR_TIMELOCK: the timelock is not in the future");
        terms
    }
}
