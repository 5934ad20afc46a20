//! Values that many things have: JSON of clients, counts.

use windlass_wire as wire;

/// JSON of a client's own, null where there is none.
pub(crate) fn json(text: Option<String>) -> wire::Json {
    text.map_or_else(wire::Json::default, parsed)
}

/// A client's metadata, the empty object where there is none.
pub(crate) fn metadata(text: Option<String>) -> wire::Json {
    text.map_or_else(wire::Json::empty_object, parsed)
}

fn parsed(text: String) -> wire::Json {
    wire::Json::from_text(text).expect("the store returns JSON exactly as it was checked")
}

/// A count, which is never negative.
pub(crate) fn count(rows: i64) -> u64 {
    u64::try_from(rows).unwrap_or_default()
}

/// A small count, which is never negative.
pub(crate) fn small(number: i32) -> u32 {
    u32::try_from(number).unwrap_or_default()
}
