//! What operators and their tools ask: health, metrics, the document and its page.

pub(crate) mod docs;
pub(crate) mod health;
pub(crate) mod metrics;
