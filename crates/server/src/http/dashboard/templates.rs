//! `/ui/templates`.

use axum::extract::Path;
use axum::http::StatusCode;
use serde_json::{Map, Value};
use windlass_dashboard::html::encoded;
use windlass_dashboard::{template_form, templates};
use windlass_wire::{Code, FieldError, NewPipeline, Page, Pipeline, Problem as WireProblem, Template};

use super::changes::to;
use super::sent::Sent;
use super::visit::{Answer, Fault, Visit, alert, status};

/// `GET /ui/templates`.
pub(super) async fn list(visit: Visit) -> Answer {
    let page: Page<Template> = visit.get(&format!("/v1/templates?{}", visit.list_query(&[], 100))).await?;
    visit.ok(templates::page(&visit.frame().await, &visit.query, &page))
}

/// `GET /ui/templates/{name}`.
pub(super) async fn show(Path(name): Path<String>, visit: Visit) -> Answer {
    let (status, html) = page(&visit, &name, Typed::default()).await?;
    Ok(visit.html(status, html))
}

/// What was typed into the form, and what came of it.
#[derive(Default)]
struct Typed<'a> {
    fields: &'a [(String, String)],
    preview: Option<&'a NewPipeline>,
    problem: Option<&'a WireProblem>,
}

async fn page(visit: &Visit, name: &str, typed: Typed<'_>) -> Result<(StatusCode, String), Fault> {
    let path = format!("/v1/templates/{}", encoded(name));
    let template: Template = visit.get(&path).await?;
    let versions: Page<Template> = visit.get(&format!("{path}/versions?limit=100")).await?;
    let compared = match visit.asked("compare").parse::<u32>() {
        Ok(version) if version > 1 => {
            let before: Template = visit.get(&format!("{path}/versions/{}", version - 1)).await?;
            Some((before, visit.get::<Template>(&format!("{path}/versions/{version}")).await?))
        }
        _ => None,
    };
    let mut frame = visit.frame().await;
    frame.alert = typed.problem.map(alert);
    let shown = templates::Shown {
        template: &template,
        versions: &versions.items,
        compared: compared.as_ref().map(|(before, version)| (before, version)),
        typed: typed.fields,
        preview: typed.preview,
    };
    Ok((typed.problem.map_or(StatusCode::OK, status), templates::one(&frame, &shown)))
}

/// `POST /ui/templates/{name}`.
pub(super) async fn act(Path(name): Path<String>, sent: Sent) -> Answer {
    let path = format!("/v1/templates/{}", encoded(&name));
    let template: Template = sent.visit.get(&path).await?;
    let body = match body(&sent, template.parameters.text()) {
        Ok(body) => body,
        Err((field, detail)) => {
            let mut problem = WireProblem::new(Code::ValidationFailed, format!("{field} {detail}"));
            problem.errors = Some(vec![FieldError { pointer: field, detail }]);
            return shown(&sent, &name, None, Some(&problem)).await;
        }
    };
    let api = &sent.visit.api;
    let method = axum::http::Method::POST;
    match sent.verb() {
        "run" => match api.call(method, &format!("{path}/pipelines"), Some(body)).await {
            Ok(bytes) => match serde_json::from_slice::<Pipeline>(&bytes) {
                Ok(pipeline) => Ok(to(&format!("/ui/pipelines/{}", pipeline.id))),
                Err(_) => Ok(to("/ui/pipelines")),
            },
            Err(problem) => shown(&sent, &name, None, Some(&problem)).await,
        },
        "preview" => match api.call(method, &format!("{path}/preview"), Some(body)).await {
            Ok(bytes) => {
                let preview: Option<NewPipeline> = serde_json::from_slice(&bytes).ok();
                shown(&sent, &name, preview.as_ref(), None).await
            }
            Err(problem) => shown(&sent, &name, None, Some(&problem)).await,
        },
        _ => sent.unknown().await,
    }
}

async fn shown(
    sent: &Sent,
    name: &str,
    preview: Option<&NewPipeline>,
    problem: Option<&WireProblem>,
) -> Answer {
    let (status, html) = page(&sent.visit, name, Typed { fields: &sent.fields, preview, problem }).await?;
    Ok(sent.visit.html(status, html))
}

fn body(sent: &Sent, schema: &str) -> Result<String, (String, String)> {
    let parameters = template_form::parameters(schema, &sent.fields)?;
    let mut members = Map::new();
    for name in ["name", "priority", "correlation_id"] {
        if let Some(value) = sent.given(name) {
            members.insert(name.to_owned(), Value::from(value));
        }
    }
    let others = Value::Object(members).to_string();
    let others = others.trim_start_matches('{').trim_end_matches('}');
    let comma = if others.is_empty() { "" } else { "," };
    // Put together as text, so that a number is sent as it was typed.
    Ok(format!("{{\"parameters\":{parameters}{comma}{others}}}"))
}
