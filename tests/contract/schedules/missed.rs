//! Times that come while no server looks.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use windlass_tests::{TestApp, eventually, time_of};

use super::support::{get, outcomes, runs, runs_until, schedule, template, text};

/// A server that is stopped, with a template and a schedule `s` that has run once.
async fn stopped(every: u32, further: Value) -> TestApp {
    let mut app = TestApp::start().await;
    template(&app, "t").await;
    let mut body = json!({"every_seconds": every, "overlap": "allow"});
    body.as_object_mut().unwrap().extend(further.as_object().unwrap().clone());
    schedule(&app, "s", body).await;
    app.advance(u64::from(every) + 1).await;
    outcomes(&app, "s", 1).await;
    app.stop_last_server().await;
    app
}

fn scheduled(runs: &[Value]) -> Vec<DateTime<Utc>> {
    runs.iter().map(|run| time_of(run, "scheduled_at")).collect()
}

#[tokio::test]
async fn of_what_was_missed_skip_makes_up_none() {
    let mut app = stopped(100, json!({"missed": "skip"})).await;
    app.advance(1_000).await;
    app.add_server().await;
    let runs = eventually("what was missed is recorded", || async {
        let runs = runs(&app, "s").await;
        runs.iter().any(|run| run["outcome"] == "missed").then_some(runs)
    })
    .await;
    let missed = runs.iter().find(|run| run["outcome"] == "missed").unwrap();
    assert_eq!((&missed["started_at"], &missed["pipeline_id"]), (&Value::Null, &Value::Null));
    let (detail, first) = (&missed["detail"], time_of(runs.last().unwrap(), "scheduled_at"));
    assert!([json!(9), json!(10)].contains(&detail["missed"]), "{detail}");
    assert_eq!(time_of(detail, "from"), first + TimeDelta::seconds(100));
    assert_eq!(detail["to"], missed["scheduled_at"]);
    app.finish().await;
}

#[tokio::test]
async fn one_makes_up_the_newest() {
    let mut app = stopped(3_600, json!({"missed": "one"})).await;
    app.advance(10 * 3_600 + 120).await;
    app.add_server().await;
    let runs = runs_until(&app, "s", 3, "created").await;
    assert_eq!(runs[1]["outcome"], "missed");
    assert_eq!(runs[1]["detail"]["missed"], 9);
    let [newest, missed, first] = scheduled(&runs)[..] else { panic!("{runs:?}") };
    assert_eq!(newest, first + TimeDelta::hours(10));
    assert_eq!(missed, first + TimeDelta::hours(9));
    app.finish().await;
}

#[tokio::test]
async fn all_makes_up_each_oldest_first() {
    let mut app = stopped(3_600, json!({"missed": "all"})).await;
    app.advance(5 * 3_600 + 120).await;
    app.add_server().await;
    assert_eq!(outcomes(&app, "s", 6).await, ["created"; 6]);
    let mut times = scheduled(&runs(&app, "s").await);
    times.reverse();
    assert!(times.is_sorted() && times.windows(2).all(|pair| pair[1] - pair[0] == TimeDelta::hours(1)));
    app.finish().await;
}

#[tokio::test]
async fn all_makes_up_the_newest_1_000_while_other_schedules_stay_on_time() {
    let mut app = stopped(600, json!({"missed": "all", "overlap": "skip"})).await;
    app.advance(1_100 * 600 + 120).await;
    app.add_server().await;
    let other = schedule(&app, "other", json!({"every_seconds": 10, "overlap": "allow"})).await;
    app.advance(11).await;
    let run = runs_until(&app, "other", 1, "created").await.remove(0);
    assert_eq!(run["scheduled_at"], other["next_run_at"]);
    let now: DateTime<Utc> = app.time_in(0).await.parse().unwrap();
    // By quarters: on a busy machine a thousand take their time.
    for left in [750, 500, 250, 0] {
        let time = now - chrono::TimeDelta::seconds(left * 600);
        eventually("more is made up", || async {
            (time_of(&get(&app, "s").await, "next_run_at") > time).then_some(())
        })
        .await;
    }
    let all = runs(&app, "s").await;
    assert!(all.len() >= 1_002, "{}", all.len());
    assert_eq!(all[1_000]["outcome"], "missed");
    assert_eq!(all[1_000]["detail"]["missed"], 100);
    let times: BTreeSet<_> = scheduled(&all).into_iter().collect();
    assert_eq!(times.len(), all.len(), "each time once");
    assert!(all[..1_000].iter().all(|run| run["outcome"] == "skipped"), "overlap holds for them, too");
    app.finish().await;
}

#[tokio::test]
async fn up_to_sixty_seconds_late_is_made_as_usual_whatever_missed_says() {
    let mut app = stopped(20, json!({"missed": "skip"})).await;
    app.advance(40).await;
    app.add_server().await;
    let outcomes = outcomes(&app, "s", 3).await;
    assert!(outcomes.iter().all(|outcome| outcome == "created"), "{outcomes:?}");
    app.finish().await;
}

#[tokio::test]
async fn a_database_that_was_away_for_ten_minutes_is_caught_up_with() {
    let (app, mut outage) = TestApp::start_behind_outage().await;
    template(&app, "t").await;
    schedule(&app, "s", json!({"every_seconds": 120, "overlap": "allow", "missed": "all"})).await;
    outage.begin().await;
    app.advance(601).await;
    outage.end().await;
    let outcomes = outcomes(&app, "s", 5).await;
    assert!(outcomes.iter().all(|outcome| outcome == "created"), "{outcomes:?}");
    app.finish().await;
}

#[tokio::test]
async fn a_clock_that_jumps_ahead_and_back_runs_no_time_twice() {
    let app = TestApp::start().await;
    template(&app, "t").await;
    schedule(&app, "s", json!({"every_seconds": 60, "overlap": "allow", "missed": "all"})).await;
    app.advance(301).await;
    outcomes(&app, "s", 5).await;
    let next = get(&app, "s").await["next_run_at"].clone();
    app.turn_back(301).await;
    // Another one comes meanwhile, so the duty has looked.
    schedule(&app, "other", json!({"every_seconds": 10})).await;
    app.advance(11).await;
    outcomes(&app, "other", 1).await;
    assert_eq!(get(&app, "s").await["next_run_at"], next, "it waits until its next time comes again");
    app.advance(360).await;
    outcomes(&app, "s", 6).await;
    let times: Vec<String> = runs(&app, "s").await.iter().map(|run| text(&run["scheduled_at"])).collect();
    assert_eq!(times.iter().collect::<BTreeSet<_>>().len(), times.len(), "{times:?}");
    app.finish().await;
}
