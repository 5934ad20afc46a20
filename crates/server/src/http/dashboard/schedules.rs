//! `/ui/schedules`.

use axum::extract::Path;
use axum::http::Method;
use windlass_dashboard::html::encoded;
use windlass_dashboard::schedules;
use windlass_templates::{Zone, local_text};
use windlass_wire::{Page, Pipeline, Schedule, ScheduleRun};

use super::changes::{to, verb};
use super::needs::only;
use super::sent::Sent;
use super::visit::{Answer, Visit};
use crate::engine::within;

/// `GET /ui/schedules`.
pub(super) async fn list(visit: Visit) -> Answer {
    let page: Page<Schedule> =
        visit.get(&format!("/v1/schedules?{}", visit.list_query(&["template"], 100))).await?;
    visit.ok(schedules::page(&visit.frame().await, &visit.query, &page))
}

/// `GET /ui/schedules/{name}`.
pub(super) async fn show(Path(name): Path<String>, visit: Visit) -> Answer {
    let path = format!("/v1/schedules/{}", encoded(&name));
    let schedule: Schedule = visit.get(&path).await?;
    let runs: Page<ScheduleRun> = visit.get(&format!("{path}/runs?limit=50")).await?;
    let zone = Zone::parse(&schedule.timezone).unwrap_or(Zone::UTC);
    let local: Vec<String> = schedule.upcoming.iter().map(|at| local_text(*at, zone)).collect();
    let pause = if schedule.paused {
        let store = visit.board.app.store();
        Some(only(within(store.pauses_of_schedules(std::slice::from_ref(&schedule.name))).await))
    } else {
        None
    };
    visit.ok(schedules::one(&visit.frame().await, &schedule, pause.as_ref(), &local, &runs.items))
}

/// `POST /ui/schedules/{name}`.
pub(super) async fn act(Path(name): Path<String>, sent: Sent) -> Answer {
    let resource = format!("/schedules/{}", encoded(&name));
    match sent.verb() {
        "pause" | "resume" => verb(&sent, &resource, &["reason"]).await,
        "trigger" => {
            let made = sent
                .visit
                .api
                .call(Method::POST, &format!("/v1{resource}/trigger"), Some("{}".to_owned()))
                .await;
            match made.map(|bytes| serde_json::from_slice::<Pipeline>(&bytes)) {
                Ok(Ok(pipeline)) => Ok(to(&format!("/ui/pipelines/{}", pipeline.id))),
                Ok(Err(_)) => Ok(to(&format!("/ui{resource}"))),
                Err(problem) => Err(sent.refused(&problem).await),
            }
        }
        _ => sent.unknown().await,
    }
}
