//! Reads are the same before and after rows are brought back or settled.

use windlass_domain::TaskState;
use windlass_store::testing::TestDatabase;
use windlass_store::{Descendants, Scope, Store};

use super::{Mixed, in_state, settle_all, shown, stale};
use crate::support::{complete, dequeue};

/// Before and after; and that there was something to do between.
async fn assert_same(store: &Store, mixed: &Mixed) {
    let before = shown(store, mixed.pipeline).await;
    assert!(settle_all(store).await > 0, "rows were stale");
    assert_eq!(shown(store, mixed.pipeline).await, before);
}

#[tokio::test]
async fn what_is_stale_after_a_retry_reads_as_it_does_once_it_is_brought_back() {
    let database = TestDatabase::create().await;
    let store = database.store_bringing_back(0).await;
    for settled_first in [false, true] {
        let mixed = Box::pin(Mixed::cancelled(&store)).await;
        if settled_first {
            assert_same(&store, &mixed).await;
        }
        let again = store.retry_job(mixed.job, Scope::Failed, Descendants::Stay, None).await.unwrap();
        assert_eq!((again.counts.queued, again.counts.succeeded, again.counts.total), (8, 1, 9));
        assert_eq!(stale(&database, mixed.job).await, 8);
        assert_same(&store, &mixed).await;
        assert_eq!(stale(&database, mixed.job).await, 0);
        let task = store.task(mixed.leased[1].id).await.unwrap();
        assert_eq!((task.attempt, task.max_attempts), (1, 4), "the attempts are counted on and granted anew");
        assert_eq!((task.progress.is_none(), task.started_at, task.ended_at), (true, None, None));
        store.cancel_job(mixed.job, None).await.unwrap();
        assert_same(&store, &mixed).await;
    }
    database.finish().await;
}

#[tokio::test]
async fn a_retry_of_all_leaves_no_result_to_read_and_all_to_run() {
    let database = TestDatabase::create().await;
    let store = database.store_bringing_back(0).await;
    let mixed = Box::pin(Mixed::cancelled(&store)).await;
    store.retry_pipeline(mixed.pipeline, Scope::All, None, None).await.unwrap();
    assert_eq!(stale(&database, mixed.job).await, 9);
    assert_eq!(in_state(&store, mixed.job, TaskState::Queued).await.len(), 9);
    assert_same(&store, &mixed).await;
    for task in dequeue(&store, 9).await {
        complete(&store, &task).await.unwrap();
    }
    assert_eq!(in_state(&store, mixed.job, TaskState::Succeeded).await.len(), 9);
    database.finish().await;
}

#[tokio::test]
async fn a_job_that_ends_before_all_is_brought_back_reads_as_if_it_had_been() {
    let database = TestDatabase::create().await;
    let store = database.store_bringing_back(2).await;
    for (scope, skip) in
        [(Scope::Failed, false), (Scope::All, false), (Scope::Failed, true), (Scope::All, true)]
    {
        let mixed = Box::pin(Mixed::cancelled(&store)).await;
        let again = store.retry_job(mixed.job, scope, Descendants::Stay, None).await.unwrap();
        assert_eq!(again.counts.queued, if scope == Scope::All { 9 } else { 8 });
        let taken = dequeue(&store, 1).await;
        assert_eq!(taken.len(), 1);
        let ended = if skip {
            store.skip_job(mixed.job, None).await.unwrap()
        } else {
            store.cancel_job(mixed.job, None).await.unwrap()
        };
        let open = if scope == Scope::All { 9 } else { 8 };
        assert_eq!(if skip { ended.counts.skipped } else { ended.counts.cancelled }, open);
        assert!(dequeue(&store, 9).await.is_empty(), "nothing of an ended job is handed out");
        assert_same(&store, &mixed).await;
        // The next retry counts what this one did not run.
        let again = store.retry_job(mixed.job, Scope::Failed, Descendants::Stay, None).await.unwrap();
        assert_eq!(again.counts.queued, open);
        assert_same(&store, &mixed).await;
        store.cancel_job(mixed.job, None).await.unwrap();
        settle_all(&store).await;
    }
    database.finish().await;
}

/// The same story with all rows brought back at once, and with none.
#[tokio::test]
async fn a_retry_that_leaves_all_over_means_the_same_as_one_that_leaves_nothing() {
    let mut stories = Vec::new();
    for at_once in [2_000, 0] {
        let database = TestDatabase::create().await;
        let store = database.store_bringing_back(at_once).await;
        let mixed = Box::pin(Mixed::cancelled(&store)).await;
        let mut shown = Vec::new();
        for scope in [Scope::Failed, Scope::All] {
            let counts = store.retry_job(mixed.job, scope, Descendants::Stay, None).await.unwrap().counts;
            shown.push(format!("{counts:?}"));
            let mut tasks = Vec::new();
            for state in TaskState::ALL {
                for id in in_state(&store, mixed.job, state).await {
                    let task = store.task(id).await.unwrap();
                    let (progress, error) = (task.progress, task.error);
                    tasks.push((
                        task.id,
                        format!(
                            "{state:?} {} {} {progress:?} {error:?} {:?}",
                            task.attempt, task.max_attempts, task.result
                        ),
                    ));
                }
            }
            // In the order in which they were added, since ids differ between the two.
            tasks.sort();
            shown.extend(tasks.into_iter().map(|(_, text)| text));
            let numbers: Vec<i32> = dequeue(&store, 9).await.iter().map(|task| task.attempt).collect();
            shown.push(format!("{numbers:?}"));
            shown.push(format!("{:?}", store.cancel_job(mixed.job, None).await.unwrap().counts));
        }
        settle_all(&store).await;
        stories.push(shown);
        database.finish().await;
    }
    assert_eq!(stories[0], stories[1]);
}
