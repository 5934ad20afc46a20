//! What is told afterwards: attempts and events.

mod attempts;
mod events;
mod late_reports;
mod stream;
