//! What is between a call and the network.
//!
//! Every call goes through [`guarded()`], which makes one try under the [`Breaker`], and, unless it is the worker's own loop that
//! decides, through [`repeat()`], which makes more of them while that is safe ([`Safety`]). [`Backoff`] says how often and how long.
//!
//! What it deliberately does not do: it never repeats what might have an effect twice, and it never holds a heartbeat back.
//!
//! How it fails: a call that is out of patience returns the last failure that came from the network or the server.

mod backoff;
mod breaker;
mod breaker_state;
mod repeat;

pub use backoff::Backoff;
pub use breaker::BreakerSettings;
pub use breaker_state::BreakerState;

pub(crate) use breaker::{Admission, Breaker};
pub(crate) use repeat::{Pause, Safety, guarded, repeat};
