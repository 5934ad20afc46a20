//! `for_each` and `if`: an item of a list that stands for several, one or none.

use minijinja::Value;
use minijinja::value::ValueKind;

use super::names::Names;
use super::values::Filler;
use crate::template::fault::Fault;
use crate::template::node::Node;
use crate::template::place::Place;

impl<'t> Filler<'t> {
    /// Calls `each` with the names of every item that `node` stands for, those left out aside; how many are too many is for `each` to say.
    pub(super) fn repeat(
        &self,
        node: &'t Node,
        names: &Names,
        at: &Place<'_>,
        mut each: impl FnMut(&Names) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        let Some(list) = node.get("for_each") else {
            return if self.is_wanted(node, names, at)? { each(names) } else { Ok(()) };
        };
        let list_at = at.field("for_each");
        for (index, item) in self.list(list, names, &list_at)?.try_iter().into_iter().flatten().enumerate() {
            // What is left out counts nowhere, and a list may be endless for all that matters.
            self.check_time()?;
            let names = names.with_item(item, index);
            if self.is_wanted(node, &names, at)? {
                each(&names)?;
            }
        }
        Ok(())
    }

    /// The list that an item is repeated for.
    fn list(&self, node: &'t Node, names: &Names, at: &Place<'_>) -> Result<Value, Fault> {
        let list = match node {
            Node::Value(source) => self.value(source, &names.value(), at)?,
            other => self.written(other, names, at)?,
        };
        match list.kind() {
            ValueKind::Seq | ValueKind::Iterable => Ok(list),
            other => Err(Fault::new(at, format!("must give a list, gives a {other}"))),
        }
    }

    /// The value of what is written out, with expressions in it.
    fn written(&self, node: &'t Node, names: &Names, at: &Place<'_>) -> Result<Value, Fault> {
        let mut text = self.budget.draft();
        self.write(node, &names.value(), at, &mut text)?;
        let json = crate::template::json::Json::parse(&text.text).map_err(|detail| Fault::new(at, detail))?;
        Ok(crate::template::expression::from_json(&json))
    }

    fn is_wanted(&self, node: &'t Node, names: &Names, at: &Place<'_>) -> Result<bool, Fault> {
        let at = at.field("if");
        match node.get("if") {
            None => Ok(true),
            Some(Node::Value(source)) => {
                let value = self.value(source, &names.value(), &at)?;
                match value.kind() {
                    ValueKind::Bool => Ok(value.is_true()),
                    other => Err(Fault::new(at, format!("must give true or false, gives a {other}"))),
                }
            }
            Some(other) => Ok(*other == Node::Literal("true".to_owned())),
        }
    }
}
