//! Where a request comes from.

use windlass_domain::CorrelationId;
use windlass_store::Trace;

/// What a request creates remembers this of it.
#[derive(Debug, Clone)]
pub(crate) struct Origin {
    /// What ties it to the producer's records unless the body says otherwise.
    pub(crate) correlation_id: CorrelationId,
    /// The trace that it belongs to.
    pub(crate) trace: Trace,
}
