//! What only people ask: what needs one of them, and how far a bulk verb has come. Each look is bounded, whatever is stored.

mod advance;
mod needs;
mod paused;

pub use advance::BulkAdvance;
pub use needs::{FailedSchedule, IdleJob, LostTask};
pub use paused::{Pause, Paused};
