//! NEP-148: name, symbol and decimals, kept as JSON at `m`.

use env::{host, json};
use serde::{Deserialize, Serialize};

const KEY: &[u8] = b"m";

#[derive(Serialize, Deserialize)]
pub struct Metadata {
    spec: String,
    name: String,
    symbol: String,
    #[serde(default)]
    icon: Option<String>,
    #[serde(default)]
    reference: Option<String>,
    #[serde(default)]
    reference_hash: Option<String>,
    decimals: u8,
}

/// Checks and stores the metadata.
pub fn set(metadata: &Metadata) {
    host::require(metadata.spec.starts_with("ft-1."), "ERR_METADATA: spec must be ft-1.0.0 or a later ft-1");
    host::require(
        metadata.reference.is_some() == metadata.reference_hash.is_some(),
        "ERR_METADATA: reference and reference_hash go together",
    );
    host::write(KEY, json::text(metadata).as_bytes());
}

/// `ft_metadata()`.
pub fn ft_metadata() {
    host::give(&host::read(KEY).unwrap_or_else(|| host::fail("ERR_NOT_INITIALIZED: call new first")));
}
