//! The store against the specification: every state × every event through the store, compared with the domain.

mod jobs;
mod pipelines;
mod tasks;
