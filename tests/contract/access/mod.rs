//! Who may call, what for, and what a hostile network gets: `docs/contract/access.md`.

mod authorization;
mod bodies;
mod cors;
mod document;
mod events;
mod hosts;
mod idempotency;
mod keys_resource;
mod modes;
mod order;
mod origins;
mod outage;
mod rates;
mod types;
