//! Parts of the path. They are judged after the body, where the contract's order of refusals puts them.

use std::convert::Infallible;

use axum::RequestPartsExt;
use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use uuid::Uuid;
use windlass_store::Resource;

use super::Problem;

/// The `{id}` of the path, perhaps none.
#[derive(Debug)]
pub(crate) struct PathId(String);

/// The `{id}` and the `{key}` of the path.
#[derive(Debug)]
pub(crate) struct PathIdAndKey {
    /// The pipeline's id.
    pub(crate) id: PathId,
    /// The job's key.
    pub(crate) key: String,
}

impl PathId {
    /// The id of a pipeline, job or task.
    ///
    /// # Errors
    /// 404 of that resource when it is no UUID.
    pub(crate) fn of(&self, resource: Resource) -> Result<Uuid, Problem> {
        Uuid::try_parse(&self.0).map_err(|_| Problem::not_found(resource))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for PathId {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        // A segment that is not UTF-8 is no id either.
        Ok(Self(parts.extract::<Path<String>>().await.map(|Path(id)| id).unwrap_or_default()))
    }
}

/// The id in `/v1/pipelines/{id}/…`, as it is written; one with escapes is none.
fn first_id(path: &str) -> String {
    path.split('/').nth(3).unwrap_or_default().to_owned()
}

impl<S: Send + Sync> FromRequestParts<S> for PathIdAndKey {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let path = parts.extract::<Path<(String, String)>>().await;
        // A key that is not UTF-8 is no key, but the id before it may be one: the job is not there, rather than the pipeline.
        let (id, key) = path.map_or_else(|_| (first_id(parts.uri.path()), String::new()), |Path(both)| both);
        Ok(Self { id: PathId(id), key })
    }
}
