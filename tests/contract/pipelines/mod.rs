//! Pipelines: made, read, listed, extended, sealed, controlled, deleted.

mod adding_jobs;
mod bulk;
mod cancel;
mod clean_up;
mod create;
mod deadline;
mod graph;
mod list;
mod metadata;
mod patch;
mod pause;
mod reopening;
mod retry;
mod seal;
