//! Reading outcomes, wherever a body holds them.

use std::cell::Cell;

use windlass_domain::{Disposition, Limits, Remark, Subject, SubjectKind, VersionLabel};
use windlass_store::NewOutcome;

use super::json::Field;

/// Reads arrays of outcomes and counts them over the whole call.
#[derive(Debug, Default)]
pub(crate) struct OutcomeReader {
    read: Cell<usize>,
}

impl OutcomeReader {
    /// An array of outcomes, at least so many, and as many as the call has left.
    pub(crate) fn read(&self, field: Field<'_>, least: usize) -> Option<Vec<NewOutcome>> {
        let outcomes = field.each(least..=Limits::OUTCOMES, |outcome, _| read_one(outcome))?;
        let read = self.read.get() + outcomes.len();
        if read > Limits::OUTCOMES {
            return field
                .refuse(format_args!("makes it more than {} outcomes in one call", Limits::OUTCOMES));
        }
        self.read.set(read);
        Some(outcomes)
    }
}

fn read_one(field: Field<'_>) -> Option<NewOutcome> {
    field.object(|outcome| {
        let subject = outcome.required("subject", |field| field.text(Subject::parse));
        let kind = outcome.present("kind", |field| field.text(SubjectKind::parse));
        let disposition = outcome.required("disposition", |field| field.text(Disposition::parse));
        let reason = outcome.optional("reason", |field| field.text(Remark::parse));
        let version = outcome.optional("version", |field| field.text(VersionLabel::parse));
        let detail = outcome.optional("detail", |field| field.json(Limits::OUTCOME_DETAIL_BYTES));
        let kind = kind.unwrap_or_else(SubjectKind::none);
        Some(NewOutcome { subject: subject?, kind, disposition: disposition?, reason, version, detail })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::{Document, Rejection};

    fn read(outcomes: &str) -> Result<Vec<NewOutcome>, Vec<String>> {
        let body = format!(r#"{{"outcomes":[{outcomes}]}}"#);
        let read = Document::of(&body).read(|root| {
            root.object(|body| body.required("outcomes", |field| OutcomeReader::default().read(field, 1)))
        });
        read.map_err(Rejection::pointers)
    }

    fn one(fields: &str) -> Result<NewOutcome, Vec<String>> {
        read(&format!(r#"{{"subject":"s","disposition":"failed"{fields}}}"#))
            .map(|mut outcomes| outcomes.remove(0))
    }

    #[test]
    fn what_is_left_out_has_its_default() {
        let least = one("").unwrap();
        assert_eq!(
            (least.subject.as_str(), least.kind.as_str(), least.disposition.as_str()),
            ("s", "", "failed")
        );
        assert!(least.reason.is_none() && least.version.is_none() && least.detail.is_none());
        let nulls = one(r#","reason":null,"version":null,"detail":null"#).unwrap();
        assert!(nulls.reason.is_none() && nulls.version.is_none() && nulls.detail.is_none());
        let whole = one(r#","kind":"k","reason":"","version":"v","detail":{"b": 1.0}"#).unwrap();
        assert_eq!(whole.reason.unwrap().as_str(), "");
        assert_eq!(whole.detail.unwrap().as_str(), r#"{"b":1.0}"#);
        assert_eq!(one(r#","kind":null"#).unwrap_err(), ["/outcomes/0/kind"]);
    }

    #[test]
    fn each_bound_is_held_at_the_bound_and_past_it() {
        let subject = |length: usize| {
            read(&format!(r#"{{"subject":"{}","disposition":"failed"}}"#, "é".repeat(length))).map(drop)
        };
        assert!(subject(200).is_ok());
        assert_eq!(subject(201).unwrap_err(), ["/outcomes/0/subject"]);
        assert_eq!(subject(0).unwrap_err(), ["/outcomes/0/subject"]);
        for (field, most) in [("kind", 100), ("reason", 1_000), ("version", 100)] {
            let text = |length: usize| one(&format!(r#","{field}":"{}""#, "é".repeat(length))).map(drop);
            assert!(text(most).is_ok() && text(0).is_ok(), "{field}");
            assert_eq!(text(most + 1).unwrap_err(), [format!("/outcomes/0/{field}")]);
        }
        let detail = |bytes: usize| one(&format!(r#","detail":"{}""#, "d".repeat(bytes - 2))).map(drop);
        assert!(detail(4_096).is_ok());
        assert_eq!(detail(4_097).unwrap_err(), ["/outcomes/0/detail"]);
        let disposition =
            |word: &str| read(&format!(r#"{{"subject":"s","disposition":"{word}"}}"#)).map(drop);
        assert!(disposition(&"a".repeat(64)).is_ok() && disposition("not_applicable_2").is_ok());
        for bad in ["", "Failed", "a-b", "~other", "a.b", "é", &"a".repeat(65)] {
            assert_eq!(disposition(bad).unwrap_err(), ["/outcomes/0/disposition"], "{bad}");
        }
    }

    #[test]
    fn a_call_has_one_to_ten_thousand_and_each_fault_is_told() {
        let many = |count: usize| {
            read(&vec![r#"{"subject":"s","disposition":"x"}"#; count].join(","))
                .map(|outcomes| outcomes.len())
        };
        assert_eq!(many(10_000), Ok(10_000));
        assert_eq!(many(10_001).unwrap_err(), ["/outcomes"]);
        assert_eq!(many(0).unwrap_err(), ["/outcomes"]);
        let wrong = r#"{"subject":"s","disposition":"x","x":0},{"disposition":"x"},{"subject":"\u0000"}"#;
        let mut wrong = read(wrong).unwrap_err();
        wrong.sort();
        assert_eq!(
            wrong,
            ["/outcomes/0/x", "/outcomes/1/subject", "/outcomes/2/disposition", "/outcomes/2/subject"]
        );
    }

    #[test]
    fn the_outcomes_of_many_reports_are_bounded_together() {
        let reader = OutcomeReader::default();
        let read = |count: usize| {
            let body = format!("[{}]", vec![r#"{"subject":"s","disposition":"x"}"#; count].join(","));
            Document::of(&body).read(|root| reader.read(root, 0)).is_ok()
        };
        assert!(read(6_000) && read(4_000) && read(0));
        assert!(!read(1));
    }
}
