//! Counters of Jobnik's surface: rows that are added, and folded while others are.

use windlass_store::Store;
use windlass_store::testing::TestDatabase;

use crate::jobnik_support::{dequeue_of_jobnik, make};
use crate::support::complete;

async fn work(store: &Store) {
    while let Some(task) = dequeue_of_jobnik(store).await {
        complete(store, &task).await.unwrap();
    }
}

#[tokio::test]
async fn counters_stay_true_while_they_are_folded_by_several_servers() {
    const JOBS: usize = 6;
    const TASKS: usize = 5;
    let database = TestDatabase::create().await;
    let store = database.store().await;
    for _ in 0..JOBS {
        make(&store, TASKS).await;
    }
    let fold = async || {
        for _ in 0..20 {
            store.fold_jobnik_counts().await.unwrap();
            tokio::task::yield_now().await;
        }
    };
    tokio::join!(work(&store), work(&store), fold(), fold());
    let counts = store.jobnik_counts().await.unwrap();
    let (jobs, tasks) = (i64::try_from(JOBS).unwrap(), i64::try_from(JOBS * TASKS).unwrap());
    assert_eq!(counts.jobs, [0, 0, 0, jobs, 0, 0]);
    let [count] = counts.by_type.as_slice() else { panic!("{counts:?}") };
    assert_eq!((count.tasks, count.stages), ([0, 0, tasks, 0, 0], [0, 0, 0, 0, jobs, 0, 0]));
    store.fold_jobnik_counts().await.unwrap();
    let rows = "SELECT (SELECT count(*) FROM jobnik_counts) + (SELECT count(*) FROM jobnik_job_counts)";
    let rows: i64 = sqlx::query_scalar(rows).fetch_one(&mut database.connect().await).await.unwrap();
    assert_eq!(rows, 2, "one of the type and priority, one of the jobs");
    assert_eq!(store.fold_jobnik_counts().await.unwrap(), 0, "what is folded is left alone");
    database.finish().await;
}
