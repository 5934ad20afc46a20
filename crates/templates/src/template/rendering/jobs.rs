//! The jobs, repeated and left out.

use minijinja::Value;
use minijinja::value::ValueKind;

use super::names::Names;
use super::output::Output;
use super::tasks::count_tasks;
use super::values::{ALL, Filler};
use crate::template::expression::write_json;
use crate::template::fault::Fault;
use crate::template::json::Json;
use crate::template::node::Node;
use crate::template::place::Place;

/// Jobs that one rendering gives at the most.
const MOST: usize = 1_000;

/// A job that is rendered but for its edges.
pub(super) struct Made {
    /// Which item of the template it is of; `None` where all jobs are one expression.
    pub(super) origin: Option<usize>,
    /// The whole job as JSON, if it is no object.
    pub(super) odd: Option<String>,
    /// Its fields, each as JSON.
    pub(super) fields: Vec<(String, String)>,
    /// Its key, if it is a text.
    pub(super) key: Option<String>,
}

/// The jobs so far.
pub(super) struct Jobs {
    pub(super) made: Vec<Made>,
}

impl<'t> Filler<'t> {
    /// Renders the jobs but for their edges.
    pub(super) fn jobs(&self, jobs: &'t Node, names: &Names, at: &Place<'_>) -> Result<Option<Jobs>, Fault> {
        let (mut all, mut tasks) = (Jobs { made: Vec::new() }, 0);
        match jobs {
            Node::Array(items) => {
                for (index, job) in items.iter().enumerate() {
                    let job_at = at.item(index);
                    self.repeat(job, names, &job_at, |names| {
                        all.push(self.job(job, names, (index, &job_at), &mut tasks)?)
                    })?;
                }
            }
            Node::Value(source) => {
                let list = self.value(source, &names.value(), at)?;
                if !matches!(list.kind(), ValueKind::Seq | ValueKind::Iterable) {
                    return Err(Fault::new(at, format!("must give a list of jobs, gives a {}", list.kind())));
                }
                for job in list.try_iter().into_iter().flatten() {
                    all.push(self.given(&job, None, at, &mut tasks)?)?;
                }
            }
            _ => return Ok(None),
        }
        Ok(Some(all))
    }

    fn job(
        &self,
        job: &'t Node,
        names: &Names,
        (index, at): (usize, &Place<'_>),
        tasks: &mut usize,
    ) -> Result<Made, Fault> {
        if let Node::Value(source) = job {
            return self.given(&self.value(source, &names.value(), at)?, Some(index), at, tasks);
        }
        let mut made = Made { origin: Some(index), odd: None, fields: Vec::new(), key: None };
        if !matches!(job, Node::Object(_)) {
            let mut out = self.budget.text();
            self.write(job, &names.value(), at, &mut out)?;
            return Ok(Made { odd: Some(out.text), ..made });
        }
        for (name, node) in
            job.fields().iter().filter(|(name, _)| !matches!(name.as_str(), "for_each" | "if"))
        {
            let (field_at, mut out) = (at.field(name), self.budget.text());
            match name.as_str() {
                "tasks" => self.write_tasks(node, names, &field_at, tasks, &mut out)?,
                _ => self.write(node, &names.value(), &field_at, &mut out)?,
            }
            made.fields.push((name.clone(), out.text));
        }
        made.note_key();
        Ok(made)
    }

    /// A job that is the value of an expression.
    fn given(
        &self,
        job: &Value,
        origin: Option<usize>,
        at: &Place<'_>,
        tasks: &mut usize,
    ) -> Result<Made, Fault> {
        let mut out: Output<'_> = self.budget.text();
        write_json(job, at.depth(), &mut out).map_err(|detail| Fault::new(at, detail))?;
        let mut made = Made { origin, odd: None, fields: Vec::new(), key: None };
        match Json::parse(&out.text).map_err(|detail| Fault::new(at, detail))? {
            Json::Object(fields) => {
                for (name, value) in &fields {
                    if let ("tasks", Json::Array(items)) = (name.as_str(), value) {
                        count_tasks(items.len(), tasks)?;
                    }
                }
                made.fields = fields.into_iter().map(|(name, value)| (name, value.to_text())).collect();
                made.note_key();
            }
            _ => made.odd = Some(out.text),
        }
        Ok(made)
    }
}

impl Made {
    fn note_key(&mut self) {
        let key = self.fields.iter().find(|(name, _)| name == "key");
        self.key = key.and_then(|(_, json)| serde_json::from_str(json).ok());
    }
}

impl Jobs {
    fn push(&mut self, made: Made) -> Result<(), Fault> {
        if self.made.len() >= MOST {
            return Err(Fault::new(ALL, format!("the rendering gives more than {MOST} jobs")));
        }
        self.made.push(made);
        Ok(())
    }
}
