//! One of many callers: works on what it leases, and controls what there is.

use std::sync::atomic::Ordering;

use reqwest::Method;
use serde_json::{Value, json};
use windlass_tests::Answer;

use super::{Lease, Record};
use crate::random::play::{Disagreement, Player, bodies};
use crate::random::script::{Call, Dequeue, Level, PRIORITIES, Pick, Report, Step, Verb};

pub(super) struct Caller<'a> {
    player: &'a Player<'a>,
    record: &'a Record,
    server: usize,
}

type Called = Result<(), Disagreement>;

impl<'a> Caller<'a> {
    pub(super) fn new(player: &'a Player<'a>, record: &'a Record) -> Self {
        Self { player, record, server: 0 }
    }

    pub(super) async fn call_all(mut self, steps: &[Step]) -> Called {
        for step in steps {
            self.server = step.server;
            self.call(&step.call).await?;
        }
        Ok(())
    }

    async fn call(&mut self, call: &Call) -> Called {
        let names = &self.player.names;
        match call {
            Call::Dequeue(request) => self.dequeue(request).await,
            Call::Report { of, report } => self.report(*of, report).await,
            Call::Batch { items, .. } => self.reports(items).await,
            Call::Control { level, of, verb } => self.control(*level, *of, *verb).await,
            Call::Bulk { verb, filter, dry_run } => {
                let path = format!("/v1/pipelines/{}", verb.as_str());
                let retries = matches!(verb, Verb::Retry { .. }) && !dry_run;
                self.change(&path, &bodies::bulk(names, *verb, filter, *dry_run), retries).await
            }
            Call::Prioritise { pipeline, priority } => {
                let path = format!("/v1/pipelines/{}", one(&names.pipelines, *pipeline));
                self.send(Method::PATCH, &path, &json!({"priority": PRIORITIES[*priority]})).await.map(|_| ())
            }
            // How far the clock is, nobody here knows.
            Call::Deadline { pipeline, .. } => {
                let path = format!("/v1/pipelines/{}", one(&names.pipelines, *pipeline));
                self.send(Method::PATCH, &path, &json!({"deadline_at": null})).await.map(|_| ())
            }
            Call::Queue { kind, change } => {
                let path = format!("/v1/queues/{}", names.kind(*kind));
                self.send(Method::PATCH, &path, &bodies::queue(*change)).await.map(|_| ())
            }
            Call::AddTasks { job, tasks, .. } => {
                let path = format!("/v1/jobs/{}/tasks", one(&names.jobs, *job));
                self.send(Method::POST, &path, &json!({"tasks": vec![json!({}); tasks.len()]}))
                    .await
                    .map(|_| ())
            }
            Call::Advance { ticks } => {
                self.player.app.advance(bodies::seconds(*ticks)).await;
                self.note(format!("# the database's clock moves ahead by {} s", bodies::seconds(*ticks)));
                Ok(())
            }
            // What is there to be raced for was made before.
            Call::Create { .. } | Call::CreateJobs { .. } | Call::AddJobs { .. } | Call::Delete { .. } => {
                Ok(())
            }
        }
    }

    async fn control(&mut self, level: Level, of: usize, verb: Verb) -> Called {
        let names = &self.player.names;
        let path = match level {
            Level::Pipeline => format!("/v1/pipelines/{}", one(&names.pipelines, of)),
            Level::Job => format!("/v1/jobs/{}", one(&names.jobs, of)),
            Level::Task if names.tasks.is_empty() => return Ok(()),
            Level::Task => format!("/v1/tasks/{}", one(&names.tasks, of)),
        };
        let path = format!("{path}/{}", verb.as_str());
        self.change(&path, &bodies::control(level, verb), matches!(verb, Verb::Retry { .. })).await
    }

    /// Sends a verb; of retries it is known how many there were.
    async fn change(&self, path: &str, body: &Value, is_retry: bool) -> Called {
        self.record.retries_sent.fetch_add(usize::from(is_retry), Ordering::SeqCst);
        let answer = self.send(Method::POST, path, body).await?;
        self.record.retries_answered.fetch_add(usize::from(is_retry), Ordering::SeqCst);
        if is_retry && answer.status == 200 {
            // Of many pipelines, those that changed.
            let changed = answer.json()["changed"]
                .as_u64()
                .map_or(1, |changed| changed.try_into().expect("a script is short"));
            *self.record.retries.lock().unwrap() += changed;
        }
        Ok(())
    }

