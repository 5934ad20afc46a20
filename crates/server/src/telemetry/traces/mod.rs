//! Traces: one for each pipeline, from its producer's request to its last attempt, whichever server served it and whenever.
//!
//! ```text
//! the producer's span
//! ├─ POST /v1/pipelines            when it comes with a context, or begins one
//! ├─ job extract                   opened → ended, with links to the jobs it waited for
//! │  ├─ wait extract               could be leased → leased
//! │  ├─ attempt extract            leased → ended, with the event `retry` if it is tried again
//! │  │  └─ the worker's spans      since the worker gets the attempt as its parent
//! │  └─ …
//! ├─ job load
//! └─ pipeline tile-ingest          created → ended
//! ```
//!
//! A span cannot stay open for hours, by servers that come and go. So each is made when it ends, from what is stored, with the times of the
//! database; and the ids of jobs and attempts follow from their own ([`ids`]), so that what hangs below can be made before them. Reports are
//! run in batches that serve many requests: what they ended is reported after the commit ([`windlass_store::Watch`]), and whose trace it
//! belongs to is asked for besides, in bulk ([`mod@follow`]). Without an exporter none of this runs.
//!
//! What it deliberately does not do: trace statements, or requests that carry no context and begin nothing (polls would be most of them). How
//! it fails: a collector that is away costs its spans, an overrun counts them in `windlass_trace_losses_total`; no call waits for either.

mod context;
mod exporter;
mod follow;
mod ids;
mod requests;
mod spans;

pub use exporter::Traces;
pub(crate) use follow::{Ends, Follower, follow};
pub(crate) use requests::{Begun, Operation, RequestSpan, TracedRequest};
