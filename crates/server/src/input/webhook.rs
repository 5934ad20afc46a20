//! Reading webhooks, and what changes them.

use std::collections::BTreeMap;

use windlass_domain::{EventPattern, Limits, Name, ScheduleName, TemplateName, TypeName, WebhookFormat};
use windlass_store::WebhookChange;
use windlass_wire::WebhookFilter;

use super::json::{Field, Object};
use super::key::Overlap;
use crate::outbound::{AllowedAddresses, Secret, Target};

/// The longest description, in characters.
const DESCRIPTION: usize = 1_000;
/// Items of each list of a filter at the most.
const ITEMS: usize = 50;
/// The words of formats, for people.
const FORMATS: &str = "standard, cloudevents, slack";

/// A webhook to make.
pub(crate) struct NewWebhook {
    pub(crate) url: String,
    pub(crate) events: Vec<EventPattern>,
    pub(crate) filter: String,
    pub(crate) format: WebhookFormat,
    pub(crate) description: Option<String>,
    pub(crate) paused: bool,
    /// `None`: the server makes one.
    pub(crate) secret: Option<Secret>,
}

/// A new secret, and how long the one before signs as well.
#[derive(Default)]
pub(crate) struct Rotation {
    /// `None`: the server makes one.
    pub(crate) secret: Option<Secret>,
    pub(crate) overlap: Overlap,
}

/// A webhook to make.
pub(crate) fn read_new_webhook(root: Field<'_>, allowed: &AllowedAddresses) -> Option<NewWebhook> {
    root.object(|body| {
        let url = body.required("url", |field| read_url(field, allowed));
        let events = body.required("events", read_events);
        let filter = body.present("filter", read_filter).unwrap_or_else(|| "{}".to_owned());
        let format = body.present("format", |field| field.word(WebhookFormat::parse, FORMATS));
        let description = body.optional("description", read_description);
        let secret = body.optional("secret", read_secret);
        let paused = body.present("paused", |field| field.flag());
        Some(NewWebhook {
            url: url?,
            events: events?,
            filter,
            format: format.unwrap_or(WebhookFormat::Standard),
            description,
            paused: paused.unwrap_or(false),
            secret,
        })
    })
}

/// What to change of a webhook.
pub(crate) fn read_webhook_change(root: Field<'_>, allowed: &AllowedAddresses) -> Option<WebhookChange> {
    root.object(|body| {
        Some(WebhookChange {
            url: body.present("url", |field| read_url(field, allowed)),
            events: body.present("events", read_events),
            filter: body.present("filter", read_filter),
            format: body.present("format", |field| field.word(WebhookFormat::parse, FORMATS)),
            description: body.present("description", |field| {
                if field.is_null() { Some(None) } else { Some(Some(read_description(field)?)) }
            }),
            paused: body.present("paused", |field| field.flag()),
        })
    })
}

/// How a secret is rotated.
pub(crate) fn read_rotation_of_secret(root: Field<'_>) -> Option<Rotation> {
    root.object(|body| {
        let secret = body.optional("secret", read_secret);
        let overlap = take_overlap(body);
        Some(Rotation { secret, overlap })
    })
}

fn take_overlap(body: &mut Object<'_>) -> Overlap {
    let overlap = body.present("overlap_seconds", |field| field.seconds(Limits::OVERLAP_SECONDS));
    overlap.map_or_else(Overlap::default, Overlap::of)
}

fn read_url(field: Field<'_>, allowed: &AllowedAddresses) -> Option<String> {
    let text = field.string()?;
    match Target::parse(&text, allowed) {
        Ok(_) => Some(text),
        Err(why) => field.refuse(why),
    }
}

fn read_events(field: Field<'_>) -> Option<Vec<EventPattern>> {
    let mut seen = Vec::new();
    field.each(1..=EventPattern::MOST, |field, _| {
        let event = field.text(EventPattern::parse)?;
        if seen.contains(&event) {
            return field.refuse("is given more than once");
        }
        seen.push(event.clone());
        Some(event)
    })
}

/// The filter as JSON, as it is kept.
fn read_filter(field: Field<'_>) -> Option<String> {
    let filter = field.object(|filter| {
        Some(WebhookFilter {
            pipeline_name: filter
                .present("pipeline_name", |field| field.text(Name::parse))
                .map(Name::into_string),
            template: filter
                .present("template", |field| field.text(TemplateName::parse))
                .map(TemplateName::into_string),
            schedule: filter
                .present("schedule", |field| field.text(ScheduleName::parse))
                .map(ScheduleName::into_string),
            types: filter.present("types", read_types),
            metadata: filter.present("metadata", read_metadata),
        })
    });
    serde_json::to_string(&filter?).ok()
}

fn read_types(field: Field<'_>) -> Option<Vec<String>> {
    field.each(1..=ITEMS, |field, _| field.text(TypeName::parse).map(TypeName::into_string))
}

fn read_metadata(field: Field<'_>) -> Option<BTreeMap<String, String>> {
    let members = field.map(1..=ITEMS, |name, field| Some((name.to_owned(), field.string()?)))?;
    Some(members.into_iter().collect())
}

fn read_description(field: Field<'_>) -> Option<String> {
    let text = field.string()?;
    if text.chars().count() > DESCRIPTION {
        return field.refuse(format_args!("must have at most {DESCRIPTION} characters"));
    }
    Some(text)
}

