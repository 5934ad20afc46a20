//! What only the database shows of outcomes: how long they are stored, and what of refused reports is left.

use std::time::Duration;

use sqlx::PgConnection;
use windlass_domain::{Disposition, Subject, SubjectKind};
use windlass_store::testing::TestDatabase;
use windlass_store::{AddTasks, Complete, NewOutcome, OutcomeFilter, Report, Retention, Store};

use crate::support::{completion, create, dequeue, job, pipeline, with_tasks};

const DAY: Duration = Duration::from_hours(24);

fn some(count: usize) -> Vec<NewOutcome> {
    let one = |number| NewOutcome {
        subject: Subject::parse(format!("s-{number}")).unwrap(),
        kind: SubjectKind::none(),
        disposition: Disposition::parse("succeeded").unwrap(),
        reason: None,
        version: None,
        detail: None,
    };
    (0..count).map(one).collect()
}

fn of_subject(subject: &str) -> OutcomeFilter {
    OutcomeFilter { subject: Some(subject.to_owned()), ..OutcomeFilter::default() }
}

async fn count(connection: &mut PgConnection, of: &str) -> i64 {
    sqlx::query_scalar(sqlx::AssertSqlSafe(format!("SELECT count(*) FROM {of}")))
        .fetch_one(connection)
        .await
        .unwrap()
}

async fn prune(store: &Store, retention: &Retention) {
    store.create_partitions().await.unwrap();
    while store.prune(retention).await.unwrap().full {}
}

#[tokio::test]
async fn outcomes_outlive_their_pipeline_and_go_by_whole_weeks_at_their_own_time() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    let (made, jobs) = create(&store, pipeline(vec![with_tasks(job("a"), 1)])).await;
    let leased = dequeue(&store, 1).await;
    let complete: Report = Complete { outcomes: some(3), ..completion(&leased[0]) }.into();
    store.report(&[complete]).await.unwrap().remove(0).unwrap();
    let mut connection = database.connect().await;
    let retention = Retention::default();
    assert_eq!(retention.outcomes, 365 * DAY);
    database.advance(100 * DAY).await;
    prune(&store, &retention).await;
    assert!(store.pipeline(made.id).await.is_err(), "the pipeline went long ago");
    assert_eq!(count(&mut connection, "outcome_counts").await, 0, "the counts went with the job");
    let of_job = OutcomeFilter { job_id: Some(jobs[0].id), ..OutcomeFilter::default() };
    assert_eq!(store.list_outcomes(&of_job, None, 50).await.unwrap().items.len(), 3);
    database.advance(264 * DAY).await;
    prune(&store, &retention).await;
    assert_eq!(count(&mut connection, "outcomes").await, 3, "a year has not passed");
    let partitions = "pg_inherits WHERE inhparent = 'outcomes'::regclass";
    let before = count(&mut connection, partitions).await;
    database.advance(9 * DAY).await;
    prune(&store, &retention).await;
    assert_eq!(count(&mut connection, "outcomes").await, 0);
    assert!(store.list_outcomes(&of_subject("s-1"), None, 50).await.unwrap().items.is_empty());
    // That of the week before the first one went with it; the coming weeks were made.
    assert!(count(&mut connection, partitions).await <= before + 3);
    database.finish().await;
}

#[tokio::test]
async fn a_shorter_length_drops_them_sooner_and_touches_nothing_else() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    let (made, _) = create(&store, pipeline(vec![with_tasks(job("a"), 1)])).await;
    let leased = dequeue(&store, 1).await;
    let complete: Report = Complete { outcomes: some(3), ..completion(&leased[0]) }.into();
    store.report(&[complete]).await.unwrap().remove(0).unwrap();
    database.advance(10 * DAY).await;
    prune(&store, &Retention { outcomes: DAY, ..Retention::default() }).await;
    let mut connection = database.connect().await;
    assert_eq!(count(&mut connection, "outcomes").await, 0);
    assert_eq!(count(&mut connection, "outcome_counts").await, 1, "what was recorded is still counted");
    store.pipeline(made.id).await.unwrap();
    database.finish().await;
}