    async fn dequeue(&mut self, request: &Dequeue) -> Called {
        let request = Dequeue { key: None, ..request.clone() };
        let body = bodies::dequeue(&self.player.names, &request);
        let answer = self.send(Method::POST, "/v1/tasks/dequeue", &body).await?;
        let text = |task: &Value, member: &str| task[member].as_str().unwrap_or_default().to_owned();
        let leases = answer.json()["tasks"].as_array().cloned().unwrap_or_default();
        for task in leases {
            let (task, token, pipeline) =
                (text(&task, "id"), text(&task, "lease_token"), text(&task, "pipeline_id"));
            self.note(format!("# leased {task} {token}"));
            self.record.leases.lock().unwrap().push(Lease { task, token, pipeline, ended_by: Vec::new() });
        }
        Ok(())
    }

    async fn reports(&mut self, items: &[(Pick, Report)]) -> Called {
        for (of, report) in items {
            self.report(*of, report).await?;
        }
        Ok(())
    }

    /// Reports on any lease there was, its own or not; every other report is sent again at once to the other server, as if its answer was lost.
    async fn report(&mut self, of: Pick, report: &Report) -> Called {
        let Some((number, lease, pick)) = self.pick(of) else { return Ok(()) };
        let names = &self.player.names;
        let jobs = names.pipelines.iter().position(|id| *id == lease.pipeline);
        let jobs = jobs.map_or(0, |pipeline| self.player.model.pipelines[pipeline].jobs.len());
        let add = if let Report::Complete { add } = report { add.as_slice() } else { &[] };
        let targets = add.iter().map(|add| (format!("j{}", add.job % jobs.max(1)), add));
        let body = bodies::report(&lease.token, report, targets);
        let path = format!("/v1/tasks/{}/{}", lease.task, report.verb());
        let answered = self.record.retries_answered.load(Ordering::SeqCst);
        let first = self.send(Method::POST, &path, &body).await?;
        if first.status != 200 || !report.ends_the_lease() {
            return Ok(());
        }
        self.accepted(number, report.verb());
        if pick % 2 == 0 {
            self.server = 1 - self.server;
            let again = self.send(Method::POST, &path, &body).await?;
            // A retry that comes between the two may run the task again, or take it back.
            let retried = self.record.retries_sent.load(Ordering::SeqCst) > answered;
            if again.status != 200 && !(retried && again.json()["code"] == "lease_lost") {
                return Err(format!("an accepted report, repeated, was answered {}", again.text));
            }
        }
        Ok(())
    }

    fn accepted(&self, lease: usize, verb: &'static str) {
        let mut leases = self.record.leases.lock().unwrap();
        if !leases[lease].ended_by.contains(&verb) {
            leases[lease].ended_by.push(verb);
        }
    }

    fn pick(&self, of: Pick) -> Option<(usize, Lease, usize)> {
        let leases = self.record.leases.lock().unwrap();
        let open: Vec<_> = (0..leases.len()).filter(|number| leases[*number].ended_by.is_empty()).collect();
        let (Pick::Current(pick) | Pick::Any(pick)) = of;
        let number = match of {
            Pick::Current(pick) if !open.is_empty() => open[pick % open.len()],
            Pick::Current(pick) | Pick::Any(pick) => pick.checked_rem(leases.len())?,
        };
        Some((number, leases[number].clone(), pick))
    }

    /// Sends a request; every answer is one of the contract's, and none is the server's failure.
    async fn send(&self, method: Method, path: &str, body: &Value) -> Result<Answer, Disagreement> {
        let request = self.player.app.request_to(self.server, method.clone(), path).json(body);
        let answer = self.player.app.send(request).await;
        self.note(format!("{method} {path} {body} → {}", answer.status));
        match answer.status {
            200 | 201 | 409 => Ok(answer),
            _ => Err(format!("{method} {path} {body} was answered {}", answer.text)),
        }
    }

    fn note(&self, line: String) {
        self.record.lines.lock().unwrap().push(line);
    }
}

fn one(ids: &[String], of: usize) -> &String {
    &ids[of % ids.len()]
}
