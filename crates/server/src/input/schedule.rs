//! Reading a schedule, and what triggers one.

use chrono::{DateTime, Utc};
use windlass_domain::{Json, Limits, Missed, Overlap, Priority, TemplateName};
use windlass_store::ScheduleDefinition;
use windlass_templates::{Pattern, Zone};

use super::json::Field;
use super::pipeline::PRIORITIES;

/// The longest description, in characters.
const DESCRIPTION: usize = 1_000;
/// Bytes of given parameters at the most.
const PARAMETERS: usize = 256 * 1024;

/// A schedule, whole: what is left out has its default.
pub(crate) fn read_schedule(root: Field<'_>, limits: &Limits) -> Option<ScheduleDefinition> {
    root.object(|body| {
        if body.has("cron") == body.has("every_seconds") {
            body.refuse("cron", "either this or every_seconds must be given, and not both");
        }
        let description = body.optional("description", read_description);
        let cron = body.optional("cron", read_cron);
        let every_seconds = body.optional("every_seconds", |field| small(field, Limits::EVERY_SECONDS));
        let timezone = body.present("timezone", read_zone).unwrap_or_else(|| "UTC".to_owned());
        let template = body.required("template", read_template);
        let priority = body.optional("priority", |field| field.word(Priority::parse, PRIORITIES));
        let metadata = body.optional("metadata", |field| field.json_object(limits.json_bytes));
        let overlap =
            body.present("overlap", |field| field.word(Overlap::parse, "skip, allow, cancel, wait"));
        let missed = body.present("missed", |field| field.word(Missed::parse, "skip, one, all"));
        let jitter = body.present("jitter_seconds", |field| small(field, Limits::SCHEDULE_JITTER_SECONDS));
        let starts_at = body.optional("starts_at", |field| field.instant());
        let ends_at = body.optional("ends_at", |field| field.instant());
        let paused = body.optional("paused", |field| field.flag());
        let template = template?;
        Some(ScheduleDefinition {
            description,
            cron,
            every_seconds,
            timezone,
            template: template.name,
            template_version: template.version,
            parameters: template.parameters,
            priority,
            metadata,
            overlap: overlap.unwrap_or(Overlap::Skip),
            missed: missed.unwrap_or(Missed::One),
            jitter_seconds: jitter.unwrap_or(0),
            starts_at,
            ends_at,
            paused,
        })
    })
}

/// For which time a schedule is triggered; `None`: now.
#[expect(clippy::option_option, reason = "a body that could be read, and a time that was set")]
pub(crate) fn read_trigger(root: Field<'_>) -> Option<Option<DateTime<Utc>>> {
    root.object(|body| Some(body.optional("scheduled_at", |field| field.instant())))
}

struct Template {
    name: String,
    version: Option<i32>,
    parameters: Json,
}

fn read_template(field: Field<'_>) -> Option<Template> {
    field.object(|template| {
        let name = template.required("name", |field| field.text(TemplateName::parse));
        let version = template.optional("version", |field| small(field, (1, i64::from(i32::MAX))));
        let parameters = template.present("parameters", |field| field.json_object(PARAMETERS));
        Some(Template {
            name: name?.into_string(),
            version,
            parameters: parameters.unwrap_or_else(|| Json::from_checked("{}".to_owned())),
        })
    })
}

fn read_description(field: Field<'_>) -> Option<String> {
    let text = field.string()?;
    if text.chars().count() > DESCRIPTION {
        return field.refuse(format_args!("must have at most {DESCRIPTION} characters"));
    }
    Some(text)
}

fn read_cron(field: Field<'_>) -> Option<String> {
    let text = field.string()?;
    match Pattern::parse(&text) {
        Ok(_) => Some(text),
        Err(detail) => field.refuse(format_args!("is no pattern of times: {detail}")),
    }
}

fn read_zone(field: Field<'_>) -> Option<String> {
    let name = field.string()?;
    if Zone::parse(&name).is_none() {
        return field.refuse("must be an IANA name of a time zone such as Europe/Berlin");
    }
    Some(name)
}

