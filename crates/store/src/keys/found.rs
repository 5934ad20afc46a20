//! A key as a look-up by its text's hash finds it.

use std::time::Duration;

use uuid::Uuid;
use windlass_domain::{AllowedTypes, Scopes};

/// A key that is good now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundKey {
    /// Its id.
    pub id: Uuid,
    /// Its number, which events name it by; 1 or more.
    pub number: i32,
    /// Its name.
    pub name: String,
    /// What it may do.
    pub scopes: Scopes,
    /// The types that it is narrowed to; `None`: any.
    pub types: Option<AllowedTypes>,
    /// Calls that it may make in a second, 1 to 100,000; `None`: any number.
    pub max_requests_per_second: Option<u32>,
    /// How long this text of it is good at the most, from when it was found: until the key expires, or the overlap of a text of before ends.
    /// `None`: no end is known.
    pub good_for: Option<Duration>,
}
