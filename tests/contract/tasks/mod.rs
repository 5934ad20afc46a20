//! Tasks: listed, dequeued, reported on, controlled.

mod added_by_completion;
mod added_to_ended;
mod batches;
mod complete;
mod control;
mod dequeue;
mod draining;
mod fail;
mod heartbeat;
mod list;
mod lost_answers;
mod order;
mod progress;
mod release;
mod waiting;
