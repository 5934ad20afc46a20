//! The bodies of requests; what has its default is left out, so that a printed script is short.

use serde_json::{Map, Value, json};

use super::{Names, Player};
use crate::random::reference::edges;
use crate::random::script::{
    Add, CATEGORIES, Dequeue, Filter, Join, Level, NewJob, NewPipeline, PRIORITIES, Policy, QueueChange,
    Report, Retry, Sealing, States, TICK, Verb, When,
};

/// The name of all pipelines of a script, behind its tag.
const NAME: &str = "random";

/// Seconds of so many ticks.
pub(crate) fn seconds(ticks: u64) -> u64 {
    ticks * TICK
}

impl Player<'_> {
    pub(super) fn pipeline_body(&mut self, new: &NewPipeline) -> Value {
        let mut body =
            json!({"name": self.names.own(NAME), "jobs": self.jobs_body(0, &new.jobs, new.reversed)});
        self.set_common(&mut body, new);
        if let Some(group) = new.group {
            body["metadata"] = json!({"group": self.names.group(group)});
        }
        set(&mut body, "sealed", new.sealed, true);
        set(&mut body, "paused", new.paused, false);
        set(&mut body, "fail_fast", new.fail_fast, false);
        body
    }

    /// A pipeline of one as its job.
    pub(super) fn standalone_body(&mut self, new: &NewPipeline) -> Value {
        let mut body = self.job_body(0, &new.jobs[0]);
        self.set_common(&mut body, new);
        body
    }

    /// What a pipeline and a standalone job have in common.
    fn set_common(&mut self, body: &mut Value, new: &NewPipeline) {
        if PRIORITIES[new.priority] != "medium" {
            body["priority"] = json!(PRIORITIES[new.priority]);
        }
        if let Some(ticks) = new.deadline {
            body["deadline_at"] = json!(self.names.deadline(self.model.now + ticks));
        }
    }

    /// Jobs that come after `earlier` ones of their pipeline.
    pub(super) fn jobs_body(&mut self, earlier: usize, new: &[NewJob], reversed: bool) -> Value {
        let mut jobs: Vec<Value> =
            new.iter().enumerate().map(|(number, job)| self.job_body(earlier + number, job)).collect();
        if reversed {
            jobs.reverse();
        }
        json!(jobs)
    }

    fn job_body(&mut self, number: usize, new: &NewJob) -> Value {
        let mut body = json!({"key": format!("j{number}"), "type": self.names.kind(new.kind), "retry": policy(&new.policy)});
        let edges = edges(number, new);
        if !edges.is_empty() {
            body["depends_on"] = edges.iter().map(edge).collect();
        }
        if let Some(due) = &new.tasks {
            body["tasks"] = self.tasks_body(due);
        }
        if let Some(tick) = new.run_at {
            body["run_at"] = json!(self.names.time(self.model.now + tick));
        }
        if let Some(ticks) = new.timeout {
            body["timeout_seconds"] = json!(seconds(ticks));
        }
        body["lease_seconds"] = json!(seconds(new.lease));
        if new.join == Join::Any {
            body["join"] = json!("any");
        }
        match new.sealed {
            Sealing::AtOnce => {}
            Sealing::Later => body["sealed"] = json!(false),
            Sealing::OnOpen => body["sealed"] = json!("on_open"),
        }
        set(&mut body, "paused", new.paused, false);
        set(&mut body, "fail_fast", new.fail_fast, true);
        set(&mut body, "allow_failure", new.allow_failure, false);
        if new.max_failed > 0 {
            body["max_failed_tasks"] = json!(new.max_failed);
        }
        body
    }

    /// Tasks that are due in so many ticks.
    pub(super) fn tasks_body(&mut self, due: &[u64]) -> Value {
        let now = self.model.now;
        let task = |ticks: &u64| match ticks {
            0 => json!({}),
            ticks => json!({"run_at": self.names.time(now + ticks)}),
        };
        due.iter().map(task).collect()
    }

    /// A report's members but the id.
    pub(super) fn report_body(&self, lease: usize, report: &Report) -> Value {
        let add = if let Report::Complete { add } = report { add.as_slice() } else { &[] };
        let targets = self.model.targets(self.model.leases[lease].task, add).into_iter();
        self::report(&self.names.tokens[lease], report, targets.map(|(job, add)| (self.model.key(job), add)))
    }
}

