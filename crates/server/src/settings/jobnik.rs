//! What Jobnik's clients are answered.

use std::time::Duration;

use windlass_domain::Scopes;

/// The settings of Jobnik's surface.
#[derive(Debug, Clone, Copy)]
pub struct Jobnik {
    /// Whether there is one; default true.
    pub on: bool,
    /// How long a task that was dequeued there may take, from 10 s to 24 h; default 30 min.
    pub lease: Duration,
    /// What those may do who show no key in mode [`Auth::Keys`](super::Auth::Keys); default nothing.
    pub anonymous: Scopes,
}

impl Default for Jobnik {
    fn default() -> Self {
        Self { on: true, lease: Duration::from_mins(30), anonymous: Scopes::default() }
    }
}
