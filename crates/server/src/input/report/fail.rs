//! Reading a failure.

use uuid::Uuid;
use windlass_domain::{Category, Directive, Limits, Message};
use windlass_store::{Caller, Fail, TaskError};

use super::fields::{take_checkpoint, take_metrics, take_token};
use crate::input::json::{Field, Object};
use crate::input::log::take_lines;
use crate::input::outcomes::OutcomeReader;

/// The fields of a failure beside the id.
pub(crate) fn take_fail(
    report: &mut Object<'_>,
    caller: Caller,
    id: Uuid,
    limits: &Limits,
    outcomes: &OutcomeReader,
) -> Option<Fail> {
    let token = take_token(report);
    let error = report.required("error", read_error);
    let directive = report.optional("retry", read_directive);
    let metrics = take_metrics(report, limits);
    let checkpoint = take_checkpoint(report);
    let lines = take_lines(report).unwrap_or_default();
    let outcomes = report.optional("outcomes", |field| outcomes.read(field, 0));
    Some(Fail {
        caller,
        id,
        token: token?,
        error: error?,
        directive: directive.unwrap_or_default(),
        metrics,
        outcomes: outcomes.unwrap_or_default(),
        checkpoint,
        lines,
    })
}

fn read_error(field: Field<'_>) -> Option<TaskError> {
    field.object(|error| {
        let category = error.required("category", |field| field.text(Category::parse));
        let message = error.required("message", |field| field.text(Message::parse));
        let detail = error.optional("detail", |field| field.json(Limits::DETAIL_BYTES));
        Some(TaskError { category: category?, message: message?, detail })
    })
}

fn read_directive(field: Field<'_>) -> Option<Directive> {
    if !field.is_string() {
        return field.object(|directive| {
            directive
                .required("after_seconds", |field| field.seconds(Limits::DELAY_SECONDS))
                .map(Directive::After)
        });
    }
    let word = |text: &str| match text {
        "auto" => Some(Directive::Auto),
        "never" => Some(Directive::Never),
        _ => None,
    };
    field.word(word, "auto, never, or be an object with after_seconds")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::input::{Document, Rejection};

    fn fail(fields: &str) -> Result<Fail, Vec<String>> {
        let body = format!(r#"{{"lease_token":"t"{fields}}}"#);
        let read = Document::of(&body).read(|root| {
            let outcomes = OutcomeReader::default();
            root.object(|report| {
                take_fail(report, Caller::default(), Uuid::nil(), &Limits::default(), &outcomes)
            })
        });
        read.map_err(Rejection::pointers)
    }

    const ERROR: &str = r#","error":{"category":"c","message":""}"#;

    #[test]
    fn a_directive_is_a_word_or_a_delay() {
        let directive = |text: &str| fail(&format!(r#"{ERROR},"retry":{text}"#)).map(|fail| fail.directive);
        assert_eq!(directive("null"), Ok(Directive::Auto));
        assert_eq!(directive(r#""auto""#), Ok(Directive::Auto));
        assert_eq!(directive(r#""never""#), Ok(Directive::Never));
        assert_eq!(directive(r#"{"after_seconds":1.5}"#), Ok(Directive::After(Duration::from_millis(1_500))));
        assert_eq!(
            directive(r#"{"after_seconds":2592000}"#),
            Ok(Directive::After(Duration::from_hours(720)))
        );
        for (wrong, pointer) in [
            (r#""later""#, "/retry"),
            ("1", "/retry"),
            ("{}", "/retry/after_seconds"),
            (r#"{"after_seconds":2592000.1}"#, "/retry/after_seconds"),
            (r#"{"after_seconds":1,"x":1}"#, "/retry/x"),
        ] {
            assert_eq!(directive(wrong), Err(vec![pointer.to_owned()]), "{wrong}");
        }
    }

    #[test]
    fn an_error_has_bounds() {
        let error = |category: &str, message: usize, detail: usize| {
            let (message, detail) = ("m".repeat(message), "d".repeat(detail - 2));
            fail(&format!(
                r#","error":{{"category":"{category}","message":"{message}","detail":"{detail}"}}"#
            ))
        };
        assert!(error("a.b_9", 4_096, 65_536).is_ok());
        assert_eq!(
            error("A", 4_097, 65_537).unwrap_err(),
            ["/error/category", "/error/message", "/error/detail"]
        );
        assert_eq!(fail("").unwrap_err(), ["/error"]);
    }

    #[test]
    fn metrics_are_up_to_32_exact_numbers() {
        let metrics = |count: usize| {
            let members: Vec<_> = (0..count).map(|number| format!(r#""m{number}":{number}.5"#)).collect();
            fail(&format!(r#"{ERROR},"metrics":{{{}}}"#, members.join(",")))
        };
        assert!(metrics(32).unwrap().metrics.is_some());
        assert_eq!(metrics(33).unwrap_err(), ["/metrics"]);
        let wrong = fail(&format!(
            r#"{ERROR},"metrics":{{"a":"1","b":1e400,"c":0.12345678901234567890,"d":1,"d":2}}"#
        ));
        assert_eq!(wrong.unwrap_err(), ["/metrics/a", "/metrics/b", "/metrics/c", "/metrics/d"]);
    }
}
