//! What is told afterwards: attempts and events.

mod attempts;
mod events;
mod stream;
