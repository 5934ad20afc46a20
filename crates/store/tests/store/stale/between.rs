//! Calls that come between a retry and the last row that it brings back.

use windlass_domain::{Directive, JobState, Sealing, TaskState, TypeName, When};
use windlass_store::testing::TestDatabase;
use windlass_store::{Descendants, Error, NewJob, NewTask, Scope};

use super::{Mixed, in_state, settle_all, stale};
use crate::support::{
    after, complete, create, dequeue, fail, job, later, limited, pipeline, read, urgent, with_tasks,
};

#[tokio::test]
async fn a_dequeue_finds_what_is_stale_and_at_its_position_in_line() {
    let database = TestDatabase::create().await;
    let store = database.store_bringing_back(1).await;
    let mixed = Box::pin(Mixed::cancelled(&store)).await;
    store.retry_job(mixed.job, Scope::Failed, Descendants::Stay, None).await.unwrap();
    let (behind, _) = create(&store, pipeline(vec![with_tasks(job("behind"), 3)])).await;
    let mut jobs = Vec::new();
    for _ in 0..11 {
        jobs.extend(dequeue(&store, 1).await.iter().map(|task| task.job_id));
    }
    assert_eq!(jobs.len(), 11);
    assert!(jobs[..8].iter().all(|job| *job == mixed.job), "what opened first is served first");
    assert!(dequeue(&store, 1).await.is_empty());
    store.cancel_pipeline(behind.id, None).await.unwrap();
    store.cancel_job(mixed.job, None).await.unwrap();
    // A higher priority goes ahead of what is stale.
    store.retry_job(mixed.job, Scope::Failed, Descendants::Stay, None).await.unwrap();
    let (ahead, _) = create(&store, pipeline(vec![with_tasks(job("ahead"), 2)])).await;
    store.patch_pipeline(ahead.id, urgent()).await.unwrap();
    let first = dequeue(&store, 2).await;
    assert!(first.iter().all(|task| task.pipeline_id == ahead.id));
    assert_eq!(dequeue(&store, 9).await.len(), 1, "up to what is stale, and at once");
    assert_eq!(dequeue(&store, 9).await.len(), 7);
    database.finish().await;
}

#[tokio::test]
async fn a_pause_holds_for_what_is_stale_and_so_does_a_queue_without_capacity() {
    let database = TestDatabase::create().await;
    let store = database.store_bringing_back(0).await;
    let mixed = Box::pin(Mixed::cancelled(&store)).await;
    store.pause_pipeline(mixed.pipeline, None).await.unwrap_err();
    store.retry_job(mixed.job, Scope::Failed, Descendants::Stay, None).await.unwrap();
    let work = TypeName::parse("work").unwrap();
    assert_eq!(store.free_types(std::slice::from_ref(&work)).await.unwrap(), ["work"]);
    store.pause_pipeline(mixed.pipeline, None).await.unwrap();
    assert!(store.free_types(std::slice::from_ref(&work)).await.unwrap().is_empty());
    assert!(dequeue(&store, 9).await.is_empty());
    assert_eq!(stale(&database, mixed.job).await, 8, "a dequeue brings nothing back that it may not lease");
    store.resume_pipeline(mixed.pipeline, None).await.unwrap();
    store.patch_queue(&work, &limited(Some(0))).await.unwrap();
    assert!(dequeue(&store, 9).await.is_empty());
    store.patch_queue(&work, &limited(Some(3))).await.unwrap();
    assert_eq!(dequeue(&store, 9).await.len(), 3);
    store.patch_queue(&work, &limited(None)).await.unwrap();
    assert_eq!(dequeue(&store, 9).await.len(), 5);
    database.finish().await;
}

#[tokio::test]
async fn a_pending_job_opens_with_what_is_stale_in_it() {
    let database = TestDatabase::create().await;
    let store = database.store_bringing_back(0).await;
    let child =
        NewJob { depends_on: after("x", &[("a", When::Succeeded)]).depends_on, ..with_tasks(job("b"), 5) };
    let (created, jobs) = create(&store, pipeline(vec![job("a"), child])).await;
    let only = dequeue(&store, 1).await.remove(0);
    fail(&store, &only, Directive::Never).await.unwrap();
    let (_, again) = store.retry_pipeline(created.id, Scope::Failed, None, None).await.unwrap();
    assert_eq!((again[1].state, again[1].counts.pending), (JobState::Pending, 5));
    assert_eq!(in_state(&store, jobs[1].id, TaskState::Pending).await.len(), 5);
    let only = dequeue(&store, 5).await;
    assert_eq!(only.len(), 1);
    complete(&store, &only[0]).await.unwrap();
    assert_eq!(in_state(&store, jobs[1].id, TaskState::Queued).await.len(), 5);
    for task in dequeue(&store, 5).await {
        complete(&store, &task).await.unwrap();
    }
    assert_eq!(read(&store, created.id).await.1[1].state, JobState::Succeeded);
    database.finish().await;
}