fn small(field: Field<'_>, bounds: (i64, i64)) -> Option<i32> {
    let number = field.integer(bounds)?;
    Some(i32::try_from(number).expect("the bounds are within those of an i32"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::{Document, Rejection};

    fn put(body: &str) -> Result<ScheduleDefinition, Vec<String>> {
        Document::of(body).read(|root| read_schedule(root, &Limits::default())).map_err(Rejection::pointers)
    }

    fn with(fields: &str) -> Result<ScheduleDefinition, Vec<String>> {
        put(&format!(r#"{{"template":{{"name":"t"}},{fields}}}"#))
    }

    #[test]
    fn a_template_and_one_rhythm_are_enough() {
        let schedule = with(r#""cron":"0 3 * * *""#).unwrap();
        assert_eq!((schedule.cron.as_deref(), schedule.every_seconds), (Some("0 3 * * *"), None));
        assert_eq!((schedule.timezone.as_str(), schedule.parameters.as_str()), ("UTC", "{}"));
        assert_eq!((schedule.overlap, schedule.missed), (Overlap::Skip, Missed::One));
        assert_eq!((schedule.jitter_seconds, schedule.paused, schedule.template_version), (0, None, None));
        assert_eq!(with(r#""every_seconds":10,"cron":null"#).unwrap().every_seconds, Some(10));
        assert_eq!(with(r#""description":null"#).unwrap_err(), ["/cron"]);
        assert_eq!(with(r#""every_seconds":10,"cron":"@daily""#).unwrap_err(), ["/cron"]);
        assert_eq!(put(r#"{"cron":"@daily"}"#).unwrap_err(), ["/template"]);
        assert_eq!(with(r#""every_seconds":9"#).unwrap_err(), ["/every_seconds"]);
        assert_eq!(with(r#""cron":"x","every_seconds":null"#).unwrap_err(), ["/cron"]);
    }

    #[test]
    fn each_value_has_its_bounds() {
        for (least, most, name) in [(10, 2_678_400, "every_seconds"), (0, 3_600, "jitter_seconds")] {
            let cron = if name == "every_seconds" { "" } else { r#""cron":"@daily","# };
            for right in [least, most] {
                assert!(with(&format!(r#"{cron}"{name}":{right}"#)).is_ok(), "{name} {right}");
            }
            for wrong in [least - 1, most + 1] {
                let found = with(&format!(r#"{cron}"{name}":{wrong}"#)).unwrap_err();
                assert!(found.contains(&format!("/{name}")), "{name} {wrong}: {found:?}");
            }
        }
        let wrong = r#""cron":"0 0 30 2 *","timezone":"Mars","overlap":"no","missed":"two","starts_at":"soon","paused":1"#;
        assert_eq!(
            with(wrong).unwrap_err(),
            ["/cron", "/timezone", "/overlap", "/missed", "/starts_at", "/paused"]
        );
        let template = r#"{"cron":"@daily","template":{"name":"a b","version":0,"parameters":[],"x":1}}"#;
        let expected = ["/template/name", "/template/version", "/template/parameters", "/template/x"];
        assert_eq!(put(template).unwrap_err(), expected);
        // As in a run: the contract shows no null.
        let null = r#"{"cron":"@daily","template":{"name":"a","parameters":null}}"#;
        assert_eq!(put(null).unwrap_err(), ["/template/parameters"]);
        let nulls = r#""cron":"@daily","timezone":null,"overlap":null,"missed":null,"jitter_seconds":null"#;
        assert_eq!(with(nulls).unwrap_err(), ["/timezone", "/overlap", "/missed", "/jitter_seconds"]);
    }

    #[test]
    fn a_trigger_may_name_a_time() {
        let read = |body: &str| Document::of(body).read(read_trigger).map_err(Rejection::pointers);
        assert_eq!(read("{}").unwrap(), None);
        assert_eq!(read(r#"{"scheduled_at":null}"#).unwrap(), None);
        assert!(read(r#"{"scheduled_at":"2027-01-01T00:00:00Z"}"#).unwrap().is_some());
        assert_eq!(read(r#"{"scheduled_at":"now","at":1}"#).unwrap_err(), ["/scheduled_at", "/at"]);
    }
}
