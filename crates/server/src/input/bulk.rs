//! Reading bulk verbs: for which pipelines, and whether for a preview only.

use windlass_domain::{
    CorrelationId, Limits, Name, PipelineState, Priority, Reason, ScheduleName, TemplateName,
};
use windlass_store::{BulkVerb, PipelineSet};

use super::json::{Field, Object};
use super::pipeline::PRIORITIES;
use super::verb::{take_clean_up, take_deadline, take_scope};

/// The words of a state, for people.
const STATES: &str = "pending, running, succeeded, partial, failed, cancelled, open";

/// A bulk verb.
#[derive(Debug)]
pub(crate) struct BulkOrder {
    /// For which pipelines.
    pub(crate) set: PipelineSet,
    /// What to do to each, with the verb's own fields.
    pub(crate) verb: BulkVerb,
    /// Whether only to say how many fit.
    pub(crate) dry_run: bool,
    /// Why.
    pub(crate) reason: Option<Reason>,
}

/// A verb without fields of its own.
pub(crate) fn read_bulk(root: Field<'_>, verb: BulkVerb) -> Option<BulkOrder> {
    read(root, |_| verb)
}

/// A cancel, which may spare what cleans up.
pub(crate) fn read_bulk_cancel(root: Field<'_>) -> Option<BulkOrder> {
    read(root, |body| BulkVerb::Cancel { clean_up: take_clean_up(body) })
}

/// A retry, with its scope and deadline.
pub(crate) fn read_bulk_retry(root: Field<'_>) -> Option<BulkOrder> {
    read(root, |body| BulkVerb::Retry { scope: take_scope(body), deadline_at: take_deadline(body) })
}

/// What all have in common; `own` takes the verb's own fields.
fn read(root: Field<'_>, own: impl FnOnce(&mut Object<'_>) -> BulkVerb) -> Option<BulkOrder> {
    root.object(|body| {
        let set = body.required("filter", read_set);
        let dry_run = body.present("dry_run", |field| field.flag()).unwrap_or(true);
        let reason = body.optional("reason", |field| field.text(Reason::parse));
        let verb = own(body);
        Some(BulkOrder { set: set?, verb, dry_run, reason })
    })
}

/// A filter of at least one condition; what is null or empty in it would be one that means all, and is refused.
fn read_set(filter: Field<'_>) -> Option<PipelineSet> {
    if filter.is_empty_object() {
        return filter.refuse("must have at least one condition");
    }
    filter.object(|filter| {
        Some(PipelineSet {
            states: filter.present("state", read_states).unwrap_or_default(),
            name: filter.present("name", |field| field.text(Name::parse)).map(Name::into_string),
            priority: filter.present("priority", |field| field.word(Priority::parse, PRIORITIES)),
            correlation_id: filter
                .present("correlation_id", |field| field.text(CorrelationId::parse))
                .map(CorrelationId::into_string),
            created_after: filter.present("created_after", |field| field.bound()),
            created_before: filter.present("created_before", |field| field.bound()),
            template: filter
                .present("template", |field| field.text(TemplateName::parse))
                .map(TemplateName::into_string),
            schedule: filter
                .present("schedule", |field| field.text(ScheduleName::parse))
                .map(ScheduleName::into_string),
            metadata: filter.present("metadata", read_texts).unwrap_or_default(),
        })
    })
}

/// A state, a list of them, or the word for all that have not ended.
fn read_states(field: Field<'_>) -> Option<Vec<PipelineState>> {
    if !field.is_string() {
        return field.each(1..=PipelineState::ALL.len(), |item, _| item.word(PipelineState::parse, STATES));
    }
    field.word(
        |word| match word {
            "open" => Some(PipelineState::ALL.into_iter().filter(|state| !state.has_ended()).collect()),
            one => PipelineState::parse(one).map(|state| vec![state]),
        },
        STATES,
    )
}

fn read_texts(field: Field<'_>) -> Option<Vec<(String, String)>> {
    field.map(1..=Limits::METADATA_FILTERS, |name, text| {
        if name.is_empty() {
            return text.refuse("must have a name");
        }
        Some((name.to_owned(), text.string()?))
    })
}

#[cfg(test)]
mod tests {
    use windlass_store::Scope;

    use super::*;
    use crate::input::{Document, Rejection};

    fn pause(body: &str) -> Result<BulkOrder, Vec<String>> {
        Document::of(body).read(|root| read_bulk(root, BulkVerb::Pause)).map_err(Rejection::pointers)
    }

