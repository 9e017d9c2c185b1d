//! Arguments and results in JSON, and the types that are strings in it.

use crate::host;
use serde::de::{DeserializeOwned, Error, Unexpected};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The call's arguments; no input at all counts as `{}`.
pub fn arguments<T: DeserializeOwned>() -> T {
    let input = host::input();
    let text: &[u8] = if input.is_empty() { b"{}" } else { &input };
    serde_json::from_slice(text).unwrap_or_else(|problem| host::fail(&format!("ERR_ARGUMENTS: {problem}")))
}

/// Makes `value` the call's result.
pub fn give<T: Serialize>(value: &T) {
    host::give(text(value).as_bytes())
}

/// `value` as JSON text.
pub fn text<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_else(|problem| host::fail(&format!("ERR_JSON: {problem}")))
}

/// An amount: a u128 that is a decimal string in JSON, whose numbers many readers round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Amount(pub u128);

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Amount, D::Error> {
        let text = String::deserialize(deserializer)?;
        decimal(&text).map(Amount).ok_or_else(|| D::Error::invalid_value(Unexpected::Str(&text), &"a u128 in decimal"))
    }
}

/// A u64, read from a number or a decimal string, written as a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Whole(pub u64);

#[derive(Deserialize)]
#[serde(untagged)]
enum NumberOrText {
    Number(u64),
    Text(String),
}

impl<'de> Deserialize<'de> for Whole {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Whole, D::Error> {
        let expected = "a whole number of 64 bits, or one in decimal";
        match NumberOrText::deserialize(deserializer).map_err(|_| D::Error::custom(format!("expected {expected}")))? {
            NumberOrText::Number(value) => Ok(Whole(value)),
            NumberOrText::Text(text) => decimal(&text)
                .and_then(|value| u64::try_from(value).ok())
                .map(Whole)
                .ok_or_else(|| D::Error::invalid_value(Unexpected::Str(&text), &expected)),
        }
    }
}

/// A decimal of digits only: Rust's own parser takes a plus sign too.
fn decimal(text: &str) -> Option<u128> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}