#[tokio::test]
async fn partitions_are_made_ahead_once_each_by_week() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    let mut connection = database.connect().await;
    let dated = "pg_class WHERE relname ~ '^outcomes_[0-9]{8}$'";
    let first = count(&mut connection, dated).await;
    assert_eq!(first, 4, "the last week, this one, and two ahead");
    store.create_partitions().await.unwrap();
    assert_eq!(count(&mut connection, dated).await, first);
    for weeks in 1..=4 {
        database.advance(7 * DAY).await;
        store.create_partitions().await.unwrap();
        assert_eq!(count(&mut connection, dated).await, first + weeks);
    }
    let mondays = "pg_class WHERE relname ~ '^outcomes_[0-9]{8}$' AND extract(isodow FROM to_date(right(relname, 8), 'YYYYMMDD')) <> 1";
    assert_eq!(count(&mut connection, mondays).await, 0);
    database.finish().await;
}

#[tokio::test]
async fn the_rows_of_a_refused_report_are_removed_and_those_of_its_neighbours_stay() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    create(&store, pipeline(vec![with_tasks(job("a"), 3)])).await;
    let leased = dequeue(&store, 3).await;
    let nowhere =
        AddTasks { job: windlass_domain::JobKey::parse("nowhere").unwrap(), tasks: Vec::new(), seal: true };
    let batch: [Report; 4] = [
        Complete { outcomes: some(5), ..completion(&leased[0]) }.into(),
        Complete { outcomes: some(7), add_tasks: vec![nowhere], ..completion(&leased[1]) }.into(),
        Complete { outcomes: some(11), ..completion(&leased[0]) }.into(),
        Complete { outcomes: some(13), ..completion(&leased[2]) }.into(),
    ];
    let answers: Vec<bool> = store.report(&batch).await.unwrap().iter().map(Result::is_ok).collect();
    assert_eq!(answers, [true, false, true, true], "the third repeats the first");
    let mut connection = database.connect().await;
    assert_eq!(count(&mut connection, "outcomes").await, 18);
    let counted: i64 = sqlx::query_scalar("SELECT (counts ->> 'succeeded')::bigint FROM outcome_counts")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(counted, 18);
    database.finish().await;
}

#[tokio::test]
async fn a_lease_that_ends_while_its_outcomes_go_in_leaves_none() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    create(&store, pipeline(vec![with_tasks(job("a"), 1)])).await;
    let leased = dequeue(&store, 1).await.remove(0);
    // The rows wait for this lock; meanwhile the task is completed.
    let held = database.hold("outcomes").await;
    let recording = store.record_outcomes(leased.id, leased.lease_token, some(3), None);
    let completing = async {
        while database.waiting_for_locks().await == 0 {
            tokio::task::yield_now().await;
        }
        store.report(&[completion(&leased).into()]).await.unwrap().remove(0).unwrap();
        drop(held);
    };
    let (recorded, ()) = tokio::join!(recording, completing);
    assert!(matches!(recorded, Err(windlass_store::Error::LeaseLost { .. })));
    let mut connection = database.connect().await;
    assert_eq!(count(&mut connection, "outcomes").await + count(&mut connection, "outcome_counts").await, 0);
    database.finish().await;
}

#[tokio::test]
async fn a_walk_of_what_is_current_begins_when_those_who_were_writing_have_ended() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    create(&store, pipeline(vec![with_tasks(job("a"), 1)])).await;
    let leased = dequeue(&store, 1).await.remove(0);
    store.record_outcomes(leased.id, leased.lease_token, some(2), None).await.unwrap();
    let mut writer = database.connect().await;
    let again = "BEGIN; INSERT INTO outcomes (number, at, pipeline_id, job_id, task_id, attempt, type, worker_id, subject, kind, disposition)
        SELECT nextval('outcome_numbers'), at, pipeline_id, job_id, task_id, attempt, type, worker_id, subject, kind, 'failed'
        FROM outcomes WHERE subject = 's-0';
        UPDATE outcome_counts SET counts = windlass_add_outcomes(counts, ARRAY['failed'], ARRAY[1::bigint])";
    sqlx::raw_sql(again).execute(&mut writer).await.unwrap();
    let current = OutcomeFilter { task_id: Some(leased.id), current: true, ..OutcomeFilter::default() };
    let mut first = Box::pin(store.list_outcomes(&current, None, 1));
    assert!(tokio::time::timeout(Duration::from_millis(100), &mut first).await.is_err(), "it waits");
    sqlx::raw_sql("COMMIT").execute(&mut writer).await.unwrap();
    let first = first.await.unwrap();
    let second = store.list_outcomes(&current, first.next, 1).await.unwrap();
    let shown = first.items.iter().chain(&second.items);
    let shown: Vec<_> = shown.map(|one| (one.subject.as_str(), one.disposition.as_str())).collect();
    assert_eq!(shown, [("s-0", "failed"), ("s-1", "succeeded")]);
    drop(writer);
    database.finish().await;
}
