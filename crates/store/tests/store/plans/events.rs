//! Pages of the audit touch what they show, whatever else there is.
//!
//! What is wanted is some of each of these: a pipeline of few events among many, the pipeline that has most, a job of few among those of that
//! pipeline, the job that has most, one task. The events lie in ten days' partitions.

use uuid::Uuid;
use windlass_store::testing::TestDatabase;
use windlass_store::{EventCursor, EventFilter, Store};

use super::large;
use super::notices::Notices;

/// Rows that a page of 50 may touch: the events; for each of a few pipelines and jobs, gone here, the first and last events of ten partitions.
const PAGE: f64 = 50.0 + 10.0 * 50.0;
/// Calls that make Postgres choose between plans for these values and one for all.
const CALLS: usize = 7;

const SCHEMA: &str = "
    CREATE FUNCTION an_id(kind int, number int) RETURNS uuid LANGUAGE sql IMMUTABLE AS
        $$ SELECT ('0190' || lpad(to_hex(kind), 4, '0') || '-0000-7000-8000-' || lpad(to_hex(number), 12, '0'))::uuid $$;
    DO $$ BEGIN
        FOR n IN 2..10 LOOP
            EXECUTE format('CREATE TABLE events_%s PARTITION OF events FOR VALUES FROM (%L) TO (%L)', n,
                date_trunc('day', windlass_now(), 'UTC') - n * interval '1 day',
                date_trunc('day', windlass_now(), 'UTC') - (n - 1) * interval '1 day');
        END LOOP;
    END $$;";

/// 40,000 events, the eldest nine days old: every second one of pipeline 1 and mostly of its job 100, the others of pipelines of ten.
const MIXED: &str = "
    INSERT INTO events (at, entity, pipeline_id, job_id, task_id, from_state, to_state, actor)
    SELECT windlass_now() - (40000 - n) * interval '19 seconds', 'task',
        CASE WHEN n % 2 = 0 THEN an_id(0, 1) ELSE an_id(0, 10 + n / 20) END,
        CASE WHEN n % 2 = 1 THEN an_id(1, 1000 + n / 20) WHEN n % 2000 = 1000 THEN an_id(1, 7) WHEN n % 10 = 0 THEN an_id(1, 8) ELSE an_id(1, 100) END,
        CASE WHEN n % 2 = 1 THEN an_id(2, 100000 + n / 4) ELSE an_id(2, n / 4) END, 'queued', 'running', 'worker'
    FROM generate_series(1, 40000) n;";

/// As many again, all of pipeline 1 and today: no statistics know of them, nor of what pipeline 5000 has at their end.
const GROWN: &str = "
    INSERT INTO events (entity, pipeline_id, job_id, task_id, from_state, to_state, actor)
    SELECT 'task', CASE WHEN n > 39990 THEN an_id(0, 5000) ELSE an_id(0, 1) END,
        CASE WHEN n > 39990 THEN an_id(1, 5000) WHEN n % 2000 = 0 THEN an_id(1, 7) ELSE an_id(1, 100) END,
        an_id(2, 200000 + n / 4), 'queued', 'running', 'worker'
    FROM generate_series(1, 40000) n;";

fn an_id(kind: u128, number: u128) -> Uuid {
    Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0000 | kind << 96 | number)
}

#[tokio::test]
async fn a_page_of_events_touches_what_it_shows_whatever_else_there_is() {
    let notices = Notices::catch();
    let database = TestDatabase::create().await;
    let mut connection = database.session().await;
    sqlx::raw_sql(SCHEMA).execute(&mut connection).await.unwrap();
    let mut faults = Vec::new();
    let early = notices.store(&database).await;
    read_all(&early, &notices, "empty tables", &mut Vec::new()).await;
    sqlx::raw_sql(MIXED).execute(&mut connection).await.unwrap();
    read_all(&early, &notices, "plans made over empty tables", &mut faults).await;
    early.close().await;
    large::analyze(&mut connection).await;
    let store = notices.store(&database).await;
    read_all(&store, &notices, "analyzed tables", &mut faults).await;
    sqlx::raw_sql(GROWN).execute(&mut connection).await.unwrap();
    read_all(&store, &notices, "plans made before the tables grew", &mut faults).await;
    store.close().await;
    let late = notices.store(&database).await;
    read_all(&late, &notices, "statistics made before the tables grew", &mut faults).await;
    late.close().await;
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    database.finish_without_check().await;
}

/// No event is read before every older transaction has ended, those of other tests as well.
async fn until_readable(store: &Store) {
    while store.events(&EventFilter::default(), EventCursor::START, 1).await.unwrap().events.is_empty() {
        tokio::task::yield_now().await;
    }
}

async fn read_all(store: &Store, notices: &Notices, over: &str, faults: &mut Vec<String>) {
    let pipeline = |number| EventFilter { pipeline_id: Some(an_id(0, number)), ..EventFilter::default() };
    let job = |number| EventFilter { job_id: Some(an_id(1, number)), ..EventFilter::default() };
    let task = |number| EventFilter { task_id: Some(an_id(2, number)), ..EventFilter::default() };
    let few_of_most = EventFilter { pipeline_id: Some(an_id(0, 1)), ..job(7) };
    let wanted = [
        ("all", EventFilter::default()),
        ("the pipeline with most", pipeline(1)),
        ("an early pipeline of few", pipeline(10)),
        ("a late pipeline of few", pipeline(2_009)),
        ("the latest pipeline of few", pipeline(5_000)),
        ("no pipeline", pipeline(9_999)),
        ("the job with most", job(100)),
        ("a job of few among most", job(7)),
        ("the same of its pipeline", few_of_most),
        ("an early task", task(3)),
        ("a late task", task(209_990)),
    ];
    if over != "empty tables" {
        until_readable(store).await;
    }
    notices.take();
    for (what, filter) in &wanted {
        for from in [0, 39_000, 78_000] {
            let after = if from == 0 { EventCursor::START } else { position(store, from).await };
            notices.take();
            for _ in 0..CALLS {
                let page = store.events(filter, after, 50).await.unwrap();
                let early = after == EventCursor::START && over != "empty tables" && !what.contains("late");
                assert!(!early || *what == "no pipeline" || !page.events.is_empty(), "{what} over {over}");
                let touched: f64 = notices.take().iter().map(|ran| ran.plan.touched()).sum();
                if touched > PAGE {
                    faults.push(format!("over {over}, {what} behind {from}: {touched} rows"));
                }
            }
        }
    }
}

/// The position of this number, or of the last one drawn.
async fn position(store: &Store, number: i64) -> EventCursor {
    let at: EventCursor = format!("{number:016x}").parse().unwrap();
    at.min(store.event_head().await.unwrap().read_to)
}
