//! Schedules over several servers that are killed again and again: each time comes exactly once.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::http::ask;
use crate::running::{Windlass, eventually};
use crate::test_database::TestDatabase;

const SERVERS: usize = 3;
const SCHEDULES: usize = 50;
/// How long servers are killed; longer in `make soak`.
const SECONDS: u64 = 20;
/// Between two kills.
const BETWEEN: Duration = Duration::from_millis(2_500);

/// Times that do not have exactly one run, runs that say `created` without a pipeline, and pipelines without a run.
const FAULTS: &str = "
    SELECT 'twice ' || schedule || ' ' || scheduled_at FROM schedule_runs GROUP BY schedule, scheduled_at HAVING count(*) <> 1
    UNION ALL
    SELECT 'no pipeline of ' || r.schedule || ' ' || r.scheduled_at FROM schedule_runs r
    WHERE r.outcome = 'created' AND NOT EXISTS (SELECT FROM pipelines p WHERE p.id = r.pipeline_id AND p.schedule = r.schedule)
    UNION ALL
    SELECT 'no run of ' || p.id FROM pipelines p
    WHERE p.schedule IS NOT NULL AND NOT EXISTS (SELECT FROM schedule_runs r WHERE r.pipeline_id = p.id)
    UNION ALL
    SELECT 'left out ' || s.name || ' ' || t FROM schedules s
    CROSS JOIN LATERAL generate_series(s.counted_from + interval '10 seconds', s.next_run_at - interval '1 second', interval '10 seconds') t
    WHERE NOT EXISTS (SELECT FROM schedule_runs r WHERE r.schedule_id = s.id AND r.scheduled_at = t)";

fn put(server: &Windlass, path: &str, body: &serde_json::Value) {
    let answer = ask(server.address(), "PUT", path, &body.to_string());
    assert!([200, 201].contains(&answer.status), "{}", answer.body);
}

#[test]
fn each_time_has_exactly_one_run_while_servers_are_killed() {
    let database = TestDatabase::create();
    let url = database.url();
    let serve = || Windlass::serve_with(&["--database-url", &url, "--log", "error"]);
    let mut servers: Vec<Windlass> = (0..SERVERS).map(|_| serve()).collect();
    let template = json!({"pipeline": {"name": "tick", "jobs": [{"key": "a", "type": "a", "tasks": [], "sealed": true}]}});
    put(&servers[0], "/v1/templates/tick", &template);
    for number in 0..SCHEDULES {
        let body =
            json!({"every_seconds": 10, "template": {"name": "tick"}, "overlap": "allow", "missed": "all"});
        put(&servers[number % SERVERS], &format!("/v1/schedules/s-{number}"), &body);
    }
    let seconds = std::env::var("WINDLASS_KILL_SECONDS").map_or(SECONDS, |text| text.parse().unwrap());
    let (begun, mut next, mut killed) = (Instant::now(), BETWEEN, 0);
    while begun.elapsed() < Duration::from_secs(seconds) {
        eventually("it is time for the next kill", || begun.elapsed() >= next);
        // Its value kills the process as it goes.
        servers[killed % SERVERS] = serve();
        (next, killed) = (next + BETWEEN, killed + 1);
    }
    eventually("all have caught up", || {
        database.sql("SELECT count(*) FROM schedules WHERE next_run_at <= windlass_now()") == "0"
    });
    assert_eq!(database.sql(FAULTS), "");
    let runs: usize =
        database.sql("SELECT count(*) FROM schedule_runs WHERE outcome = 'created'").parse().unwrap();
    let expected = SCHEDULES * (usize::try_from(seconds).unwrap() / 10 - 1);
    assert!(runs >= expected, "{runs} of {expected} runs at the least, over {killed} kills");
    servers.into_iter().for_each(Windlass::stop);
    assert_eq!(database.violations(), "");
}
