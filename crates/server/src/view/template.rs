//! A template as the contract shows it.

use windlass_store as store;
use windlass_wire as wire;

use super::values;

/// A version of a template.
pub(crate) fn template(template: store::Template) -> wire::Template {
    wire::Template {
        name: template.name,
        version: values::small(template.version),
        description: template.description,
        parameters: values::json(Some(template.parameters)),
        pipeline: values::json(Some(template.pipeline)),
        created_at: template.created_at,
        created_by: template.created_by,
    }
}
