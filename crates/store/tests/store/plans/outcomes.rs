//! Lists of outcomes touch what they show and a window or two more, whatever else there is, and however few of them are current.
//!
//! 40,000 outcomes of ten weeks. Every second one is of pipeline 1, mostly of its job 1 and of subjects that all come again and again; the others are of
//! pipelines of ten, with subjects of their own. `hot` is the subject that most have.

use std::sync::LazyLock;

use uuid::Uuid;
use windlass_store::testing::TestDatabase;
use windlass_store::{OutcomeFilter, Store};

use super::large;
use super::notices::Notices;

/// Partitions of a walk and of each probe: ten weeks, those ahead, and the default one.
const PARTITIONS: f64 = 14.0;
/// Rows that a page of 50 may touch: windows of 500 as they are walked, kept and filtered, and a newer one in each partition for each of them.
const WINDOW: f64 = 500.0 * 4.0 + PARTITIONS;
/// Windows that a page of 50 current ones may need here.
const WINDOWS: f64 = 3.0;
/// The same where there are 25 current ones only, behind which all 20,000 of a subject are looked at, each once.
const ALL: f64 = 20_000.0 * 7.0;
const CALLS: usize = 7;

const SCHEMA: &str = "
    CREATE FUNCTION an_id(kind int, number int) RETURNS uuid LANGUAGE sql IMMUTABLE AS
        $$ SELECT ('0190' || lpad(to_hex(kind), 4, '0') || '-0000-7000-8000-' || lpad(to_hex(number), 12, '0'))::uuid $$;
    DO $$ BEGIN
        FOR n IN 2..10 LOOP
            EXECUTE format('CREATE TABLE outcomes_%s PARTITION OF outcomes FOR VALUES FROM (%L) TO (%L)', n,
                date_trunc('week', windlass_now(), 'UTC') - n * interval '7 days',
                date_trunc('week', windlass_now(), 'UTC') - (n - 1) * interval '7 days');
        END LOOP;
    END $$;
    CREATE PROCEDURE add_outcomes(first int, last int) LANGUAGE sql AS $$
        INSERT INTO outcomes (number, at, pipeline_id, job_id, task_id, attempt, type, worker_id, subject, kind, disposition)
        SELECT n, windlass_now() - greatest(40000 - n, 0) * interval '2 minutes',
            an_id(0, of), an_id(1, of * 10 + CASE WHEN n % 2000 = 0 THEN 1 ELSE 0 END), an_id(2, n / 4), 1, 'a', 'w',
            CASE WHEN n % 2 = 1 THEN 'own-' || n WHEN n % 4 = 0 THEN 'hot' ELSE 's-' || n % 1000 END, 'k-' || n % 100, 'failed'
        FROM (SELECT n, CASE WHEN n % 2 = 0 THEN 1 ELSE 10 + n / 20 END AS of FROM generate_series(first, last) n) o;
        SELECT setval('outcome_numbers', last)
    $$;";

fn an_id(kind: u128, number: u128) -> Uuid {
    Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0000 | kind << 96 | number)
}

static WANTED: LazyLock<Vec<(&str, OutcomeFilter)>> = LazyLock::new(|| {
    let all = OutcomeFilter::default;
    let of_pipeline = |number| OutcomeFilter { pipeline_id: Some(an_id(0, number)), ..all() };
    let of_job = |number| OutcomeFilter { job_id: Some(an_id(1, number)), ..all() };
    let of_subject = |subject: &str| OutcomeFilter { subject: Some(subject.to_owned()), ..all() };
    vec![
        ("the pipeline with most", of_pipeline(1)),
        ("a pipeline of few", of_pipeline(100)),
        ("no pipeline", of_pipeline(9)),
        ("the job with most", of_job(10)),
        ("a job of few among them", of_job(11)),
        ("a task", OutcomeFilter { task_id: Some(an_id(2, 5_000)), ..all() }),
        ("the subject with most", of_subject("hot")),
        ("a subject of one", of_subject("own-21")),
        ("no subject", of_subject("none")),
        (
            "the subject with most, in a job",
            OutcomeFilter { job_id: Some(an_id(1, 10)), ..of_subject("hot") },
        ),
    ]
});

#[tokio::test]
async fn a_page_of_outcomes_touches_some_windows_whatever_else_there_is() {
    let notices = Notices::catch();
    let database = TestDatabase::create().await;
    let mut connection = database.session().await;
    sqlx::raw_sql(SCHEMA).execute(&mut connection).await.unwrap();
    let mut faults = Vec::new();
    let early = notices.store(&database).await;
    read_all(&early, &notices, "empty tables", &mut Vec::new()).await;
    sqlx::raw_sql("CALL add_outcomes(1, 40000)").execute(&mut connection).await.unwrap();
    read_all(&early, &notices, "plans made over empty tables", &mut faults).await;
    early.close().await;
    large::analyze(&mut connection).await;
    let store = notices.store(&database).await;
    read_all(&store, &notices, "analyzed tables", &mut faults).await;
    sqlx::raw_sql("CALL add_outcomes(40001, 80000)").execute(&mut connection).await.unwrap();
    read_all(&store, &notices, "plans made before the tables grew", &mut faults).await;
    store.close().await;
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    database.finish_without_check().await;
}

async fn read_all(store: &Store, notices: &Notices, over: &str, faults: &mut Vec<String>) {
    for (what, filter) in WANTED.iter() {
        for current in [false, true] {
            let filter = OutcomeFilter { current, ..filter.clone() };
            notices.take();
            for _ in 0..CALLS {
                let page = store.list_outcomes(&filter, None, 50).await.unwrap();
                assert!(over == "empty tables" || what.starts_with("no ") == page.items.is_empty(), "{what}");
                let ran = notices.take();
                let touched: f64 = ran.iter().map(|ran| ran.plan.touched()).sum();
                let bound = match (current, what.starts_with("the subject with most")) {
                    (false, _) => WINDOW,
                    (true, false) => WINDOWS * (WINDOW + 500.0 * PARTITIONS),
                    (true, true) => ALL,
                };
                if touched > bound {
                    faults.push(format!("over {over}, {what}, current {current}: {touched} rows"));
                }
            }
        }
    }
}

/// A removal in pieces, and that of what a refused report had brought, walk an index; so do the reads and writes of counts.
#[tokio::test]
async fn a_removal_touches_what_it_removes() {
    let notices = Notices::catch();
    let database = TestDatabase::create().await;
    let mut connection = database.session().await;
    sqlx::raw_sql(SCHEMA).execute(&mut connection).await.unwrap();
    sqlx::raw_sql("CALL add_outcomes(1, 40000)").execute(&mut connection).await.unwrap();
    large::analyze(&mut connection).await;
    let store = notices.store(&database).await;
    notices.take();
    assert_eq!(store.remove_outcomes("own-21").await.unwrap(), 1);
    let touched: f64 = notices.take().iter().map(|ran| ran.plan.touched()).sum();
    assert!(touched < 50.0, "{touched} rows for one");
    assert_eq!(store.remove_outcomes("hot").await.unwrap(), 10_000);
    let touched: f64 = notices.take().iter().map(|ran| ran.plan.touched()).sum();
    assert!(touched < 60_000.0, "{touched} rows for 10,000");
    assert!(store.list_outcomes(&WANTED[6].1, None, 50).await.unwrap().items.is_empty());
    store.close().await;
    database.finish_without_check().await;
}
