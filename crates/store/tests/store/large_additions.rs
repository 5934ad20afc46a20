//! Completions that add many tasks.

use sqlx::PgConnection;
use windlass_domain::{JobKey, Sealing};
use windlass_store::testing::TestDatabase;
use windlass_store::{AddTasks, Complete, Error, LeasedTask, NewJob, NewTask, Report};

use crate::plans::notices::Notices;
use crate::support::{completion, create, dequeue, job, pipeline, with_tasks};

/// A completion that adds so many tasks to the job `a` of its pipeline.
fn adding(task: &LeasedTask, tasks: usize, seal: bool) -> Report {
    let add = AddTasks { job: JobKey::parse("a").unwrap(), tasks: vec![NewTask::default(); tasks], seal };
    Complete { add_tasks: vec![add], ..completion(task) }.into()
}

#[tokio::test]
async fn the_rows_of_a_large_addition_are_written_before_its_job_is_locked() {
    let notices = Notices::catch();
    let database = TestDatabase::create().await;
    let store = notices.store(&database).await;
    create(&store, pipeline(vec![NewJob { sealed: Sealing::Later, ..with_tasks(job("a"), 2) }])).await;
    let leased = dequeue(&store, 2).await;
    for (task, tasks, first) in [(&leased[0], 101, true), (&leased[1], 100, false)] {
        notices.take();
        store.report(&[adding(task, tasks, false)]).await.unwrap().remove(0).unwrap();
        let ran = notices.take();
        let position = |words: &str| ran.iter().position(|ran| ran.text.contains(words)).unwrap();
        assert_eq!(position("INSERT INTO tasks") < position("held_jobs AS"), first, "of {tasks} tasks");
    }
    assert_eq!(dequeue(&store, 300).await.len(), 201);
    database.finish_without_check().await;
}

#[tokio::test]
async fn of_a_refused_large_addition_no_row_remains() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    create(&store, pipeline(vec![NewJob { sealed: Sealing::Later, ..with_tasks(job("a"), 2) }])).await;
    let leased = dequeue(&store, 2).await;
    let reports = [adding(&leased[0], 101, true), adding(&leased[1], 101, false)];
    let answers = store.report(&reports).await.unwrap();
    assert!(answers[0].is_ok());
    assert!(matches!(answers[1], Err(Error::JobSealed { .. })), "sealed by the one before: {:?}", answers[1]);
    let rows: i64 = sqlx::query_scalar("SELECT count(*) FROM tasks")
        .fetch_one(&mut database.connect().await)
        .await
        .unwrap();
    assert_eq!(rows, 2 + 101);
    database.finish().await;
}

#[tokio::test]
async fn a_large_addition_to_a_job_that_is_retried_meanwhile_is_waiting_in_its_new_run() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    let jobs = vec![NewJob { sealed: Sealing::Later, ..with_tasks(job("a"), 1) }, with_tasks(job("b"), 1)];
    let (_, created) = create(&store, pipeline(jobs)).await;
    let leased = dequeue(&store, 2).await;
    let of_b = leased.iter().find(|task| task.job_key.as_str() == "b").unwrap();
    // The rows go in, and then the report waits for the job, which somebody holds and moves on.
    let mut holder = database.connect().await;
    sqlx::raw_sql("BEGIN").execute(&mut holder).await.unwrap();
    sqlx::query("UPDATE jobs SET run = run + 1 WHERE id = $1")
        .bind(created[0].id)
        .execute(&mut holder)
        .await
        .unwrap();
    let (answers, ()) =
        tokio::join!(async { store.report(&[adding(of_b, 101, false)]).await.unwrap() }, async {
            until_somebody_waits(&mut database.connect().await).await;
            sqlx::raw_sql("COMMIT").execute(&mut holder).await.unwrap();
        });
    assert!(answers[0].is_ok());
    let runs: Vec<i32> = sqlx::query_scalar("SELECT run FROM tasks WHERE job_id = $1 AND state = 'queued'")
        .bind(created[0].id)
        .fetch_all(&mut holder)
        .await
        .unwrap();
    assert_eq!(runs, vec![2; 101]);
    database.finish_without_check().await;
}

async fn until_somebody_waits(connection: &mut PgConnection) {
    let waits = "SELECT EXISTS (
        SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
    )";
    while !sqlx::query_scalar::<_, bool>(waits).fetch_one(&mut *connection).await.unwrap() {
        tokio::task::yield_now().await;
    }
}
