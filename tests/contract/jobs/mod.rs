//! Jobs: made alone, read, listed, fed with tasks, sealed, controlled, and their results.

mod adding_tasks;
mod batch;
mod cancel;
mod create;
mod descendants;
mod list;
mod results;
mod retry;
