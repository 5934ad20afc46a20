//! Webhooks: who is told of which events, and what becomes of each delivery.
//!
//! One server at a time reads the audit for all webhooks, behind the horizon below which every transaction has ended, from a position in the
//! database. Deliveries are written in the transaction that moves the position: whatever is killed, an event is either behind the position or its
//! deliveries are there. While no webhook waits for events nothing is read, and the statements that append events know nothing of webhooks.
//!
//! A webhook is told the events of its *periods*. One begins with a number of the audit that is drawn as the webhook is made or resumed; the answer
//! waits until whoever was writing by then has ended, so that what commits later has a higher number. It ends with a number that is drawn
//! after the pause has committed, and before it is answered.
//!
//! An attempt is *claimed*: its delivery, and one of the four slots of its webhook, in one transaction. It is made outside of any, and written down in another. A claim
//! whose server has gone runs out after 20 s; the next one notes that an attempt was interrupted.
//!
//! Locks are taken in this order: webhooks, the reader's row, slots, deliveries, progress; each by ascending id. Whoever writes down an
//! attempt because of which a webhook pauses itself takes that webhook's row last; where two meet there, Postgres has one of them run again.
//!
//! What it deliberately does not do: know what a body looks like, or which events a filter takes; that is the caller's. How it fails: nothing is
//! half-done; what was claimed and not finished is due again.

mod append_event;
mod brought;
mod claim;
mod count;
mod create;
mod definition;
mod delete;
mod deliveries;
mod delivery;
mod draw;
mod failing;
mod finish;
mod interested;
mod patch;
mod pause;
mod plan;
mod prune;
mod read;
mod retry_delivery;
mod rotate;
mod row;
mod secrets;
mod skim;
mod subjects;
mod webhook;

pub use claim::ClaimedDelivery;
pub use count::WebhookNumbers;
pub use definition::{NewWebhook, WebhookChange};
pub use delivery::{Delivery, DeliveryAttempt};
pub use failing::PausedItself;
pub use finish::{FinishedAttempt, Outcome as DeliveryOutcome};
pub use interested::InterestedWebhook;
pub use plan::{Planned, PlannedDelivery};
pub(crate) use prune::prune_deliveries;
pub use secrets::StoredSecrets;
pub use skim::{Skimmed, SkimmedEvent};
pub use subjects::{FailedTask, Subjects, SubjectsAsked};
pub use webhook::Webhook;
