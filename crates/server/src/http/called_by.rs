//! Who calls, as this surface knows it; handlers hand it down.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use windlass_store::Caller;

/// Who calls: a client, since no request says more.
pub(crate) struct CalledBy(pub(crate) Caller);

impl<S: Sync> FromRequestParts<S> for CalledBy {
    type Rejection = Infallible;

    async fn from_request_parts(_: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(Caller::Client))
    }
}
