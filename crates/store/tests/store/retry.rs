//! Retry by hand.

use windlass_domain::{Directive, JobState, PipelineState, TaskState, When};
use windlass_store::testing::TestDatabase;
use windlass_store::{Descendants, Error, Scope};

use crate::support::{after, complete, create, dequeue, fail, job, pipeline, read, with_tasks};

#[tokio::test]
async fn a_retried_pipeline_brings_back_what_failed_and_what_was_skipped_because_of_it() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    let jobs = vec![
        with_tasks(job("a"), 3),
        after("b", &[("a", When::Succeeded)]),
        after("c", &[("b", When::Succeeded)]),
        after("on-failure", &[("a", When::Failed)]),
    ];
    let (created, _) = create(&store, pipeline(jobs)).await;
    let leased = dequeue(&store, 2).await;
    complete(&store, &leased[0]).await.unwrap();
    fail(&store, &leased[1], Directive::Never).await.unwrap();
    let clean_up = dequeue(&store, 5).await.remove(0);
    complete(&store, &clean_up).await.unwrap();
    assert_eq!(read(&store, created.id).await.0.state, PipelineState::Failed);
    let (again, jobs) = store.retry_pipeline(created.id, Scope::Failed, None, None).await.unwrap();
    assert_eq!(again.state, PipelineState::Running);
    let states: Vec<JobState> = jobs.iter().map(|job| job.state).collect();
    assert_eq!(states, [JobState::Queued, JobState::Pending, JobState::Pending, JobState::Succeeded]);
    assert_eq!((jobs[0].counts.succeeded, jobs[0].counts.queued), (1, 2));
    let mut attempts = Vec::new();
    loop {
        let leased = dequeue(&store, 5).await;
        if leased.is_empty() {
            break;
        }
        for task in leased {
            attempts.push(task.attempt);
            complete(&store, &task).await.unwrap();
        }
    }
    assert_eq!(attempts, [2, 1, 1, 1]);
    assert_eq!(read(&store, created.id).await.0.state, PipelineState::Succeeded);
    assert!(matches!(
        store.retry_pipeline(created.id, Scope::Failed, None, None).await,
        Err(Error::IllegalTransition { state: "succeeded", .. })
    ));
    let (_, jobs) = store.retry_pipeline(created.id, Scope::All, None, None).await.unwrap();
    assert_eq!(jobs[0].counts.queued, 3);
    store.cancel_pipeline(created.id, None).await.unwrap();
    database.finish().await;
}

#[tokio::test]
async fn a_retried_task_reopens_its_job_and_brings_back_what_its_failure_had_cancelled() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    let (created, jobs) =
        create(&store, pipeline(vec![with_tasks(job("a"), 4), after("b", &[("a", When::Succeeded)])])).await;
    let leased = dequeue(&store, 2).await;
    fail(&store, &leased[0], Directive::Never).await.unwrap();
    assert_eq!(store.task(leased[1].id).await.unwrap().state, TaskState::Cancelled);
    let back = store.retry_task(leased[0].id, None).await.unwrap();
    assert_eq!((back.state, back.attempt, back.max_attempts), (TaskState::Queued, 1, 4));
    let counts = store.job(jobs[0].id).await.unwrap().counts;
    assert_eq!((counts.queued, counts.cancelled, counts.failed), (4, 0, 0));
    let again = dequeue(&store, 5).await;
    assert_eq!(again.len(), 4);
    for task in &again {
        complete(&store, task).await.unwrap();
    }
    let next = dequeue(&store, 5).await;
    assert_eq!(next[0].job_key, "b");
    complete(&store, &next[0]).await.unwrap();
    assert_eq!(read(&store, created.id).await.0.state, PipelineState::Succeeded);
    database.finish().await;
}

/// The parent had counted for the child already; it ends a second time and must count once.
#[tokio::test]
async fn a_retried_parent_counts_once_for_a_child_that_still_waits_for_another() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    let slow = windlass_store::NewJob {
        type_name: windlass_domain::TypeName::parse("slow").unwrap(),
        ..job("slow")
    };
    let join = after("join", &[("a", When::Always), ("slow", When::Always)]);
    let (created, jobs) = create(&store, pipeline(vec![job("a"), slow, join])).await;
    let leased = dequeue(&store, 1).await.remove(0);
    fail(&store, &leased, Directive::Never).await.unwrap();
    store.retry_job(jobs[0].id, Scope::Failed, Descendants::Stay, None).await.unwrap();
    let leased = dequeue(&store, 1).await.remove(0);
    complete(&store, &leased).await.unwrap();
    assert_eq!(read(&store, created.id).await.1[2].state, JobState::Pending);
    database.finish().await;
}

#[tokio::test]
async fn a_retry_whose_edges_can_no_longer_be_met_is_refused() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    let (_, jobs) = create(&store, pipeline(vec![job("a"), after("b", &[("a", When::Failed)])])).await;
    let leased = dequeue(&store, 1).await.remove(0);
    complete(&store, &leased).await.unwrap();
    assert!(matches!(
        store.retry_job(jobs[1].id, Scope::Failed, Descendants::Stay, None).await,
        Err(Error::IllegalTransition { state: "skipped", .. })
    ));
    assert!(matches!(
        store.retry_job(jobs[0].id, Scope::Failed, Descendants::Stay, None).await,
        Err(Error::IllegalTransition { state: "succeeded", .. })
    ));
    database.finish().await;
}

#[tokio::test]
async fn a_retry_of_many_small_jobs_is_complete_when_it_answers() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    let jobs: Vec<_> = (0..60).map(|number| job(&format!("j{number}"))).collect();
    let (created, _) = create(&store, pipeline(jobs)).await;
    store.cancel_pipeline(created.id, None).await.unwrap();
    store.retry_pipeline(created.id, Scope::Failed, None, None).await.unwrap();
    assert_eq!(dequeue(&store, 100).await.len(), 60);
    database.finish().await;
}
