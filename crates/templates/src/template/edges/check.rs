//! Edges that can be judged before a template is rendered.

use super::names::KeyNames;
use crate::template::fault::Fault;
use crate::template::node::Node;
use crate::template::place::Place;

/// Notes the edges without expressions that name nothing in the template.
pub(crate) fn check(jobs: &Node, at: &Place<'_>, faults: &mut Vec<Fault>) {
    let names = KeyNames::of(jobs);
    if names.are_open() {
        return;
    }
    for (index, job) in jobs.items().iter().enumerate() {
        let (job_at, edges) = (at.item(index), job.get("depends_on"));
        let own = job.get("key").and_then(Node::as_text);
        for (number, edge) in edges.map(Node::items).unwrap_or_default().iter().enumerate() {
            let Some(key) = edge.as_text().or_else(|| edge.get("job")?.as_text()) else { continue };
            // Many are all others: a job that is the only one whose key begins so names nothing.
            let is_own = |name: &str| own.as_deref() == Some(name) && key.ends_with('*');
            if !names.name(&key, is_own) {
                let list = job_at.field("depends_on");
                faults.push(Fault::new(
                    list.item(number),
                    format!("names {key}, which is no job of the template"),
                ));
            }
        }
    }
}
