//! The test server, as a test uses it.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use tokio::net::TcpListener;
use tokio_util::task::AbortOnDropHandle;
use uuid::Uuid;
use windlass_wire::{AddToJob, Json, LogLine, NewOutcome, Task, TaskState};

use super::TestTask;
use super::endpoints;
use super::shared::Shared;
use crate::{Client, Key, Worker};

/// Longer than any handler under test.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// A server of the calls that workers make, on a port of its own; it ends when dropped.
#[derive(Debug)]
pub struct TestServer {
    shared: Arc<Shared>,
    address: SocketAddr,
    _serving: AbortOnDropHandle<io::Result<()>>,
}

impl TestServer {
    /// Starts a server that has no tasks.
    ///
    /// # Errors
    /// When no port of this machine can be listened on.
    pub async fn start() -> io::Result<Self> {
        let listener = TcpListener::bind((std::net::Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared::new());
        let router = endpoints::router(Arc::clone(&shared));
        let serving = tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(Self { shared, address, _serving: AbortOnDropHandle::new(serving) })
    }

    /// A client of it, without a key.
    ///
    /// # Panics
    /// When `WINDLASS_CA_FILE` is set and holds no certificates.
    pub fn client(&self) -> Client {
        let builder = Client::builder(format!("http://{}", self.address)).key(Key::none());
        builder.build().expect("the address of a listener")
    }

    /// Adds a task behind all others, and says its id.
    pub fn add(&self, task: TestTask) -> Uuid {
        let id = self.shared.book().add(task);
        self.shared.changed();
        id
    }

    /// Adds a result to an earlier job of the pipeline that all tasks are in.
    ///
    /// # Errors
    /// When `result` has no JSON form.
    pub fn add_result<R: Serialize + ?Sized>(&self, job: &str, result: &R) -> serde_json::Result<()> {
        self.shared.book().add_result(job, Json::of(result)?);
        Ok(())
    }

    /// Moves the server's time: leases that are over by then end, delays that have passed are over.
    pub fn advance(&self, by: Duration) {
        self.shared.book().advance(by);
        self.shared.changed();
    }

    /// Cancels a task that has not ended.
    ///
    /// # Panics
    /// When there is no such task.
    pub fn cancel(&self, id: Uuid) {
        let mut book = self.shared.book();
        let now = book.now();
        book.entry(id).expect("a task of this server").cancel(now);
        drop(book);
        self.shared.changed();
    }

    /// A task as it is now.
    ///
    /// # Panics
    /// When there is no such task.
    pub fn task(&self, id: Uuid) -> Task {
        self.shared.book().task(id).expect("a task of this server").clone()
    }

    /// The outcomes that tasks recorded, with their reports or beside them, in their order.
    pub fn outcomes(&self) -> Vec<NewOutcome> {
        self.shared.book().outcomes.clone()
    }

    /// What was written into the log of a task, oldest first.
    ///
    /// # Panics
    /// When there is no such task.
    pub fn log(&self, id: Uuid) -> Vec<LogLine> {
        self.shared.book().log(id).expect("a task of this server").to_vec()
    }

    /// What completions added to other jobs, in their order.
    pub fn added(&self) -> Vec<AddToJob> {
        self.shared.book().added.clone()
    }

    /// Waits until `done` holds for a task, and returns the task.
    ///
    /// # Panics
    /// When that takes longer than 30 s.
    pub async fn until(&self, id: Uuid, done: impl Fn(&Task) -> bool) -> Task {
        let look = || Some(self.task(id)).filter(|task| done(task));
        let found = tokio::time::timeout(LONGEST_WAIT, self.shared.until(look)).await;
        found.unwrap_or_else(|late| {
            panic!("{late}: not within {LONGEST_WAIT:?}, the task is {:?}", self.task(id))
        })
    }

    /// Runs a worker until a task is in `state`, stops it, and returns the task.
    ///
    /// # Panics
    /// When that takes longer than 30 s, or the worker ends with an error.
    pub async fn run(&self, worker: Worker, id: Uuid, state: TaskState) -> Task {
        let mut reached = None;
        let stop = async { reached = Some(self.until(id, |task| task.state == state).await) };
        worker.run_until(stop).await.expect("the server refuses no dequeue");
        reached.expect("the worker ends when the state is reached")
    }
}
