//! Why a template was not filled in, or not taken.

use windlass_templates::{Fault, RenderError};

use crate::input::Rejection;

/// What callers act differently on.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Values of the request are wrong, at these pointers into it.
    Wrong(Vec<Fault>),
    /// The rendering failed, at this pointer into the template.
    Render(Fault),
    /// What was rendered is no body of a new pipeline.
    Refused(Rejection),
    /// Too many are being filled in; nothing was changed.
    Overloaded,
}

impl From<RenderError> for Failure {
    fn from(error: RenderError) -> Self {
        match error {
            RenderError::Parameters(faults) => Self::Wrong(faults),
            RenderError::Failed(fault) => Self::Render(fault),
        }
    }
}

impl From<Rejection> for Failure {
    fn from(rejection: Rejection) -> Self {
        Self::Refused(rejection)
    }
}
