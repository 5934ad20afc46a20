//! What stands between a call and the network.
//!
//! Today that is repetition: [`Backoff`] says how often and how long a safe call is tried again. A circuit
//! breaker, metrics and budgets belong beside it, each in a file of its own, so that the calls
//! themselves never learn of them: every call goes through [`repeat`].
//!
//! It never repeats what might have an effect twice: see [`Safety`].

mod backoff;

pub use backoff::Backoff;
pub(crate) use backoff::{Safety, repeat};
