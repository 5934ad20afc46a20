//! Events narrowed by entity, state and type are found in windows of a walk: each statement passes a bounded number of rows, however few are wanted.
//!
//! 20,000 events in ten days' partitions. Half are of pipeline 1, which is there; the others of pipelines of 1,000 events, every second of which is
//! gone with its job. What is rare lies at one end, in the middle, or nowhere.

use uuid::Uuid;
use windlass_store::testing::TestDatabase;
use windlass_store::{Event, EventCursor, EventFilter, EventPage, Store};

use super::large;
use super::notices::Notices;

/// Rows that one statement may touch: the window of events, also as it was walked over ten partitions; for each of a few pipelines and jobs of it,
/// gone here, the first and last events of ten partitions.
const WINDOW: f64 = 2.0 * 500.0 + 10.0 * 50.0;

const SCHEMA: &str = "
    CREATE FUNCTION an_id(kind int, number int) RETURNS uuid LANGUAGE sql IMMUTABLE AS
        $$ SELECT ('0190' || lpad(to_hex(kind), 4, '0') || '-0000-7000-8000-' || lpad(to_hex(number), 12, '0'))::uuid $$;
    DO $$ BEGIN
        FOR n IN 2..10 LOOP
            EXECUTE format('CREATE TABLE events_%s PARTITION OF events FOR VALUES FROM (%L) TO (%L)', n,
                date_trunc('day', windlass_now(), 'UTC') - n * interval '1 day',
                date_trunc('day', windlass_now(), 'UTC') - (n - 1) * interval '1 day');
        END LOOP;
    END $$;
    CREATE PROCEDURE add_events(first int, last int, length interval) LANGUAGE sql AS $$
        INSERT INTO jobs (id, pipeline_id, key, ordinal, type, state, priority, pipeline_paused, paused, sealed, due, unmet, head,
            fail_fast, max_failed_tasks, allow_failure, created_at)
        SELECT an_id(1, n), an_id(0, n), 'a', 0, CASE WHEN n = 1 THEN 'most' ELSE 'few-' || n END, 'pending', 2, false, false, true,
            true, 0, 0, true, 0, false, windlass_now()
        FROM generate_series(1, 1 + last / 1000) n WHERE n = 1 OR n % 2 = 0
        ON CONFLICT DO NOTHING;
        INSERT INTO events (at, entity, pipeline_id, job_id, task_id, from_state, to_state, actor, type)
        SELECT windlass_now() - (last - n) * length, CASE WHEN n % 1000 = 1 THEN 'job' ELSE 'task' END, an_id(0, of), an_id(1, of),
            CASE WHEN n % 1000 <> 1 THEN an_id(2, n / 2) END, 'queued', CASE WHEN n = 10001 THEN 'failed' ELSE 'running' END, 'worker',
            CASE WHEN n % 1000 = 1 AND of <> 1 THEN 'few-' || of END
        FROM (SELECT n, CASE WHEN n % 1000 BETWEEN 2 AND 500 OR n % 1000 = 0 THEN 1 ELSE 2 + n / 1000 END AS of FROM generate_series(first, last) n) e
    $$;";

fn an_id(kind: u128, number: u128) -> Uuid {
    Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0000 | kind << 96 | number)
}

/// What is wanted, and how much of it there is among the 20,000.
fn wanted() -> [(&'static str, EventFilter, usize); 8] {
    let all = EventFilter::default;
    let word = |word: &str| Some(word.to_owned());
    let pipeline = || EventFilter { pipeline_id: Some(an_id(0, 1)), ..all() };
    [
        ("those of jobs", EventFilter { entity: word("job"), ..all() }, 20),
        ("those of no entity", EventFilter { entity: word("queue"), ..all() }, 0),
        ("the one to a state", EventFilter { to: word("failed"), ..all() }, 1),
        ("those of an early job", EventFilter { type_name: word("few-4"), ..all() }, 500),
        ("those of a late job that is gone", EventFilter { type_name: word("few-19"), ..all() }, 500),
        ("those of no type", EventFilter { type_name: word("no-such"), ..all() }, 0),
        ("none of those of a pipeline", EventFilter { entity: word("job"), ..pipeline() }, 0),
        (
            "those to a state of a job that is gone",
            EventFilter {
                job_id: Some(an_id(1, 19)),
                to: word("running"),
                type_name: word("few-19"),
                ..all()
            },
            500,
        ),
    ]
}

#[tokio::test]
async fn a_window_of_events_touches_a_bounded_number_of_rows_however_few_are_wanted() {
    let notices = Notices::catch();
    let database = TestDatabase::create().await;
    let mut connection = database.session().await;
    sqlx::raw_sql(SCHEMA).execute(&mut connection).await.unwrap();
    let mut faults = Vec::new();
    let early = notices.store(&database).await;
    for (_, filter, _) in wanted() {
        assert!(walk(&early, &filter).await.is_empty());
    }
    notices.take();
    let add = "CALL add_events(1, 20000, interval '40 seconds')";
    sqlx::raw_sql(add).execute(&mut connection).await.unwrap();
    first_pages(&early, &notices, "plans made over empty tables", &mut faults).await;
    early.close().await;
    large::analyze(&mut connection).await;
    let store = notices.store(&database).await;
    read_all(&store, &notices, "analyzed tables", &mut faults).await;
    let add = "CALL add_events(20001, 40000, interval '0')";
    sqlx::raw_sql(add).execute(&mut connection).await.unwrap();
    first_pages(&store, &notices, "plans made before the tables grew", &mut faults).await;
    store.close().await;
    let late = notices.store(&database).await;
    first_pages(&late, &notices, "statistics made before the tables grew", &mut faults).await;
    late.close().await;
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    database.finish_without_check().await;
}

async fn read_all(store: &Store, notices: &Notices, over: &str, faults: &mut Vec<String>) {
    for (what, filter, count) in wanted() {
        let found = walk(store, &filter).await;
        assert_eq!(found.len(), count, "{what} over {over}");
        assert!(found.iter().all(|event| filter.takes(event)));
        note_faults(notices, what, over, faults);
    }
}

async fn first_pages(store: &Store, notices: &Notices, over: &str, faults: &mut Vec<String>) {
    for (what, filter, _) in wanted() {
        store.events(&filter, EventCursor::START, 50).await.unwrap();
        note_faults(notices, what, over, faults);
    }
}

fn note_faults(notices: &Notices, what: &str, over: &str, faults: &mut Vec<String>) {
    for ran in notices.take() {
        let touched = ran.plan.touched();
        if touched > WINDOW {
            faults.push(format!("over {over}, {what}: {touched} rows"));
        }
    }
}

/// All that the filter takes, page after page, until one is empty and its position the one it was asked for.
async fn walk(store: &Store, filter: &EventFilter) -> Vec<Event> {
    let (mut all, mut after) = (Vec::new(), EventCursor::START);
    loop {
        let EventPage { events, next, .. } = store.events(filter, after, 50).await.unwrap();
        if events.is_empty() && next == after {
            return all;
        }
        assert!(next > after, "it goes on");
        all.extend(events);
        after = next;
    }
}
