//! Handlers of every type, in one map.

use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use serde::Serialize;
use serde::de::DeserializeOwned;
use windlass_wire::Json;

use super::{Context, TaskFailure};

/// A handler without its types: payload from the context, result as JSON.
pub(super) type Handler = Arc<dyn Fn(Context) -> BoxFuture<'static, Result<Json, TaskFailure>> + Send + Sync>;

/// The handlers by type.
#[derive(Default)]
pub(super) struct Handlers(HashMap<String, Handler>);

impl Handlers {
    pub(super) fn add<P, R, F, Fut>(&mut self, r#type: String, handler: F)
    where
        P: DeserializeOwned + Send,
        R: Serialize,
        F: Fn(P, Context) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<R, TaskFailure>> + Send + 'static,
    {
        let handler = Arc::new(handler);
        let erased: Handler = Arc::new(move |context: Context| {
            let handler = Arc::clone(&handler);
            Box::pin(async move {
                let work = handler(payload(&context)?, context);
                result(&work.await?)
            })
        });
        self.0.insert(r#type, erased);
    }

    pub(super) fn get(&self, r#type: &str) -> Option<Handler> {
        self.0.get(r#type).cloned()
    }

    pub(super) fn types(&self) -> Vec<String> {
        self.0.keys().cloned().collect()
    }
}

impl fmt::Debug for Handlers {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_set().entries(self.0.keys()).finish()
    }
}

fn payload<P: DeserializeOwned>(context: &Context) -> Result<P, TaskFailure> {
    let parsed = context.task().payload.parse();
    parsed.map_err(|error| TaskFailure::new("data_error", format!("cannot read the payload: {error}")))
}

fn result<R: Serialize>(result: &R) -> Result<Json, TaskFailure> {
    Json::of(result)
        .map_err(|error| TaskFailure::new("data_error", format!("cannot write the result: {error}")))
}
