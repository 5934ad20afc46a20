//! A worker at work, what it has to do, and what became of it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;
use windlass_sdk::{BreakerState, Client, Context, TaskFailure, Worker};
use windlass_tests::{Proxy, TestApp, Way, eventually, id, job};

/// As many tasks as are under way when trouble begins; one slot more waits for tasks.
pub(super) const SLOTS: usize = 8;
/// Within this, work goes on after the network's return.
const RETURN: Duration = Duration::from_secs(5);

/// A worker behind a proxy, with an unsealed job whose tasks count upwards.
pub(super) struct Shift {
    pub(super) app: TestApp,
    pub(super) proxy: Proxy,
    client: Client,
    pipeline: Value,
    added: usize,
    signal: watch::Sender<bool>,
    stop: oneshot::Sender<()>,
    working: JoinHandle<Result<(), windlass_sdk::Error>>,
}

impl Shift {
    /// Begins with tasks that are held until [`Shift::let_go`].
    pub(super) async fn begin(timeout: Duration) -> Self {
        let app = TestApp::start().await;
        let proxy = Proxy::before(app.address(0));
        let client = Client::builder(proxy.url()).timeout(timeout).build().unwrap();
        let pipeline = app.submit_with(unsealed()).await;
        let signal = watch::Sender::new(false);
        let (stop, stopped) = oneshot::channel();
        let worker = worker(client.clone(), signal.subscribe());
        let working = tokio::spawn(worker.run_until(async { drop(stopped.await) }));
        let mut shift = Self { app, proxy, client, pipeline, added: 0, signal, stop, working };
        shift.add(SLOTS).await;
        shift.reaches("running", SLOTS).await;
        shift
    }

    /// Lets handlers end, those of now and of later.
    pub(super) fn let_go(&self) {
        self.signal.send_replace(true);
    }

    /// Adds tasks, past the proxy.
    pub(super) async fn add(&mut self, count: usize) {
        let tasks: Vec<_> = (self.added..self.added + count).map(|n| json!({"payload": n})).collect();
        let path = format!("{}/tasks", self.app.job_path(&self.pipeline, "work").await);
        self.app.post(&path, json!({"tasks": tasks})).await.has(201);
        self.added += count;
    }

    /// Waits until the breaker is open, or on its way to be closed.
    pub(super) async fn breaker_opens(&self) {
        eventually("the breaker opens", || async {
            (self.client.breaker_state() != BreakerState::Closed).then_some(())
        })
        .await;
    }

    /// Waits until the job counts so many tasks of a state.
    pub(super) async fn reaches(&self, state: &str, count: usize) {
        eventually(&format!("{count} tasks are {state}"), || async {
            let counts = &self.app.job(&self.pipeline, "work").await["counts"];
            (counts[state] == count).then_some(())
        })
        .await;
    }

    /// Work that comes while nothing passes is done once it does again.
    pub(super) async fn outlasts_it(mut self) {
        self.breaker_opens().await;
        self.add(100).await;
        self.proxy.set(Way::Through);
        self.ends_well(1..=1).await;
    }

    /// The network is well again: everything goes on soon, and was done once.
    pub(super) async fn ends_well(mut self, attempts: std::ops::RangeInclusive<usize>) {
        self.recovers().await;
        self.end(attempts).await;
    }

    /// The network is well again: all that was added, and as much again, is done soon.
    async fn recovers(&mut self) {
        let began = Instant::now();
        self.reaches("succeeded", self.added).await;
        assert!(began.elapsed() < RETURN, "what waited took {:?}", began.elapsed());
        self.add(100).await;
        self.reaches("succeeded", self.added).await;
        assert_eq!(self.client.breaker_state(), BreakerState::Closed);
    }

    /// Ends the worker; every task has one result, its own, and as many attempts in all as `attempts` allows.
    async fn end(self, attempts: std::ops::RangeInclusive<usize>) {
        self.stop.send(()).unwrap();
        self.working.await.unwrap().unwrap();
        let path = format!("/v1/pipelines/{}/jobs/work/results?limit=500", id(&self.pipeline));
        let results = self.app.walk(&path).await;
        let results: Vec<_> = results.iter().map(|item| item["result"].as_u64().unwrap()).collect();
        assert_eq!(results, (0..self.added as u64).collect::<Vec<_>>());
        let work = self.app.job(&self.pipeline, "work").await;
        for task in self.app.tasks(&work).await {
            let all = self.app.walk(&format!("/v1/tasks/{}/attempts", id(&task))).await;
            let succeeded = all.iter().filter(|attempt| attempt["outcome"] == "succeeded").count();
            let counted =
                all.iter().filter(|attempt| attempt["outcome"] != "late" && attempt["outcome"] != "released");
            assert_eq!(succeeded, 1, "{all:?}");
            assert!(attempts.contains(&counted.count()), "{all:?}");
        }
        self.app.finish().await;
    }
}

fn unsealed() -> Value {
    json!({"name": "shift", "jobs": [job("work", json!({"sealed": false}))]})
}

/// A worker whose handlers return their payload once the signal is sent.
fn worker(client: Client, signal: watch::Receiver<bool>) -> Worker {
    let signal = Arc::new(signal);
    let handler = move |payload: u64, _: Context| {
        let mut signal = watch::Receiver::clone(&signal);
        async move {
            signal.wait_for(|open| *open).await?;
            Ok::<_, TaskFailure>(payload)
        }
    };
    Worker::builder(client).handler("work", handler).concurrency(SLOTS + 1).build()
}
