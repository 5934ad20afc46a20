//! The lease protocol, model-checked exhaustively within bounds: every order in which dequeues, heartbeats, reports, sweeps, time and
//! controls can meet, over a network that loses, repeats and reorders whatever it carries.
//!
//! Why: tests of the running service meet the orders that happen; this meets all of them. The steps are the domain's own transitions, so it is
//! the specification that is checked, together with the guard by which the store accepts a worker's write (`crates/store/src/attempts/`).
//! What it deliberately does not do: look at SQL or locks (each step is atomic, as a transaction under the store's lock order is), or at more
//! than one job (edges are no part of the protocol). How it fails: with the path of steps that leads to the broken promise.
//!
//! - `model.rs`: the model, its bounds and its steps
//! - `network.rs`: the messages, and why what is in flight needs no memory of its own
//! - `server.rs`: what the server stores; `dequeue.rs`, `reports.rs`, `sweep.rs`, `control.rs`: what it does
//! - `flaw.rs`: what can be broken on purpose
//! - `rules.rs`: the promises about a single step; `properties.rs`: all promises, and what must be reachable
//! - `exhaustive.rs`: the protocol holds its promises; `twins.rs`: each flaw is found

mod control;
mod dequeue;
mod exhaustive;
mod flaw;
mod model;
mod network;
mod properties;
mod reports;
mod rules;
mod server;
mod sweep;
mod twins;
