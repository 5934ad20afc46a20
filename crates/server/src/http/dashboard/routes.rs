//! All pages, by path.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::header::ACCEPT;
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{MethodRouter, any, get, post};
use windlass_dashboard::assets;
use windlass_wire::{Code, Problem as WireProblem};

use super::api;
use super::board::Board;
use super::visit::{Answer, Visit};
use super::{
    bulk, events, jobs, keys, live, login, overview, page, pipelines, queues, schedules, search, system,
    tasks, templates, webhooks,
};
use crate::app::App;
use crate::http::Problem;
use crate::http::auth::Requirements;

/// The paths, which the middleware lets everybody to: pages look at sessions themselves.
pub(in crate::http) const ROUTES: [&str; 32] = [
    "/",
    "/ui",
    "/ui/",
    "/ui/login",
    "/ui/logout",
    "/ui/assets/{file}",
    "/ui/stream",
    "/ui/search",
    "/ui/pipelines",
    "/ui/pipelines/{id}",
    "/ui/bulk/{id}",
    "/ui/jobs/{id}",
    "/ui/jobs/{id}/{part}",
    "/ui/tasks",
    "/ui/tasks/{id}",
    "/ui/tasks/{id}/{part}",
    "/ui/queues",
    "/ui/queues/{type}",
    "/ui/workers",
    "/ui/workers/{id}",
    "/ui/templates",
    "/ui/templates/{name}",
    "/ui/schedules",
    "/ui/schedules/{name}",
    "/ui/webhooks",
    "/ui/webhooks/{id}",
    "/ui/outcomes",
    "/ui/events",
    "/ui/system",
    "/ui/keys",
    "/ui/keys/{id}",
    REST,
];

/// What is no page.
const REST: &str = "/ui/{*rest}";

fn handler(route: &str) -> MethodRouter<Board> {
    match route {
        "/" => any(root),
        "/ui" => get(async || Redirect::to("/ui/")),
        "/ui/" => get(overview::show),
        "/ui/login" => get(login::show).post(login::enter),
        "/ui/logout" => post(login::leave).get(login::no_leave),
        "/ui/assets/{file}" => get(asset),
        "/ui/stream" => get(live::stream),
        "/ui/search" => get(search::show),
        "/ui/pipelines" => get(pipelines::list).post(bulk::act),
        "/ui/pipelines/{id}" => get(pipelines::show).post(pipelines::act),
        "/ui/bulk/{id}" => get(bulk::show),
        "/ui/jobs/{id}" => get(jobs::show).post(jobs::act),
        "/ui/jobs/{id}/{part}" => get(jobs::part),
        "/ui/tasks" => get(tasks::list).post(tasks::act_on_ticked),
        "/ui/tasks/{id}" => get(tasks::show).post(tasks::act),
        "/ui/tasks/{id}/{part}" => get(tasks::part),
        "/ui/queues" => get(queues::list),
        "/ui/queues/{type}" => get(queues::show).post(queues::act),
        "/ui/workers" => get(queues::workers),
        "/ui/workers/{id}" => get(queues::worker),
        "/ui/templates" => get(templates::list),
        "/ui/templates/{name}" => get(templates::show).post(templates::act),
        "/ui/schedules" => get(schedules::list),
        "/ui/schedules/{name}" => get(schedules::show).post(schedules::act),
        "/ui/webhooks" => get(webhooks::list).post(webhooks::create),
        "/ui/webhooks/{id}" => get(webhooks::show).post(webhooks::act),
        "/ui/outcomes" => get(events::outcomes),
        "/ui/events" => get(events::list),
        "/ui/system" => get(system::show),
        "/ui/keys" => get(keys::list).post(keys::create),
        "/ui/keys/{id}" => get(keys::show).post(keys::act),
        _ => get(nothing).post(nothing),
    }
}

/// The pages; `v1` are the routes that they ask.
pub(in crate::http) fn routes(app: &App, v1: Router<App>, requirements: Arc<Requirements>) -> Router<App> {
    let api = api::router(v1, app, Arc::clone(&requirements));
    let board = Board::new(app, api, requirements);
    ROUTES.iter().fold(Router::new(), |pages, route| pages.route(route, handler(route))).with_state(board)
}

/// `GET /`: people are sent to the pages; all else finds nothing there.
async fn root(method: Method, headers: HeaderMap) -> Response {
    let accepted = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let reads = matches!(method, Method::GET | Method::HEAD);
    let is_person = reads
        && accepted.flat_map(|value| value.split(',')).any(|media| {
            media.split(';').next().is_some_and(|media| media.trim().eq_ignore_ascii_case("text/html"))
        });
    if is_person { Redirect::to("/ui/").into_response() } else { Problem::no_such_path().into_response() }
}

async fn asset(Path(file): Path<String>) -> Response {
    assets::asset(&file).map_or_else(|| StatusCode::NOT_FOUND.into_response(), |asset| page::file(&asset))
}

async fn nothing(State(_): State<Board>, visit: Visit) -> Answer {
    Err(visit.refused(&WireProblem::new(Code::RouteNotFound, "there is no such page")).await)
}
