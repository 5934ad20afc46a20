//! Slots that types share, or have of their own.

/// Slots, and the types whose tasks may take them.
#[derive(Clone, Debug)]
pub(super) struct Pool {
    pub(super) types: Vec<String>,
    pub(super) size: usize,
}
