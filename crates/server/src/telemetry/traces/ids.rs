//! Ids of spans: those of jobs and attempts follow from what they are of, all others are random.

use std::cell::Cell;

use opentelemetry::trace::{SpanId, TraceId};
use opentelemetry_sdk::trace::{IdGenerator, RandomIdGenerator};
use sha2::{Digest, Sha256};
use uuid::Uuid;

thread_local! {
    /// The id of the span that this thread is about to make.
    static NEXT: Cell<Option<SpanId>> = const { Cell::new(None) };
}

/// Sets the id of a span to the one that was chosen for it.
#[derive(Debug)]
pub(super) struct Ids;

impl IdGenerator for Ids {
    fn new_trace_id(&self) -> TraceId {
        RandomIdGenerator::default().new_trace_id()
    }

    fn new_span_id(&self) -> SpanId {
        NEXT.take().unwrap_or_else(|| RandomIdGenerator::default().new_span_id())
    }
}

/// Makes a span that has this id.
pub(super) fn with_id<T>(id: SpanId, make: impl FnOnce() -> T) -> T {
    NEXT.set(Some(id));
    let span = make();
    NEXT.set(None);
    span
}

/// The span of a job; each retry by hand makes it another one.
pub(super) fn job_span(job: Uuid, run: i32) -> SpanId {
    hashed(&[b"job", job.as_bytes(), &run.to_be_bytes()])
}

/// The span of an attempt. It goes to others than the worker, so it must not reveal the token.
pub(super) fn attempt_span(token: Uuid) -> SpanId {
    hashed(&[b"attempt", token.as_bytes()])
}

fn hashed(parts: &[&[u8]]) -> SpanId {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part);
    }
    let hash = hash.finalize();
    SpanId::from_bytes(std::array::from_fn(|at| hash[at]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_used_once_and_follows_from_what_it_is_of() {
        let (job, id) = (Uuid::from_u128(7), SpanId::from_bytes([7; 8]));
        assert_eq!(with_id(id, || Ids.new_span_id()), id);
        assert_ne!(Ids.new_span_id(), id);
        with_id(id, || ());
        assert_ne!(Ids.new_span_id(), id, "one that was not used is forgotten");
        assert_eq!(job_span(job, 1), job_span(job, 1));
        assert_ne!(job_span(job, 1), job_span(job, 2));
        let token = Uuid::new_v4();
        let span = attempt_span(token).to_string();
        assert!(!token.simple().to_string().contains(&span), "no part of the token is shown");
    }
}
