//! The `{name}` of the path. It is judged after the body, where the contract's order of refusals puts it.

use std::convert::Infallible;

use axum::RequestPartsExt;
use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use windlass_domain::ScheduleName;
use windlass_store::Resource;
use windlass_templates::Fault;
use windlass_wire::Code;

use crate::http::Problem;

/// The `{name}` of the path, perhaps none.
#[derive(Debug)]
pub(crate) struct PathName(String);

impl PathName {
    /// The name.
    ///
    /// # Errors
    /// 404 when it cannot be one: no schedule has such a name, and none ever will.
    pub(super) fn parse(self) -> Result<ScheduleName, Problem> {
        ScheduleName::parse(self.0).map_err(|_| Problem::not_found(Resource::Schedule))
    }

    /// The name of a schedule to make.
    ///
    /// # Errors
    /// 422 when it cannot be one.
    pub(super) fn of_new(self) -> Result<ScheduleName, Problem> {
        ScheduleName::parse(self.0).map_err(|invalid| {
            let fault = Fault { pointer: "/name".to_owned(), detail: format!("(in the path) {invalid}") };
            Problem::at(Code::ValidationFailed, vec![fault])
        })
    }
}

impl<S: Send + Sync> FromRequestParts<S> for PathName {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        // A segment that is not UTF-8 is no name either.
        Ok(Self(parts.extract::<Path<String>>().await.map(|Path(name)| name).unwrap_or_default()))
    }
}
