//! `/v1/outcomes`: one file per operation. They are recorded by their task, in `tasks/outcomes.rs`.

pub(crate) mod delete;
pub(crate) mod list;
