//! On whose behalf the store changes something. It travels with the call, so that every event can say who caused it.

/// Who calls as a producer or operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Caller {
    /// A client of the HTTP interface; the default.
    #[default]
    Client,
}
