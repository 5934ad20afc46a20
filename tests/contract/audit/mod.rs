//! What is recorded: attempts and events.

mod attempts;
mod beside_the_state;
pub(crate) mod events;
mod filters;
mod late_reports;
mod newest;
mod progress;
mod reader;
mod stream;
mod tail;
