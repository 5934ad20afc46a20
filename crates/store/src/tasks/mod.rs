//! What happens to tasks, one file per verb.

mod attempts;
mod cancel;
mod complete;
mod dequeue;
mod dequeue_keys;
mod fail;
mod free;
mod give_back;
mod heartbeat;
mod insert;
mod late;
mod lease;
mod list;
mod read;
mod release;
mod retry;
mod variations;
mod windows;

pub use attempts::AttemptCursor;
pub(crate) use complete::NotTried;
pub use dequeue_keys::Given;
pub(crate) use insert::{TaskRows, insert_tasks};
pub(crate) use read::{read_tasks, task_state};
#[cfg(feature = "testing")]
pub(crate) use variations::all as variations;
