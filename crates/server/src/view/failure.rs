//! What failed, as the contract shows it.

use windlass_store as store;
use windlass_wire as wire;

use super::values;

/// An error of a job.
pub(crate) fn job_error(error: store::JobError) -> wire::JobError {
    wire::JobError {
        category: error.category,
        message: error.message,
        count: values::count(error.count),
        newest_at: error.newest_at,
        task_id: error.task_id,
    }
}
