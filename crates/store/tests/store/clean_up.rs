//! A cancel with clean-up: what it spares, and what meets it.

use sqlx::{AssertSqlSafe, Connection};
use tokio::task::JoinSet;
use uuid::Uuid;
use windlass_domain::{Directive, JobState, PipelineState, Sealing, When};
use windlass_store::testing::TestDatabase;
use windlass_store::{Descendants, NewJob, NewPipeline, Scope, Store};

use crate::support::{after, complete, create, dequeue, fail, job, pipeline, read, with_tasks};

/// Rounds of a race.
const ROUNDS: usize = 40;

fn reclaim() -> NewJob {
    after("reclaim", &[("work", When::Always)])
}

/// Its states, in the order of the jobs.
async fn states(store: &Store, id: Uuid) -> Vec<JobState> {
    read(store, id).await.1.iter().map(|job| job.state).collect()
}

#[tokio::test]
async fn a_pipeline_that_cleans_up_is_cancelled_when_what_it_spared_has_ended() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    let below = after("tell", &[("reclaim", When::Succeeded)]);
    let (created, _) = create(&store, pipeline(vec![with_tasks(job("work"), 3), reclaim(), below])).await;
    let leased = dequeue(&store, 1).await;
    let (cancelling, _) = store.clean_up_pipeline(created.id, None).await.unwrap();
    assert!(cancelling.cancelling && cancelling.sealed);
    assert_eq!(cancelling.state, PipelineState::Running);
    assert_eq!(states(&store, created.id).await, [JobState::Cancelled, JobState::Queued, JobState::Pending]);
    assert!(complete(&store, &leased[0]).await.is_err(), "its lease is dead");
    for key in ["reclaim", "tell"] {
        let task = dequeue(&store, 10).await.remove(0);
        assert_eq!(task.job_key, key);
        complete(&store, &task).await.unwrap();
    }
    let (cancelled, _) = read(&store, created.id).await;
    assert_eq!(cancelled.state, PipelineState::Cancelled);
    assert!(!cancelled.cancelling);
    database.finish().await;
}

/// The lease that ends the parent and the cancel meet in both orders, and at once.
#[tokio::test]
async fn a_clean_up_that_meets_the_end_of_the_parent_opens_what_is_spared_once() {
    let database = TestDatabase::create().await;
    let stores = [database.store().await, database.store().await];
    for round in 0..ROUNDS {
        let (created, _) = create(&stores[0], pipeline(vec![job("work"), reclaim()])).await;
        let leased = dequeue(&stores[0], 1).await.remove(0);
        let mut racing = JoinSet::new();
        let (canceller, reporter) = (stores[round % 2].clone(), stores[1].clone());
        racing.spawn(async move { drop(canceller.clean_up_pipeline(created.id, None).await.unwrap()) });
        racing.spawn(async move {
            let ended = match round % 3 {
                0 => fail(&reporter, &leased, Directive::Never).await,
                _ => complete(&reporter, &leased).await,
            };
            // Before the cancel, or its lease is dead.
            drop(ended);
        });
        racing.join_all().await;
        let (meanwhile, _) = read(&stores[0], created.id).await;
        assert!(meanwhile.cancelling, "round {round}: {:?}", meanwhile.state);
        let task = dequeue(&stores[0], 10).await;
        assert_eq!(task.len(), 1, "round {round}: the clean-up opened once");
        complete(&stores[1], &task[0]).await.unwrap();
        assert_eq!(read(&stores[0], created.id).await.0.state, PipelineState::Cancelled, "round {round}");
    }
    database.finish().await;
}

#[tokio::test]
async fn of_many_cancels_with_clean_up_at_once_one_is_recorded() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    let (created, _) = create(&store, pipeline(vec![with_tasks(job("work"), 2), reclaim()])).await;
    let mut cancels = JoinSet::new();
    for _ in 0..8 {
        let store = store.clone();
        cancels.spawn(async move { store.clean_up_pipeline(created.id, None).await.unwrap().0.cancelling });
    }
    assert_eq!(cancels.join_all().await, [true; 8]);
    assert_eq!(flags(&database, "cancelling").await, 1);
    database.finish().await;
}

