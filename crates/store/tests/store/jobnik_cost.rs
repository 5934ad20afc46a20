//! What metrics, a changed priority and an abort cost does not grow with the tasks that there are.

use uuid::Uuid;
use windlass_domain::{JobnikJobStatus, Priority};
use windlass_store::Store;
use windlass_store::testing::TestDatabase;

use crate::cost::{Cost, least_of_ten};
use crate::jobnik_support::make;
use crate::plans::notices::Notices;

/// Jobs of so many tasks each, one for each call that is made.
async fn jobs(store: &Store, tasks: usize) -> Vec<Uuid> {
    let mut jobs = Vec::new();
    for _ in 0..10 {
        jobs.push(make(store, tasks).await.0.id);
    }
    while store.fold_jobnik_counts().await.unwrap() > 0 {}
    jobs
}

/// The costs of a look at the metrics, of a changed priority, and of an abort.
async fn costs(store: &Store, notices: &Notices, jobs: &[Uuid]) -> [Cost; 3] {
    let seen = least_of_ten(notices, async || drop(store.jobnik_counts().await.unwrap())).await;
    let mut next = jobs.iter();
    let changed = least_of_ten(notices, async || {
        let job = *next.next().unwrap();
        assert!(store.set_jobnik_job_priority(job, Priority::Low).await.unwrap().unwrap());
    })
    .await;
    let mut next = jobs.iter();
    let aborted = least_of_ten(notices, async || {
        let job = *next.next().unwrap();
        store.set_jobnik_job_status(job, JobnikJobStatus::Aborted).await.unwrap().unwrap();
    })
    .await;
    [seen, changed, aborted]
}

#[tokio::test]
async fn metrics_a_changed_priority_and_an_abort_cost_the_same_however_many_tasks_there_are() {
    let notices = Notices::catch();
    let database = TestDatabase::create().await;
    let store = notices.store(&database).await;
    let few = jobs(&store, 10).await;
    let few = costs(&store, &notices, &few).await;
    let many = jobs(&store, 2_000).await;
    let many = costs(&store, &notices, &many).await;
    for (many, few) in many.into_iter().zip(few) {
        many.is_no_more_than(few);
    }
    let counts = store.jobnik_counts().await.unwrap();
    assert_eq!((counts.jobs, counts.by_type[0].tasks), ([0, 0, 0, 0, 0, 20], [20_100, 0, 0, 0, 0]));
    store.close().await;
    database.finish().await;
}