/// A report's members but the id; tasks are added to the jobs of these keys.
pub(crate) fn report<'a>(
    token: &str,
    report: &Report,
    add: impl Iterator<Item = (String, &'a Add)>,
) -> Value {
    let mut body = json!({"lease_token": token});
    match report {
        Report::Heartbeat { lease: Some(ticks) } => body["lease_seconds"] = json!(seconds(*ticks)),
        Report::Heartbeat { lease: None } | Report::Release { delay: 0 } => {}
        Report::Progress { current } => body["current"] = json!(current),
        Report::Complete { add: none } if none.is_empty() => {}
        Report::Complete { .. } => {
            let tasks = |(key, add): (String, &Add)| json!({"job": key, "tasks": vec![json!({}); add.tasks], "seal": add.seal});
            body["add_tasks"] = add.map(tasks).collect();
        }
        Report::Fail { retry, category } => {
            body["error"] = json!({"category": CATEGORIES[*category], "message": "it broke"});
            match retry {
                Retry::Auto => {}
                Retry::Never => body["retry"] = json!("never"),
                Retry::After(ticks) => body["retry"] = json!({"after_seconds": seconds(*ticks)}),
            }
        }
        Report::Release { delay } => body["delay_seconds"] = json!(seconds(*delay)),
    }
    body
}

/// The body of a verb.
pub(crate) fn control(level: Level, verb: Verb) -> Value {
    match (level, verb) {
        (Level::Pipeline, Verb::CleanUp) => json!({"clean_up": true}),
        (Level::Pipeline | Level::Job, Verb::Retry { all, descendants }) => {
            let mut body = json!({});
            if all {
                body["scope"] = json!("all");
            }
            set(&mut body, "descendants", descendants, false);
            body
        }
        _ => json!({}),
    }
}

/// The body of a verb on many pipelines.
pub(crate) fn bulk(names: &Names, verb: Verb, filter: &Filter, dry_run: bool) -> Value {
    let mut taken = match filter.group {
        Some(group) => json!({"metadata": {"group": names.group(group)}}),
        None => json!({"name": names.own(NAME)}),
    };
    match &filter.states {
        States::Any => {}
        States::Open => taken["state"] = json!("open"),
        States::These(words) => taken["state"] = json!(words),
    }
    if let Some(priority) = filter.priority {
        taken["priority"] = json!(PRIORITIES[priority]);
    }
    let mut body = control(Level::Pipeline, verb);
    body["filter"] = taken;
    set(&mut body, "dry_run", dry_run, true);
    body
}

/// The same filter in the query of a list.
pub(crate) fn query(names: &Names, filter: &Filter, state: Option<&str>) -> String {
    let taken = match filter.group {
        Some(group) => format!("metadata.group={}", names.group(group)),
        None => format!("name={}", names.own(NAME)),
    };
    let state = state.map(|state| format!("state={state}"));
    let priority = filter.priority.map(|priority| format!("priority={}", PRIORITIES[priority]));
    [Some(taken), state, priority].into_iter().flatten().collect::<Vec<_>>().join("&")
}

pub(crate) fn queue(change: QueueChange) -> Value {
    match change {
        QueueChange::Paused(paused) => json!({"paused": paused}),
        QueueChange::MaxRunning(limit) => json!({"max_running": limit}),
    }
}

pub(crate) fn dequeue(names: &Names, request: &Dequeue) -> Value {
    let types: Vec<_> = request.kinds.iter().map(|kind| names.kind(*kind)).collect();
    let mut body =
        json!({"types": types, "worker_id": format!("worker-{}", request.worker), "max_tasks": request.max});
    if let Some(ticks) = request.lease {
        body["lease_seconds"] = json!(seconds(ticks));
    }
    body
}

fn set(body: &mut Value, member: &str, value: bool, default: bool) {
    if value != default {
        body[member] = json!(value);
    }
}

fn edge((parent, when): &(usize, When)) -> Value {
    match when {
        When::Succeeded => json!(format!("j{parent}")),
        when => json!({"job": format!("j{parent}"), "when": when.as_str()}),
    }
}

fn policy(policy: &Policy) -> Value {
    let categories: Vec<_> = policy.non_retryable.iter().map(|category| CATEGORIES[*category]).collect();
    let mut body = Map::new();
    body.insert("max_attempts".to_owned(), json!(policy.max_attempts));
    body.insert("initial_delay_seconds".to_owned(), json!(seconds(policy.initial_delay)));
    if policy.initial_delay > 0 {
        body.insert("factor".to_owned(), json!(policy.factor));
        body.insert("max_delay_seconds".to_owned(), json!(seconds(policy.max_delay)));
        body.insert("jitter".to_owned(), json!(0));
    }
    body.insert("non_retryable".to_owned(), json!(categories));
    Value::Object(body)
}
