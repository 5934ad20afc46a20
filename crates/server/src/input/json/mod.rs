//! Reading JSON strictly, whatever it says.
//!
//! A text is checked and compacted once ([`document`]), and then read level by level ([`field`], [`object`]) by readers that know what
//! they expect. They collect everything that is wrong ([`findings`]) with pointers, which a derived parser that stops at its first error
//! could not, and pass a client's own JSON through as text, which a tree of values would change.

mod document;
mod field;
mod findings;
mod length;
mod levels;
mod object;
mod off_async;
mod place;
mod pointer;
mod short;
mod text;

pub(crate) use document::Document;
pub(crate) use field::{Field, rounded_up};
pub(crate) use findings::{Fault, Findings, Rejection};
pub(crate) use length::unescaped_length;
pub(crate) use object::{NO_FIELD, Object, TWICE};
pub(crate) use pointer::Pointer;
pub(crate) use short::short;
