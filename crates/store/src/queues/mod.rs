//! Queues: counters in shards, limits, and what operators read and set.

mod capacity;
mod counts;
mod history;
mod limited;
mod named;
mod patch;
mod prune;
mod read;
mod round;

pub(crate) use capacity::{Capacity, lock_limited};
pub(crate) use counts::{QueueDelta, Shards};
pub use history::{HistoryMinute, MinuteSeen};
pub(crate) use limited::LimitedTypes;
pub(crate) use named::name_types;
pub use patch::QueueChange;
pub(crate) use round::Round;
