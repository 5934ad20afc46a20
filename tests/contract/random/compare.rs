//! What the service shows of things, beside what the reference says of them.

use serde_json::{Value, json};
use windlass_tests::TestApp;

use super::play::{Disagreement, Names};
use super::reference::{Model, State};
use super::script::{PRIORITIES, When};

/// Compares a pipeline and its jobs.
pub(crate) async fn pipeline(
    app: &TestApp,
    model: &Model,
    names: &Names,
    number: usize,
) -> Result<(), Disagreement> {
    let this = &model.pipelines[number];
    let answer = app.get(&format!("/v1/pipelines/{}", names.pipelines[number])).await;
    if this.deleted {
        return if answer.status == 404 { Ok(()) } else { Err(format!("$pipeline{number} is still there")) };
    }
    let shown: Value =
        serde_json::from_str(&answer.text).map_err(|error| format!("{error}: {}", answer.text))?;
    let mut differences = Differences::new(format!("$pipeline{number}"));
    differences.check("state", &shown["state"], this.state.as_str());
    differences.check("paused", &shown["paused"], this.paused);
    differences.check("sealed", &shown["sealed"], this.seal.is_on());
    differences.check("priority", &shown["priority"], PRIORITIES[this.priority]);
    differences.check("has ended_at", &json!(shown["ended_at"].is_string()), this.state.ended());
    differences.check(
        "has started_at",
        &json!(shown["started_at"].is_string()),
        this.state != State::Pending,
    );
    let jobs = shown["jobs"].as_array().cloned().unwrap_or_default();
    differences.check("number of jobs", &json!(jobs.len()), this.jobs.len());
    differences.done()?;
    for job in &this.jobs {
        let shown = jobs.iter().find(|shown| shown["id"] == json!(names.jobs[*job]));
        self::job(model, *job, shown.ok_or_else(|| format!("$job{job} is missing"))?)?;
    }
    Ok(())
}

fn job(model: &Model, number: usize, shown: &Value) -> Result<(), Disagreement> {
    let this = &model.jobs[number];
    let mut differences = Differences::new(format!("$job{number} ({})", model.key(number)));
    differences.check("state", &shown["state"], this.state.as_str());
    differences.check("paused", &shown["paused"], this.paused);
    differences.check("sealed", &shown["sealed"], this.seal.is_on());
    differences.check("has ended_at", &json!(shown["ended_at"].is_string()), this.state.ended());
    for state in State::OF_TASKS {
        differences.check(
            &format!("counts.{state}"),
            &shown["counts"][state.as_str()],
            model.count(number, state),
        );
    }
    differences.check("counts.total", &shown["counts"]["total"], this.tasks.len());
    if this.state.ended() {
        differences.check("progress.percent", &json!(shown["progress"]["percent"].as_f64()), 100.0);
    }
    differences.done()?;
    reason(model, number, shown)
}

/// A job that an edge has skipped names a parent and its state; one that goes on has no reason.
fn reason(model: &Model, number: usize, shown: &Value) -> Result<(), Disagreement> {
    let this = &model.jobs[number];
    let stated = shown["reason"].as_str();
    let names = |(parent, _, state): &(usize, When, State)| {
        stated.is_some_and(|stated| stated.contains(&model.key(*parent)) && stated.contains(state.as_str()))
    };
    let right = match this.state {
        State::Skipped if !this.culprits.is_empty() => this.culprits.iter().any(names),
        state => state.ended() || stated.is_none(),
    };
    if right {
        Ok(())
    } else {
        Err(format!("$job{number} has the reason {stated:?}, culprits {:?}", this.culprits))
    }
}

/// The attempts of a task: number, outcome, and the error's category.
pub(crate) async fn attempts(app: &TestApp, names: &Names, task: usize) -> Vec<(u64, String, String)> {
    let listed = app.walk(&format!("/v1/tasks/{}/attempts", names.tasks[task])).await;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let attempt = |attempt: &Value| {
        let number = attempt["number"].as_u64().unwrap_or_default();
        (number, text(&attempt["outcome"]), text(&attempt["error"]["category"]))
    };
    listed.iter().map(attempt).collect()
}

/// Collects what differs of one thing.
pub(crate) struct Differences {
    of: String,
    found: Vec<String>,
}

impl Differences {
    pub(crate) fn new(of: String) -> Self {
        Self { of, found: Vec::new() }
    }

    pub(crate) fn check(&mut self, what: &str, shown: &Value, due: impl Into<Value>) {
        let due = due.into();
        if *shown != due {
            self.found.push(format!("{what} is {shown} where {due} was due"));
        }
    }

    pub(crate) fn done(self) -> Result<(), Disagreement> {
        if self.found.is_empty() { Ok(()) } else { Err(format!("{}: {}", self.of, self.found.join("; "))) }
    }
}
