//! The body of a delivery: what happened, and what it belongs to.
//!
//! What clients wrote (metadata, detail) goes in as the text that it is: a tree of values would change numbers.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::de::{Deserializer, MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;
use windlass_domain::{Happening, WebhookFormat};
use windlass_store::{self as store, Event, SkimmedEvent, Subjects};

use super::message::{self, About};
use crate::view;

/// Bytes of a body from which on metadata is left out.
const LONG: usize = 64 * 1024;

/// What a body is made of.
pub(super) struct Parts<'a> {
    pub(super) happening: Happening,
    pub(super) event: &'a Event,
    pub(super) skimmed: &'a SkimmedEvent,
    pub(super) subjects: &'a Subjects,
    /// Of the delivery.
    pub(super) delivery: uuid::Uuid,
    /// Where servers are reached, for links and as the source.
    pub(super) public_url: Option<&'a str>,
}

/// The `webhook-id` of a delivery.
pub(super) fn message_id(delivery: uuid::Uuid) -> String {
    format!("msg_{delivery}")
}

/// The body in this format.
pub(super) fn body(format: WebhookFormat, parts: &Parts<'_>) -> String {
    if format == WebhookFormat::Slack {
        return message::body(&parts.about());
    }
    let whole = envelope(format, parts, true);
    if whole.len() > LONG { envelope(format, parts, false) } else { whole }
}

impl Parts<'_> {
    fn about(&self) -> About<'_> {
        About {
            happening: self.happening,
            event: self.event,
            pipeline: self.pipeline(),
            job: self.job(),
            failed: self.failed(),
            public_url: self.public_url,
        }
    }

    fn pipeline(&self) -> Option<&store::Pipeline> {
        self.subjects.pipelines.get(&self.skimmed.pipeline_id)
    }

    fn job(&self) -> Option<&store::Job> {
        self.subjects.jobs.get(&self.skimmed.job_id?)
    }

    fn task(&self) -> Option<&store::Task> {
        self.subjects.tasks.get(&self.skimmed.task_id?)
    }

    fn failed(&self) -> Option<&store::FailedTask> {
        let changed = self.skimmed.task_id.or(self.skimmed.job_id).unwrap_or(self.skimmed.pipeline_id);
        self.subjects.failed.get(&changed)
    }

    /// What changed: an id, or the name of a schedule.
    fn subject(&self) -> String {
        let skimmed = self.skimmed;
        match &skimmed.schedule {
            Some(schedule) => schedule.clone(),
            None => skimmed.task_id.or(skimmed.job_id).unwrap_or(skimmed.pipeline_id).to_string(),
        }
    }

    /// What it is about: of a pipeline's events that one, of a job's and a task's these as well, and of failures the error. What has gone is null.
    fn data(&self, with_metadata: bool) -> Box<RawValue> {
        let left_out: &[&str] = if with_metadata { &[] } else { &["metadata"] };
        let of_task: &[&str] =
            if with_metadata { &["payload", "result"] } else { &["payload", "result", "metadata"] };
        let mut members = vec![("event", raw(&view::event(self.event.clone())))];
        if self.skimmed.schedule.is_none() {
            let pipeline = self.pipeline().cloned().map(view::pipeline_alone);
            members.push(("pipeline", without(left_out, raw(&pipeline))));
        }
        if self.skimmed.job_id.is_some() {
            members.push(("job", raw(&self.job().cloned().map(view::job_in_pipeline))));
        }
        if self.skimmed.task_id.is_some() {
            let task = self.task().cloned().map(view::task);
            members.push(("task", without(of_task, raw(&task))));
        }
        if self.happening.is_failure() && self.skimmed.schedule.is_none() {
            let error = self.failed().map(|failed| view::task_error(failed.error.clone()));
            members.push(("error", raw(&error)));
        }
        raw(&Members(members))
    }
}

fn envelope(format: WebhookFormat, parts: &Parts<'_>, with_metadata: bool) -> String {
    let data = parts.data(with_metadata);
    let (kind, at) = (parts.happening.to_string(), parts.event.at);
    if format == WebhookFormat::CloudEvents {
        let cloud = Cloud {
            id: message_id(parts.delivery),
            kind: &format!("windlass.{kind}"),
            subject: Some(&parts.subject()),
            source: parts.public_url,
            at,
        };
        return cloud.body(data);
    }
    standard(&kind, at, data)
}

