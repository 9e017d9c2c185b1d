//! NEP-297 events: lines of the log that begin with `EVENT_JSON:`.

use crate::{host, json};
use serde::Serialize;

#[derive(Serialize)]
struct Event<'a, T> {
    standard: &'a str,
    version: &'a str,
    event: &'a str,
    data: [T; 1],
}

/// Logs the event `name` of `standard`, with one `data` element.
pub fn emit<T: Serialize>(standard: &str, version: &str, name: &str, data: T) {
    let event = Event { standard, version, event: name, data: [data] };
    host::log(&format!("EVENT_JSON:{}", json::text(&event)));
}
