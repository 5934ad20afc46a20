//! Reading standalone jobs: one, and many in one body.

use windlass_domain::{CorrelationId, JobKey, Limits, Name, Priority};
use windlass_store::NewPipeline;

use super::items::read_each;
use super::job::JobFields;
use super::json::{Document, Field, Rejection};
use super::origin::Origin;
use super::pipeline::PRIORITIES;
use super::tasks::TaskReader;

/// A job that is alone in a pipeline of its own.
pub(crate) fn read_standalone_job(root: Field<'_>, limits: &Limits, origin: Origin) -> Option<NewPipeline> {
    read(root, limits, &TaskReader::new(limits), origin)
}

/// Up to 1,000 jobs, `{"jobs": [...]}`, with as many tasks together as one call may bring; each is judged by itself.
///
/// # Errors
/// Only what is wrong with the envelope.
pub(crate) fn read_standalone_jobs(
    body: &Document,
    limits: &Limits,
    origin: &Origin,
) -> Result<Vec<Result<NewPipeline, Rejection>>, Rejection> {
    let tasks = TaskReader::new(limits);
    let jobs = read_each(body, "jobs", |job, (): &mut ()| read(job, limits, &tasks, origin.clone()))?;
    Ok(jobs.into_iter().map(|((), job)| job).collect())
}

fn read(root: Field<'_>, limits: &Limits, tasks: &TaskReader, origin: Origin) -> Option<NewPipeline> {
    root.object(|job| {
        let key = job.present("key", |field| field.text(JobKey::parse));
        let priority = job.present("priority", |field| field.word(Priority::parse, PRIORITIES));
        let correlation_id = job.optional("correlation_id", |field| field.text(CorrelationId::parse));
        let deadline_at = job.optional("deadline_at", |field| field.instant());
        let fields = JobFields::take(job, limits, tasks)?;
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
            schedule: None,
            made_from: None,
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

    fn create_many(
        limits: &Limits,
        body: &str,
    ) -> Result<Vec<Result<NewPipeline, Vec<String>>>, Vec<String>> {
        let origin =
            Origin { correlation_id: CorrelationId::parse("request").unwrap(), trace: Trace::default() };
        let read = read_standalone_jobs(&Document::of(body), limits, &origin).map_err(Rejection::pointers);
        Ok(read?.into_iter().map(|job| job.map_err(Rejection::pointers)).collect())
    }

    #[test]
    fn each_of_many_jobs_fails_alone_with_pointers_into_the_body() {
        let jobs = create_many(
            &Limits::default(),
            r#"{"jobs":[{"type":"a"},{"type":"","key":"b"},7,{"type":"c","payload":"\u0000"},{"type":"d","correlation_id":"own"}]}"#,
        )
        .unwrap();
        let said: Vec<Result<&str, &[String]>> = jobs
            .iter()
            .map(|job| job.as_ref().map(|job| job.correlation_id.as_str()).map_err(Vec::as_slice))
            .collect();
        let wrong = |pointer: &str| vec![pointer.to_owned()];
        let (first, second, third) = (wrong("/jobs/1/type"), wrong("/jobs/2"), wrong("/jobs/3/payload"));
        assert_eq!(said, [Ok("request"), Err(&*first), Err(&*second), Err(&*third), Ok("own")]);
    }

    #[test]
    fn many_jobs_are_a_thousand_at_the_most_and_their_envelope_is_strict() {
        let jobs = |count: usize| format!(r#"{{"jobs":[{}]}}"#, vec![r#"{"type":"t"}"#; count].join(","));
        assert_eq!(create_many(&Limits::default(), &jobs(1_000)).unwrap().len(), 1_000);
        assert_eq!(create_many(&Limits::default(), &jobs(1_001)).unwrap_err(), ["/jobs"]);
        for bad in ["{}", r#"{"jobs":{}}"#, r#"{"jobs":[],"more":1}"#, "[]"] {
            assert!(create_many(&Limits::default(), bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn many_jobs_share_the_tasks_that_one_call_may_bring() {
        let limits = Limits { tasks_per_call: 3, ..Limits::default() };
        let body = r#"{"jobs":[{"type":"a","tasks":[{},{}]},{"type":"b","tasks":[{},{}]},{"type":"c","tasks":[{}]}]}"#;
        let jobs = create_many(&limits, body).unwrap();
        assert_eq!(jobs[1].as_ref().unwrap_err(), &["/jobs/1/tasks".to_owned()]);
        assert!(jobs[0].is_ok() && jobs[2].is_ok());
    }

    #[test]
    fn the_task_that_a_job_gets_unasked_counts_as_well_wherever_it_stands() {
        let limits = Limits { tasks_per_call: 2, ..Limits::default() };
        let faults = |jobs: [&str; 2]| {
            let jobs = create_many(&limits, &format!(r#"{{"jobs":[{}]}}"#, jobs.join(","))).unwrap();
            jobs.into_iter().map(|job| job.err().unwrap_or_default().concat()).collect::<Vec<_>>()
        };
        let (one, two) = (r#"{"type":"a"}"#, r#"{"type":"b","tasks":[{},{}]}"#);
        assert_eq!(faults([one, two]), ["", "/jobs/1/tasks"]);
        assert_eq!(faults([two, one]), ["", "/jobs/1/tasks"]);
        assert_eq!(faults([one, one]), ["", ""]);
        assert_eq!(faults([two, r#"{"type":"a","sealed":false}"#]), ["", ""]);
        assert_eq!(faults([two, r#"{"type":"a","tasks":[]}"#]), ["", ""]);
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
