//! How much of everything.

/// Bytes of a schema.
pub(super) const SCHEMA_BYTES: usize = 64 * 1_024;
/// Nodes of a schema, references unfolded.
pub(super) const NODES: usize = 2_000;
/// Levels of a schema, references unfolded.
pub(super) const DEPTH: usize = 32;
/// Bytes of the parameters that a call gives.
pub(super) const GIVEN_BYTES: usize = 256 * 1_024;
/// Items of a list in them.
pub(super) const ITEMS: usize = 10_000;
/// Work of a validation: nodes of the schema, times values and each 16 bytes of the parameters.
pub(super) const WORK: usize = 20_000_000;
/// Bytes of a compiled pattern, and of all patterns of a schema.
pub(super) const PATTERN_BYTES: usize = 1_024 * 1_024;
/// Bytes of all compiled patterns of a schema.
pub(super) const PATTERNS_BYTES: usize = 16 * 1_024 * 1_024;
