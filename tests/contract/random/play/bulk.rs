//! Verbs on many pipelines, and lists by the same filter.

use serde_json::{Value, json};

use super::{Disagreement, Player, agreed, bodies};
use crate::random::reference::Bulked;
use crate::random::script::{Filter, States, Verb};

impl Player<'_> {
    pub(super) async fn bulk(
        &mut self,
        verb: Verb,
        filter: &Filter,
        dry_run: bool,
    ) -> Result<(), Disagreement> {
        let body = bodies::bulk(&self.names, verb, filter, dry_run);
        let answer = self.post(&format!("/v1/pipelines/{}", verb.as_str()), &body).await;
        let shown = agreed(&answer, 200, Ok(()))?.expect("it was accepted");
        if dry_run {
            let taken = self.model.taken_by(filter);
            same(&shown, &json!({"matched": taken.len()}))?;
            return self.lists(filter, &taken).await;
        }
        let Bulked { matched, changed, refused } = self.model.bulk(verb, filter);
        same(&shown, &json!({"matched": matched, "changed": changed, "refused": refused}))
    }

    /// A list takes one state at the most.
    async fn lists(&mut self, filter: &Filter, taken: &[usize]) -> Result<(), Disagreement> {
        let state = match &filter.states {
            States::Any => None,
            States::These(words) if words.len() == 1 => Some(words[0]),
            States::Open | States::These(_) => return Ok(()),
        };
        let query = bodies::query(&self.names, filter, state);
        let listed = self.app.walk(&format!("/v1/pipelines?{query}")).await;
        let mut listed: Vec<_> = listed.iter().filter_map(|shown| shown["id"].as_str()).collect();
        listed.reverse();
        let due: Vec<_> = taken.iter().map(|pipeline| self.names.pipelines[*pipeline].as_str()).collect();
        if listed == due { Ok(()) } else { Err(format!("{query} lists {listed:?} where {due:?} was due")) }
    }
}

fn same(shown: &Value, due: &Value) -> Result<(), Disagreement> {
    if shown == due { Ok(()) } else { Err(format!("the answer is {shown} where {due} was due")) }
}