/// It begins with the store's own duty, which a caller's plain cancel and the last task meet.
#[tokio::test]
async fn a_plain_cancel_that_meets_the_end_of_the_clean_up_leaves_it_cancelled() {
    let database = TestDatabase::create().await;
    let stores = [database.store().await, database.store().await];
    for round in 0..ROUNDS {
        let (created, _) = create(&stores[0], pipeline(vec![job("work"), reclaim()])).await;
        stores[0].clean_up_pipeline(created.id, None).await.unwrap();
        let task = dequeue(&stores[0], 10).await.remove(0);
        let mut racing = JoinSet::new();
        let (canceller, reporter) = (stores[1].clone(), stores[0].clone());
        racing.spawn(async move { drop(canceller.cancel_pipeline(created.id, None).await.unwrap()) });
        racing.spawn(async move { drop(complete(&reporter, &task).await) });
        racing.join_all().await;
        assert_eq!(read(&stores[0], created.id).await.0.state, PipelineState::Cancelled, "round {round}");
    }
    database.finish().await;
}

#[tokio::test]
async fn a_job_retry_while_it_cleans_up_takes_the_cancel_back() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    let open = NewJob { sealed: Sealing::Later, ..reclaim() };
    let paused = NewJob { paused: true, ..after("wait", &[("reclaim", When::Always)]) };
    let (created, jobs) = create(&store, pipeline(vec![job("work"), open, paused])).await;
    store.clean_up_pipeline(created.id, None).await.unwrap();
    assert_eq!(
        states(&store, created.id).await,
        [JobState::Cancelled, JobState::Succeeded, JobState::Queued],
        "an unsealed job without tasks is sealed as it opens"
    );
    store.retry_job(jobs[0].id, Scope::Failed, Descendants::Stay, None).await.unwrap();
    let (again, _) = read(&store, created.id).await;
    assert!(!again.cancelling);
    assert_eq!((again.state, again.reason), (PipelineState::Running, None));
    database.finish().await;
}

#[tokio::test]
async fn what_was_spared_and_waits_takes_tasks_again_once_the_cancel_is_taken_back() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    let gate = NewJob { paused: true, ..after("gate", &[("work", When::Always)]) };
    let open = NewJob { sealed: Sealing::Later, ..after("stream", &[("gate", When::Always)]) };
    let (created, jobs) = create(&store, pipeline(vec![job("work"), gate, open])).await;
    store.clean_up_pipeline(created.id, None).await.unwrap();
    store.retry_job(jobs[0].id, Scope::Failed, Descendants::Stay, None).await.unwrap();
    store.resume_job(jobs[1].id, None).await.unwrap();
    for _ in 0..2 {
        for task in dequeue(&store, 10).await {
            complete(&store, &task).await.unwrap();
        }
    }
    let (_, now) = read(&store, created.id).await;
    assert_eq!((now[2].state, now[2].sealed), (JobState::Queued, false));
    database.finish_without_check().await;
}

/// The failure and the cancel are in two transactions, which meet on the jobs.
#[tokio::test]
async fn a_first_failure_while_it_cleans_up_cancels_nothing_more() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    let jobs = vec![
        job("work"),
        after("first", &[("work", When::Always)]),
        after("second", &[("first", When::Succeeded)]),
        after("third", &[("work", When::Always)]),
    ];
    let (created, _) = create(&store, NewPipeline { fail_fast: true, ..pipeline(jobs) }).await;
    store.clean_up_pipeline(created.id, None).await.unwrap();
    let tasks = dequeue(&store, 10).await;
    complete(&store, tasks.iter().find(|task| task.job_key == "first").unwrap()).await.unwrap();
    let third = tasks.iter().find(|task| task.job_key == "third").unwrap();
    fail(&store, third, Directive::Never).await.unwrap();
    assert_eq!(
        states(&store, created.id).await,
        [JobState::Cancelled, JobState::Succeeded, JobState::Queued, JobState::Failed]
    );
    database.finish().await;
}

#[tokio::test]
async fn a_clean_up_waits_for_whoever_holds_a_job_and_then_sees_it() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    let (created, jobs) = create(&store, pipeline(vec![job("work"), reclaim()])).await;
    let mut holder = database.connect().await;
    let mut held = holder.begin().await.unwrap();
    let lock = format!("SELECT FROM jobs WHERE id = '{}' FOR NO KEY UPDATE", jobs[0].id);
    sqlx::raw_sql(AssertSqlSafe(lock)).execute(&mut *held).await.unwrap();
    let cancelling = tokio::spawn({
        let store = store.clone();
        async move { store.clean_up_pipeline(created.id, None).await.unwrap().0 }
    });
    assert!(!read(&store, created.id).await.0.cancelling);
    held.commit().await.unwrap();
    assert!(cancelling.await.unwrap().cancelling);
    database.finish().await;
}

/// How many events have a flag.
async fn flags(database: &TestDatabase, flag: &str) -> i64 {
    let count = sqlx::query_scalar("SELECT count(*) FROM events WHERE flag = $1").bind(flag);
    count.fetch_one(&mut database.connect().await).await.unwrap()
}
