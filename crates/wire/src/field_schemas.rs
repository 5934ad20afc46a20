//! Schemas of single fields whose items or names have bounds: the derive says those of the whole only.

use utoipa::openapi::{Array, ArrayBuilder, Object, ObjectBuilder, Type};

/// Texts by which pipelines are found, by their names in the metadata.
pub(crate) fn texts() -> Object {
    ObjectBuilder::new()
        .schema_type(Type::Object)
        .description(Some("Those whose metadata has exactly these texts as top-level members, 1 to 5."))
        .property_names(Some(ObjectBuilder::new().schema_type(Type::String).min_length(Some(1)).build()))
        .additional_properties(Some(ObjectBuilder::new().schema_type(Type::String)))
        .min_properties(Some(1))
        .max_properties(Some(5))
        .build()
}

/// The types that a dequeue asks for.
pub(crate) fn asked_types() -> Array {
    let one = ObjectBuilder::new()
        .schema_type(Type::String)
        .min_length(Some(1))
        .max_length(Some(100))
        .examples(["hash-files"]);
    ArrayBuilder::new()
        .items(one)
        .min_items(Some(1))
        .max_items(Some(50))
        .description(Some("The types that the worker handles, 1 to 50, each of 1 to 100 characters."))
        .build()
}
