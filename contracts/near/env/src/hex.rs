//! 32 bytes as 64 lower-case hex characters, the only spelling of a hash that the contracts take.

use crate::host;

/// 64 lower-case hex characters.
pub fn encode(bytes: &[u8; 32]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]).map(|digit| DIGITS[digit as usize] as char).collect()
}

/// The bytes; None when the text is not 64 lower-case hex characters.
pub fn decode(text: &str) -> Option<[u8; 32]> {
    if text.len() != 64 {
        return None;
    }
    let mut bytes = [0u8; 32];
    for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks(2)) {
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Some(bytes)
}

/// The bytes of the argument called `name`, or `ERR_<NAME>` and what was expected.
pub fn parse(text: &str, name: &str) -> Result<[u8; 32], String> {
    decode(text).ok_or_else(|| format!("ERR_{}: expected 64 lower-case hex characters", name.to_ascii_uppercase()))
}

/// The bytes of the argument called `name`; ends the call with `ERR_<NAME>` when malformed.
pub fn argument(text: &str, name: &str) -> [u8; 32] {
    parse(text, name).unwrap_or_else(|reason| host::fail(&reason))
}

fn digit(character: u8) -> Option<u8> {
    match character {
        b'0'..=b'9' => Some(character - b'0'),
        b'a'..=b'f' => Some(character - b'a' + 10),
        _ => None,
    }
}
