//! Text that is counted while it is written.

use std::cell::Cell;

use crate::template::expression::Text;

/// Bytes of a rendered body at the most.
const MOST: usize = 16 * 1_024 * 1_024;

/// What a rendering may still write, all its parts together.
pub(super) struct Budget(Cell<usize>);

impl Budget {
    pub(super) fn new() -> Self {
        Self(Cell::new(MOST))
    }

    /// An empty text that counts.
    pub(super) fn text(&self) -> Output<'_> {
        Output { text: String::new(), budget: Some(self), left: 0 }
    }

    /// Takes back what was counted of a text that is written elsewhere now.
    pub(super) fn give_back(&self, bytes: usize) {
        self.0.set(self.0.get() + bytes);
    }

    /// An empty text of which only the outcome counts, once it is written somewhere.
    pub(super) fn draft(&self) -> Output<'static> {
        Output { text: String::new(), budget: None, left: self.0.get() }
    }
}

/// A text, or a part of one.
pub(super) struct Output<'b> {
    pub(super) text: String,
    budget: Option<&'b Budget>,
    left: usize,
}

impl Text for Output<'_> {
    fn push(&mut self, text: &str) -> Result<(), String> {
        let left = self.budget.map_or(self.left, |budget| budget.0.get()).checked_sub(text.len());
        let left = left.ok_or_else(|| format!("gives more than {MOST} bytes"))?;
        match self.budget {
            Some(budget) => budget.0.set(left),
            None => self.left = left,
        }
        self.text.push_str(text);
        Ok(())
    }
}
