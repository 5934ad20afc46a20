//! The `{name}` of the path, and what is behind it. They are judged after the body, where the contract's order of refusals puts them.

use std::convert::Infallible;

use axum::RequestPartsExt;
use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use windlass_domain::TemplateName;
use windlass_store::Resource;
use windlass_templates::Fault;
use windlass_wire::Code;

use crate::app::App;
use crate::engine::within;
use crate::http::Problem;

/// The `{name}` of the path, perhaps none.
#[derive(Debug)]
pub(crate) struct PathName(String);

/// The `{name}` and the `{version}` of the path.
#[derive(Debug)]
pub(crate) struct PathNameAndVersion {
    /// The template's name.
    pub(super) name: PathName,
    version: String,
}

impl PathName {
    /// The name of a template that may be there.
    ///
    /// # Errors
    /// 404 when it cannot be one.
    pub(super) fn parse(self) -> Result<TemplateName, Problem> {
        TemplateName::parse(self.0).map_err(|_| Problem::not_found(Resource::Template))
    }

    /// The name of a template to make.
    ///
    /// # Errors
    /// 422 when it cannot be one.
    pub(super) fn of_new(self) -> Result<TemplateName, Problem> {
        TemplateName::parse(self.0).map_err(|invalid| {
            let fault = Fault { pointer: "/name".to_owned(), detail: format!("(in the path) {invalid}") };
            Problem::at(Code::ValidationFailed, vec![fault])
        })
    }
}

impl PathNameAndVersion {
    /// Both.
    ///
    /// # Errors
    /// 404 when there cannot be such a version.
    pub(super) fn parse(self) -> Result<(TemplateName, i32), Problem> {
        let number = self.version.parse().ok().filter(|number: &i32| number.to_string() == self.version);
        Ok((self.name.parse()?, number.ok_or_else(|| Problem::not_found(Resource::Template))?))
    }
}

impl App {
    /// What was read of a call below a template: its absence comes before a refusal of the body.
    ///
    /// # Errors
    /// 404, or the refusal.
    pub(super) async fn below_template<T>(
        &self,
        name: &TemplateName,
        read: Result<T, Problem>,
    ) -> Result<T, Problem> {
        let Err(refusal) = &read else { return read };
        if refusal.yields_to_absence() && !within(self.store().template_exists(name.as_str())).await? {
            return Err(Problem::not_found(Resource::Template));
        }
        read
    }
}

impl<S: Send + Sync> FromRequestParts<S> for PathName {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        // A segment that is not UTF-8 is no name either.
        Ok(Self(parts.extract::<Path<String>>().await.map(|Path(name)| name).unwrap_or_default()))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for PathNameAndVersion {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let both = parts.extract::<Path<(String, String)>>().await;
        let (name, version) = both.map(|Path(both)| both).unwrap_or_default();
        Ok(Self { name: PathName(name), version })
    }
}
