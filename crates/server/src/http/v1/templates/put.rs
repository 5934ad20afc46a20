//! `PUT /v1/templates/{name}`.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use windlass_store::{NewTemplate, Put};
use windlass_wire as wire;

use super::path::PathName;
use crate::app::App;
use crate::engine::within;
use crate::http::body::Body;
use crate::http::called_by::CalledBy;
use crate::http::{Answer, Created, Creation, Problem};
use crate::{input, view};

/// Put a template
///
/// Keeps it as the next version of its name; versions never change. What does not differ from the newest, whatever the order of keys, makes
/// none, and is answered with it (200). The schema, every expression, and the body where no expression stands are checked. Numbers go on
/// after a DELETE.
#[utoipa::path(put, path = "/v1/templates/{name}", tag = "operators", operation_id = "put_template",
    security(("key" = ["operate"])),
    params(("name" = String, Path, description = "The template's name.", pattern = "^[A-Za-z0-9._-]{1,100}$")),
    request_body(content = wire::PutTemplate, example = json!({
        "parameters": {
            "type": "object", "required": ["samples"],
            "properties": {"samples": {"type": "array", "items": {"type": "string"}}, "depth": {"type": "integer", "default": 30}}
        },
        "pipeline": {
            "name": "align {{ samples | length }} samples",
            "jobs": [
                {"key": "align", "type": "align", "tasks": [
                    {"for_each": "{{ samples }}", "payload": {"sample": "{{ item }}", "depth": "{{ depth }}"}}
                ]},
                {"key": "report", "type": "report", "depends_on": ["align"]}
            ]
        }
    })),
    responses(
        (status = 200, description = "The newest version, from which nothing differs.", body = wire::Template),
        (status = 201, description = "The new version.", body = wire::Template,
            headers(("location" = String, description = "The path of the template.")))
    ))]
pub(crate) async fn put_template(
    State(app): State<App>,
    CalledBy(caller): CalledBy,
    name: PathName,
    body: Body,
) -> Result<Response, Problem> {
    let text = body.read(|root| input::read_template(root, app.limits().body_bytes))?;
    let name = name.of_new()?;
    let (text, fingerprint) = app.renderer().check(text, *app.limits()).await?;
    let new = NewTemplate {
        name,
        description: text.description.map(windlass_domain::Reason::into_string),
        parameters: text.parameters,
        pipeline: text.pipeline,
        fingerprint,
    };
    Ok(match within(app.store().on_behalf_of(caller).put_template(&new)).await? {
        Put::Made(made) => {
            let location = Some(format!("/v1/templates/{}", made.name));
            Creation::New(Created { location, body: view::template(made) }).into_response()
        }
        Put::Same(same) => Answer(view::template(same)).into_response(),
    })
}
