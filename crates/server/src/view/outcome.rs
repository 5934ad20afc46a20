//! What became of an item, as the contract shows it.

use windlass_store as store;
use windlass_wire as wire;

use super::values;

/// An outcome.
pub(crate) fn item_outcome(outcome: store::ItemOutcome) -> wire::ItemOutcome {
    wire::ItemOutcome {
        id: outcome.id,
        at: outcome.at,
        subject: outcome.subject,
        kind: outcome.kind,
        disposition: outcome.disposition,
        reason: outcome.reason,
        version: outcome.version,
        detail: values::json(outcome.detail),
        r#type: outcome.type_name,
        pipeline_id: outcome.pipeline_id,
        job_id: outcome.job_id,
        task_id: outcome.task_id,
        attempt: values::small(outcome.attempt),
        worker_id: outcome.worker_id,
    }
}
