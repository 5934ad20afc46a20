//! The main path.

use std::time::Duration;

use windlass_domain::{Directive, JobState, PipelineState, TaskState, When};
use windlass_store::testing::TestDatabase;

use crate::support::{after, complete, create, dequeue, fail, job, pipeline, read, with_tasks};

#[tokio::test]
async fn a_pipeline_runs_through_its_jobs_in_order() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    let jobs = vec![
        with_tasks(job("a"), 3),
        after("join", &[("a", When::Succeeded)]),
        after("c", &[("join", When::Finished)]),
    ];
    let mut jobs = jobs;
    jobs[1].tasks = Some(Vec::new());
    let (created, stored) = create(&store, pipeline(jobs)).await;
    assert_eq!(
        stored.iter().map(|job| job.state).collect::<Vec<_>>(),
        [JobState::Queued, JobState::Pending, JobState::Pending]
    );
    for _ in 0..3 {
        let leased = dequeue(&store, 1).await;
        assert_eq!(leased[0].attempt, 1);
        let done = complete(&store, &leased[0]).await.unwrap();
        assert_eq!(done.state, TaskState::Succeeded);
        assert_eq!(complete(&store, &leased[0]).await.unwrap().state, TaskState::Succeeded);
    }
    let leased = dequeue(&store, 5).await;
    assert_eq!((leased.len(), leased[0].job_key.as_str()), (1, "c"));
    complete(&store, &leased[0]).await.unwrap();
    let (ended, _) = read(&store, created.id).await;
    assert_eq!(ended.state, PipelineState::Succeeded);
    assert!(dequeue(&store, 1).await.is_empty());
    database.finish().await;
}

#[tokio::test]
async fn a_failed_attempt_is_tried_again_and_the_last_one_fails_the_job() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    let (created, _) =
        create(&store, pipeline(vec![with_tasks(job("a"), 2), after("b", &[("a", When::Succeeded)])])).await;
    let first = dequeue(&store, 1).await.remove(0);
    assert_eq!(fail(&store, &first, Directive::Auto).await.unwrap().state, TaskState::Queued);
    let second = dequeue(&store, 2).await;
    assert_eq!(second.iter().map(|task| task.attempt).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(second[1].id, first.id);
    assert_eq!(
        fail(&store, &second[1], Directive::After(Duration::from_secs(30))).await.unwrap().state,
        TaskState::Scheduled
    );
    database.advance(Duration::from_secs(31)).await;
    assert_eq!(store.promote().await.unwrap().tasks, 1);
    let third = dequeue(&store, 1).await.remove(0);
    assert_eq!(
        fail(&store, &third, Directive::After(Duration::ZERO)).await.unwrap().state,
        TaskState::Failed
    );
    assert!(complete(&store, &second[0]).await.is_err());
    let (ended, jobs) = read(&store, created.id).await;
    assert_eq!(ended.state, PipelineState::Failed);
    assert_eq!(jobs[1].state, JobState::Skipped);
    assert_eq!(jobs[1].reason.as_deref(), Some("parent a failed"));
    while store.settle().await.unwrap().full {}
    database.finish().await;
}

#[tokio::test]
async fn an_expired_lease_ends_as_a_failed_attempt() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    create(&store, pipeline(vec![job("a")])).await;
    let leased = dequeue(&store, 1).await.remove(0);
    assert_eq!(store.sweep().await.unwrap().ended, 0);
    database.advance(Duration::from_secs(61)).await;
    assert_eq!(store.sweep().await.unwrap().ended, 1);
    assert!(complete(&store, &leased).await.is_err());
    let task = store.task(leased.id).await.unwrap();
    assert_eq!(task.error.unwrap().category, "lease_expired");
    assert_eq!(dequeue(&store, 1).await[0].attempt, 2);
    database.finish().await;
}

/// A batch means the same as its items one after the other, repeats and all.
#[tokio::test]
async fn a_thousand_repeats_in_one_batch_are_answered_together() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    create(&store, pipeline(vec![with_tasks(job("a"), 2)])).await;
    let leased = dequeue(&store, 2).await;
    let reports = crate::support::completions(&leased);
    let mut batch = vec![reports[0].clone(); 500];
    batch.push(reports[1].clone());
    batch.extend(vec![reports[0].clone(); 499]);
    let answers = store.report(&batch).await.unwrap();
    assert!(answers.into_iter().all(|answer| answer.unwrap().state == TaskState::Succeeded));
    let attempts = store.task_attempts(leased[0].id, None, 10).await.unwrap().items;
    assert_eq!(attempts.len(), 1);
    database.finish().await;
}