fn read_secret(field: Field<'_>) -> Option<Secret> {
    Secret::parse(&field.string()?).map_err(|why| field.refuse::<Secret>(why)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::{Document, Rejection};

    fn new(body: &str) -> Result<NewWebhook, Vec<String>> {
        let allowed = AllowedAddresses::default();
        Document::of(body).read(|root| read_new_webhook(root, &allowed)).map_err(Rejection::pointers)
    }

    fn with(fields: &str) -> Result<NewWebhook, Vec<String>> {
        new(&format!(r#"{{"url":"https://a.example","events":["*"]{fields}}}"#))
    }

    fn change(body: &str) -> Result<WebhookChange, Vec<String>> {
        let allowed = AllowedAddresses::default();
        Document::of(body).read(|root| read_webhook_change(root, &allowed)).map_err(Rejection::pointers)
    }

    fn refused<T>(read: Result<T, Vec<String>>) -> Vec<String> {
        read.err().unwrap_or_default()
    }

    #[test]
    fn url_and_events_are_required_and_the_rest_has_defaults() {
        let webhook = with("").unwrap_or_else(|wrong| panic!("{wrong:?}"));
        assert_eq!((webhook.filter.as_str(), webhook.format), ("{}", WebhookFormat::Standard));
        assert!(webhook.description.is_none() && webhook.secret.is_none() && !webhook.paused);
        assert!(with(r#","description":null,"secret":null"#).is_ok());
        assert_eq!(refused(new("{}")), ["/url", "/events"]);
        let nulls = r#","filter":null,"format":null,"paused":null"#;
        assert_eq!(refused(with(nulls)), ["/filter", "/format", "/paused"]);
        assert_eq!(refused(with(r#","reason":"x""#)), ["/reason"]);
    }

    #[test]
    fn events_are_1_to_50_and_none_is_there_twice() {
        let events = |events: &str| new(&format!(r#"{{"url":"https://a.example","events":{events}}}"#));
        for (wrong, at) in [
            ("[]", "/events"),
            (r#"["pipeline.failed","pipeline.failed"]"#, "/events/1"),
            (r#"["pipeline.done"]"#, "/events/0"),
            (r#""*""#, "/events"),
            ("null", "/events"),
        ] {
            assert_eq!(refused(events(wrong)), [at], "{wrong}");
        }
        let many = vec!["\"*\""; 51].join(",");
        assert_eq!(refused(events(&format!("[{many}]"))), ["/events"]);
    }

    #[test]
    fn a_filter_is_strict_and_its_lists_have_1_to_50_items() {
        let filter = |filter: &str| with(&format!(r#","filter":{filter}"#)).map(|webhook| webhook.filter);
        let whole =
            r#"{"pipeline_name":"a","template":"t","schedule":"s","types":["x"],"metadata":{"k":"v"}}"#;
        assert_eq!(filter(whole).unwrap(), whole);
        for (wrong, at) in [
            (r#"{"pipeline_name":""}"#, "/filter/pipeline_name"),
            (r#"{"pipeline_name":null}"#, "/filter/pipeline_name"),
            (r#"{"template":"a b"}"#, "/filter/template"),
            (r#"{"types":[]}"#, "/filter/types"),
            (r#"{"types":[""]}"#, "/filter/types/0"),
            (r#"{"metadata":{}}"#, "/filter/metadata"),
            (r#"{"metadata":{"a":1}}"#, "/filter/metadata/a"),
            (r#"{"name":"a"}"#, "/filter/name"),
            ("[]", "/filter"),
        ] {
            assert_eq!(refused(filter(wrong)), [at], "{wrong}");
        }
        let types = |n: usize| format!(r#"{{"types":[{}]}}"#, vec!["\"x\""; n].join(","));
        assert!(filter(&types(50)).is_ok());
        assert_eq!(refused(filter(&types(51))), ["/filter/types"]);
    }

    #[test]
    fn each_value_has_its_bounds() {
        let description = |n: usize| format!(r#","description":"{}""#, "é".repeat(n));
        assert!(with(&description(1_000)).is_ok());
        assert_eq!(refused(with(&description(1_001))), ["/description"]);
        assert_eq!(refused(with(r#","format":"Slack""#)), ["/format"]);
        assert_eq!(refused(with(r#","secret":"whsec_short""#)), ["/secret"]);
        assert_eq!(refused(new(r#"{"url":"https://127.1","events":["*"]}"#)), ["/url"]);
    }

    #[test]
    fn a_change_takes_what_a_new_one_does_but_a_secret() {
        let changed =
            change(r#"{"description":null,"paused":true}"#).unwrap_or_else(|wrong| panic!("{wrong:?}"));
        assert_eq!((changed.description, changed.paused), (Some(None), Some(true)));
        assert!(changed.url.is_none() && changed.events.is_none() && changed.filter.is_none());
        assert!(change("{}").is_ok());
        assert_eq!(refused(change(r#"{"secret":null}"#)), ["/secret"]);
        assert_eq!(refused(change(r#"{"url":"https://a.example/…"}"#)), ["/url"]);
        let nulls = r#"{"url":null,"events":null,"filter":null,"format":null,"paused":null}"#;
        assert_eq!(refused(change(nulls)), ["/url", "/events", "/filter", "/format", "/paused"]);
    }
}
