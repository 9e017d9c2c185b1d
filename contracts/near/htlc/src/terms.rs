//! What a lock is about. Its id derives from all of it: the same lock cannot be made twice, and nobody but the sender,
//! through the token named, can take the id.

use env::borsh::Writer;
use env::json::Whole;
use env::{account, hex, host, SECOND};
use serde::Deserialize;

/// The last second that block time, 64 bits of nanoseconds, can reach: nobody could ever refund a later timelock.
const LAST_SECOND: u64 = u64::MAX / SECOND;

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
    /// The complete terms, or why they are refused: malformed, or such as can no longer or never be met.
    pub fn complete(self, sender: String, token: Option<String>, amount: u128) -> Result<Terms, String> {
        account::check(&sender)?;
        account::check(&self.receiver)?;
        let me = host::current();
        demand(self.receiver != me && sender != me, "ERR_SELF: the contract cannot be a party to a lock")?;
        demand(amount > 0, "ERR_AMOUNT: nothing to lock")?;
        let terms = Terms {
            sender,
            receiver: self.receiver,
            token,
            amount,
            hashlock: hex::parse(&self.hashlock, "hashlock")?,
            timelock: self.timelock.0,
            salt: hex::parse(&self.salt, "salt")?,
        };
        demand(!terms.expired(), "ERR_TIMELOCK: the timelock is not in the future")?;
        demand(terms.timelock <= LAST_SECOND, "ERR_TIMELOCK: expected unix seconds that the chain's time can reach")?;
        Ok(terms)
    }
}

fn demand(condition: bool, reason: &str) -> Result<(), String> {
    if condition {
        return Ok(());
    }
    Err(reason.into())
}
