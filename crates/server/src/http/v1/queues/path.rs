//! The `{type}` of the path. It is judged after the body, where the contract's order of refusals puts it.

use std::convert::Infallible;

use axum::RequestPartsExt;
use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use windlass_domain::TypeName;
use windlass_store::Resource;

use crate::http::Problem;

/// The `{type}` of the path, perhaps none.
#[derive(Debug)]
pub(crate) struct PathType(String);

impl PathType {
    /// The type.
    ///
    /// # Errors
    /// 404 when it cannot be one: no queue has such a name, and none ever will.
    pub(super) fn parse(self) -> Result<TypeName, Problem> {
        TypeName::parse(self.0).map_err(|_| Problem::not_found(Resource::Queue))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for PathType {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        // A segment that is not UTF-8 is no type either.
        Ok(Self(parts.extract::<Path<String>>().await.map(|Path(name)| name).unwrap_or_default()))
    }
}
