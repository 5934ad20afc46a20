//! What a job's last report meets, on real parallel connections.

use std::time::Duration;

use sqlx::{AssertSqlSafe, PgConnection};
use tokio::task::JoinSet;
use uuid::Uuid;
use windlass_domain::{Directive, JobState, Limits, PipelineState, When};
use windlass_store::testing::TestDatabase;
use windlass_store::{NewPipeline, Report, Scope, Store};

use crate::support::{
    after, complete, completion, create, dequeue, failure, job, pipeline, read, release_of, with_tasks,
};

/// Pipelines in each race of many.
const MANY: usize = 120;

/// A report that has looked, and waits for its task, while something else happens and commits.
async fn report_that_waits<T>(
    database: &TestDatabase,
    store: &Store,
    report: Report,
    task: Uuid,
    meanwhile: impl Future<Output = T>,
) -> T {
    let mut holder = hold_task(database, task).await;
    let reporter = store.clone();
    reporter.end_jobs_at_once(true);
    let answer = tokio::spawn(async move { reporter.report(&[report]).await.unwrap().remove(0) });
    while database.waiting_for_locks().await == 0 {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    let happened = meanwhile.await;
    sqlx::raw_sql("ROLLBACK").execute(&mut holder).await.unwrap();
    answer.await.unwrap().unwrap();
    happened
}

async fn hold_task(database: &TestDatabase, task: Uuid) -> PgConnection {
    let mut connection = database.connect().await;
    let hold = format!("BEGIN; SELECT FROM tasks WHERE id = '{task}' FOR NO KEY UPDATE");
    sqlx::raw_sql(AssertSqlSafe(hold)).execute(&mut connection).await.unwrap();
    connection
}

/// The report's snapshot knows neither the child nor the seal.
#[tokio::test]
async fn a_child_that_is_added_while_the_last_report_waits_opens() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    let open = NewPipeline { sealed: false, ..pipeline(vec![job("a")]) };
    let (created, _) = create(&store, open).await;
    let leased = dequeue(&store, 1).await.remove(0);
    let meanwhile = Box::pin(async {
        let child = after("b", &[("a", When::Succeeded)]);
        store.add_jobs(created.id, vec![child], &Limits::default(), None).await.unwrap().done().unwrap();
        store.seal_pipeline(created.id, None).await.unwrap();
    });
    report_that_waits(&database, &store, completion(&leased).into(), leased.id, meanwhile).await;
    let (ended, jobs) = read(&store, created.id).await;
    assert_eq!((ended.state, jobs[1].state), (PipelineState::Running, JobState::Queued));
    complete(&store, &dequeue(&store, 1).await[0]).await.unwrap();
    assert_eq!(read(&store, created.id).await.0.state, PipelineState::Succeeded);
    database.finish().await;
}

/// In the report's snapshot the other task still runs.
#[tokio::test]
async fn another_task_that_ends_while_the_last_report_waits_is_counted() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    let (created, _) = create(&store, pipeline(vec![with_tasks(job("a"), 5)])).await;
    let leased = dequeue(&store, 5).await;
    let meanwhile = Box::pin(async {
        for task in &leased[1..] {
            complete(&store, task).await.unwrap();
        }
    });
    report_that_waits(&database, &store, completion(&leased[0]).into(), leased[0].id, meanwhile).await;
    let (ended, jobs) = read(&store, created.id).await;
    assert_eq!((ended.state, jobs[0].counts.succeeded), (PipelineState::Succeeded, 5));
    database.finish().await;
}

/// The pipeline's numbers are those of its locked row, whatever the report's snapshot says.
#[tokio::test]
async fn another_job_that_ends_while_the_last_report_waits_is_counted() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    let (created, jobs) = create(&store, pipeline(vec![job("a"), job("b")])).await;
    let leased = dequeue(&store, 1).await.remove(0);
    let meanwhile = Box::pin(async {
        store.skip_job(jobs[1].id, None).await.unwrap();
    });
    report_that_waits(&database, &store, completion(&leased).into(), leased.id, meanwhile).await;
    assert_eq!(read(&store, created.id).await.0.state, PipelineState::Partial);
    database.finish().await;
}

