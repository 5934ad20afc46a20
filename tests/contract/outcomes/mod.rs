//! `docs/contract/records.md`, section Outcomes: line by line.

mod access;
mod counts;
mod current;
mod large;
mod lists;
mod recording;
mod removal;
mod reports;
mod support;
