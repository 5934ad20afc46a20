//! What happens to tasks, one file per verb.

mod complete;
mod dequeue;
mod fail;
mod heartbeat;
mod insert;
mod read;
mod release;

pub(crate) use insert::{TaskRows, insert_tasks};
pub(crate) use read::{read_tasks, task_state};
