//! However many tasks are taken back, the retry and what comes after it pass over none of them.

use windlass_domain::{JobKey, TaskState};
use windlass_store::testing::TestDatabase;
use windlass_store::{AddTasks, Complete, NewTask, Paging, Report, Scope, Store, TaskFilter};

use super::{open, typed};
use crate::cost::Cost;
use crate::plans::notices::Notices;
use crate::support::{complete, completion, create, dequeue_of, pipeline};

/// The cost of a retry of a pipeline in which a completion had added so many tasks, and of the calls after it.
async fn costs(notices: &Notices, store: &Store, tasks: usize) -> Vec<(&'static str, Cost)> {
    let hash = super::NewJob { tasks: Some(vec![NewTask::default(); 2]), ..open("hash") };
    let (created, jobs) = create(store, pipeline(vec![typed("scan"), hash])).await;
    let scan = dequeue_of(store, "scan", 1).await.remove(0);
    let add = |tasks| AddTasks {
        job: JobKey::parse("hash").unwrap(),
        tasks: vec![NewTask::default(); tasks],
        seal: false,
    };
    let pieces = [add(tasks / 2), add(tasks / 2)];
    let report: Report = Complete { add_tasks: pieces.into(), ..completion(&scan) }.into();
    store.report(&[report]).await.unwrap().remove(0).unwrap();
    for task in dequeue_of(store, "hash", 20).await {
        complete(store, &task).await.unwrap();
    }
    store.cancel_pipeline(created.id, None).await.unwrap();
    let mut costs = Vec::new();
    let mut measure = |call| costs.push((call, Cost::of(notices)));
    notices.take();
    let (_, again) = store.retry_pipeline(created.id, Scope::All, None, None).await.unwrap();
    measure("the retry");
    assert_eq!(again.iter().map(|job| job.counts.total).collect::<Vec<_>>(), [1, 2]);
    let scan = dequeue_of(store, "scan", 1).await.remove(0);
    measure("a dequeue of what runs again");
    let hash = dequeue_of(store, "hash", 20).await;
    measure("a dequeue of the job that lost tasks");
    assert_eq!(hash.len(), 2);
    for state in [None, Some(TaskState::Queued), Some(TaskState::Succeeded), Some(TaskState::Failed)] {
        let filter = TaskFilter { job_id: Some(jobs[1].id), state, ..TaskFilter::default() };
        store.list_tasks(&filter, Paging { after: None, limit: 50 }).await.unwrap();
        measure("a list");
    }
    store.job_results(created.id, "hash", Paging { after: None, limit: 50 }).await.unwrap();
    measure("the results");
    store.cancel_job(jobs[1].id, None).await.unwrap();
    measure("a cancel");
    while store.settle().await.unwrap().full {}
    measure("settling");
    complete(store, &scan).await.unwrap();
    costs
}

#[tokio::test]
async fn a_retry_over_twenty_thousand_added_tasks_costs_what_one_over_twenty_does() {
    let notices = Notices::catch();
    let database = TestDatabase::create().await;
    let store = notices.store(&database).await;
    let few = Box::pin(costs(&notices, &store, 20)).await;
    let many = Box::pin(costs(&notices, &store, 20_000)).await;
    sqlx::raw_sql("ANALYZE").execute(&mut database.connect().await).await.unwrap();
    let analyzed = Box::pin(costs(&notices, &store, 20_000)).await;
    for (few, many) in few.iter().zip(&many).chain(few.iter().zip(&analyzed)) {
        assert_eq!(few.0, many.0);
        many.1.is_no_more_than(few.1);
    }
    database.finish().await;
}
