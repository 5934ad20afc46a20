//! On whose behalf the store changes something. It travels with the call, so that every event can say who caused it: with the store
//! ([`Store::on_behalf_of`](crate::Store::on_behalf_of)) where a call is alone, with each item where a batch mixes those of many.

/// Who calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Caller {
    /// A client of the HTTP interface, of whom nothing more is known; the default.
    #[default]
    Client,
}
