//! What a tick reports to its driver.

/// What one tick did.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Ticked {
    /// How much it did, in whatever it works on.
    pub(super) rows: usize,
    /// Whether more is due, so that the next tick should follow at once.
    pub(super) full: bool,
}