/// A body as Standard Webhooks has it.
pub(super) fn standard(kind: &str, at: DateTime<Utc>, data: Box<RawValue>) -> String {
    text(&Members(vec![("type", raw(&kind)), ("timestamp", raw(&instant(at))), ("data", data)]))
}

/// A `CloudEvents` envelope.
pub(super) struct Cloud<'a> {
    pub(super) id: String,
    pub(super) kind: &'a str,
    pub(super) subject: Option<&'a str>,
    pub(super) source: Option<&'a str>,
    pub(super) at: DateTime<Utc>,
}

impl Cloud<'_> {
    /// The envelope around this.
    pub(super) fn body(&self, data: Box<RawValue>) -> String {
        let mut members = vec![
            ("specversion", raw(&"1.0")),
            ("id", raw(&self.id)),
            ("source", raw(&self.source.unwrap_or("urn:windlass"))),
            ("type", raw(&self.kind)),
        ];
        members.extend(self.subject.map(|subject| ("subject", raw(&subject))));
        members.push(("time", raw(&instant(self.at))));
        members.push(("datacontenttype", raw(&"application/json")));
        members.push(("data", data));
        text(&Members(members))
    }
}

fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

/// Members in their order.
struct Members(Vec<(&'static str, Box<RawValue>)>);

impl Serialize for Members {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in &self.0 {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

/// # Panics
/// Never: the types of the contract always have a JSON form.
pub(super) fn raw(value: &impl Serialize) -> Box<RawValue> {
    serde_json::value::to_raw_value(value).expect("the types of the contract have a JSON form")
}

fn text(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("the types of the contract have a JSON form")
}

/// An object without these members; the rest as it is written. Null stays null.
fn without(names: &[&str], object: Box<RawValue>) -> Box<RawValue> {
    if names.is_empty() || object.get() == "null" {
        return object;
    }
    let read = serde_json::Deserializer::from_str(object.get()).deserialize_map(Kept(names));
    read.map_or(object.clone(), |kept| raw(&kept))
}

/// Members of an object, but for some.
struct Kept<'a>(&'a [&'a str]);

/// What was kept.
struct Rest<'de>(Vec<(String, &'de RawValue)>);

impl<'de> Visitor<'de> for Kept<'_> {
    type Value = Rest<'de>;

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Rest<'de>, A::Error> {
        let mut members = Vec::new();
        while let Some((name, value)) = map.next_entry::<String, &RawValue>()? {
            if !self.0.contains(&name.as_str()) {
                members.push((name, value));
            }
        }
        Ok(Rest(members))
    }
}

impl Serialize for Rest<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(text: &str) -> Box<RawValue> {
        RawValue::from_string(text.to_owned()).unwrap()
    }

    #[test]
    fn members_are_left_out_and_the_rest_stays_as_it_is_written() {
        let given = object(r#"{"b":-0,"payload":{"x":1},"a":1e5,"metadata":{},"c":12345678901234567890123}"#);
        let left = without(&["payload", "metadata"], given);
        assert_eq!(left.get(), r#"{"b":-0,"a":1e5,"c":12345678901234567890123}"#);
        assert_eq!(without(&["a"], object("null")).get(), "null");
    }

    #[test]
    fn a_standard_body_has_type_timestamp_and_data() {
        let at = DateTime::parse_from_rfc3339("2026-11-22T20:00:00.5Z").unwrap().to_utc();
        assert_eq!(
            standard("pipeline.failed", at, object("{}")),
            r#"{"type":"pipeline.failed","timestamp":"2026-11-22T20:00:00.500Z","data":{}}"#
        );
        let cloud = Cloud { id: "msg_1".to_owned(), kind: "windlass.test", subject: None, source: None, at };
        assert_eq!(
            cloud.body(object("{}")),
            r#"{"specversion":"1.0","id":"msg_1","source":"urn:windlass","type":"windlass.test","time":"2026-11-22T20:00:00.500Z","datacontenttype":"application/json","data":{}}"#
        );
    }
}