#[tokio::test]
async fn a_single_task_that_is_stale_can_be_cancelled_and_retried_like_any_other() {
    let database = TestDatabase::create().await;
    let store = database.store_bringing_back(0).await;
    let mixed = Box::pin(Mixed::cancelled(&store)).await;
    store.retry_job(mixed.job, Scope::Failed, Descendants::Stay, None).await.unwrap();
    let failed = mixed.leased[1].id;
    assert!(matches!(
        store.retry_task(failed, None).await,
        Err(Error::IllegalTransition { state: "queued", .. })
    ));
    let cancelled = store.cancel_task(failed, None).await.unwrap();
    assert_eq!((cancelled.state, cancelled.max_attempts), (TaskState::Cancelled, 4));
    assert_eq!(stale(&database, mixed.job).await, 7);
    assert_eq!(store.job(mixed.job).await.unwrap().counts.cancelled, 1);
    let back = store.retry_task(failed, None).await.unwrap();
    assert_eq!((back.state, back.max_attempts), (TaskState::Queued, 4));
    assert_eq!(dequeue(&store, 1).await[0].id, failed, "it was brought back, the others were not yet");
    assert_eq!(dequeue(&store, 9).await.len(), 7);
    database.finish().await;
}

/// The siblings of a retried task stay cancelled, although a retry had left them over.
#[tokio::test]
async fn a_retried_task_finds_its_siblings_settled_first() {
    let database = TestDatabase::create().await;
    let store = database.store_bringing_back(0).await;
    let mixed = Box::pin(Mixed::cancelled(&store)).await;
    store.retry_job(mixed.job, Scope::All, Descendants::Stay, None).await.unwrap();
    store.cancel_job(mixed.job, None).await.unwrap();
    let succeeded = mixed.leased[0].id;
    let back = store.retry_task(succeeded, None).await.unwrap();
    assert_eq!(back.state, TaskState::Queued, "a retry of all had taken its success back");
    let counts = store.job(mixed.job).await.unwrap().counts;
    assert_eq!((counts.queued, counts.cancelled, counts.total), (1, 8, 9));
    assert_eq!(in_state(&store, mixed.job, TaskState::Cancelled).await.len(), 8);
    let only = dequeue(&store, 9).await;
    assert_eq!(only.iter().map(|task| task.id).collect::<Vec<_>>(), [succeeded]);
    complete(&store, &only[0]).await.unwrap();
    assert_eq!(read(&store, mixed.pipeline).await.1[0].state, JobState::Succeeded);
    database.finish().await;
}

#[tokio::test]
async fn tasks_added_to_a_retried_job_wait_beside_what_is_stale() {
    let database = TestDatabase::create().await;
    let store = database.store_bringing_back(0).await;
    let open = NewJob { sealed: Sealing::Later, ..with_tasks(job("a"), 4) };
    let (_, jobs) = create(&store, pipeline(vec![open])).await;
    let first = dequeue(&store, 1).await.remove(0);
    fail(&store, &first, Directive::Never).await.unwrap();
    assert_eq!(store.job(jobs[0].id).await.unwrap().state, JobState::Failed);
    store.retry_job(jobs[0].id, Scope::Failed, Descendants::Stay, None).await.unwrap();
    store.add_tasks(jobs[0].id, vec![NewTask::default(); 3], None).await.unwrap();
    let counts = store.job(jobs[0].id).await.unwrap().counts;
    assert_eq!((counts.queued, counts.total), (7, 7));
    assert_eq!(in_state(&store, jobs[0].id, TaskState::Queued).await.len(), 7);
    store.seal_job(jobs[0].id, None).await.unwrap();
    let mut done = 0;
    while let Some(task) = dequeue(&store, 1).await.pop() {
        complete(&store, &task).await.unwrap();
        done += 1;
    }
    assert_eq!((done, store.job(jobs[0].id).await.unwrap().state), (7, JobState::Succeeded));
    database.finish().await;
}

/// A task that never started waits for its own time again, and is promoted only once it has been brought back.
#[tokio::test]
async fn what_is_stale_is_not_promoted_and_never_leased_before_its_time() {
    let database = TestDatabase::create().await;
    let store = database.store_bringing_back(0).await;
    let scheduled = NewJob { tasks: Some(later(&database, 3).await), ..job("a") };
    let (_, jobs) = create(&store, pipeline(vec![scheduled])).await;
    store.cancel_job(jobs[0].id, None).await.unwrap();
    store.retry_job(jobs[0].id, Scope::Failed, Descendants::Stay, None).await.unwrap();
    assert!(dequeue(&store, 3).await.is_empty());
    assert_eq!(in_state(&store, jobs[0].id, TaskState::Scheduled).await.len(), 3);
    store.cancel_job(jobs[0].id, None).await.unwrap();
    store.retry_job(jobs[0].id, Scope::Failed, Descendants::Stay, None).await.unwrap();
    database.advance(std::time::Duration::from_hours(2)).await;
    assert_eq!(store.promote().await.unwrap().tasks, 0, "what is stale is not the promoter's");
    settle_all(&store).await;
    assert_eq!(dequeue(&store, 3).await.len(), 3);
    database.finish().await;
}
