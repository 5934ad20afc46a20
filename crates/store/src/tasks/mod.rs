//! What happens to tasks, one file per verb.

mod attempt_cursor;
mod attempts;
mod cancel;
mod checkpoint;
mod dequeue;
mod dequeue_keys;
mod dequeue_several;
mod free;
mod heartbeat;
mod insert;
mod late;
mod list;
mod longest;
mod made;
mod read;
mod release_undelivered;
mod retry;
mod windows;

pub use attempt_cursor::AttemptCursor;
pub(crate) use checkpoint::{CheckpointChanges, write_checkpoints};
pub use dequeue_keys::Granted;
pub(crate) use insert::{TaskRows, insert_tasks, remove_inserted};
pub use longest::{RunningSince, RunningTasks};
pub(crate) use read::{read_in_order, read_tasks, read_tasks_bare, task_state};
