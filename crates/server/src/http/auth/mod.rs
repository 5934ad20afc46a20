//! Who calls, and whether they may.
//!
//! A call is judged before its body is read: [`credential`] reads what came, [`keys`] knows whose it is, [`requirements`] knows what the
//! operation asks for, made from the document that is served. The middleware puts them together. What goes on for long is judged again by [`watch`].
//!
//! What it deliberately does not do: store anything, or know an operation. How it fails: closed. What has no requirement is not served, and what
//! cannot be looked up is not known.

mod credential;
mod entry;
mod keys;
mod known_key;
mod limiters;
mod requirements;
mod watch;
mod watches;

pub(crate) use credential::Credential;
pub(crate) use keys::{Keys, Unproven};
pub(crate) use known_key::KnownKey;
pub(crate) use requirements::{Requirement, Requirements, SCHEME};
pub(crate) use watch::{LastingKey, Shown};
