//! Who calls, as the middleware has found out; handlers hand it down.

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::Extensions;
use axum::http::request::Parts;
use windlass_domain::AllowedTypes;
use windlass_store::Caller;

use super::auth::KnownKey;

/// Who calls: a client, by its key where keys are asked for.
pub(crate) struct CalledBy(pub(crate) Caller);

/// The number of the name of a person who calls by the dashboard.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PersonName(pub(crate) i32);

/// The types that the caller's key is narrowed to; `None`: any.
pub(crate) struct Narrowed(pub(crate) Option<Arc<AllowedTypes>>);

impl CalledBy {
    /// Of a request with these extensions.
    pub(super) fn of(extensions: &Extensions) -> Self {
        let caller = extensions.get::<Arc<KnownKey>>().map_or_else(Caller::default, |key| key.caller());
        let name = extensions.get::<PersonName>().map(|name| name.0);
        Self(Caller { name, ..caller })
    }
}

impl<S: Sync> FromRequestParts<S> for CalledBy {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::of(&parts.extensions))
    }
}

impl<S: Sync> FromRequestParts<S> for Narrowed {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(parts.extensions.get::<Arc<KnownKey>>().and_then(|key| key.types.clone())))
    }
}