/// Each server ends some of the jobs of one pipeline, and another's last one ends it.
#[tokio::test(flavor = "multi_thread")]
async fn servers_that_end_the_jobs_of_one_pipeline_at_once_end_it_once() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    let jobs = (0..MANY).map(|number| job(&format!("job-{number}"))).collect();
    let (created, _) = create(&store, pipeline(jobs)).await;
    let mut servers = JoinSet::new();
    for most in [1, 2, 7, 7] {
        servers.spawn(work_off(database.store().await, most));
    }
    assert_eq!(servers.join_all().await.into_iter().sum::<usize>(), MANY);
    let (ended, jobs) = read(&store, created.id).await;
    assert_eq!(ended.state, PipelineState::Succeeded);
    assert!(jobs.iter().all(|job| job.state == JobState::Succeeded));
    assert_histories(&database).await;
    database.finish().await;
}

async fn work_off(store: Store, most: usize) -> usize {
    let mut done = 0;
    loop {
        let leased = dequeue(&store, most).await;
        if leased.is_empty() {
            return done;
        }
        let batch: Vec<Report> = leased.iter().map(|task| completion(task).into()).collect();
        store.report_at_once_if_simple(true);
        store.end_jobs_at_once(true);
        done += store.report(&batch).await.unwrap().into_iter().flatten().count();
    }
}

/// Workers end, fail and release; meanwhile each pipeline is cancelled, paused, sealed, retried or gets another job.
#[tokio::test(flavor = "multi_thread")]
async fn whatever_meets_the_end_of_a_job_of_one_task_each_thing_ends_once() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    let mut pipelines = Vec::new();
    for number in 0..MANY {
        let new = NewPipeline { sealed: number % 4 != 0, ..pipeline(vec![job("a")]) };
        pipelines.push(create(&store, new).await.0.id);
    }
    let mut racing = JoinSet::new();
    for controller in 0..3 {
        racing.spawn(control(database.store().await, pipelines.clone(), controller));
    }
    for worker in 0..3 {
        racing.spawn(work(database.store().await, worker));
    }
    racing.join_all().await;
    for id in &pipelines {
        store.resume_pipeline(*id, None).await.ok();
        store.seal_pipeline(*id, None).await.unwrap();
    }
    Box::pin(work_off(store.clone(), 9)).await;
    for id in pipelines {
        assert!(read(&store, id).await.0.state.has_ended());
    }
    assert_histories(&database).await;
    while store.settle().await.unwrap().full {}
    database.finish().await;
}

async fn control(store: Store, pipelines: Vec<Uuid>, seed: usize) {
    for (number, id) in pipelines.into_iter().enumerate() {
        // Each is refused where it came too late.
        match (number + seed) % 7 {
            0 => drop(store.cancel_pipeline(id, None).await),
            1 => drop(store.pause_pipeline(id, None).await),
            2 => drop(store.resume_pipeline(id, None).await),
            3 => drop(store.retry_pipeline(id, Scope::All, None, None).await),
            4 => drop(store.clean_up_pipeline(id, None).await),
            5 => drop(store.seal_pipeline(id, None).await),
            _ => {
                let child = after(&format!("child-{seed}"), &[("a", When::Always)]);
                drop(store.add_jobs(id, vec![child], &Limits::default(), None).await);
            }
        }
    }
}

async fn work(store: Store, seed: usize) {
    for cycle in 0..MANY {
        let leased = dequeue(&store, 1 + cycle % 3).await;
        let report = |(number, task)| match (number + cycle + seed) % 5 {
            0 => failure(task, Directive::Never).into(),
            1 => release_of(task, Duration::ZERO).into(),
            _ => completion(task).into(),
        };
        let batch: Vec<Report> = leased.iter().enumerate().map(report).collect();
        store.report_at_once_if_simple(true);
        store.end_jobs_at_once(cycle % 4 > 0);
        // Refused one by one where a control came first.
        assert_eq!(store.report(&batch).await.unwrap().len(), batch.len());
    }
}

/// Each change of a pipeline's or a job's state begins where the one before has led.
async fn assert_histories(database: &TestDatabase) {
    let torn: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM (
             SELECT from_state, lag(to_state) OVER (PARTITION BY entity, coalesce(job_id, pipeline_id) ORDER BY number) AS before
             FROM events WHERE entity IN ('pipeline', 'job')
         ) e WHERE from_state IS DISTINCT FROM before",
    )
    .fetch_one(&mut database.connect().await)
    .await
    .unwrap();
    assert_eq!(torn, 0, "the history of something is torn");
}
