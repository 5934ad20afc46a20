//! Reading the bodies of verbs: a reason, how a pipeline is cancelled, and what a retry runs again.

use chrono::{DateTime, Utc};
use windlass_domain::Reason;
use windlass_store::{Descendants, Scope};

use super::json::{Field, Object};

/// The optional reason of a verb.
#[expect(clippy::option_option, reason = "a body that could be read, and a reason that was set")]
pub(crate) fn read_reason(root: Field<'_>) -> Option<Option<Reason>> {
    root.object(|body| Some(body.optional("reason", |field| field.text(Reason::parse))))
}

/// Whether a cancel of a pipeline spares what cleans up, and its optional reason.
pub(crate) fn read_cancel(root: Field<'_>) -> Option<(bool, Option<Reason>)> {
    root.object(|body| {
        let clean_up = take_clean_up(body);
        Some((clean_up, body.optional("reason", |field| field.text(Reason::parse))))
    })
}

/// What a retry of a pipeline runs again.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct RetryPipeline {
    pub(crate) scope: Scope,
    pub(crate) deadline_at: Option<DateTime<Utc>>,
    pub(crate) reason: Option<Reason>,
}

/// What a retry of a pipeline runs again, until when, and its optional reason.
pub(crate) fn read_retry_of_pipeline(root: Field<'_>) -> Option<RetryPipeline> {
    root.object(|body| {
        Some(RetryPipeline {
            scope: take_scope(body),
            deadline_at: take_deadline(body),
            reason: body.optional("reason", |field| field.text(Reason::parse)),
        })
    })
}

/// Whether a cancel spares what cleans up.
pub(super) fn take_clean_up(body: &mut Object<'_>) -> bool {
    body.present("clean_up", |field| field.flag()).unwrap_or(false)
}

/// The deadline that a retry sets.
pub(super) fn take_deadline(body: &mut Object<'_>) -> Option<DateTime<Utc>> {
    body.optional("deadline_at", |field| field.instant())
}

/// How much a retry runs again; what failed, where nothing is said.
pub(super) fn take_scope(body: &mut Object<'_>) -> Scope {
    body.optional("scope", |field| field.word(scope, "failed, all")).unwrap_or_default()
}

/// What a retry of a job runs again, of it and below it, and its optional reason.
pub(crate) fn read_retry_of_job(root: Field<'_>) -> Option<(Scope, Descendants, Option<Reason>)> {
    root.object(|body| {
        let scope = take_scope(body);
        let again = body.present("descendants", |field| field.flag()).unwrap_or_default();
        let descendants = if again { Descendants::RunAgain } else { Descendants::Stay };
        let reason = body.optional("reason", |field| field.text(Reason::parse));
        Some((scope, descendants, reason))
    })
}

fn scope(word: &str) -> Option<Scope> {
    match word {
        "failed" => Some(Scope::Failed),
        "all" => Some(Scope::All),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::{Document, Rejection};

    #[test]
    fn a_retry_is_of_what_failed_unless_all_is_said() {
        let read =
            |body: &str| Document::of(body).read(read_retry_of_job).map(|(scope, _, reason)| (scope, reason));
        for failed in ["{}", r#"{"scope":"failed"}"#, r#"{"scope":null}"#] {
            assert_eq!(read(failed).unwrap(), (Scope::Failed, None), "{failed}");
        }
        let (scope, reason) = read(r#"{"reason":"again","scope":"all"}"#).unwrap();
        assert_eq!((scope, reason.unwrap().as_str()), (Scope::All, "again"));
        for bad in
            [r#"{"scope":"every"}"#, r#"{"scope":"All"}"#, r#"{"scope":["all"]}"#, r#"{"scopes":"all"}"#]
        {
            assert!(read(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_retry_of_a_pipeline_has_no_deadline_unless_one_is_said() {
        let read = |body: &str| Document::of(body).read(read_retry_of_pipeline).map_err(Rejection::pointers);
        let none = RetryPipeline { scope: Scope::Failed, deadline_at: None, reason: None };
        assert_eq!(read(r#"{"deadline_at":null}"#).unwrap(), none);
        let until = read(r#"{"scope":"all","deadline_at":"2026-11-22T20:00:00Z"}"#).unwrap();
        assert_eq!(until.deadline_at.unwrap().to_rfc3339(), "2026-11-22T20:00:00+00:00");
        assert_eq!(read(r#"{"deadline_at":"soon","scope":"no"}"#).unwrap_err(), ["/scope", "/deadline_at"]);
    }

    #[test]
    fn a_cancel_is_without_clean_up_unless_it_is_said() {
        let read = |body: &str| Document::of(body).read(read_cancel).map_err(Rejection::pointers);
        assert_eq!(read("{}").unwrap(), (false, None));
        assert!(read(r#"{"clean_up":true,"reason":"late"}"#).unwrap().0);
        assert_eq!(read(r#"{"clean_up":null,"cleanup":true}"#).unwrap_err(), ["/clean_up", "/cleanup"]);
    }

    #[test]
    fn what_is_below_a_job_stays_unless_it_is_said() {
        let read = |body: &str| Document::of(body).read(read_retry_of_job);
        for stay in ["{}", r#"{"descendants":false}"#] {
            assert_eq!(read(stay).unwrap(), (Scope::Failed, Descendants::Stay, None), "{stay}");
        }
        let all = read(r#"{"descendants":true,"scope":"all"}"#).unwrap();
        assert_eq!(all, (Scope::All, Descendants::RunAgain, None));
        for bad in [r#"{"descendants":null}"#, r#"{"descendants":"all"}"#, r#"{"descendant":true}"#] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_reason_is_optional_and_bounded() {
        let read = |body: &str| Document::of(body).read(read_reason);
        assert_eq!(read("{}").unwrap(), None);
        assert_eq!(read(r#"{"reason":null}"#).unwrap(), None);
        assert_eq!(read(r#"{"reason":"because"}"#).unwrap().unwrap().as_str(), "because");
        let long = |length: usize| format!(r#"{{"reason":"{}"}}"#, "é".repeat(length));
        assert!(read(&long(1_000)).is_ok());
        for bad in
            [long(1_001), r#"{"reason":""}"#.to_owned(), r#"{"reson":"x"}"#.to_owned(), "[]".to_owned()]
        {
            assert!(read(&bad).is_err(), "{bad}");
        }
    }
}
