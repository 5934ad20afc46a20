//! What a bulk verb did, to one pipeline and to all.

/// What became of one pipeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The verb changed it.
    Changed,
    /// What the verb asks held already.
    Held,
    /// It has left the filter, or the verb makes no sense in its state.
    Refused,
}

/// What a bulk verb did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bulked {
    /// Pipelines that fitted when it began, 10,000 at the most.
    pub matched: i64,
    /// Those that the verb changed.
    pub changed: i64,
    /// Those that had left the filter before their turn, or in whose state the verb made no sense. Where what it asks held already, a pipeline is in
    /// neither.
    pub refused: i64,
}
