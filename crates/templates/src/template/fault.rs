//! What is wrong, and where.

use std::fmt::Display;

/// One value that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// A JSON pointer to it.
    pub pointer: String,
    /// What is wrong with it, for people.
    pub detail: String,
}

impl Fault {
    pub(crate) fn new(at: impl Display, detail: impl Display) -> Self {
        Self { pointer: at.to_string(), detail: detail.to_string() }
    }
}

/// Why a template was not rendered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RenderError {
    /// Parameters that the schema refuses; pointers below `/parameters`.
    Parameters(Vec<Fault>),
    /// The rendering failed; the pointer leads into the template, below `/pipeline`.
    Failed(Fault),
}

impl From<Fault> for RenderError {
    fn from(fault: Fault) -> Self {
        Self::Failed(fault)
    }
}
