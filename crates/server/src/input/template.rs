//! Reading a template, and how one is to be filled in.

use chrono::SecondsFormat;
use windlass_domain::{CorrelationId, Json, Limits, Name, Priority, Reason};

use super::json::Field;
use super::pipeline::PRIORITIES;

/// Bytes of the parameters that a call gives.
const GIVEN_BYTES: usize = 256 * 1_024;
/// Bytes of a template's schema.
const SCHEMA_BYTES: usize = 64 * 1_024;

/// A template as it is put; whether it is one is yet to be seen.
#[derive(Debug)]
pub(crate) struct TemplateText {
    /// What it is for.
    pub(crate) description: Option<Reason>,
    /// An object.
    pub(crate) parameters: Json,
    /// An object.
    pub(crate) pipeline: Json,
}

/// How a template is to be filled in; what is `None` is as the template says.
#[derive(Debug, Clone, Default)]
pub(crate) struct Order {
    /// The version; `None`: the newest.
    pub(crate) version: Option<i32>,
    /// An object; `None`: no parameters.
    pub(crate) parameters: Option<Json>,
    /// The pipeline's name.
    pub(crate) name: Option<Name>,
    /// Its priority.
    pub(crate) priority: Option<Priority>,
    /// Its correlation id.
    pub(crate) correlation_id: Option<CorrelationId>,
    /// Merged over its metadata.
    pub(crate) metadata: Option<Json>,
    /// Whether it starts paused.
    pub(crate) paused: Option<bool>,
    /// Its deadline, RFC 3339.
    pub(crate) deadline_at: Option<String>,
}

/// A template; `most` are the bytes that its pipeline may have.
pub(crate) fn read_template(root: Field<'_>, most: usize) -> Option<TemplateText> {
    root.object(|template| {
        let description = template.optional("description", |field| field.text(Reason::parse));
        let parameters = template.present("parameters", |field| field.json_object(SCHEMA_BYTES));
        let pipeline = template.required("pipeline", |field| field.json_object(most));
        let parameters = parameters.unwrap_or_else(|| Json::from_checked("{}".to_owned()));
        Some(TemplateText { description, parameters, pipeline: pipeline? })
    })
}

/// How to fill a template in.
pub(crate) fn read_order(root: Field<'_>, limits: &Limits) -> Option<Order> {
    root.object(|order| {
        let version = order.optional("version", |field| field.integer((1, i64::from(i32::MAX))));
        let instant = order.optional("deadline_at", |field| field.instant());
        Some(Order {
            version: version.and_then(|version| i32::try_from(version).ok()),
            parameters: order.present("parameters", |field| field.json_object(GIVEN_BYTES)),
            name: order.optional("name", |field| field.text(Name::parse)),
            priority: order.optional("priority", |field| field.word(Priority::parse, PRIORITIES)),
            correlation_id: order.optional("correlation_id", |field| field.text(CorrelationId::parse)),
            metadata: order.optional("metadata", |field| field.json_object(limits.json_bytes)),
            paused: order.optional("paused", |field| field.flag()),
            deadline_at: instant.map(|instant| instant.to_rfc3339_opts(SecondsFormat::AutoSi, true)),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::{Document, Rejection};

    #[test]
    fn what_is_wrong_in_a_template_is_listed_together() {
        let read = |text: &str| {
            let read = Document::of(text).read(|root| read_template(root, 1_000));
            read.map_err(Rejection::pointers)
        };
        let template = read(r#"{"pipeline":{"name":"n"},"description":null}"#).unwrap();
        assert_eq!((template.parameters.as_str(), template.description), ("{}", None));
        assert_eq!(
            read(r#"{"parameters":[],"description":"","colour":1}"#).unwrap_err(),
            ["/description", "/parameters", "/pipeline", "/colour"]
        );
        assert_eq!(read(r#"{"pipeline":"{{ all }}"}"#).unwrap_err(), ["/pipeline"]);
    }

    #[test]
    fn metadata_has_as_many_bytes_as_is_set() {
        let text = format!(r#"{{"metadata":{{"a":"{}"}}}}"#, "x".repeat(300 * 1_024));
        let read = |json_bytes| {
            let limits = Limits { json_bytes, ..Limits::default() };
            Document::of(&text).read(|root| read_order(root, &limits)).map(drop).map_err(Rejection::pointers)
        };
        assert_eq!(read(400 * 1_024), Ok(()));
        assert_eq!(read(256 * 1_024), Err(vec!["/metadata".to_owned()]));
    }

    #[test]
    fn null_is_what_the_template_says() {
        let limits = Limits::default();
        let read = |text: &str| {
            Document::of(text).read(|root| read_order(root, &limits)).map_err(Rejection::pointers)
        };
        let nulls = r#"{"version":null,"name":null,"priority":null,"correlation_id":null,"metadata":null,
            "paused":null,"deadline_at":null,"parameters":{"a":1e400}}"#;
        let order = read(nulls).unwrap();
        assert!(order.version.is_none() && order.name.is_none() && order.paused.is_none());
        assert_eq!(order.parameters.unwrap().as_str(), r#"{"a":1e400}"#);
        let wrong = r#"{"version":0,"parameters":null,"priority":"urgent","metadata":[],"paused":1,"deadline_at":"soon","jobs":[]}"#;
        assert_eq!(
            read(wrong).unwrap_err(),
            ["/version", "/deadline_at", "/parameters", "/priority", "/metadata", "/paused", "/jobs"]
        );
    }
}
