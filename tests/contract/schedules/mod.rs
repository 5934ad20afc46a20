//! `docs/contract/templates.md`, section Schedules: line by line.

mod changes;
mod events;
mod examples;
mod lists;
mod many;
mod missed;
mod overlap;
mod pipelines;
mod put;
mod runs;
mod support;
mod trigger;
mod when;
