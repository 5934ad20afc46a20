//! Handlers of every type, in one map.

use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use serde::Serialize;
use serde::de::DeserializeOwned;
use windlass_wire::Json;

use super::pool::Pool;
use super::{Context, TaskFailure};

/// A handler without its types: payload from the context, result as JSON.
pub(super) type Handler = Arc<dyn Fn(Context) -> BoxFuture<'static, Result<Json, TaskFailure>> + Send + Sync>;

/// The handlers by type, and the slots that types have of their own.
#[derive(Default)]
pub(super) struct Handlers {
    by_type: HashMap<String, Handler>,
    own_slots: HashMap<String, usize>,
}

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
        self.by_type.insert(r#type, erased);
    }

    pub(super) fn add_blocking<P, R, F>(&mut self, r#type: String, handler: F)
    where
        P: DeserializeOwned + Send + 'static,
        R: Serialize + Send + 'static,
        F: Fn(P, &Context) -> Result<R, TaskFailure> + Send + Sync + 'static,
    {
        let handler = Arc::new(handler);
        self.add(r#type, move |payload: P, context| {
            let (handler, span) = (Arc::clone(&handler), tracing::Span::current());
            async move {
                let work = tokio::task::spawn_blocking(move || span.in_scope(|| handler(payload, &context)));
                match work.await {
                    Ok(outcome) => outcome,
                    Err(error) => match error.try_into_panic() {
                        // Reported as the panic of any handler.
                        Ok(panic) => std::panic::resume_unwind(panic),
                        Err(error) => Err(error.into()),
                    },
                }
            }
        });
    }

    pub(super) fn assign_slots(&mut self, r#type: String, slots: usize) {
        self.own_slots.insert(r#type, slots);
    }

    /// A pool for each type that has slots of its own, and one of `shared` slots for the rest.
    pub(super) fn pools(&self, shared: usize) -> Vec<Pool> {
        let (own, rest): (Vec<_>, Vec<_>) =
            self.types().into_iter().partition(|kind| self.own_slots.contains_key(kind));
        let own: Vec<_> =
            own.into_iter().map(|kind| Pool { size: self.own_slots[&kind], types: vec![kind] }).collect();
        let needed = own.is_empty() || !rest.is_empty();
        own.into_iter().chain(needed.then_some(Pool { types: rest, size: shared })).collect()
    }

    pub(super) fn get(&self, r#type: &str) -> Option<Handler> {
        self.by_type.get(r#type).cloned()
    }

    pub(super) fn types(&self) -> Vec<String> {
        self.by_type.keys().cloned().collect()
    }
}

impl fmt::Debug for Handlers {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_set().entries(self.by_type.keys()).finish()
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
