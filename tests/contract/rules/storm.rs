//! Everything at once: many actors send whatever comes to mind, and afterwards every pipeline still runs to an end.

use serde_json::{Value, json};
use windlass_tests::{TestApp, id, job};

use crate::audit::events::{chained, until_shown};

/// A small generator of the same choices in every run.
struct Choices(u64);

impl Choices {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }

    fn of<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        let index = self.below(u64::try_from(choices.len()).unwrap());
        &choices[usize::try_from(index).unwrap()]
    }
}

/// What an actor can name: pipelines and jobs by path, and servers by number.
struct Scene<'a> {
    app: &'a TestApp,
    pipelines: Vec<String>,
    jobs: Vec<String>,
}

impl Scene<'_> {
    /// One act; whatever it is, it is answered and is not the server's failure.
    async fn act(&self, choices: &mut Choices) {
        let server = usize::try_from(choices.below(2)).unwrap();
        let (paths, verbs) = match choices.below(10) {
            0..6 => return self.work(server, choices).await,
            6 => (&self.pipelines, &["pause", "resume", "resume", "seal"][..]),
            7 => (&self.pipelines, &["cancel", "retry", "retry"][..]),
            8 => (&self.jobs, &["pause", "resume", "cancel", "skip", "retry", "retry"][..]),
            _ => return self.prioritise(server, choices).await,
        };
        let path = format!("{}/{}", choices.of(paths), choices.of(verbs));
        self.send(server, &path, json!({})).await;
    }

    async fn prioritise(&self, server: usize, choices: &mut Choices) {
        let priority = json!({"priority": choices.of(&["high", "low"])});
        let path: &String = choices.of(&self.pipelines);
        let answer =
            self.app.send(self.app.request_to(server, reqwest::Method::PATCH, path).json(&priority)).await;
        answer.expect(200);
    }

    async fn work(&self, server: usize, choices: &mut Choices) {
        let asked = json!({"types": ["a"], "worker_id": "w", "max_tasks": 1 + choices.below(4)});
        let leased = self.app.post_to(server, "/v1/tasks/dequeue", asked).await.expect(200);
        for task in leased["tasks"].as_array().unwrap() {
            let error = json!({"category": "unknown", "message": "it broke"});
            let (verb, body) = match choices.below(8) {
                0..5 => ("complete", json!({})),
                5 => ("fail", json!({"error": error})),
                6 => ("fail", json!({"error": error, "retry": "never"})),
                _ => ("release", json!({})),
            };
            let answer = self.app.report_to(1 - server, task, verb, body).await;
            assert!(answer.status == 200 || answer.status == 409, "{}", answer.text);
            if choices.below(6) == 0 {
                self.send(
                    server,
                    &format!("/v1/tasks/{}/{}", id(task), choices.of(&["cancel", "retry"])),
                    json!({}),
                )
                .await;
            }
        }
    }

    async fn send(&self, server: usize, path: &str, body: Value) {
        let answer = self.app.post_to(server, path, body).await;
        assert!(answer.status == 200 || answer.status == 409, "{path}: {}", answer.text);
    }
}

/// A pipeline with fan-out, joins, clean-up and a branch, all of whose tasks are of type `a`.
fn tangled(fail_fast: bool) -> Value {
    let of = |key: &str, further: Value| {
        let mut job = job(key, further);
        job["type"] = json!("a");
        job["retry"] = json!({"initial_delay_seconds": 0, "max_attempts": 2});
        job
    };
    json!({"name": "test", "fail_fast": fail_fast, "jobs": [
        of("first", json!({"tasks": vec![json!({}); 5], "max_failed_tasks": 1})),
        of("left", json!({"depends_on": ["first"], "tasks": [{}, {}]})),
        of("right", json!({"depends_on": [{"job": "first", "when": "finished"}], "allow_failure": true})),
        of("join", json!({"depends_on": ["left", {"job": "right", "when": "always"}], "tasks": []})),
        of("last", json!({"depends_on": ["join"]})),
        of("repair", json!({"depends_on": [{"job": "left", "when": "failed"}]})),
        of("clean-up", json!({"depends_on": [{"job": "last", "when": "always"}, {"job": "repair", "when": "always"}]})),
    ]})
}

/// Lets everything run to its end: what is paused goes on, and every task succeeds.
async fn settle(scene: &Scene<'_>) {
    for path in scene.pipelines.iter().chain(&scene.jobs) {
        let answer = scene.app.post(&format!("{path}/resume"), json!({})).await;
        assert!(answer.status == 200 || answer.status == 409, "{}", answer.text);
    }
    loop {
        let leased = scene.app.lease_many("a", 100).await;
        if leased.is_empty() {
            return;
        }
        for task in &leased {
            let answer = scene.app.report(task, "complete", json!({})).await;
            assert!(answer.status == 200 || answer.status == 409, "{}", answer.text);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_many_actors_do_at_once_every_pipeline_still_comes_to_an_end() {
    let app = TestApp::start_servers(2).await;
    for round in 0..3 {
        let mut scene = Scene { app: &app, pipelines: Vec::new(), jobs: Vec::new() };
        for number in 0..4 {
            let pipeline = app.submit_with(tangled(number % 2 == 0)).await;
            scene.pipelines.push(format!("/v1/pipelines/{}", id(&pipeline)));
            let jobs = pipeline["jobs"].as_array().unwrap();
            scene.jobs.extend(jobs.iter().map(|job| format!("/v1/jobs/{}", id(job))));
        }
        let actors = (0..8).map(|actor| {
            let scene = &scene;
            async move {
                let mut choices = Choices(round * 100 + actor);
                for _ in 0..40 {
                    scene.act(&mut choices).await;
                }
            }
        });
        futures_util::future::join_all(actors).await;
        settle(&scene).await;
        for path in &scene.pipelines {
            let pipeline = app.get(path).await.expect(200);
            assert!(pipeline["ended_at"].is_string(), "{pipeline}");
            let events = until_shown(&app, &pipeline).await;
            chained(&app, &pipeline, &events).await;
        }
    }
    app.finish().await;
}
