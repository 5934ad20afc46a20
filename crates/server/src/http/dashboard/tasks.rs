//! `/ui/tasks` and `/ui/tasks/{id}`.

use axum::extract::Path;
use axum::http::Method;
use maud::html;
use uuid::Uuid;
use windlass_dashboard::ask::Ask;
use windlass_dashboard::html::{client, encoded, state_of};
use windlass_dashboard::{task, tasks};
use windlass_wire::{Attempt, Code, ItemOutcome, LogPage, LoggedLine, Page, Problem as WireProblem, Task};

use super::changes::{body, to, verb};
use super::page::attachment;
use super::sent::Sent;
use super::visit::{Answer, Fault, Visit};
use crate::engine::within;
use crate::http::{Problem, cursor};

/// Bytes of a log that a page asks for, and a download.
const LOG: i64 = 64 * 1024;
const WHOLE_LOG: usize = 64 * 1024 * 1024;
/// Tasks that are retried at once.
const TICKED: usize = 200;

/// `GET /ui/tasks`.
pub(super) async fn list(visit: Visit) -> Answer {
    let state = if visit.asked("state") == "running" { "running" } else { "failed" };
    let known: &[&str] = if state == "failed" { &["type", "category", "created_after"] } else { &["type"] };
    let page: Page<Task> =
        visit.get(&format!("/v1/tasks?state={state}&{}", visit.list_query(known, 50))).await?;
    visit.ok(tasks::page(&visit.frame().await, &visit.query, &page))
}

/// `POST /ui/tasks`: those ticked.
pub(super) async fn act_on_ticked(sent: Sent) -> Answer {
    if sent.verb() != "retry" {
        return sent.unknown().await;
    }
    let ids = sent.all("id");
    if ids.is_empty() || ids.len() > TICKED || ids.iter().any(|id| Uuid::parse_str(id).is_err()) {
        let problem = WireProblem::new(Code::ValidationFailed, "id: tick 1 to 200 tasks");
        return Err(sent.refused(&problem).await);
    }
    for id in ids {
        let path = format!("/v1/tasks/{id}/retry");
        if let Err(problem) = sent.visit.api.call(Method::POST, &path, Some(body(&sent, &["reason"]))).await {
            return Err(sent.refused(&problem).await);
        }
    }
    Ok(to("/ui/tasks"))
}

/// `GET /ui/tasks/{id}`.
pub(super) async fn show(Path(id): Path<String>, visit: Visit) -> Answer {
    let whole: Task = visit.get(&format!("/v1/tasks/{}", encoded(&id))).await?;
    let attempts: Page<Attempt> = visit.get(&format!("/v1/tasks/{}/attempts?limit=100", whole.id)).await?;
    let end = end_of_log(&visit, whole.id).await?;
    let (log_is_cut, log) = (!end.is_empty(), log(&visit, whole.id, end).await?);
    let outcomes: Option<Page<ItemOutcome>> =
        visit.get_or_none(&format!("/v1/outcomes?task_id={}&limit=100", whole.id)).await;
    let outcomes = outcomes.map(|page| page.items).unwrap_or_default();
    let shown =
        task::Shown { task: &whole, attempts: &attempts.items, log: &log, log_is_cut, outcomes: &outcomes };
    visit.ok(task::page(&visit.frame().await, &shown))
}

/// The lines of a log behind one.
async fn log(visit: &Visit, id: Uuid, mut cursor: String) -> Result<Vec<LoggedLine>, Fault> {
    let (mut lines, mut bytes) = (Vec::new(), 0);
    loop {
        let page: LogPage = visit.get(&format!("/v1/tasks/{id}/log?limit=500{cursor}")).await?;
        if page.items.is_empty() || bytes > WHOLE_LOG {
            return Ok(lines);
        }
        bytes += page.items.iter().map(|line| line.message.len() + line.fields.text().len()).sum::<usize>();
        lines.extend(page.items);
        cursor = format!("&cursor={}", encoded(&page.next_cursor));
    }
}

/// The cursor of the end of a log, which is all that a page shows.
async fn end_of_log(visit: &Visit, id: Uuid) -> Result<String, Fault> {
    match within(visit.board.app.store().end_of_task_log(id, LOG)).await {
        Ok(0) => Ok(String::new()),
        Ok(after) => Ok(format!("&cursor={}", cursor::write_log(after))),
        Err(error) => Err(visit.refused(&Problem::from(error).into_wire()).await),
    }
}

/// `GET /ui/tasks/{id}/payload.txt` and others: the whole of what the page shows in part.
pub(super) async fn part(Path((id, part)): Path<(String, String)>, visit: Visit) -> Answer {
    let task: Task = visit.get(&format!("/v1/tasks/{}", encoded(&id))).await?;
    let text = match part.as_str() {
        "payload.txt" => Some(task.payload.text().to_owned()),
        "metadata.txt" => Some(task.metadata.text().to_owned()),
        "result.txt" => task.result.map(|json| json.text().to_owned()),
        "checkpoint.txt" => task.checkpoint.map(|json| json.text().to_owned()),
        "log.txt" => Some(log_text(&log(&visit, task.id, String::new()).await?)),
        _ => None,
    };
    match text {
        Some(text) => Ok(attachment(&part, text)),
        None => Err(visit
            .refused(&WireProblem::new(Code::RouteNotFound, "there is no such part of the task"))
            .await),
    }
}

fn log_text(lines: &[LoggedLine]) -> String {
    let mut text = String::new();
    for line in lines {
        let level = windlass_dashboard::words::word(&line.level);
        text.extend([&line.at.to_rfc3339(), " ", &level, " ", &line.message]);
        if line.fields.text() != "{}" {
            text.push(' ');
            text.push_str(line.fields.text());
        }
        text.push('\n');
    }
    text
}

/// `POST /ui/tasks/{id}`.
pub(super) async fn act(Path(id): Path<String>, sent: Sent) -> Answer {
    let resource = format!("/tasks/{}", encoded(&id));
    match sent.verb() {
        "cancel" if !sent.is_confirmed() => {
            let task: Task = sent.visit.get(&format!("/v1{resource}")).await?;
            let hits = html! { p { "One task of " strong { (client(&task.r#type)) } ", " (state_of(&task.state)) ", in attempt " (task.attempt) " of " (task.max_attempts) "." } };
            let ask = Ask {
                title: "Cancel this task?",
                hits,
                page: &resource,
                verb: "cancel",
                fields: &[],
                reason: true,
                clean_up: false,
                back: &resource,
            };
            sent.ask("/v1/tasks/{id}", ask).await
        }
        "cancel" | "retry" => verb(&sent, &resource, &["reason"]).await,
        _ => sent.unknown().await,
    }
}
