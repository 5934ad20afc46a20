//! What a rendering gave, read as the body of a new pipeline.

use windlass_domain::{Json, Limits};
use windlass_store::{MadeFrom, NewPipeline};
use windlass_templates::{Fault, Rendered, Run};

use super::failure::Failure;
use crate::input::{Document, Origin, read_pipeline};

/// The pipeline that a rendered body says, made from the template.
///
/// # Errors
/// [`Failure::Refused`] by pointers into the rendered body.
pub(super) fn read_rendered(
    rendered: &Rendered,
    run: &Run,
    limits: &Limits,
    origin: Origin,
) -> Result<NewPipeline, Failure> {
    let document = Document::parse(rendered.body.clone().into_bytes())
        .map_err(|detail| Failure::Render(Fault { pointer: "/pipeline".to_owned(), detail }))?;
    let new = document.read(|root| read_pipeline(root, limits, origin))?;
    let made_from = MadeFrom {
        template: run.name.clone(),
        version: run.version,
        parameters: Json::from_checked(rendered.parameters.clone()),
    };
    Ok(NewPipeline { made_from: Some(made_from), ..new })
}
