//! Schemas of the types that are a plain value or an object: the derive gives such variants no bounds and leaves their
//! objects open, so that a client generated from the document would send what the server refuses.

use std::borrow::Cow;

use utoipa::openapi::schema::AdditionalProperties;
use utoipa::openapi::{
    ArrayBuilder, KnownFormat, Object, ObjectBuilder, OneOfBuilder, Ref, RefOr, Schema, SchemaFormat, Type,
};
use utoipa::{PartialSchema, ToSchema};

use crate::{
    BulkState, CurrentKey, Key, NewDependency, NewEdge, PipelineState, RetryDirective, Sealing, UnlistedKey,
};

/// The names by which edges speak of jobs.
const KEY: &str = "^[A-Za-z0-9._-]{1,100}$";
/// 30 days.
const LONGEST_DELAY_SECONDS: f64 = 2_592_000.0;

impl PartialSchema for NewDependency {
    fn schema() -> RefOr<Schema> {
        let key = ObjectBuilder::new()
            .schema_type(Type::String)
            .pattern(Some(KEY))
            .description(Some("The key of a job that must succeed first."));
        let words =
            "An edge of a new job: a key, which means `\"when\": \"succeeded\"`, or key and condition.";
        let edge = Ref::from_schema_name(NewEdge::name());
        OneOfBuilder::new().item(key).item(edge).description(Some(words)).into()
    }
}

impl ToSchema for NewDependency {
    fn name() -> Cow<'static, str> {
        "NewDependency".into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((NewEdge::name().into_owned(), NewEdge::schema()));
        NewEdge::schemas(schemas);
    }
}

impl PartialSchema for BulkState {
    fn schema() -> RefOr<Schema> {
        let state = || Ref::from_schema_name(PipelineState::name());
        let any_of =
            ArrayBuilder::new().items(state()).min_items(Some(1)).max_items(Some(6)).title(Some("AnyState"));
        let open = ObjectBuilder::new()
            .title(Some("OpenState"))
            .schema_type(Type::String)
            .enum_values(Some(["open"]))
            .description(Some("Any that has not ended."));
        let words = "A state, any of several, or `open`: any that has not ended.";
        OneOfBuilder::new().item(state()).item(any_of).item(open).description(Some(words)).into()
    }
}

impl ToSchema for BulkState {
    fn name() -> Cow<'static, str> {
        "BulkState".into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((PipelineState::name().into_owned(), PipelineState::schema()));
    }
}

impl PartialSchema for CurrentKey {
    fn schema() -> RefOr<Schema> {
        let made = Ref::from_schema_name(Key::name());
        let unlisted = Ref::from_schema_name(UnlistedKey::name());
        OneOfBuilder::new().item(made).item(unlisted).description(Some("The key of the caller.")).into()
    }
}

impl ToSchema for CurrentKey {
    fn name() -> Cow<'static, str> {
        "CurrentKey".into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((Key::name().into_owned(), Key::schema()));
        Key::schemas(schemas);
        schemas.push((UnlistedKey::name().into_owned(), UnlistedKey::schema()));
        UnlistedKey::schemas(schemas);
    }
}

impl PartialSchema for RetryDirective {
    fn schema() -> RefOr<Schema> {
        let words = "Whether and when a failed attempt is tried again.";
        OneOfBuilder::new().item(word()).item(delay()).description(Some(words)).into()
    }
}

impl ToSchema for RetryDirective {
    fn name() -> Cow<'static, str> {
        "RetryDirective".into()
    }
}

impl PartialSchema for Sealing {
    fn schema() -> RefOr<Schema> {
        let flag = ObjectBuilder::new()
            .schema_type(Type::Boolean)
            .description(Some("`true`: from its creation; `false`: until somebody seals it."));
        let word = ObjectBuilder::new()
            .title(Some("SealedOnOpen"))
            .schema_type(Type::String)
            .enum_values(Some(["on_open"]))
            .description(Some(
                "By itself as it opens: the jobs before it may add tasks until they have ended.",
            ));
        OneOfBuilder::new().item(flag).item(word).description(Some("When a job takes no more tasks.")).into()
    }
}

impl ToSchema for Sealing {
    fn name() -> Cow<'static, str> {
        "Sealing".into()
    }
}

fn word() -> Object {
    ObjectBuilder::new()
        .title(Some("RetryWord"))
        .schema_type(Type::String)
        .enum_values(Some(["auto", "never"]))
        .description(Some("`auto`: as the job's policy says; `never`: not at all."))
        .build()
}

fn delay() -> Object {
    let seconds = ObjectBuilder::new()
        .schema_type(Type::Number)
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Double)))
        .minimum(Some(0.0))
        .maximum(Some(LONGEST_DELAY_SECONDS))
        .description(Some("Seconds, 0 to 30 days, whatever the category; never beyond `max_attempts`."));
    ObjectBuilder::new()
        .title(Some("RetryDelay"))
        .schema_type(Type::Object)
        .property("after_seconds", seconds)
        .required("after_seconds")
        .additional_properties(Some(AdditionalProperties::<Schema>::FreeForm(false)))
        .description(Some("After this many seconds."))
        .build()
}
