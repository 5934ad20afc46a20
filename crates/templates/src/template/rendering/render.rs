//! The whole of a rendering.

use std::collections::BTreeMap;

use minijinja::Value;

use super::names::Names;
use super::output::{Budget, Output};
use super::overlay::merged;
use super::values::{Filler, push};
use crate::template::edges::KeyNames;
use crate::template::expression::{Engine, from_json};
use crate::template::fault::{Fault, RenderError};
use crate::template::given::Given;
use crate::template::json::{Json, quoted};
use crate::template::node::Node;
use crate::template::number;
use crate::template::parse::Template;
use crate::template::place::Place;
use crate::template::run::Run;

/// A template filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// The body of `POST /v1/pipelines`, as JSON; at most 16 MiB.
    pub body: String,
    /// The parameters as they were used, defaults filled in, as JSON.
    pub parameters: String,
}

impl Template {
    /// Fills the template in. `expired` is asked between expressions whether it has taken too long.
    ///
    /// # Errors
    /// The faults of the parameters, or the first of the rendering.
    pub fn render(
        &self,
        given: &Given<'_>,
        run: &Run,
        expired: &dyn Fn() -> bool,
    ) -> Result<Rendered, RenderError> {
        let parameters = self.parameters.complete(given.parameters).map_err(RenderError::Parameters)?;
        let mut common: BTreeMap<String, Value> =
            parameters.iter().map(|(name, value)| (name.clone(), from_json(value))).collect();
        common.insert("run".to_owned(), run.value());
        let inexact = parameters.iter().any(|(_, value)| has_inexact(value));
        let filler = Filler { engine: Engine::new(inexact), budget: Budget::new(), expired };
        let body = filler.body(&self.pipeline, given, &Names::new(common))?;
        Ok(Rendered { body, parameters: Json::Object(parameters).to_text() })
    }
}

impl<'t> Filler<'t> {
    fn body(&self, pipeline: &'t Node, given: &Given<'_>, names: &Names) -> Result<String, Fault> {
        let (at, mut out, mut first) = (Place::Root("/pipeline"), self.budget.text(), true);
        push(&mut out, "{")?;
        for (name, node) in pipeline.fields() {
            begin(name, &mut first, &mut out)?;
            let field_at = at.field(name);
            match (name.as_str(), instead(given, name)) {
                (_, Some(json)) => push(&mut out, json)?,
                ("metadata", _) => self.write_metadata(node, given, names, &field_at, &mut out)?,
                ("jobs", _) => self.write_all_jobs(node, names, &field_at, &mut out)?,
                _ => self.write(node, &names.value(), &field_at, &mut out)?,
            }
        }
        for (name, json) in given.instead() {
            if let (Some(json), None) = (json, pipeline.get(name)) {
                begin(name, &mut first, &mut out)?;
                push(&mut out, json)?;
            }
        }
        if let (Some(patch), None) = (given.metadata, pipeline.get("metadata")) {
            let patch = Json::parse(patch).map_err(|detail| Fault::new("/metadata", detail))?;
            begin("metadata", &mut first, &mut out)?;
            push(&mut out, &merged(None, patch).to_text())?;
        }
        push(&mut out, "}")?;
        Ok(out.text)
    }

    fn write_metadata(
        &self,
        node: &'t Node,
        given: &Given<'_>,
        names: &Names,
        at: &Place<'_>,
        out: &mut Output<'_>,
    ) -> Result<(), Fault> {
        let Some(patch) = given.metadata else { return self.write(node, &names.value(), at, out) };
        let mut draft = self.budget.draft();
        self.write(node, &names.value(), at, &mut draft)?;
        let json = |text: &str| Json::parse(text).map_err(|detail| Fault::new(at, detail));
        push(out, &merged(Some(json(&draft.text)?), json(patch)?).to_text())
    }

    fn write_all_jobs(
        &self,
        node: &'t Node,
        names: &Names,
        at: &Place<'_>,
        out: &mut Output<'_>,
    ) -> Result<(), Fault> {
        match self.jobs(node, names, at)? {
            Some(jobs) => self.write_jobs(&jobs, &KeyNames::of(node), at, out),
            None => self.write(node, &names.value(), at, out),
        }
    }
}

/// Whether there is a number that no expression may use.
fn has_inexact(json: &Json) -> bool {
    match json {
        Json::Number(text) => !number::is_exact(text),
        Json::Array(items) => items.iter().any(has_inexact),
        Json::Object(fields) => fields.iter().any(|(_, value)| has_inexact(value)),
        _ => false,
    }
}

fn instead<'a>(given: &Given<'a>, name: &str) -> Option<&'a str> {
    given.instead().into_iter().find(|(field, _)| *field == name).and_then(|(_, json)| json)
}

fn begin(name: &str, first: &mut bool, out: &mut Output<'_>) -> Result<(), Fault> {
    if !std::mem::take(first) {
        push(out, ",")?;
    }
    push(out, &format!("{}:", quoted(name)))
}
