//! What happens to pipelines, one file per verb.

mod add_jobs;
mod admission;
mod bulk;
mod by_metadata;
mod cancel;
mod control;
mod create;
mod delete;
mod patch;
mod pause;
mod read;
mod retry;
mod seal;
mod state;
mod walk;

pub use bulk::{BulkVerb, Bulked};
pub(crate) use control::lock_control;
pub use patch::Merge;
pub(crate) use state::pipeline_state;
