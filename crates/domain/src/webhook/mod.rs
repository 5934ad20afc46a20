//! Webhooks: which events they want, and what becomes of a delivery.

mod again;
mod delivery;
mod event_pattern;
mod format;
mod happening;

pub use again::{delay_after, pauses_itself};
pub use delivery::{AttemptError, DeliveryState};
pub use event_pattern::EventPattern;
pub use format::WebhookFormat;
pub use happening::Happening;
