//! What workers call.

use std::collections::HashMap;

use reqwest::Method;
use serde_json::{Value, json};

use super::{Disagreement, Player, agreed, bodies};
use crate::random::reference::Chosen;
use crate::random::script::{Dequeue, Pick, Report};

type Played = Result<(), Disagreement>;

/// How long the server stores a dequeue's key at the least.
const STORED_SECONDS: u64 = 3_600;

/// Dequeues with an `Idempotency-Key`, by the key's number.
pub(super) type KeyedDequeues = HashMap<usize, Keyed>;

/// What was asked, the leases that were answered, and when.
#[derive(Clone)]
pub(super) struct Keyed {
    request: Dequeue,
    leases: Vec<usize>,
    at: u64,
}

impl Player<'_> {
    pub(super) async fn dequeue(&mut self, request: &Dequeue) -> Played {
        let Some(key) = request.key else {
            return self.lease(request, None).await.map(|_| ());
        };
        let header = self.names.own(&format!("dequeue-{key}"));
        match self.keyed.get(&key).cloned() {
            Some(Keyed { request, leases, at }) if !leases.is_empty() && self.is_stored(&leases, at) => {
                self.dequeue_again(&request, &header, &leases).await
            }
            // Whether an empty answer is repeated, or tasks are looked for anew, the contract leaves open.
            Some(_) => Ok(()),
            None => {
                let leases = self.lease(request, Some(&header)).await?;
                self.keyed.insert(key, Keyed { request: request.clone(), leases, at: self.model.now });
                Ok(())
            }
        }
    }

    /// Whether the server must still know a keyed dequeue: for an hour, and as long as one of its leases lives.
    fn is_stored(&self, leases: &[usize], at: u64) -> bool {
        let age = bodies::seconds(self.model.now - at);
        age < STORED_SECONDS || leases.iter().any(|lease| self.model.leases[*lease].current)
    }

    /// A dequeue whose answer the reference judges; returns the leases.
    async fn lease(&mut self, request: &Dequeue, key: Option<&str>) -> Result<Vec<usize>, Disagreement> {
        let tasks = self.ask(request, key).await?;
        let chosen = tasks.iter().map(|task| self.chosen(task)).collect::<Result<Vec<_>, _>>()?;
        let first = self.model.leases.len();
        self.model.dequeue(request, &chosen)?;
        for task in &tasks {
            self.names.add_token(task["lease_token"].as_str().ok_or("a lease without a token")?);
        }
        let handed: Vec<_> = chosen
            .iter()
            .zip(first..)
            .map(|((task, _), lease)| format!("$task{task} $token{lease}"))
            .collect();
        if let Some(line) = self.lines.last_mut() {
            *line = format!("{line} {}", handed.join(", "));
        }
        Ok((first..self.model.leases.len()).collect())
    }

    /// The same leases as at first, those that are still live.
    async fn dequeue_again(&mut self, request: &Dequeue, key: &str, leases: &[usize]) -> Played {
        let tasks = self.ask(request, Some(key)).await?;
        let tokens: Vec<_> = tasks.iter().map(|task| task["lease_token"].clone()).collect();
        let live = leases.iter().filter(|lease| self.model.leases[**lease].current);
        let expected: Vec<_> = live.map(|lease| json!(self.names.tokens[*lease])).collect();
        if tokens == expected {
            return Ok(());
        }
        let message =
            format!("a repeated dequeue gave the leases {} where {} was due", json!(tokens), json!(expected));
        Err(self.names.hide(&message))
    }

    async fn ask(&mut self, request: &Dequeue, key: Option<&str>) -> Result<Vec<Value>, Disagreement> {
        let body = bodies::dequeue(&self.names, request);
        let answer = self.send(Method::POST, "/v1/tasks/dequeue", Some(&body), key).await;
        let answered = agreed(&answer, 200, Ok(()))?.expect("it was accepted");
        answered["tasks"].as_array().cloned().ok_or_else(|| format!("no tasks in {answered}"))
    }

    fn chosen(&self, leased: &Value) -> Result<Chosen, Disagreement> {
        let task =
            self.names.task(&leased["id"]).ok_or_else(|| format!("a task of nobody was leased: {leased}"))?;
        Ok((task, leased["attempt"].as_u64().ok_or("no attempt")?))
    }

    pub(super) async fn report(&mut self, of: Pick, report: &Report) -> Played {
        let Some(lease) = self.pick(of) else { return Ok(()) };
        let task = self.model.leases[lease].task;
        let path = format!("/v1/tasks/{}/{}", self.names.tasks[task], report.verb());
        let body = self.report_body(lease, report);
        let answer = self.post(&path, &body).await;
        let expected = match self.gone(self.model.pipeline_of_task(task), "task_not_found") {
            Ok(()) => self.model.report(lease, report).map(|_| ()),
            gone => gone,
        };
        let adds = self.adds();
        match agreed(&answer, 200, expected)? {
            Some(body) if report.ends_the_lease() => self.shows_task(&body, task)?,
            Some(body) if body["lease_expires_at"].is_null() => {
                return Err(format!("no lease_expires_at in {body}"));
            }
            _ => {}
        }
        if adds { self.learn_added().await } else { Ok(()) }
    }

    pub(super) fn pick(&self, of: Pick) -> Option<usize> {
        let current = self.model.current();
        match of {
            Pick::Current(number) if !current.is_empty() => Some(current[number % current.len()]),
            Pick::Current(number) | Pick::Any(number) => number.checked_rem(self.model.leases.len()),
        }
    }

    fn shows_task(&self, shown: &Value, task: usize) -> Played {
        let (state, attempt) = (self.model.task_state(task), self.model.tasks[task].attempt);
        if shown["state"] == state.as_str() && shown["attempt"] == attempt {
            return Ok(());
        }
        Err(format!(
            "$task{task} is shown {} {} where {state} {attempt} was due",
            shown["state"], shown["attempt"]
        ))
    }

    /// The reference has got tasks whose ids are not known yet.
    fn adds(&self) -> bool {
        self.names.tasks.len() < self.model.tasks.len()
    }

    /// Learns the ids of tasks that a completion has added, all to one job.
    async fn learn_added(&mut self) -> Played {
        let job = self.model.tasks[self.names.tasks.len()].job;
        let path = format!("/v1/tasks?job_id={}&limit=500", self.names.jobs[job]);
        let mut listed = self.app.walk(&path).await;
        listed.reverse();
        for task in listed {
            if self.names.task(&task["id"]).is_none() {
                self.names.add_task(task["id"].as_str().ok_or("no id")?);
            }
        }
        if self.adds() { Err(format!("$job{job} lacks tasks that a completion added")) } else { Ok(()) }
    }
}