    fn filter(filter: &str) -> Result<PipelineSet, Vec<String>> {
        pause(&format!(r#"{{"filter":{filter}}}"#)).map(|order| order.set)
    }

    #[test]
    fn a_bulk_verb_is_a_preview_unless_said_otherwise() {
        let dry = |further: &str| pause(&format!(r#"{{"filter":{{"name":"a"}}{further}}}"#)).unwrap().dry_run;
        assert!(dry("") && dry(r#","dry_run":true"#));
        assert!(!dry(r#","dry_run":false"#));
        assert_eq!(pause(r#"{"filter":{"name":"a"},"dry_run":null}"#).unwrap_err(), ["/dry_run"]);
    }

    #[test]
    fn a_state_is_one_or_several_or_open() {
        let states = |text: &str| filter(&format!(r#"{{"state":{text}}}"#)).map(|set| set.states);
        let open = vec![PipelineState::Pending, PipelineState::Running];
        assert_eq!(states(r#""failed""#).unwrap(), [PipelineState::Failed]);
        assert_eq!(states(r#"["pending","running"]"#).unwrap(), open);
        assert_eq!(states(r#""open""#).unwrap(), open);
        for bad in ["[]", "null", "{}", r#""ended""#, "true"] {
            assert_eq!(states(bad).unwrap_err(), ["/filter/state"], "{bad}");
        }
        assert_eq!(states(r#"["failed",null,"open"]"#).unwrap_err(), ["/filter/state/1", "/filter/state/2"]);
    }

    #[test]
    fn bounds_are_rounded_up_to_the_microsecond_as_in_queries() {
        let set = filter(
            r#"{"created_after":"2026-01-01T00:00:00.0000001Z","created_before":"2026-01-01T00:00:00.000002Z"}"#,
        )
        .unwrap();
        let bounds =
            [set.created_after, set.created_before].map(|bound| bound.unwrap().timestamp_subsec_nanos());
        assert_eq!(bounds, [1_000, 2_000]);
    }

    #[test]
    fn a_filter_never_means_all() {
        for bad in ["null", "{}", "[]", r#""all""#] {
            assert_eq!(filter(bad).unwrap_err(), ["/filter"], "{bad}");
        }
        assert_eq!(pause("{}").unwrap_err(), ["/filter"]);
        for name in [
            "state",
            "name",
            "priority",
            "correlation_id",
            "created_after",
            "created_before",
            "template",
            "schedule",
            "metadata",
        ] {
            for bad in ["null", "[]", "{}", r#""""#] {
                let at = format!("/filter/{name}");
                assert_eq!(filter(&format!(r#"{{"{name}":{bad}}}"#)).unwrap_err(), [at], "{name}: {bad}");
            }
        }
        assert_eq!(filter(r#"{"names":"a","type":"b"}"#).unwrap_err(), ["/filter/names", "/filter/type"]);
    }

    #[test]
    fn metadata_has_up_to_five_texts_each_once() {
        let texts =
            |members: &str| filter(&format!(r#"{{"metadata":{{{members}}}}}"#)).map(|set| set.metadata);
        let five = r#""a":"","b":"1","c":"2","d":"3","e.f":"4""#;
        assert_eq!(texts(five).unwrap()[0], ("a".to_owned(), String::new()));
        assert_eq!(texts(&format!(r#"{five},"g":"5""#)).unwrap_err(), ["/filter/metadata"]);
        let wrong = texts(r#""a":1,"b":null,"":"x","c":"1","c":"2""#).unwrap_err();
        assert_eq!(
            wrong,
            ["/filter/metadata/a", "/filter/metadata/b", "/filter/metadata/", "/filter/metadata/c"]
        );
    }

    #[test]
    fn only_a_cancel_cleans_up() {
        let body = r#"{"filter":{"name":"a"},"clean_up":true}"#;
        let cancel = Document::of(body).read(read_bulk_cancel).map(|order| order.verb);
        assert_eq!(cancel.map_err(Rejection::pointers).unwrap(), BulkVerb::Cancel { clean_up: true });
        assert_eq!(pause(body).unwrap_err(), ["/clean_up"]);
    }

    #[test]
    fn only_a_retry_has_a_scope_and_a_deadline() {
        let retry = |scope: &str| {
            let body = format!(r#"{{"filter":{{"name":"a"}}{scope}}}"#);
            Document::of(&body).read(read_bulk_retry).map(|order| order.verb).map_err(Rejection::pointers)
        };
        assert_eq!(retry("").unwrap(), BulkVerb::Retry { scope: Scope::Failed, deadline_at: None });
        assert_eq!(
            retry(r#","scope":"all""#).unwrap(),
            BulkVerb::Retry { scope: Scope::All, deadline_at: None }
        );
        assert_eq!(retry(r#","scope":"some","deadline_at":"soon""#).unwrap_err(), ["/scope", "/deadline_at"]);
        assert_eq!(pause(r#"{"filter":{"name":"a"},"scope":"all"}"#).unwrap_err(), ["/scope"]);
    }
}
