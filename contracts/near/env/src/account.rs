//! NEAR account ids.

use crate::host;

/// Whether `id` is a valid account id: 2 to 64 of `a-z 0-9`, parts parted by single `-`, `_` or `.`.
pub fn is_valid(id: &str) -> bool {
    let mut after_separator = true;
    for byte in id.bytes() {
        let separator = matches!(byte, b'-' | b'_' | b'.');
        if !(separator || byte.is_ascii_lowercase() || byte.is_ascii_digit()) || (separator && after_separator) {
            return false;
        }
        after_separator = separator;
    }
    (2..=64).contains(&id.len()) && !after_separator
}

/// Why `id` is refused, unless it is a valid account id. A receipt to an invalid one could never be made.
pub fn check(id: &str) -> Result<(), String> {
    if is_valid(id) {
        return Ok(());
    }
    Err(format!("ERR_ACCOUNT_ID: {id:?} is not an account id"))
}

/// Ends the call unless `id` is a valid account id.
pub fn require_valid(id: &str) {
    check(id).unwrap_or_else(|reason| host::fail(&reason));
}
