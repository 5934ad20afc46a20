//! What happens to tasks, one file per verb.

mod dequeue;
mod insert;
mod read;

pub(crate) use insert::{TaskRows, insert_tasks};
