//! Queues and workers.

mod queue_limits;
mod queues;
mod workers;
