//! Why a value or a transition is refused.

/// A value outside its bounds; the text says which bound, for people.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Invalid(pub String);

/// An event that makes no sense in the state it met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("cannot {event} what is {state}")]
pub struct InvalidTransition {
    /// The state that was met.
    pub state: &'static str,
    /// The event that was refused.
    pub event: &'static str,
}
