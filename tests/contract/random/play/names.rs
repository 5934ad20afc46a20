//! Ids and tokens that the service gave, and what a printed script calls them.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

use crate::random::script::{HALF_A_TICK, TICK};

/// By number, as in the reference.
pub(crate) struct Names {
    tag: String,
    start: DateTime<Utc>,
    pub(crate) pipelines: Vec<String>,
    pub(crate) jobs: Vec<String>,
    pub(crate) tasks: Vec<String>,
    pub(crate) tokens: Vec<String>,
    numbers: HashMap<String, usize>,
    /// What to print instead of what.
    hidden: Vec<(String, String)>,
}

impl Names {
    pub(super) fn new(tag: &str, start: &str) -> Self {
        let start = start.parse().expect("the service's own time");
        let hidden = vec![(format!("{tag}-"), String::new())];
        let (pipelines, jobs, tasks, tokens) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Self { tag: tag.to_owned(), start, pipelines, jobs, tasks, tokens, numbers: HashMap::new(), hidden }
    }

    /// The type of this number.
    pub(crate) fn kind(&self, kind: usize) -> String {
        format!("{}-{}", self.tag, ["a", "b", "c"][kind])
    }

    /// The group of this number.
    pub(crate) fn group(&self, group: usize) -> String {
        self.own(&format!("group-{group}"))
    }

    /// A name that only this script uses.
    pub(crate) fn own(&self, name: &str) -> String {
        format!("{}-{name}", self.tag)
    }

    /// The time of a tick.
    pub(super) fn time(&mut self, tick: u64) -> String {
        self.instant(tick * TICK)
    }

    /// The deadline half a tick after a tick: nothing else comes then.
    pub(super) fn deadline(&mut self, tick: u64) -> String {
        self.instant(tick * TICK + HALF_A_TICK)
    }

    fn instant(&mut self, after: u64) -> String {
        let seconds = i64::try_from(after).expect("a script is short");
        let time =
            (self.start + TimeDelta::seconds(seconds)).to_rfc3339_opts(chrono::SecondsFormat::Micros, true);
        let printed = (time.clone(), format!("$start+{after}s"));
        if !self.hidden.contains(&printed) {
            self.hidden.push(printed);
        }
        time
    }

    pub(super) fn add_pipeline(&mut self, id: &str) {
        self.hide_as(id, format!("$pipeline{}", self.pipelines.len()));
        self.pipelines.push(id.to_owned());
    }

    pub(super) fn add_job(&mut self, id: &str) {
        self.hide_as(id, format!("$job{}", self.jobs.len()));
        self.jobs.push(id.to_owned());
    }

    pub(super) fn add_task(&mut self, id: &str) {
        self.hide_as(id, format!("$task{}", self.tasks.len()));
        self.numbers.insert(id.to_owned(), self.tasks.len());
        self.tasks.push(id.to_owned());
    }

    pub(crate) fn add_token(&mut self, token: &str) {
        self.hide_as(token, format!("$token{}", self.tokens.len()));
        self.tokens.push(token.to_owned());
    }

    /// The number of a task.
    pub(crate) fn task(&self, id: &Value) -> Option<usize> {
        self.numbers.get(id.as_str()?).copied()
    }

    fn hide_as(&mut self, id: &str, placeholder: String) {
        self.hidden.push((id.to_owned(), placeholder));
    }

    /// A text with placeholders instead of what differs from run to run.
    pub(crate) fn hide(&self, text: &str) -> String {
        self.hidden.iter().fold(text.to_owned(), |text, (id, placeholder)| text.replace(id, placeholder))
    }
}
