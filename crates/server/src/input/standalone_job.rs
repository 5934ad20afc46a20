//! Reading a standalone job.

use windlass_domain::{CorrelationId, JobKey, Limits, Name, Priority};
use windlass_store::NewPipeline;

use super::job::JobFields;
use super::json::Field;
use super::origin::Origin;
use super::pipeline::PRIORITIES;
use super::tasks::TaskReader;

/// A job that is alone in a pipeline of its own.
pub(crate) fn read_standalone_job(root: Field<'_>, limits: &Limits, origin: Origin) -> Option<NewPipeline> {
    root.object(|job| {
        let key = job.present("key", |field| field.text(JobKey::parse));
        let priority = job.present("priority", |field| field.word(Priority::parse, PRIORITIES));
        let correlation_id = job.optional("correlation_id", |field| field.text(CorrelationId::parse));
        let deadline_at = job.optional("deadline_at", |field| field.instant());
        let fields = JobFields::take(job, limits, &TaskReader::new(limits))?;
        let of_type = fields.type_name().as_str();
        let name = Name::parse(of_type).expect("types are shorter than names");
        let key =
            key.unwrap_or_else(|| JobKey::parse(of_type).expect("types and keys have the same characters"));
        Some(NewPipeline {
            name,
            priority: priority.unwrap_or_default(),
            correlation_id: correlation_id.unwrap_or(origin.correlation_id),
            metadata: None,
            fail_fast: false,
            paused: false,
            sealed: true,
            deadline_at,
            trace: origin.trace,
            jobs: vec![fields.with(key, Vec::new())],
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
        let read = Document::of(body).read(|root| read_standalone_job(root, &Limits::default(), origin));
        read.map_err(Rejection::pointers)
    }

    #[test]
    fn the_pipeline_of_one_is_named_after_the_type() {
        let new = create(r#"{"type":"resize","priority":"very_low","paused":true}"#).unwrap();
        assert_eq!((new.name.as_str(), new.jobs[0].key.as_str()), ("resize", "resize"));
        assert!(new.sealed && !new.paused && new.jobs[0].paused, "the flag is the job's own");
        assert_eq!(new.priority, Priority::VeryLow);
        assert_eq!(create(r#"{"type":"resize","key":"one"}"#).unwrap().jobs[0].key.as_str(), "one");
    }

    #[test]
    fn a_job_alone_has_nothing_to_depend_on() {
        assert_eq!(create(r#"{"type":"t","depends_on":[]}"#).unwrap_err(), ["/depends_on"]);
    }

    #[test]
    fn all_faults_are_listed_even_without_a_type() {
        assert_eq!(create(r#"{"key":"","name":"n"}"#).unwrap_err(), ["/key", "/type", "/name"]);
    }
}
