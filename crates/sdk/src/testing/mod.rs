//! A test server in place of Windlass, to test handlers without a Postgres (feature `testing`).
//!
//! [`TestServer`] runs in the test's own process and speaks to a real [`Worker`](crate::Worker) over a real connection: it leases
//! tasks, takes heartbeats, progress and reports, retries, ends leases, and serves the results of earlier jobs, in the words of the
//! HTTP contract. Its time is the test's: nothing expires and no delay passes before [`TestServer::advance`].
//!
//! ```
//! use windlass_sdk::testing::{TestServer, TestTask};
//! use windlass_sdk::wire::TaskState;
//! use windlass_sdk::{Context, Job, TaskFailure, Worker};
//!
//! struct Resize;
//! impl Job for Resize {
//!     const TYPE: &'static str = "resize-image";
//!     type Payload = String;
//!     type Result = u64;
//! }
//!
//! async fn resize(image: String, _: Context) -> Result<u64, TaskFailure> {
//!     Ok(image.parse()?)
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let server = TestServer::start().await?;
//! let id = server.add(TestTask::of(Resize, &"20".to_owned())?);
//! let worker = Worker::builder(server.client()).job(Resize, resize).build();
//! let task = server.run(worker, id, TaskState::Succeeded).await;
//! assert_eq!(task.result.map(|result| result.text().to_owned()).as_deref(), Some("20"));
//! # Ok(()) }
//! ```
//!
//! What it deliberately does not do: it is not the product. It knows one pipeline and no edges, no priorities, no limits, no audit
//! and no restarts; tasks that a completion adds are noted ([`TestServer::added`]), not run; what it does not know is answered 404.
//! What depends on those needs the service itself, and so a Postgres: start `windlass serve`, and point a client at it. Nor should
//! a test pause tokio's own time beside it, since the connection would run out of it.
//!
//! How it fails: a wait that takes longer than 30 s panics with the task's state.

mod book;
mod endpoints;
mod lease;
mod server;
mod shared;
mod task;

pub use server::TestServer;
pub use task::TestTask;
