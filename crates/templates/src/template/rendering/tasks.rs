//! The tasks of a job, repeated and left out.

use minijinja::Value;
use minijinja::value::ValueKind;

use super::names::Names;
use super::output::Output;
use super::values::{ALL, Filler, push};
use crate::template::expression::write_json;
use crate::template::fault::Fault;
use crate::template::node::Node;
use crate::template::place::Place;

/// Tasks that one rendering gives at the most.
const MOST: usize = 10_000;

impl<'t> Filler<'t> {
    /// Writes the tasks of a job; `count` goes over all jobs.
    pub(super) fn write_tasks(
        &self,
        tasks: &'t Node,
        names: &Names,
        at: &Place<'_>,
        count: &mut usize,
        out: &mut Output<'_>,
    ) -> Result<(), Fault> {
        match tasks {
            Node::Array(items) => {
                push(out, "[")?;
                let mut first = true;
                for (index, task) in items.iter().enumerate() {
                    let task_at = at.item(index);
                    self.repeat(task, names, &task_at, |names| {
                        count_tasks(1, count)?;
                        if !std::mem::take(&mut first) {
                            push(out, ",")?;
                        }
                        self.write_task(task, names, &task_at, out)
                    })?;
                }
                push(out, "]")
            }
            Node::Value(source) => {
                let value = self.value(source, &names.value(), at)?;
                match value.kind() {
                    ValueKind::Seq | ValueKind::Iterable => write_list(&value, at, count, out),
                    _ => write_json(&value, at.depth(), out).map_err(|detail| Fault::new(at, detail)),
                }
            }
            other => self.write(other, &names.value(), at, out),
        }
    }

    fn write_task(
        &self,
        task: &'t Node,
        names: &Names,
        at: &Place<'_>,
        out: &mut Output<'_>,
    ) -> Result<(), Fault> {
        if !matches!(task, Node::Object(_)) {
            return self.write(task, &names.value(), at, out);
        }
        push(out, "{")?;
        let mut first = true;
        for (name, node) in
            task.fields().iter().filter(|(name, _)| !matches!(name.as_str(), "for_each" | "if"))
        {
            if !std::mem::take(&mut first) {
                push(out, ",")?;
            }
            push(out, &format!("{}:", crate::template::json::quoted(name)))?;
            self.write(node, &names.value(), &at.field(name), out)?;
        }
        push(out, "}")
    }
}

/// Writes the tasks that an expression gives; they are counted as they come, since not every list tells its length.
fn write_list(value: &Value, at: &Place<'_>, count: &mut usize, out: &mut Output<'_>) -> Result<(), Fault> {
    push(out, "[")?;
    for (index, task) in value.try_iter().into_iter().flatten().enumerate() {
        count_tasks(1, count)?;
        if index > 0 {
            push(out, ",")?;
        }
        write_json(&task, at.depth() + 1, out).map_err(|detail| Fault::new(at, detail))?;
    }
    push(out, "]")
}

/// Counts tasks; `count` goes over all jobs.
pub(super) fn count_tasks(more: usize, count: &mut usize) -> Result<(), Fault> {
    *count = count.saturating_add(more);
    if *count > MOST {
        return Err(Fault::new(ALL, format!("the rendering gives more than {MOST} tasks")));
    }
    Ok(())
}
