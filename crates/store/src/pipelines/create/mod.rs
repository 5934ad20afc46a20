//! `POST /v1/pipelines`, `POST /v1/jobs` and `POST /v1/jobs/batch`: pipelines, jobs, edges and tasks of many requests in one transaction.
//!
//! `batch.rs` makes what came in several requests, of which each has its own answer and maybe its own key; `each.rs` the jobs of one request, each
//! of which fails only by itself. Both write by `make.rs`, one statement a table, and answer by `shown.rs` without reading what they wrote.

mod batch;
mod each;
mod make;
mod request;
mod shown;

pub use each::NotMade;
pub(crate) use make::{create, create_many};
pub use request::{Create, Made};
