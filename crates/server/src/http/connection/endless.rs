//! Answers without an end.

/// Marks an answer whose body has no end of its own. An answer is written to its end when the server stops, even to a client that reads
/// slowly. A stream ends at the stop, and its client will ask again elsewhere: what it has not read by then need not be waited for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Endless;
