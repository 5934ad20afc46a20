//! What is wrong with a body that people wrote into a file: found by what the server reads bodies with, before anything is sent.
//!
//! The bounds that a server may set otherwise are left to it. What only the whole of its state tells (a name that is not there) it alone knows.

use windlass_domain::{CorrelationId, Limits};
use windlass_store::Trace;
use windlass_wire::FieldError;

use crate::input::{self, Document, Origin};

/// Larger than what any server takes.
const UNBOUNDED: usize = u32::MAX as usize;

/// What a body is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Body {
    /// `POST /v1/pipelines`.
    Pipeline,
    /// `POST /v1/jobs`.
    Job,
    /// `PUT /v1/templates/{name}`.
    Template,
    /// `PUT /v1/schedules/{name}`.
    Schedule,
}

/// All that is wrong with a body, at most 100 values, each with its pointer; empty where nothing is.
///
/// # Errors
/// It is not JSON, or nested too deep: why.
///
/// # Panics
/// Never: the id it gives to what has none is short enough.
pub fn faults(body: Body, json: &str) -> Result<Vec<FieldError>, String> {
    let document = Document::parse(json.as_bytes().to_vec())?;
    let limits = Limits {
        body_bytes: UNBOUNDED,
        json_bytes: UNBOUNDED,
        jobs_per_pipeline: UNBOUNDED,
        edges_per_pipeline: UNBOUNDED,
        tasks_per_call: UNBOUNDED,
        log_bytes: UNBOUNDED,
    };
    let origin = Origin {
        correlation_id: CorrelationId::parse("file").expect("it is short"),
        trace: Trace::default(),
    };
    let read = document.read(|root| match body {
        Body::Pipeline => input::read_pipeline(root, &limits, origin).map(drop),
        Body::Job => input::read_standalone_job(root, &limits, origin).map(drop),
        Body::Template => input::read_template(root, UNBOUNDED).map(drop),
        Body::Schedule => input::read_schedule(root, &limits).map(drop),
    });
    Ok(read.err().map(|rejection| rejection.errors).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pointers(body: Body, json: &str) -> Vec<String> {
        faults(body, json).unwrap().into_iter().map(|fault| fault.pointer).collect()
    }

    #[test]
    fn all_faults_of_a_body_are_found_at_once() {
        let wrong =
            r#"{"nam":"n","jobs":[{"key":"a b","type":"t"},{"key":"b","type":"t","depends_on":["c"]}]}"#;
        let found = pointers(Body::Pipeline, wrong);
        for pointer in ["/name", "/nam", "/jobs/0/key"] {
            assert!(found.iter().any(|at| at == pointer), "{pointer} of {found:?}");
        }
        assert!(pointers(Body::Pipeline, r#"{"name":"n","jobs":[{"key":"a","type":"t"}]}"#).is_empty());
        assert_eq!(pointers(Body::Job, r#"{"type":"t","priority":"urgent"}"#), ["/priority"]);
        assert_eq!(pointers(Body::Template, r#"{"parameters":1,"pipeline":{}}"#), ["/parameters"]);
        assert_eq!(pointers(Body::Schedule, r#"{"cron":"0 3 * * *"}"#), ["/template"]);
        assert!(faults(Body::Job, "{").is_err());
    }
}
