//! Lists of Jobnik's jobs touch what they show, however many jobs there are of other names, of other times, and of natives.

use chrono::{DateTime, TimeDelta, Utc};
use windlass_store::testing::TestDatabase;
use windlass_store::{JobnikJobFilter, LIST_ROWS, MillisRange, Store};

use super::large;
use super::notices::Notices;

/// 30,000 of each, one a second: natives of the names `tiles` and `native`, Jobnik's of the name `tiles`, of which every 3,000th has the name `rare`.
const ROWS: &str = "
    CREATE FUNCTION an_id(number int) RETURNS uuid LANGUAGE sql IMMUTABLE AS
        $$ SELECT ('01900000-0000-7000-8000-' || lpad(to_hex(number), 12, '0'))::uuid $$;
    INSERT INTO pipelines (id, name, state, priority, paused, sealed, fail_fast, correlation_id, created_at, started_at, ended_at, jobs_open,
        surface, seals_on_done, percentage, updated_at)
    SELECT an_id(n), CASE n % 2 WHEN 0 THEN CASE WHEN n % 6000 = 0 THEN 'rare' ELSE 'tiles' END ELSE CASE WHEN n % 4 = 1 THEN 'tiles' ELSE 'native' END END,
        'succeeded', 2, false, true, false, 'correlation', at, at, at, 0,
        CASE WHEN n % 2 = 0 THEN 'jobnik' END, CASE WHEN n % 2 = 0 THEN true END, CASE WHEN n % 2 = 0 THEN 100 END, CASE WHEN n % 2 = 0 THEN at END
    FROM generate_series(0, 59999) n CROSS JOIN LATERAL (SELECT timestamptz '2026-01-01 00:00:00Z' + n / 2 * interval '1 second' AS at) t;
    INSERT INTO pipeline_metadata (pipeline_id, metadata, payload) SELECT an_id(n), '{}', '{}' FROM generate_series(0, 59999) n;";

/// What a list of all touches: each job with its texts, and one more.
const WHOLE: f64 = 2.0 * 10_001.0;
/// What one touches that shows a hundred.
const HUNDRED: f64 = 2.0 * 110.0;

#[tokio::test]
async fn a_list_of_jobs_touches_what_it_shows() {
    let notices = Notices::catch();
    let database = TestDatabase::create().await;
    let mut faults = Vec::new();
    let early = notices.store(&database).await;
    list_all(&early, &notices, "empty tables", &mut Vec::new()).await;
    sqlx::raw_sql(ROWS).execute(&mut database.connect().await).await.unwrap();
    list_all(&early, &notices, "plans made over empty tables", &mut faults).await;
    early.close().await;
    large::analyze(&mut database.connect().await).await;
    let store = notices.store(&database).await;
    list_all(&store, &notices, "analyzed tables", &mut faults).await;
    store.close().await;
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    database.finish_without_check().await;
}

/// The filters, how many jobs each has, and how many rows its list may touch.
fn lists() -> Vec<(JobnikJobFilter, usize, f64)> {
    let all = JobnikJobFilter::default;
    let named = |name: &str| JobnikJobFilter { name: Some(name.to_owned()), ..all() };
    let second = |number: i64| {
        let first: DateTime<Utc> = "2026-01-01T00:00:00Z".parse().unwrap();
        Some(first + TimeDelta::seconds(number))
    };
    let within = |from, to| MillisRange { from, to };
    let last = within(second(29_901), None);
    vec![
        (all(), LIST_ROWS, WHOLE),
        (named("tiles"), LIST_ROWS, WHOLE),
        (named("rare"), 10, HUNDRED),
        (named("native"), 0, 10.0),
        (named("none"), 0, 10.0),
        (JobnikJobFilter { created: last, ..all() }, 99, HUNDRED),
        (JobnikJobFilter { created: within(None, second(98)), ..all() }, 99, HUNDRED),
        (JobnikJobFilter { created: within(second(10_000), second(10_098)), ..all() }, 99, HUNDRED),
        (JobnikJobFilter { created: within(second(2), second(1)), ..all() }, 0, 10.0),
        (JobnikJobFilter { created: last, ..named("tiles") }, 99, HUNDRED),
        (JobnikJobFilter { created: last, ..named("rare") }, 0, 10.0),
        (JobnikJobFilter { created: within(second(10_000), second(10_098)), ..named("tiles") }, 99, HUNDRED),
    ]
}

async fn list_all(store: &Store, notices: &Notices, over: &str, faults: &mut Vec<String>) {
    notices.take();
    for (filter, expected, bound) in lists() {
        let list = store.list_jobnik_jobs(&filter).await.unwrap();
        let touched: f64 = notices.take().iter().map(|ran| ran.plan.touched()).sum();
        let in_order = list.items.is_sorted_by_key(|job| (job.created_at, job.id));
        if touched > bound || list.items.len() != expected || !in_order {
            faults.push(format!("over {over}, {} by {filter:?} touched {touched} rows", list.items.len()));
        }
    }
}
