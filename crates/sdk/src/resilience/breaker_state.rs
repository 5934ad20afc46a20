//! Whether a breaker lets calls through.

/// Whether calls are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BreakerState {
    /// All are sent.
    Closed,
    /// A probe is under way; all others wait for it.
    HalfOpen,
    /// The server has not answered lately: none is sent until the next probe is due.
    Open,
}

impl BreakerState {
    /// The state's word in logs and metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::HalfOpen => "half_open",
            Self::Open => "open",
        }
    }
}
