//! Follows what has ended, and makes its spans.
//!
//! Reports must not wait for it, so it has a queue that is bounded: what does not fit is counted, and has no span.

use std::collections::HashMap;

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;
use windlass_store::{Error, Happened, Store};

use super::Traces;
use crate::telemetry::count_trace_loss;

/// Transactions whose ends wait for their spans at the most; each is a batch of reports or less.
const QUEUE: usize = 2_000;
/// Transactions of which the traces are asked for at once.
const AT_ONCE: usize = 200;

/// Where what has ended is reported.
#[derive(Clone)]
pub(crate) struct Follower(mpsc::Sender<Happened>);

/// What has ended and is yet to have its spans.
pub(crate) type Ends = mpsc::Receiver<Happened>;

impl Follower {
    /// One to report to, and what [`follow`] then receives.
    pub(crate) fn new() -> (Self, Ends) {
        let (ended, ends) = mpsc::channel(QUEUE);
        (Self(ended), ends)
    }

    /// This has ended.
    pub(crate) fn report(&self, happened: Happened) {
        if let Err(error) = self.0.try_send(happened) {
            count_trace_loss(spans_of(&error.into_inner()));
        }
    }
}

fn spans_of(happened: &Happened) -> usize {
    happened.attempts.len() + happened.jobs.len() + happened.pipelines.len()
}

/// Makes the spans of what has ended, until the stop, that was reported before it.
pub(crate) async fn follow(traces: Traces, store: Store, mut ends: Ends, stop: CancellationToken) {
    let mut ended = Vec::with_capacity(AT_ONCE);
    loop {
        tokio::select! {
            biased;
            count = ends.recv_many(&mut ended, AT_ONCE) => if count == 0 { return },
            () = stop.cancelled() => return,
        }
        if let Err(error) = make_spans(&traces, &store, &ended).await {
            tracing::debug!(%error, "cannot read whose trace it is");
            count_trace_loss(ended.iter().map(spans_of).sum());
        }
        ended.clear();
    }
}

async fn make_spans(traces: &Traces, store: &Store, ended: &[Happened]) -> Result<(), Error> {
    let attempts = || ended.iter().flat_map(|happened| &happened.attempts);
    let ended_jobs = || ended.iter().flat_map(|happened| &happened.jobs);
    let mut ids: Vec<Uuid> =
        attempts().map(|attempt| attempt.job_id).chain(ended_jobs().map(|job| job.id)).collect();
    ids.sort_unstable();
    ids.dedup();
    let jobs = if ids.is_empty() { Vec::new() } else { store.traced_jobs(&ids).await? };
    let jobs: HashMap<Uuid, _> = jobs.into_iter().map(|job| (job.id, job)).collect();
    for attempt in attempts() {
        if let Some(job) = jobs.get(&attempt.job_id) {
            traces.attempt(attempt, job);
        }
    }
    for job in ended_jobs().filter_map(|job| jobs.get(&job.id)) {
        traces.job(job);
    }
    let ids: Vec<Uuid> =
        ended.iter().flat_map(|happened| &happened.pipelines).map(|pipeline| pipeline.id).collect();
    let pipelines = if ids.is_empty() { Vec::new() } else { store.traced_pipelines(&ids).await? };
    for pipeline in &pipelines {
        traces.pipeline(pipeline);
    }
    Ok(())
}
