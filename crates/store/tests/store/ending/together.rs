//! Jobs that end in one batch.

use uuid::Uuid;
use windlass_domain::{Directive, JobState, PipelineState};
use windlass_store::testing::TestDatabase;
use windlass_store::{LeasedTask, NewJob, Report, Store};

use super::watched::{Seen, stored, watched};
use crate::support::{Way, completion, create, dequeue, failure, job, pipeline, read, with_tasks};

/// Jobs of several tasks, and several jobs of each of two pipelines: each thing ends once, with the sum of what was reported.
#[tokio::test]
async fn jobs_that_end_together_end_their_pipelines_once() {
    let database = TestDatabase::create().await;
    let (store, seen) = watched(&database).await;
    let mut traces = Vec::new();
    for way in Way::ALL {
        traces.push(Box::pin(two_pipelines(&database, &store, &seen, way)).await);
    }
    for (way, trace) in Way::ALL.iter().zip(&traces) {
        assert_eq!(traces[0], *trace, "by {way:?}");
    }
    database.finish().await;
}

async fn two_pipelines(
    database: &TestDatabase,
    store: &Store,
    seen: &Seen,
    way: Way,
) -> (Vec<String>, Vec<String>) {
    let tolerant = NewJob { fail_fast: false, max_failed_tasks: 1, ..with_tasks(job("tolerant"), 3) };
    let lax = NewJob { allow_failure: true, ..job("lax") };
    let first = create(store, pipeline(vec![with_tasks(job("a"), 2), job("b"), tolerant])).await.0.id;
    let second = create(store, pipeline(vec![job("a"), lax])).await.0.id;
    let leased = dequeue(store, 100).await;
    assert_eq!(leased.len(), 8);
    let (failing, well): (Vec<&LeasedTask>, Vec<&LeasedTask>) =
        leased.iter().partition(|task| task.job_key == "lax" || task.id == last_of(&leased, "tolerant"));
    let mut batch: Vec<Report> = well.into_iter().map(|task| completion(task).into()).collect();
    batch.extend(failing.into_iter().map(|task| Report::from(failure(task, Directive::Never))));
    way.go(store).await;
    seen.take();
    assert!(store.report(&batch).await.unwrap().iter().all(Result::is_ok), "{way:?}");
    assert!(way == Way::Transaction || !store.passes_reports_over(), "{way:?}");
    let ends = [(first, PipelineState::Succeeded), (second, PipelineState::Partial)];
    let mut left = Vec::new();
    for (id, end) in ends {
        assert_eq!(read(store, id).await.0.state, end, "{way:?}");
        left.push(stored(database, id).await);
    }
    (left, seen.take())
}

fn last_of(leased: &[LeasedTask], key: &str) -> Uuid {
    leased.iter().rfind(|task| task.job_key == key).unwrap().id
}

/// The rest of a job that fails at once shares its end, also where all of it is reported by the batch.
#[tokio::test]
async fn a_job_that_fails_fast_ends_at_its_first_failure_in_the_batch() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    for way in Way::ALL {
        let (created, _) = create(&store, pipeline(vec![with_tasks(job("a"), 2)])).await;
        let leased = dequeue(&store, 2).await;
        way.go(&store).await;
        let batch = [failure(&leased[0], Directive::Never).into(), completion(&leased[1]).into()];
        let answers = store.report(&batch).await.unwrap();
        assert!(answers[0].is_ok() && answers[1].is_err(), "{way:?}");
        let (ended, jobs) = read(&store, created.id).await;
        assert_eq!((ended.state, jobs[0].state), (PipelineState::Failed, JobState::Failed), "{way:?}");
        assert_eq!((jobs[0].counts.failed, jobs[0].counts.cancelled), (1, 1), "{way:?}");
    }
    while store.settle().await.unwrap().full {}
    database.finish().await;
}

/// A batch of jobs with and without more to do: what ends is written, and what does not is, too.
#[tokio::test]
async fn a_batch_may_end_some_jobs_and_others_not() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    for way in Way::ALL {
        let long = with_tasks(job("long"), 3);
        let (created, _) = create(&store, pipeline(vec![long, job("a"), job("b")])).await;
        let leased = dequeue(&store, 5).await;
        let reported: Vec<Report> = leased[1..].iter().map(|task| completion(task).into()).collect();
        way.go(&store).await;
        assert!(store.report(&reported).await.unwrap().iter().all(Result::is_ok), "{way:?}");
        let (open, jobs) = read(&store, created.id).await;
        assert_eq!(open.state, PipelineState::Running, "{way:?}");
        let states: Vec<JobState> = jobs.iter().map(|job| job.state).collect();
        assert_eq!(states, [JobState::Running, JobState::Succeeded, JobState::Succeeded], "{way:?}");
        way.go(&store).await;
        store.report(&[completion(&leased[0]).into()]).await.unwrap().remove(0).unwrap();
        assert_eq!(read(&store, created.id).await.0.state, PipelineState::Succeeded, "{way:?}");
    }
    database.finish().await;
}
