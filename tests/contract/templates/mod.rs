//! `docs/contract/templates.md`: templates, a test for each line.

mod bounds;
mod delete;
mod events;
mod examples;
mod expressions;
mod lists;
mod pipelines;
mod preview;
mod put;
mod support;
