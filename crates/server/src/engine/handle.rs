//! The engine of one server.

use std::sync::Arc;

use windlass_store::Store;

use super::alternation::Alternation;
use super::create::Creates;
use super::dequeue::{Dequeues, batcher_of_several};
use super::jobnik::Jobnik;
use super::logs::Logs;
use super::outcomes::Outcomes;
use super::report::Reports;
use super::starts::Starts;
use super::waiters::Waiters;
use crate::health::Health;
use crate::history::Minutes;
use crate::stop::Stop;
use crate::telemetry::Traces;

/// What a server's surfaces share: all that is needed to create, to dequeue and to report.
pub(crate) struct Engine {
    /// Creates of all callers.
    pub(crate) creates: Creates,
    /// Runs of schedules.
    pub(crate) starts: Starts,
    /// Dequeues of all callers.
    pub(crate) dequeues: Dequeues,
    /// Reports, heartbeats and progress of all callers.
    pub(crate) reports: Reports,
    /// Dequeues of Jobnik's surface, and what its reports meet.
    pub(crate) jobnik: Jobnik,
    /// Outcomes that come beside reports.
    pub(crate) outcomes: Outcomes,
    /// Log calls of all callers.
    pub(crate) logs: Logs,
}

impl Engine {
    /// Starts the batchers; must be called within a runtime. Creates use `sharing`, which leaves workers a share of the connections. Waiting dequeues end when the database goes away, or when the
    /// server is asked to end; waits get spans in `traces`, and are counted in `minutes`.
    pub(crate) fn start(
        store: &Store,
        sharing: &Store,
        waiters: Arc<Waiters>,
        health: Arc<Health>,
        stop: Stop,
        (traces, minutes): (Option<Traces>, Arc<Minutes>),
    ) -> Self {
        let alternation = Arc::new(Alternation::default());
        let reports = Reports::start(store, &alternation);
        Self {
            creates: Creates::start(sharing),
            starts: Starts::start(store),
            reports,
            jobnik: Jobnik::start(store, stop.clone(), minutes.clone(), &alternation),
            outcomes: Outcomes::new(),
            logs: Logs::start(store),
            dequeues: Dequeues {
                several: batcher_of_several(store.clone(), &alternation),
                store: store.clone(),
                waiters,
                health,
                stop,
                traces,
                minutes,
                alternation,
                looks: <_>::default(),
            },
        }
    }

    /// Who waits for tasks.
    pub(crate) fn waiters(&self) -> &Arc<Waiters> {
        &self.dequeues.waiters
    }
}
