//! Whether a template is one, as far as that is known before it is filled in.

use std::collections::HashSet;

use sha2::{Digest, Sha256};
use windlass_domain::{CorrelationId, Limits};
use windlass_store::Trace;
use windlass_templates::{Fault, Template, canonical};

use super::failure::Failure;
use crate::input::{Document, NO_FIELD, Origin, TWICE, TemplateText, read_pipeline};

/// Checks a template, and makes what is the same for all that say the same.
///
/// # Errors
/// All that is wrong with it.
pub(super) fn check(text: &TemplateText, limits: &Limits) -> Result<[u8; 32], Failure> {
    let (parameters, pipeline) = (text.parameters.as_str(), text.pipeline.as_str());
    let template = Template::parse(parameters, pipeline).map_err(Failure::Wrong)?;
    check_shape(&template, limits)?;
    let description = serde_json::to_string(&text.description.as_ref().map(windlass_domain::Reason::as_str));
    let mut hash = Sha256::new();
    for part in [description.unwrap_or_default(), canonical(parameters), canonical(pipeline)] {
        hash.update(part);
        // What no JSON has stands between the parts.
        hash.update([0]);
    }
    Ok(hash.finalize().into())
}

/// Reads the body as that of a new pipeline. What is wrong where an expression stands is not known to be.
fn check_shape(template: &Template, limits: &Limits) -> Result<(), Failure> {
    let probe = template.probe();
    let document = Document::parse(probe.body.into_bytes())
        .map_err(|detail| Failure::Wrong(vec![Fault { pointer: "/pipeline".to_owned(), detail }]))?;
    // How many of everything there will be is not known either.
    let most = usize::MAX;
    let limits =
        Limits { jobs_per_pipeline: most, edges_per_pipeline: most, tasks_per_call: most, ..*limits };
    let origin = Origin {
        correlation_id: CorrelationId::parse("template").expect("a word is one"),
        trace: Trace::default(),
    };
    let open: HashSet<String> = probe.open.into_iter().collect();
    let Err(rejection) = document.read(|root| read_pipeline(root, &limits, origin)) else { return Ok(()) };
    let known = rejection
        .errors
        .into_iter()
        .filter(|error| !open.contains(&error.pointer) || [NO_FIELD, TWICE].contains(&error.detail.as_str()));
    let faults: Vec<Fault> = known
        .map(|error| Fault { pointer: format!("/pipeline{}", error.pointer), detail: error.detail })
        .collect();
    if faults.is_empty() { Ok(()) } else { Err(Failure::Wrong(faults)) }
}
