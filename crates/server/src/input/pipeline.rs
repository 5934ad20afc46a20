//! Reading a new pipeline.

use windlass_domain::{CorrelationId, Limits, Name, Priority};
use windlass_store::NewPipeline;

use super::graph::Scope;
use super::jobs::read_jobs;
use super::json::Field;
use super::origin::Origin;

/// The words of a priority, for people.
pub(crate) const PRIORITIES: &str = "very_high, high, medium, low, very_low";

/// A new pipeline; what it does not say of where it comes from is taken from `origin`.
pub(crate) fn read_pipeline(root: Field<'_>, limits: &Limits, origin: Origin) -> Option<NewPipeline> {
    root.object(|pipeline| {
        let name = pipeline.required("name", |field| field.text(Name::parse));
        let priority = pipeline.present("priority", |field| field.word(Priority::parse, PRIORITIES));
        let correlation_id = pipeline.optional("correlation_id", |field| field.text(CorrelationId::parse));
        let metadata = pipeline.present("metadata", |field| field.json_object(limits.json_bytes));
        let fail_fast = pipeline.present("fail_fast", |field| field.flag());
        let paused = pipeline.present("paused", |field| field.flag());
        let sealed = pipeline.present("sealed", |field| field.flag()).unwrap_or(true);
        let deadline_at = pipeline.optional("deadline_at", |field| field.instant());
        let bounds = usize::from(sealed)..=limits.jobs_per_pipeline;
        let jobs = pipeline.required("jobs", |field| read_jobs(field, bounds, Scope::Whole, limits));
        Some(NewPipeline {
            name: name?,
            priority: priority.unwrap_or_default(),
            correlation_id: correlation_id.unwrap_or(origin.correlation_id),
            metadata,
            fail_fast: fail_fast.unwrap_or(false),
            paused: paused.unwrap_or(false),
            sealed,
            deadline_at,
            trace: origin.trace,
            schedule: None,
            made_from: None,
            jobs: jobs?,
        })
    })
}

#[cfg(test)]
mod tests {
    use windlass_store::Trace;

    use super::*;
    use crate::input::{Document, Rejection};

    fn create(body: &str) -> Result<NewPipeline, Vec<String>> {
        let origin =
            Origin { correlation_id: CorrelationId::parse("request").unwrap(), trace: Trace::default() };
        let read = Document::of(body).read(|root| read_pipeline(root, &Limits::default(), origin));
        read.map_err(Rejection::pointers)
    }

    #[test]
    fn the_request_id_is_the_correlation_id_where_none_is_sent() {
        let job = r#"[{"key":"a","type":"t"}]"#;
        for absent in ["", r#","correlation_id":null"#] {
            let new = create(&format!(r#"{{"name":"n","jobs":{job}{absent}}}"#)).unwrap();
            assert_eq!(new.correlation_id.as_str(), "request");
        }
        let new = create(&format!(r#"{{"name":"n","jobs":{job},"correlation_id":"mine"}}"#)).unwrap();
        assert_eq!(new.correlation_id.as_str(), "mine");
    }

    #[test]
    fn no_jobs_only_when_more_will_come() {
        assert!(create(r#"{"name":"n","jobs":[],"sealed":false}"#).is_ok());
        assert_eq!(create(r#"{"name":"n","jobs":[]}"#).unwrap_err(), ["/jobs"]);
        assert_eq!(create(r#"{"name":"n","sealed":false}"#).unwrap_err(), ["/jobs"]);
    }

    #[test]
    fn names_and_words_are_bounded() {
        let with = |field: &str| create(&format!(r#"{{"jobs":[],"sealed":false,"name":"n"{field}}}"#));
        assert!(with("").is_ok());
        assert_eq!(with(r#","name":"n""#).unwrap_err(), ["/name"]);
        assert_eq!(
            with(r#","priority":"urgent","metadata":[],"paused":0"#).unwrap_err(),
            ["/priority", "/metadata", "/paused"]
        );
        assert_eq!(create("[]").unwrap_err(), [""]);
    }
}
