//! Many reports in one call.
//!
//! Items that end their leases are taken together: which of those that fail a job at once count, and which are lost with it, is the service's to
//! say; the reference checks that a lost one was lost for a reason.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::{Disagreement, Player, agreed, refused};
use crate::random::reference::{Accepted, Refusal};
use crate::random::script::{BatchVerb, Pick, Report};

type Played = Result<(), Disagreement>;
/// A lease, what is reported of it, and what was answered.
type Item<'a> = (usize, &'a Report, &'a Value);

impl Player<'_> {
    pub(super) async fn batch(&mut self, verb: BatchVerb, items: &[(Pick, Report)]) -> Played {
        let picked: Vec<_> =
            items.iter().filter_map(|(of, report)| Some((self.pick(*of)?, report))).collect();
        if picked.is_empty() {
            return Ok(());
        }
        let body: Vec<_> = picked.iter().map(|(lease, report)| self.item(*lease, report)).collect();
        let answer = self.post(&format!("/v1/tasks/{}", verb.as_str()), &json!({"tasks": body})).await;
        let answered = agreed(&answer, 200, Ok(()))?.expect("it was accepted");
        let results = answered["results"].as_array().ok_or("no results")?;
        if results.len() != picked.len() {
            return Err(format!("{} results of {} items", results.len(), picked.len()));
        }
        self.take_all(self.in_turns(picked.into_iter().zip(results)).into_iter())
    }

    /// Of each task one item at a time, as nothing says which comes first: the first item of each, then the second of those that have one.
    fn in_turns<'a>(&self, items: impl Iterator<Item = ((usize, &'a Report), &'a Value)>) -> Vec<Item<'a>> {
        let mut mentioned: HashMap<usize, usize> = HashMap::new();
        let mut turns: Vec<_> = items
            .map(|((lease, report), result)| {
                let turn = mentioned.entry(self.model.leases[lease].task).or_default();
                *turn += 1;
                (*turn, (lease, report, result))
            })
            .collect();
        turns.sort_by_key(|(turn, _)| *turn);
        turns.into_iter().map(|(_, item)| item).collect()
    }

    fn item(&self, lease: usize, report: &Report) -> Value {
        let mut item = self.report_body(lease, report);
        item["id"] = json!(self.names.tasks[self.model.leases[lease].task]);
        item
    }

    fn take_all<'a>(&mut self, items: impl Iterator<Item = Item<'a>>) -> Played {
        let (mut counted, mut lost) = (Vec::new(), Vec::new());
        for (lease, report, result) in items {
            if self.model.leases[lease].current && result["problem"]["code"] == "lease_lost" {
                lost.push((lease, report, result));
            } else if self.take(lease, report, result)? {
                counted.push(lease);
            }
        }
        self.model.follow(&counted);
        for (lease, report, result) in lost {
            match self.model.take(lease, report) {
                Ok(_) => return Err(format!("$token{lease} is current and was refused")),
                Err(refusal) => refused(&result["problem"], refusal)?,
            }
        }
        Ok(())
    }

    /// Takes one item; says whether it counts.
    fn take(&mut self, lease: usize, report: &Report, result: &Value) -> Result<bool, Disagreement> {
        let task = self.model.leases[lease].task;
        if result["id"] != json!(self.names.tasks[task]) {
            return Err(format!(
                "the result of $task{task} is that of {}",
                self.names.hide(&result["id"].to_string())
            ));
        }
        if let Err(gone) = self.gone(self.model.pipeline_of_task(task), "task_not_found") {
            return refused(&result["problem"], gone).map(|()| false);
        }
        match self.model.take(lease, report) {
            Ok(_) if !result["problem"].is_null() => Err(format!("$token{lease} was refused: {result}")),
            Ok(accepted) => Ok(accepted == Accepted::Now),
            // Its task may have moved on with a later item.
            Err(refusal) => refused(&result["problem"], Refusal { state: None, ..refusal }).map(|()| false),
        }
    }
}
