//! What a bulk verb did, as the contract shows it.

use windlass_store as store;
use windlass_wire as wire;

use super::values::count;

/// What a bulk verb did.
pub(crate) fn bulked(bulked: store::Bulked) -> wire::Bulked {
    wire::Bulked {
        matched: count(bulked.matched),
        changed: Some(count(bulked.changed)),
        refused: Some(count(bulked.refused)),
    }
}

/// How many pipelines fit.
pub(crate) fn matched(matched: i64) -> wire::Bulked {
    wire::Bulked { matched: count(matched), ..wire::Bulked::default() }
}
