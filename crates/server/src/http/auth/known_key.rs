//! A key that is known to be good.

use std::sync::Arc;

use uuid::Uuid;
use windlass_domain::{AllowedTypes, Scopes};
use windlass_store::{Caller, FoundKey};

use super::limiters::Limiter;

/// A key that is known to be good.
#[derive(Debug)]
pub(crate) struct KnownKey {
    /// Its id; `None`: the bootstrap key's.
    pub(crate) id: Option<Uuid>,
    /// Its number.
    pub(crate) number: i32,
    /// Its name.
    pub(crate) name: String,
    /// What it may do.
    pub(crate) scopes: Scopes,
    /// The types that it is narrowed to; `None`: any.
    pub(crate) types: Option<Arc<AllowedTypes>>,
    /// Counts its calls; `None`: they are not bounded.
    limiter: Option<Arc<Limiter>>,
}

impl KnownKey {
    /// The name of the bootstrap key.
    pub(crate) const BOOTSTRAP: &'static str = "bootstrap";

    /// The bootstrap key.
    pub(crate) fn bootstrap() -> Self {
        Self {
            id: None,
            number: Caller::BOOTSTRAP,
            name: Self::BOOTSTRAP.to_owned(),
            scopes: Scopes::ADMIN,
            types: None,
            limiter: None,
        }
    }

    /// One that the store has found.
    pub(super) fn of(found: FoundKey, limiter: Option<Arc<Limiter>>) -> Self {
        Self {
            id: Some(found.id),
            number: found.number,
            name: found.name,
            scopes: found.scopes,
            types: found.types.map(Arc::new),
            limiter,
        }
    }

    /// On whose behalf its calls are.
    pub(crate) fn caller(&self) -> Caller {
        Caller::with_key(self.number)
    }

    /// Names it in the lines of the call under way, which does not yet.
    pub(crate) fn name_in_log(&self) {
        let span = tracing::Span::current();
        if let Some(id) = self.id {
            span.record("key_id", tracing::field::display(id));
        }
        span.record("key", self.name.as_str());
    }

    /// Counts a call; whether it is one of those that the key may make in this second.
    pub(crate) fn may_call_now(&self) -> bool {
        self.limiter.as_ref().is_none_or(|limiter| limiter.check().is_ok())
    }
}
