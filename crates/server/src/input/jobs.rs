//! Reading the jobs of a pipeline, new or added.

use std::ops::RangeInclusive;

use windlass_domain::{JobKey, Limits};
use windlass_store::NewJob;

use super::graph::{EdgeReader, Graph, Scope};
use super::job::JobFields;
use super::json::Field;
use super::tasks::TaskReader;

/// The array of jobs, each on its own and then as a graph.
pub(crate) fn read_jobs(
    jobs: Field<'_>,
    bounds: RangeInclusive<usize>,
    scope: Scope,
    limits: &Limits,
) -> Option<Vec<NewJob>> {
    let tasks = TaskReader::new(limits);
    let edges = EdgeReader::new(limits);
    let mut graph = Graph::default();
    let read = jobs.each(bounds, |job, _| read_job(job, limits, &tasks, &edges, &mut graph));
    graph.check(jobs, scope);
    read
}

fn read_job(
    field: Field<'_>,
    limits: &Limits,
    tasks: &TaskReader,
    edges: &EdgeReader,
    graph: &mut Graph,
) -> Option<NewJob> {
    let (mut key, mut parents) = (None, Vec::new());
    let read = field.object(|job| {
        key = job.required("key", |field| field.text(JobKey::parse));
        let depends_on = job.present("depends_on", |field| edges.read(field, &mut parents));
        let fields = JobFields::take(job, limits, tasks);
        Some(fields?.with(key.clone()?, depends_on.unwrap_or_default()))
    });
    graph.add(key.as_ref(), parents);
    read
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::{Document, Fault, Rejection};

    fn read(scope: Scope, jobs: &str) -> Result<Vec<NewJob>, Rejection> {
        Document::of(jobs).read(|root| read_jobs(root, 0..=1_000, scope, &Limits::default()))
    }

    fn refused(scope: Scope, jobs: &str) -> (Option<Fault>, Vec<String>) {
        let rejection = read(scope, jobs).unwrap_err();
        (rejection.fault, rejection.pointers())
    }

    #[test]
    fn what_is_left_out_takes_the_defaults_of_the_contract() {
        let jobs = read(
            Scope::Whole,
            r#"[{"key":"a","type":"t","payload":null,"timeout_seconds":null,"run_at":null}]"#,
        )
        .unwrap();
        let job = &jobs[0];
        assert!(
            job.sealed == windlass_domain::Sealing::AtOnce
                && job.fail_fast
                && !job.allow_failure
                && !job.paused
                && job.tasks.is_none()
        );
        assert_eq!((job.lease.as_secs(), job.timeout, job.max_failed_tasks), (60, None, 0));
        assert_eq!(job.retry, windlass_domain::RetryPolicy::default());
        assert!(job.payload.is_none() && job.metadata.is_none() && job.depends_on.is_empty());
    }

    #[test]
    fn all_faults_of_all_jobs_are_listed_with_their_pointers() {
        let (fault, pointers) = refused(
            Scope::Whole,
            r#"[{"key":"a b","type":7,"lease_seconds":0,"colour":1},
                {"key":"b","type":"t","key":"b","retry":{"factor":0.5,"tries":3},"tasks":[{},{"run_at":"soon"}]},
                {"type":"t","depends_on":["b",{"job":"b"},{"job":"a","when":"later"}]}, 4]"#,
        );
        assert_eq!(fault, None, "of several kinds");
        let expected = [
            "/0/key",
            "/0/type",
            "/0/lease_seconds",
            "/0/colour",
            "/1/key",
            "/1/retry/factor",
            "/1/retry/tries",
            "/1/tasks/1/run_at",
            "/2/key",
            "/2/depends_on/1",
            "/2/depends_on/2/when",
            "/3",
            "/2/depends_on/2",
        ];
        assert_eq!(pointers, expected);
    }

    #[test]
    fn faults_of_the_graph_alone_are_named() {
        let unknown = r#"[{"key":"a","type":"t","depends_on":["ghost",{"job":"b"}]},{"key":"b","type":"t"}]"#;
        assert_eq!(
            refused(Scope::Whole, unknown),
            (Some(Fault::UnknownDependency), vec!["/0/depends_on/0".to_owned()])
        );
        let double = r#"[{"key":"a","type":"t"},{"key":"a","type":"u"}]"#;
        assert_eq!(refused(Scope::Whole, double), (Some(Fault::DuplicateKey), vec!["/1/key".to_owned()]));
        let itself = read(Scope::Whole, r#"[{"key":"a","type":"t","depends_on":["a"]}]"#).unwrap_err();
        assert_eq!(itself.cycle, Some(vec!["a".to_owned()]));
    }

    #[test]
    fn a_cycle_names_its_jobs_each_depending_on_the_next() {
        let rejection = read(
            Scope::Added,
            r#"[{"key":"a","type":"t","depends_on":["b"]},{"key":"b","type":"t","depends_on":["c","old"]},
                {"key":"c","type":"t","depends_on":["a"]},{"key":"d","type":"t","depends_on":["a"]}]"#,
        );
        let rejection = rejection.unwrap_err();
        assert_eq!(rejection.fault, Some(Fault::Cycle));
        let cycle = rejection.cycle.unwrap();
        let at = cycle.iter().position(|key| key == "a").unwrap();
        assert_eq!([&cycle[at..], &cycle[..at]].concat(), ["a", "b", "c"]);
    }

    #[test]
    fn an_added_job_may_depend_on_what_only_the_store_knows() {
        let jobs = read(Scope::Added, r#"[{"key":"a","type":"t","depends_on":["old"]}]"#).unwrap();
        assert_eq!(jobs[0].depends_on[0].job.as_str(), "old");
    }

    #[test]
    fn edges_are_counted_over_the_whole_call() {
        // Each job depends on some of the first 100.
        let jobs = |edges: &[usize]| {
            let first = (0..100).map(|number| format!(r#"{{"key":"p{number}","type":"t"}}"#));
            let job = |(number, edges): (usize, &usize)| {
                let on: Vec<String> = (0..*edges).map(|parent| format!(r#""p{parent}""#)).collect();
                format!(r#"{{"key":"c{number}","type":"t","depends_on":[{}]}}"#, on.join(","))
            };
            let all: Vec<String> = first.chain(edges.iter().enumerate().map(job)).collect();
            format!("[{}]", all.join(","))
        };
        let mut edges = vec![100; 200];
        assert!(read(Scope::Whole, &jobs(&edges)).is_ok(), "20,000");
        edges.push(1);
        let rejection = read(Scope::Whole, &jobs(&edges)).unwrap_err();
        assert_eq!(rejection.errors.len(), 1);
        assert_eq!(rejection.errors[0].pointer, "/300/depends_on");
        assert!(rejection.errors[0].detail.contains("20000"));
    }

    #[test]
    fn tasks_are_counted_over_the_whole_call() {
        let jobs = |tasks: usize| {
            let tasks = vec!["{}"; tasks].join(",");
            format!(
                r#"[{{"key":"a","type":"t","tasks":[{tasks}]}},{{"key":"b","type":"t","tasks":[{{}},{{}}]}}]"#
            )
        };
        assert!(read(Scope::Whole, &jobs(9_998)).is_ok());
        let rejection = read(Scope::Whole, &jobs(9_999)).unwrap_err();
        assert_eq!(rejection.errors[0].pointer, "/1/tasks");
    }
}
