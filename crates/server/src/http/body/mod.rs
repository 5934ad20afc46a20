//! Taking bodies in: in bounded steps, in the contract's order of refusals. What they say is read by [`input`](crate::input).
//!
//! How it fails: by a [`Problem`](crate::http::Problem) of status 400, 413 or 415.

mod budget;
mod drain;
mod receive;

pub(crate) use budget::Budget;
pub(crate) use drain::{Drained, Unwelcome};
pub(crate) use receive::{Body, CreateBody, Raw, is_json};
