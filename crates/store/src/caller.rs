//! On whose behalf the store changes something. It travels with the call, so that every event can say who caused it: with the store
//! ([`Store::on_behalf_of`](crate::Store::on_behalf_of)) where a call is alone, with each item where a batch mixes those of many.

/// Who calls: a client of the HTTP interface, by its key if it needed one. The default is one without.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Caller {
    /// The number of its key; [`BOOTSTRAP`](Self::BOOTSTRAP) is that of the bootstrap key, which is not stored.
    pub key: Option<i32>,
    /// The number of the name that the person has said at the dashboard's log-in.
    pub name: Option<i32>,
}

impl Caller {
    /// The number of the bootstrap key.
    pub const BOOTSTRAP: i32 = 0;

    /// The caller with this key.
    pub const fn with_key(number: i32) -> Self {
        Self { key: Some(number), name: None }
    }
}
