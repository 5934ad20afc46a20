//! Runs of schedules that start together.

use chrono::TimeDelta;
use windlass_domain::{Json, Missed, Overlap, ScheduleName};
use windlass_store::testing::TestDatabase;
use windlass_store::{Error, NewPipeline, RunStart, Schedule, ScheduleDefinition, ScheduledTime, Store};

use crate::support::{job, pipeline, with_tasks};

/// Puts schedules of these names, which are due; what starts each, by name.
async fn due(database: &TestDatabase, store: &Store, names: &[&str]) -> Vec<RunStart> {
    let template = windlass_store::NewTemplate {
        name: windlass_domain::TemplateName::parse("t").unwrap(),
        description: None,
        parameters: Json::from_checked("{}".to_owned()),
        pipeline: Json::from_checked("{}".to_owned()),
        fingerprint: [1; 32],
    };
    store.put_template(&template).await.unwrap();
    let later = |at| ScheduledTime { at, starts_at: at };
    for name in names {
        let next = |_: &Schedule, at| Some(later(at + TimeDelta::hours(1)));
        store.put_schedule(&ScheduleName::parse(*name).unwrap(), &definition(), &next).await.unwrap();
    }
    let due = "UPDATE schedules SET next_run_at = windlass_now(), look_at = windlass_now()";
    sqlx::raw_sql(due).execute(&mut database.connect().await).await.unwrap();
    let claimed = store.claim_due_schedules(100).await.unwrap();
    let start = |due: windlass_store::DueSchedule| RunStart {
        next: Some(later(due.claim.due + TimeDelta::hours(1))),
        claim: due.claim,
        new: pipeline(vec![with_tasks(job("a"), 1)]),
    };
    let mut starts: Vec<RunStart> = claimed.into_iter().map(start).collect();
    starts.sort_by(|one, other| one.claim.name.cmp(&other.claim.name));
    assert_eq!(starts.len(), names.len());
    starts
}

fn definition() -> ScheduleDefinition {
    ScheduleDefinition {
        description: None,
        cron: None,
        every_seconds: Some(3_600),
        timezone: "UTC".to_owned(),
        template: "t".to_owned(),
        template_version: None,
        parameters: Json::from_checked("{}".to_owned()),
        priority: None,
        metadata: None,
        overlap: Overlap::Allow,
        missed: Missed::One,
        jitter_seconds: 0,
        starts_at: None,
        ends_at: None,
        paused: None,
    }
}

async fn next(store: &Store, name: &str) -> chrono::DateTime<chrono::Utc> {
    store.schedule(&ScheduleName::parse(name).unwrap()).await.unwrap().next_run_at.unwrap()
}

#[tokio::test]
async fn each_of_a_batch_is_made_or_has_its_own_reason() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    let mut starts = due(&database, &store, &["changed", "late", "made", "taken"]).await;
    let changed = "UPDATE schedules SET revision = revision + 1 WHERE name = 'changed'";
    sqlx::raw_sql(changed).execute(&mut database.connect().await).await.unwrap();
    let passed = Some(starts[1].claim.due - TimeDelta::hours(1));
    starts[1].new = NewPipeline { deadline_at: passed, ..starts[1].new.clone() };
    let taken = store.schedule(&ScheduleName::parse("taken").unwrap()).await.unwrap();
    store.trigger_schedule(&taken, starts[3].claim.due, &starts[3].new, None).await.unwrap();
    let outcomes = store.start_runs(&starts).await.unwrap();
    assert!(matches!(outcomes[0], Ok(None)), "its claim does not hold");
    assert!(matches!(outcomes[1], Err(Error::DeadlineNotAhead)));
    assert!(matches!(outcomes[2], Ok(Some(_))));
    assert!(matches!(outcomes[3], Ok(None)), "its time has a pipeline");
    for (at, name, is_moved) in
        [(0, "changed", false), (1, "late", false), (2, "made", true), (3, "taken", true)]
    {
        assert_eq!(next(&store, name).await > starts[at].claim.due, is_moved, "{name}");
    }
    store.close().await;
    database.finish().await;
}

#[tokio::test]
async fn batches_of_the_same_claims_make_each_run_once() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    let names: Vec<String> = (0..20).map(|number| format!("s-{number:02}")).collect();
    let starts = due(&database, &store, &names.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let reversed: Vec<RunStart> = starts.iter().rev().cloned().collect();
    let batches = [&starts, &reversed, &starts, &reversed];
    let all = futures_util::future::join_all(batches.map(|batch| store.start_runs(batch))).await;
    let made = all.into_iter().flat_map(Result::unwrap).filter(|outcome| matches!(outcome, Ok(Some(_))));
    assert_eq!(made.count(), starts.len());
    store.close().await;
    database.finish().await;
}
