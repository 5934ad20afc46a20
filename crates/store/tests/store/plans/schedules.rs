//! Schedules, their runs and their pipelines are found along indexes, however many others there are.

use std::str::FromStr;

use uuid::Uuid;
use windlass_domain::ScheduleName;
use windlass_store::testing::TestDatabase;
use windlass_store::{Paging, PipelineFilter, Store};

use super::large;
use super::notices::Notices;

/// Rows that a call may touch, however many there are: a page of 50, each with its run recorded last and its texts.
const PAGE: f64 = 1_500.0;

/// 100,000 pipelines of 100 schedules, one of which has not ended; 100,000 runs.
const FILL: &str = "
    INSERT INTO schedules (name, id, every_seconds, timezone, template, parameters, overlap, missed, jitter_seconds, paused,
        created_at, updated_at, counted_from, next_run_at, look_at)
    SELECT 's-' || n, ('00000000-0000-0000-0000-' || lpad(to_hex(n), 12, '0'))::uuid, 10, 'UTC', 't-' || n % 2, '{}', 'wait', 'one', 0, false,
        windlass_now(), windlass_now(), windlass_now(), windlass_now() + interval '1 day', windlass_now() + interval '1 day'
    FROM generate_series(0, 99) n;
    INSERT INTO pipelines (id, name, state, priority, paused, sealed, fail_fast, correlation_id, created_at, ended_at, jobs_open, schedule)
    SELECT ('01000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 'made', CASE WHEN n = 7 THEN 'running' ELSE 'succeeded' END, 2, false,
        true, false, 'c', windlass_now(), CASE WHEN n <> 7 THEN windlass_now() END, 0, 's-' || n % 100
    FROM generate_series(0, 99999) n;
    INSERT INTO schedule_runs (schedule, schedule_id, scheduled_at, recorded_at, started_at, outcome, pipeline_id)
    SELECT 's-' || n % 100, ('00000000-0000-0000-0000-' || lpad(to_hex(n % 100), 12, '0'))::uuid, windlass_now() - n * interval '1 second',
        windlass_now(), windlass_now(), 'created', ('01000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid
    FROM generate_series(0, 99999) n;";

#[tokio::test]
async fn calls_for_schedules_touch_a_bounded_number_of_rows() {
    let notices = Notices::catch();
    let database = TestDatabase::create().await;
    let store = notices.store(&database).await;
    let mut faults = Vec::new();
    everything(&store, &notices, &mut Vec::new()).await;
    sqlx::raw_sql(FILL).execute(&mut database.connect().await).await.unwrap();
    everything(&store, &notices, &mut faults).await;
    assert!(faults.is_empty(), "with plans made over empty tables:\n{}", faults.join("\n"));
    store.close().await;
    large::analyze(&mut database.connect().await).await;
    let store = notices.store(&database).await;
    everything(&store, &notices, &mut faults).await;
    let due = "UPDATE schedules SET look_at = windlass_now() WHERE name IN ('s-7', 's-8')";
    sqlx::raw_sql(due).execute(&mut database.connect().await).await.unwrap();
    let claimed = store.claim_due_schedules(50).await.unwrap();
    note(&notices, "a claim of two", &mut faults);
    let mut open: Vec<_> = claimed.iter().map(|due| (due.claim.name.as_str(), due.has_open)).collect();
    open.sort_unstable();
    assert_eq!(open, [("s-7", true), ("s-8", false)]);
    assert!(faults.is_empty(), "over analyzed tables:\n{}", faults.join("\n"));
    store.close().await;
    database.finish_without_check().await;
}

async fn everything(store: &Store, notices: &Notices, faults: &mut Vec<String>) {
    let name = ScheduleName::parse("s-7").unwrap();
    store.claim_due_schedules(50).await.unwrap();
    note(notices, "an idle look for what is due", faults);
    store.claim_waiting_runs(50).await.unwrap();
    note(notices, "an idle look for runs that wait", faults);
    store.schedule(&name).await.ok();
    note(notices, "a schedule", faults);
    for template in [None, Some("t-1"), Some("none")] {
        store.list_schedules(template, None, 50).await.unwrap();
        note(notices, &format!("the list of schedules by {template:?}"), faults);
    }
    store.list_schedule_runs(&name, None, 50).await.ok();
    note(notices, "a page of runs", faults);
    let after = Some(Uuid::from_str("01000000-0000-7000-8000-00000000ffff").unwrap());
    for (schedule, after) in [("s-7", None), ("s-7", after), ("none", None)] {
        let filter = PipelineFilter { schedule: Some(schedule.to_owned()), ..PipelineFilter::default() };
        store.list_pipelines(&filter, Paging { after, limit: 50 }).await.unwrap();
        note(notices, &format!("the list of pipelines of {schedule} behind {after:?}"), faults);
    }
}

fn note(notices: &Notices, call: &str, faults: &mut Vec<String>) {
    let ran = notices.take();
    let touched: f64 = ran.iter().map(|ran| ran.plan.touched()).sum();
    if touched > PAGE {
        faults.push(format!("{call} touched {touched} rows"));
    }
}
