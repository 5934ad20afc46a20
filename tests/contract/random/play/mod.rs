//! Plays a script on the service and on the reference, and stops at the first disagreement.
//!
//! What: [`Player`] turns each [`Call`] into a request, sends it to one of two servers, asks the reference what the answer must be, and compares
//! what both say of every pipeline that the call may have touched. Why: neither knows the other, so they agree only where both are right.
//! What it deliberately does not do: decide anything; ids, tokens and choices come from the service, rules from the reference.
//! How it fails: with a sentence that says what differs, after the script so far as lines that a person can send.

mod batch;
pub(crate) mod bodies;
mod bulk;
mod drain;
mod names;
mod structure;
mod time;
mod work;

use std::time::Duration;

use reqwest::Method;
use serde_json::Value;
use windlass_tests::{Answer, TestApp};

use super::reference::{Model, Refusal};
use super::script::{Call, Level, Step};
use super::{compare, invariants};
pub(crate) use names::Names;
use work::KeyedDequeues;

/// How the service and the reference came to differ.
pub(crate) type Disagreement = String;

/// One script under way.
pub(crate) struct Player<'a> {
    pub(crate) app: &'a TestApp,
    pub(crate) model: Model,
    pub(crate) names: Names,
    /// The script so far, a line for each call with what was answered.
    pub(crate) lines: Vec<String>,
    server: usize,
    /// How long to wait for what the service does by itself.
    patience: Duration,
    keyed: KeyedDequeues,
}

impl<'a> Player<'a> {
    /// A player whose types and names no other script on this service has.
    pub(crate) async fn new(app: &'a TestApp, tag: &str, patience: Duration) -> Self {
        let start = app.time_in(0).await;
        let names = Names::new(tag, &start);
        let (lines, model, keyed) = (Vec::new(), Model::default(), KeyedDequeues::default());
        Self { app, model, names, lines, server: 0, patience, keyed }
    }

    /// Plays a script to its end, with what becomes of it when everything is let go.
    pub(crate) async fn play(&mut self, steps: &[Step]) -> Result<(), Disagreement> {
        for step in steps {
            self.step(step).await?;
        }
        invariants::state_holds(self).await?;
        self.lines.push("# everything goes on to its end".to_owned());
        self.drain().await?;
        invariants::state_holds(self).await?;
        invariants::history(self).await
    }

    /// Plays one call.
    pub(crate) async fn step(&mut self, step: &Step) -> Result<(), Disagreement> {
        self.server = step.server;
        self.model.begin();
        self.call(&step.call).await?;
        self.compare_touched().await
    }

    async fn call(&mut self, call: &Call) -> Result<(), Disagreement> {
        match call {
            Call::Create { pipeline, repeat } => self.create(pipeline, *repeat).await,
            Call::CreateJobs { jobs, repeat } => self.create_jobs(jobs, *repeat).await,
            Call::AddJobs { pipeline, jobs } => self.add_jobs(*pipeline, jobs).await,
            Call::AddTasks { job, tasks, repeat } => self.add_tasks(*job, tasks, *repeat).await,
            Call::Control { level: Level::Pipeline, of, verb } => self.control_pipeline(*of, *verb).await,
            Call::Control { level: Level::Job, of, verb } => self.control_job(*of, *verb).await,
            Call::Control { level: Level::Task, of, verb } => self.control_task(*of, *verb).await,
            Call::Bulk { verb, filter, dry_run } => self.bulk(*verb, filter, *dry_run).await,
            Call::Prioritise { pipeline, priority } => self.prioritise(*pipeline, *priority).await,
            Call::Deadline { pipeline, deadline } => self.set_deadline(*pipeline, *deadline).await,
            Call::Delete { pipeline } => self.delete(*pipeline).await,
            Call::Queue { kind, change } => self.change_queue(*kind, *change).await,
            Call::Dequeue(request) => self.dequeue(request).await,
            Call::Report { of, report } => self.report(*of, report).await,
            Call::Batch { verb, items } => self.batch(*verb, items).await,
            Call::Advance { ticks } => self.advance(*ticks).await,
        }
    }

    /// Sends a request and writes it down.
    async fn send(&mut self, method: Method, path: &str, body: Option<&Value>, key: Option<&str>) -> Answer {
        let mut request = self.app.request_to(self.server, method.clone(), path);
        let mut line = format!("{method} {path}");
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
            line = format!("{line} [Idempotency-Key: {key}]");
        }
        if let Some(body) = body {
            request = request.json(body);
            line = format!("{line} {body}");
        }
        let answer = self.app.send(request).await;
        self.lines.push(self.names.hide(&format!("{line} → {}", summary(&answer))));
        answer
    }

    async fn post(&mut self, path: &str, body: &Value) -> Answer {
        self.send(Method::POST, path, Some(body), None).await
    }

    /// Compares every pipeline that may have changed.
    async fn compare_touched(&mut self) -> Result<(), Disagreement> {
        for pipeline in std::mem::take(&mut self.model.touched) {
            if self.model.may_be_late(pipeline) {
                self.agree_in_time(pipeline).await?;
            } else {
                compare::pipeline(self.app, &self.model, &self.names, pipeline).await?;
            }
            self.model.has_shown(pipeline);
        }
        Ok(())
    }
}

/// The body of an answer that must be as the reference says: accepted with this status, or refused.
fn agreed(
    answer: &Answer,
    status: u16,
    expected: Result<(), Refusal>,
) -> Result<Option<Value>, Disagreement> {
    let body: Value = serde_json::from_str(&answer.text).unwrap_or(Value::Null);
    match expected {
        Ok(()) if answer.status == status => Ok(Some(body)),
        Err(refusal) if answer.status == refusal.status => refused(&body, refusal).map(|()| None),
        _ => Err(format!("answered {} where {} was due", summary(answer), due(status, expected))),
    }
}

/// Checks a problem, alone or in a batch's results.
fn refused(problem: &Value, refusal: Refusal) -> Result<(), Disagreement> {
    let state = problem.get("state").or(problem.get("task_state")).and_then(Value::as_str);
    let expected = refusal.state.map(super::reference::State::as_str);
    if problem["code"] == refusal.code && (expected.is_none() || expected == state) {
        return Ok(());
    }
    Err(format!("refused with {} {state:?} where {} {expected:?} was due", problem["code"], refusal.code))
}

fn due(status: u16, expected: Result<(), Refusal>) -> String {
    match expected {
        Ok(()) => status.to_string(),
        Err(Refusal { status, code, state }) => {
            format!("{status} {code} {}", state.map_or("", |state| state.as_str()))
        }
    }
}

fn summary(answer: &Answer) -> String {
    let body: Value = serde_json::from_str(&answer.text).unwrap_or(Value::Null);
    let member = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default();
    let words = [member("code"), member("state"), member("task_state")];
    let words: Vec<_> = words.into_iter().filter(|word| !word.is_empty()).collect();
    format!("{} {}", answer.status, words.join(" ")).trim_end().to_owned()
}
