//! The `{id}` and the `{delivery}` of the path. They are judged after the body, where the contract's order of refusals puts them.

use std::convert::Infallible;

use axum::RequestPartsExt;
use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use uuid::Uuid;
use windlass_store::Resource;

use crate::http::Problem;

/// The webhook's and the delivery's id, perhaps none.
#[derive(Debug)]
pub(crate) struct PathIds {
    webhook: String,
    delivery: String,
}

impl PathIds {
    /// The ids of webhook and delivery.
    ///
    /// # Errors
    /// 404 of the one that is no UUID.
    pub(super) fn parse(&self) -> Result<(Uuid, Uuid), Problem> {
        let webhook = Uuid::try_parse(&self.webhook).map_err(|_| Problem::not_found(Resource::Webhook))?;
        let delivery = Uuid::try_parse(&self.delivery).map_err(|_| Problem::not_found(Resource::Delivery))?;
        Ok((webhook, delivery))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for PathIds {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let path = parts.extract::<Path<(String, String)>>().await;
        // A segment that is not UTF-8 is no id either.
        let (webhook, delivery) = path.map_or_else(|_| Default::default(), |Path(both)| both);
        Ok(Self { webhook, delivery })
    }
}
