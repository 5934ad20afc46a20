//! Fields of a merge patch.

use serde::{Deserialize, Deserializer};

/// Distinguishes `null` from a field that is left out: serde reads both as `None` otherwise.
#[expect(clippy::option_option, reason = "a merge patch distinguishes absent from null")]
pub(crate) fn null_is_a_value<'de, D, T>(deserializer: D) -> Result<Option<Option<T>>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    Option::deserialize(deserializer).map(Some)
}
