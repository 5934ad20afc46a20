//! Patterns in linear time: those of the `regex` crate, without looking around and back.

use jsonschema::PatternOptions;

use super::bounds::{PATTERN_BYTES, PATTERNS_BYTES};

/// The options for a schema with so many patterns.
pub(super) fn options(patterns: usize) -> PatternOptions<jsonschema::Regex> {
    let each = (PATTERNS_BYTES / patterns.max(1)).min(PATTERN_BYTES);
    PatternOptions::regex().size_limit(each).dfa_size_limit(each)
}
