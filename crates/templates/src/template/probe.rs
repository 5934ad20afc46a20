//! What of a template can be read as the body of a pipeline before it is rendered.

use super::edges::edges_of;
use super::json::{Json, quoted};
use super::node::Node;
use super::parse::Template;
use super::place::Place;

/// A body that is wrong only where the template is, or where an expression stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probe {
    /// The body. Each job has a key of its own, and no edge names another one of them, since edges and keys are judged by
    /// [`Template::parse`] and by the rendering.
    pub body: String,
    /// Pointers into the body to values that are not known before the rendering: what is wrong there is not.
    pub open: Vec<String>,
}

impl Template {
    /// The body to look at when the template is put.
    pub fn probe(&self) -> Probe {
        let mut probe = Probe { body: String::new(), open: Vec::new() };
        let fields = self.pipeline.fields().iter().map(|(name, node)| {
            let at = Place::Root("");
            let at = at.field(name);
            match (name.as_str(), node) {
                ("jobs", Node::Array(jobs)) => (name.clone(), probe.jobs(jobs, &at)),
                _ => (name.clone(), probe.field(node, &at)),
            }
        });
        let fields: Vec<(String, String)> = fields.collect();
        if self.pipeline.get("sealed").is_some_and(Node::is_open) {
            // Whether there may be none is not known.
            probe.open.push("/jobs".to_owned());
        }
        probe.body = object(fields);
        probe
    }
}

impl Probe {
    /// A field; null where its value is not known, so that it is seen whether there is such a field.
    fn field(&mut self, node: &Node, at: &Place<'_>) -> String {
        if node.is_open() {
            self.open.push(at.to_string());
            return "null".to_owned();
        }
        self.value(node, at)
    }

    fn value(&mut self, node: &Node, at: &Place<'_>) -> String {
        match node {
            Node::Literal(json) => json.clone(),
            Node::Value(_) | Node::Text(_) => {
                self.open.push(at.to_string());
                quoted("open")
            }
            Node::Array(items) => {
                let items = items.iter().enumerate().map(|(index, item)| self.value(item, &at.item(index)));
                array(&items.collect::<Vec<_>>())
            }
            Node::Object(fields) => object(
                fields.iter().map(|(name, node)| (name.clone(), self.field(node, &at.field(name)))).collect(),
            ),
        }
    }

    /// The jobs, and behind them jobs for their edges to name.
    fn jobs(&mut self, jobs: &[Node], at: &Place<'_>) -> String {
        let mut edges = 0;
        let mut all: Vec<String> = jobs
            .iter()
            .enumerate()
            .map(|(index, job)| self.job(job, index, &at.item(index), &mut edges))
            .collect();
        all.extend((0..edges).map(|edge| format!(r#"{{"key":"edge-{edge}","type":"t"}}"#)));
        array(&all)
    }

    fn job(&mut self, job: &Node, index: usize, at: &Place<'_>, edges: &mut usize) -> String {
        if !matches!(job, Node::Object(_)) {
            return self.value(job, at);
        }
        let mut fields = Vec::new();
        for (name, node) in job.fields().iter().filter(|(name, _)| !is_repeat(name)) {
            let field_at = at.field(name);
            let value = match (name.as_str(), node) {
                ("key", node) => key(node, index),
                ("depends_on", Node::Array(_)) => {
                    let list = self.value(node, &field_at);
                    depends_on(&list, edges)
                }
                ("tasks", Node::Array(tasks)) => self.tasks(tasks, &field_at),
                _ => self.field(node, &field_at),
            };
            fields.push((name.clone(), value));
        }
        object(fields)
    }

    fn tasks(&mut self, tasks: &[Node], at: &Place<'_>) -> String {
        let mut all = Vec::new();
        for (index, task) in tasks.iter().enumerate() {
            let task_at = at.item(index);
            let Node::Object(fields) = task else {
                all.push(self.value(task, &task_at));
                continue;
            };
            let known = fields
                .iter()
                .filter(|(name, _)| !is_repeat(name))
                .map(|(name, node)| (name.clone(), self.field(node, &task_at.field(name))));
            all.push(object(known.collect()));
        }
        array(&all)
    }
}

fn is_repeat(name: &str) -> bool {
    matches!(name, "for_each" | "if")
}

/// A key of its own, but for one that is none.
fn key(node: &Node, index: usize) -> String {
    match node.as_text() {
        Some(key) if key.is_empty() || key.len() > 100 || !key.bytes().all(is_of_a_key) => quoted(&key),
        _ if matches!(node, Node::Literal(json) if !json.starts_with('"')) => "0".to_owned(),
        _ => quoted(&format!("job-{index}")),
    }
}

fn is_of_a_key(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"._-".contains(&byte)
}

/// The edges, each to a job of its own; what names none stays as it is.
fn depends_on(list: &str, edges: &mut usize) -> String {
    let parsed = Json::parse(list).ok();
    let Some(parsed) = parsed.as_ref().and_then(edges_of) else { return list.to_owned() };
    let to = parsed.iter().map(|edge| {
        if edge.key.is_none() {
            return edge.as_written();
        }
        *edges += 1;
        edge.to(&format!("edge-{}", *edges - 1))
    });
    array(&to.collect::<Vec<_>>())
}

fn array(items: &[String]) -> String {
    format!("[{}]", items.join(","))
}

fn object(fields: Vec<(String, String)>) -> String {
    let field = |(name, value): (String, String)| format!("{}:{value}", quoted(&name));
    format!("{{{}}}", fields.into_iter().map(field).collect::<Vec<_>>().join(","))
}
