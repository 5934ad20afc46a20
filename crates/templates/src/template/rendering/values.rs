//! Values of the body, filled in.

use minijinja::Value;

use super::output::{Budget, Output};
use crate::template::expression::{Engine, Piece, Text, write_json, write_text};
use crate::template::fault::Fault;
use crate::template::json::quoted;
use crate::template::node::Node;
use crate::template::place::Place;

/// Where a rendering points when no single place is to blame.
pub(super) const ALL: &str = "/pipeline/jobs";
/// A value that takes more than this much of what a rendering may write is to blame alone.
const GREAT: usize = 8 * 1_024 * 1_024;

/// What a rendering works with.
pub(super) struct Filler<'t> {
    pub(super) engine: Engine<'t>,
    pub(super) budget: Budget,
    pub(super) expired: &'t dyn Fn() -> bool,
}

impl<'t> Filler<'t> {
    /// Refuses to go on once the rendering takes too long.
    pub(super) fn check_time(&self) -> Result<(), Fault> {
        if (self.expired)() {
            return Err(Fault::new(ALL, "the rendering takes too long"));
        }
        Ok(())
    }

    /// The value of an expression.
    pub(super) fn value(&self, source: &'t str, names: &Value, at: &Place<'_>) -> Result<Value, Fault> {
        self.check_time()?;
        self.engine.value(source, names).map_err(|spent| {
            if spent.together { Fault::new(ALL, spent.detail) } else { Fault::new(at, spent.detail) }
        })
    }

    /// Writes a value of the body.
    pub(super) fn write(
        &self,
        node: &'t Node,
        names: &Value,
        at: &Place<'_>,
        out: &mut Output<'_>,
    ) -> Result<(), Fault> {
        match node {
            Node::Literal(json) => push(out, json),
            Node::Value(source) => {
                let value = self.value(source, names, at)?;
                let before = out.text.len();
                let written = write_json(&value, at.depth(), out);
                written.map_err(|detail| blame(at, out.text.len() - before, detail))
            }
            Node::Text(pieces) => push(out, &quoted(&self.text(pieces, names, at)?)),
            Node::Array(items) => {
                push(out, "[")?;
                for (index, item) in items.iter().enumerate() {
                    if index > 0 {
                        push(out, ",")?;
                    }
                    self.write(item, names, &at.item(index), out)?;
                }
                push(out, "]")
            }
            Node::Object(fields) => self.write_object(fields, names, at, out),
        }
    }

    fn write_object(
        &self,
        fields: &'t [(String, Node)],
        names: &Value,
        at: &Place<'_>,
        out: &mut Output<'_>,
    ) -> Result<(), Fault> {
        push(out, "{")?;
        for (index, (name, node)) in fields.iter().enumerate() {
            if index > 0 {
                push(out, ",")?;
            }
            push(out, &format!("{}:", quoted(name)))?;
            self.write(node, names, &at.field(name), out)?;
        }
        push(out, "}")
    }

    /// A string with expressions in it.
    fn text(&self, pieces: &'t [Piece], names: &Value, at: &Place<'_>) -> Result<String, Fault> {
        let mut draft = self.budget.draft();
        for piece in pieces {
            let before = draft.text.len();
            let written = match piece {
                Piece::Text(text) => draft.push(text),
                Piece::Expression(source) => write_text(&self.value(source, names, at)?, &mut draft),
            };
            written.map_err(|detail| blame(at, draft.text.len() - before, detail))?;
        }
        Ok(draft.text)
    }
}

/// A fault of what could not be written after so many bytes; of a small value that the whole is too long is nobody's fault alone.
fn blame(at: &Place<'_>, written: usize, detail: String) -> Fault {
    if written < GREAT && detail.starts_with("gives more than") {
        Fault::new(ALL, format!("the rendering {detail}"))
    } else {
        Fault::new(at, detail)
    }
}

/// Writes what is no value of an expression.
pub(super) fn push(out: &mut Output<'_>, text: &str) -> Result<(), Fault> {
    out.push(text).map_err(|detail| Fault::new(ALL, format!("the rendering {detail}")))
}
