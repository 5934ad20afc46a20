//! Reading JSON bodies strictly.
//!
//! A body is taken in bounded steps ([`receive`]), checked and compacted as text ([`text`]), and then read level
//! by level ([`field`], [`object`]) by readers that know the contract. They gather everything that is wrong
//! ([`findings`]) with pointers, which a derived parser that stops at its first error could not, and pass a
//! client's own JSON through as text, which a tree of values would change.
//!
//! What it deliberately does not do: know any resource. How it fails: by a [`Problem`](crate::http::Problem) of
//! status 400, 413, 415 or 422.

mod drain;
mod field;
mod findings;
mod levels;
mod object;
mod pointer;
mod receive;
mod text;

pub(crate) use drain::Drained;
pub(crate) use field::Field;
pub(crate) use findings::{Fault, Findings};
pub(crate) use object::Object;
pub(crate) use pointer::Pointer;
pub(crate) use receive::{Body, CreateBody};
