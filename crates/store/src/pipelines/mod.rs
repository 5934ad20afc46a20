//! What happens to pipelines, one file per verb.

mod add_jobs;
mod admission;
mod bulk;
mod by_walk;
mod cancel;
mod cancellation;
mod clean_up;
mod control;
mod create;
mod deadline;
mod delete;
mod patch;
mod pause;
mod read;
mod retry;
mod seal;
mod state;
mod walk;

pub(crate) use add_jobs::add as add_jobs;
pub use bulk::{BulkVerb, Bulked};
pub(crate) use cancel::cancel_held;
pub(crate) use cancellation::Cancellation;
pub(crate) use control::{lock_control, look_at};
pub use create::{Create, Made, NotMade};
pub(crate) use create::{create, create_many};
pub use patch::{Merge, PipelineChange};
pub(crate) use pause::set_paused;
pub(crate) use read::{read_pipeline, read_pipelines_these};
pub(crate) use state::pipeline_state;
