//! Borsh (borsh.io), as much of it as the contracts need: little-endian integers, length-prefixed UTF-8.

use crate::host;

/// Appends values to some bytes.
#[derive(Default)]
pub struct Writer(pub Vec<u8>);

impl Writer {
    pub fn u8(mut self, value: u8) -> Self {
        self.0.push(value);
        self
    }

    pub fn u64(mut self, value: u64) -> Self {
        self.0.extend_from_slice(&value.to_le_bytes());
        self
    }

    pub fn u128(mut self, value: u128) -> Self {
        self.0.extend_from_slice(&value.to_le_bytes());
        self
    }

    pub fn fixed(mut self, value: &[u8; 32]) -> Self {
        self.0.extend_from_slice(value);
        self
    }

    /// The length of the UTF-8 in four bytes, then the UTF-8.
    pub fn string(mut self, value: &str) -> Self {
        self.0.extend_from_slice(&(value.len() as u32).to_le_bytes());
        self.0.extend_from_slice(value.as_bytes());
        self
    }

    /// 0, or 1 and the string.
    pub fn option_string(self, value: Option<&str>) -> Self {
        match value {
            None => self.u8(0),
            Some(value) => self.u8(1).string(value),
        }
    }
}

/// Reads values off the front of some bytes; ends the call when they are not what the contract itself wrote.
pub struct Reader<'a>(pub &'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, size: usize) -> &'a [u8] {
        if size > self.0.len() {
            corrupt()
        }
        let (taken, rest) = self.0.split_at(size);
        self.0 = rest;
        taken
    }

    fn array<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0u8; N];
        bytes.copy_from_slice(self.take(N));
        bytes
    }

    pub fn u8(&mut self) -> u8 {
        self.array::<1>()[0]
    }

    pub fn u64(&mut self) -> u64 {
        u64::from_le_bytes(self.array())
    }

    pub fn u128(&mut self) -> u128 {
        u128::from_le_bytes(self.array())
    }

    pub fn fixed(&mut self) -> [u8; 32] {
        self.array()
    }

    pub fn string(&mut self) -> String {
        let size = u32::from_le_bytes(self.array()) as usize;
        String::from_utf8(self.take(size).to_vec()).unwrap_or_else(|_| corrupt())
    }

    pub fn option_string(&mut self) -> Option<String> {
        match self.u8() {
            0 => None,
            1 => Some(self.string()),
            _ => corrupt(),
        }
    }

    /// Demands that all was read.
    pub fn end(self) {
        if !self.0.is_empty() {
            corrupt()
        }
    }
}

/// Ends the call: the state is not what the contract wrote.
pub fn corrupt() -> ! {
    host::fail("ERR_STATE_CORRUPT: a stored value is malformed")
}
