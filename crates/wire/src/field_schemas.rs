//! Schemas of single fields whose items or names have bounds: the derive says those of the whole only.

use utoipa::ToSchema;
use utoipa::openapi::schema::SchemaType;
use utoipa::openapi::{Array, ArrayBuilder, Object, ObjectBuilder, Ref, Type};

use crate::Scope;

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

/// What a new key may be used for.
pub(crate) fn scopes() -> Array {
    ArrayBuilder::new()
        .items(Ref::from_schema_name(Scope::name()))
        .min_items(Some(1))
        .max_items(Some(5))
        .unique_items(true)
        .description(Some("What it may be used for: 1 to 5, none twice."))
        .build()
}

/// The types to which a new key is narrowed, or null.
pub(crate) fn type_patterns() -> Array {
    let one = ObjectBuilder::new()
        .schema_type(Type::String)
        .min_length(Some(1))
        .max_length(Some(100))
        .pattern(Some("^(\\*.|[^*])"))
        .examples(["resize-*"]);
    ArrayBuilder::new()
        .schema_type(SchemaType::from_iter([Type::Array, Type::Null]))
        .items(one)
        .min_items(Some(1))
        .max_items(Some(50))
        .description(Some(
            "The only types that it may dequeue and create, 1 to 50: each exact, or a beginning with `*` at its end; default null, any. \
             Not with the scopes `operate` and `admin`.",
        ))
        .build()
}

/// Nothing but null.
pub(crate) fn null() -> Object {
    ObjectBuilder::new().schema_type(Type::Null).description(Some("Always null.")).build()
}
