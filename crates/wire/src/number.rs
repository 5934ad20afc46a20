//! Numbers that read well: whole ones are written as `60`, not `60.0`.

use serde::Serializer;

/// The greatest whole number below which every `f64` is exact, 2⁵³.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// Writes a number, without a fraction when it has none.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde's serialize_with asks for")]
pub(crate) fn plain<S: Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    if value.fract() == 0.0 && value.abs() <= EXACT && !(*value == 0.0 && value.is_sign_negative()) {
        #[expect(clippy::cast_possible_truncation, reason = "whole and within 2^53, so exact")]
        serializer.serialize_i64(*value as i64)
    } else {
        serializer.serialize_f64(*value)
    }
}

/// [`plain`], or `null`.
#[expect(clippy::ref_option, reason = "the signature that serde's serialize_with asks for")]
pub(crate) fn plain_or_null<S: Serializer>(value: &Option<f64>, serializer: S) -> Result<S::Ok, S::Error> {
    match value {
        Some(value) => plain(value, serializer),
        None => serializer.serialize_none(),
    }
}

#[cfg(test)]
mod tests {
    #[derive(serde::Serialize)]
    struct Sample(#[serde(serialize_with = "super::plain")] f64);

    #[test]
    fn only_whole_numbers_lose_their_fraction() {
        for (value, text) in [(60.0, "60"), (0.5, "0.5"), (0.0, "0"), (-3.0, "-3"), (2.5e-3, "0.0025")] {
            assert_eq!(serde_json::to_string(&Sample(value)).unwrap(), text);
        }
    }
}
