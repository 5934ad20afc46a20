//! What every request and loop shares.

use std::sync::Arc;
use std::time::Duration;

use metrics_exporter_prometheus::PrometheusHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::Instrument;
use windlass_domain::Limits;
use windlass_store::{Error, Resource, Store};

use crate::background::{Health, LastVitals};
use crate::http::Problem;
use crate::lanes::Lanes;
use crate::parked::Parked;
use crate::telemetry::Traces;

/// How long a call may need the database before it answers 503. The store's own deadlines are shorter; this one
/// holds whatever they miss.
pub(crate) const DATABASE_DEADLINE: Duration = Duration::from_millis(8_500);

/// Handles to what is shared; cheap to clone.
#[derive(Clone)]
pub(crate) struct App(Arc<Parts>);

/// What an [`App`] is made of.
pub(crate) struct Parts {
    pub(crate) store: Store,
    pub(crate) lanes: Lanes,
    pub(crate) limits: Limits,
    pub(crate) parked: Arc<Parked>,
    pub(crate) health: Arc<Health>,
    /// How the database was doing when it was last asked.
    pub(crate) vitals: Arc<LastVitals>,
    pub(crate) metrics: PrometheusHandle,
    /// Where traces go.
    pub(crate) traces: Option<Traces>,
    /// The document served at `/openapi.json`.
    pub(crate) openapi: String,
    /// Cancelled when the server is asked to stop.
    pub(crate) stop: CancellationToken,
    /// Calls that were begun before that, and are yet to be answered.
    pub(crate) begun: TaskTracker,
}

impl App {
    /// Shares the parts.
    pub(crate) fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }

    /// Where everything is kept.
    pub(crate) fn store(&self) -> &Store {
        &self.0.store
    }

    /// Where hot requests are folded.
    pub(crate) fn lanes(&self) -> &Lanes {
        &self.0.lanes
    }

    /// The configured bounds.
    pub(crate) fn limits(&self) -> &Limits {
        &self.0.limits
    }

    /// Who waits for tasks.
    pub(crate) fn parked(&self) -> &Arc<Parked> {
        &self.0.parked
    }

    /// Whether the database and the background loops are well.
    pub(crate) fn health(&self) -> &Arc<Health> {
        &self.0.health
    }

    /// How the database was doing when it was last asked.
    pub(crate) fn vitals(&self) -> &Arc<LastVitals> {
        &self.0.vitals
    }

    /// The metrics of this process.
    pub(crate) fn metrics(&self) -> &PrometheusHandle {
        &self.0.metrics
    }

    /// Where traces go; `None`: nothing is traced.
    pub(crate) fn traces(&self) -> Option<&Traces> {
        self.0.traces.as_ref()
    }

    /// The document served at `/openapi.json`.
    pub(crate) fn openapi(&self) -> &str {
        &self.0.openapi
    }

    /// Whether the server has been asked to stop.
    pub(crate) fn is_stopping(&self) -> bool {
        self.0.stop.is_cancelled()
    }

    /// Waits until the server is asked to stop.
    pub(crate) async fn stopping(&self) {
        self.0.stop.cancelled().await;
    }

    /// Calls that were begun before the stop.
    pub(crate) fn begun(&self) -> &TaskTracker {
        &self.0.begun
    }

    /// A call to the store that may take long while the database is well: a retry by hand rewrites every task that it
    /// brings back, and the store gives it two minutes. It goes on when its client does not wait, so that a repeat finds
    /// it done instead of waiting behind it.
    ///
    /// # Errors
    /// What the store refused; 503 once the database is away.
    pub(crate) async fn patiently<T, F>(&self, call: impl FnOnce(Store) -> F) -> Result<T, Problem>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, Error>> + Send + 'static,
    {
        let call = tokio::spawn(call(self.store().clone()).in_current_span());
        tokio::select! {
            answer = call => Ok(answer.unwrap_or_else(|panic| std::panic::resume_unwind(panic.into_panic()))?),
            () = self.health().database_is_away() => Err(Problem::database_unavailable()),
        }
    }

    /// What was read of a call below a resource. A refused reading is told only if the resource exists: its absence
    /// comes first in the contract's order of refusals.
    ///
    /// # Errors
    /// 404 of the resource, or the refusal.
    pub(crate) async fn below<T>(
        &self,
        resource: Resource,
        id: uuid::Uuid,
        read: Result<T, Problem>,
    ) -> Result<T, Problem> {
        let Err(refusal) = &read else { return read };
        if refusal.yields_to_absence() && !within(self.store().exists(resource, id)).await? {
            return Err(Problem::not_found(resource));
        }
        read
    }
}

/// A call to the store, within the time that the contract gives it.
///
/// # Errors
/// What the store refused; 503 when it did not answer in time.
pub(crate) fn within<T>(
    call: impl Future<Output = Result<T, Error>>,
) -> impl Future<Output = Result<T, Problem>> {
    // The store's futures are large; boxed here, they do not make every handler's as large.
    let call = tokio::time::timeout(DATABASE_DEADLINE, Box::pin(call));
    async { call.await.map_or_else(|_| Err(Problem::database_unavailable()), |result| Ok(result?)) }
}
