//! Who sees the URL of a webhook: those who may change it.

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use windlass_domain::Scope;

use crate::http::auth::KnownKey;
use crate::view::Sight;

/// How much of a URL the caller sees.
pub(crate) struct Sees(pub(super) Sight);

impl<S: Sync> FromRequestParts<S> for Sees {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let key = parts.extensions.get::<Arc<KnownKey>>();
        let whole = key.is_none_or(|key| key.scopes.allow(Scope::Operate));
        Ok(Self(if whole { Sight::Whole } else { Sight::Masked }))
    }
}
