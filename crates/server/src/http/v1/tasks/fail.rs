//! `POST /v1/tasks/{id}/fail` and `POST /v1/tasks/fail`.

use axum::extract::State;
use uuid::Uuid;
use windlass_domain::{Category, Directive, Limits, Message, Verb};
use windlass_store::{Fail, Resource, TaskError};
use windlass_wire as wire;

use super::batch::read_items;
use super::late::{keep_if_late, keep_late};
use super::report::{report_all, take_metrics, take_token};
use super::show;
use crate::app::App;
use crate::engine::only;
use crate::http::body::{Body, Field, Object};
use crate::http::path::PathId;
use crate::http::{Answer, Problem};

/// Fail a task
///
/// Ends the attempt. Whether another follows is decided by the job's policy, `max_attempts` and `retry`: `auto` (the
/// policy), `never`, or `{"after_seconds": n}` (0 to 30 days, overrides the policy's delay and `non_retryable`, never
/// `max_attempts`). Repeating an accepted fail with the same token answers 200 again and counts once.
#[utoipa::path(post, path = "/v1/tasks/{id}/fail", tag = "workers", operation_id = "fail_task",
    params(("id" = Uuid, Path, description = "The task's id.")),
    request_body(content = wire::Fail, example = json!({
        "lease_token": "0193c5a8-7d5e-7000-8000-000000000001",
        "error": {"category": "network_error", "message": "connection reset", "detail": {"host": "db-3"}},
        "retry": {"after_seconds": 30}
    })),
    responses((status = 200, description = "The task: scheduled, queued or failed.", body = wire::Task)),
    extensions(("x-problems" = json!(["lease_lost"]))))]
pub(crate) async fn fail_task(
    State(app): State<App>,
    id: PathId,
    body: Body,
) -> Result<Answer<wire::Task>, Problem> {
    let id = id.of(Resource::Task)?;
    let report = body.read(|root| root.object(|report| take(report, id, app.limits())));
    let report = app.below(Resource::Task, id, report).await?;
    let answer = only(app.batchers().report.submit(vec![report.into()]).await?).map_err(Problem::from);
    keep_if_late(&app, Verb::Fail, id, &body, &answer).await;
    Ok(Answer(show::task(answer?)))
}

/// Fail many tasks
///
/// Up to 1,000 reports; each is judged on its own and answered in the order asked.
#[utoipa::path(post, path = "/v1/tasks/fail", tag = "workers", operation_id = "fail_tasks",
    request_body(content = wire::Batch<wire::FailItem>, example = json!({"tasks": [{
        "id": "0193c5a8-7d5e-7000-8000-00000000000a", "lease_token": "0193c5a8-7d5e-7000-8000-000000000001",
        "error": {"category": "data_error", "message": "truncated file"}, "retry": "never"
    }]})),
    responses((status = 200, description = "An outcome per item.", body = wire::BatchResults<wire::ReportResult>)))]
pub(crate) async fn fail_tasks(
    State(app): State<App>,
    body: Body,
) -> Result<Answer<wire::BatchResults<wire::ReportResult>>, Problem> {
    let items = read_items(&body, |report, id| take(report, id, app.limits()))?;
    let outcomes = report_all(&app, items).await?;
    keep_late(&app, Verb::Fail, &body, &outcomes).await;
    Ok(Answer(wire::BatchResults { results: outcomes.into_iter().map(show::report_result).collect() }))
}

fn take(report: &mut Object<'_>, id: Uuid, limits: &Limits) -> Option<Fail> {
    let token = take_token(report);
    let error = report.required("error", read_error);
    let directive = report.optional("retry", read_directive);
    let metrics = take_metrics(report, limits);
    Some(Fail { id, token: token?, error: error?, directive: directive.unwrap_or_default(), metrics })
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

    fn fail(fields: &str) -> Result<Fail, Vec<String>> {
        let body = format!(r#"{{"lease_token":"t"{fields}}}"#);
        let read = Body::of(body.as_bytes())
            .read(|root| root.object(|report| take(report, Uuid::nil(), &Limits::default())));
        read.map_err(|problem| {
            problem.into_wire().errors.unwrap().into_iter().map(|error| error.pointer).collect()
        })
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
