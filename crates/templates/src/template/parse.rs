//! `PUT /v1/templates/{name}`: whether a template is one.

use super::edges;
use super::fault::Fault;
use super::json::Json;
use super::node::Node;
use super::parameters::Parameters;
use super::place::Place;

/// A template that is well-formed: its schema is one, every expression parses, every edge names something in it.
#[derive(Debug)]
pub struct Template {
    pub(crate) parameters: Parameters,
    pub(crate) pipeline: Node,
}

impl Template {
    /// Reads a template's `parameters` and `pipeline`, both JSON.
    ///
    /// # Errors
    /// All that is wrong with it, 100 at the most, by pointers below `/parameters` and `/pipeline`.
    pub fn parse(parameters: &str, pipeline: &str) -> Result<Self, Vec<Fault>> {
        let mut faults = Vec::new();
        let parameters = Parameters::parse(parameters).map_err(|found| faults.extend(found)).ok();
        let pipeline = read(pipeline, &mut faults);
        faults.truncate(MOST);
        match (parameters, pipeline) {
            (Some(parameters), Some(pipeline)) if faults.is_empty() => Ok(Self { parameters, pipeline }),
            _ => Err(faults),
        }
    }
}

/// The most faults that are told.
const MOST: usize = 100;

fn read(pipeline: &str, faults: &mut Vec<Fault>) -> Option<Node> {
    let at = Place::Root("/pipeline");
    let json = Json::parse(pipeline).map_err(|detail| faults.push(Fault::new(at, detail))).ok()?;
    let node = Node::of(json, &at, faults);
    if !matches!(node, Node::Object(_)) {
        faults.push(Fault::new(at, "must be an object"));
        return None;
    }
    if let Some(jobs) = node.get("jobs") {
        let list_at = at.field("jobs");
        check_repeats(jobs, &list_at, faults);
        for (index, job) in jobs.items().iter().enumerate() {
            let job_at = list_at.item(index);
            if let Some(tasks) = job.get("tasks") {
                check_repeats(tasks, &job_at.field("tasks"), faults);
            }
        }
        edges::check(jobs, &list_at, faults);
    }
    Some(node)
}

/// Notes what is neither a list nor an expression in `for_each`, and neither a condition nor an expression in `if`.
fn check_repeats(items: &Node, at: &Place<'_>, faults: &mut Vec<Fault>) {
    for (index, item) in items.items().iter().enumerate() {
        let item_at = at.item(index);
        for (name, node) in item.fields() {
            let detail = match (name.as_str(), node) {
                ("for_each", Node::Value(_) | Node::Array(_)) | ("if", Node::Value(_)) => continue,
                ("if", Node::Literal(json)) if matches!(json.as_str(), "true" | "false") => continue,
                ("for_each", _) => "must be an expression that gives a list",
                ("if", _) => "must be an expression that gives true or false",
                _ => continue,
            };
            faults.push(Fault::new(item_at.field(name), detail));
        }
        for name in ["for_each", "if"] {
            if item.fields().iter().filter(|(field, _)| field == name).count() > 1 {
                faults.push(Fault::new(item_at.field(name), "is given more than once"));
            }
        }
    }
}
