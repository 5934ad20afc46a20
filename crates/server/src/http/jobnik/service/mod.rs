//! What the surface says of itself: whether it lives, its metrics, its document.

pub(super) mod counts;
pub(super) mod document;
pub(super) mod liveness;
pub(super) mod metrics;
