//! `/ui/events` and `/ui/outcomes`.

use windlass_dashboard::html::encoded;
use windlass_dashboard::{events, outcomes};
use windlass_wire::{EventPage, ItemOutcome, Page};

use super::visit::{Answer, Fault, Visit};

/// Events of a page.
const SHOWN: usize = 100;

/// `GET /ui/events`.
pub(super) async fn list(visit: Visit) -> Answer {
    let filter: Vec<(String, String)> = visit
        .query
        .iter()
        .filter(|(name, value)| events::FILTER.contains(&name.as_str()) && !value.is_empty())
        .cloned()
        .collect();
    let cursor = visit.asked("cursor");
    let (page, next) = if cursor.is_empty() {
        (newest(&visit, &filter, SHOWN).await?, None)
    } else {
        let query = visit.list_query(&events::FILTER, 100);
        let page: EventPage = visit.get(&format!("/v1/events?{query}")).await?;
        let next = (!page.items.is_empty()).then(|| page.next_cursor.clone());
        (page, next)
    };
    visit.ok(events::page(&visit.frame().await, &visit.query, &page.items, next.as_deref()))
}

/// The newest events that fit.
pub(super) async fn newest(
    visit: &Visit,
    filter: &[(String, String)],
    most: usize,
) -> Result<EventPage, Fault> {
    let pair =
        |(name, value): &(String, String)| ["&".to_owned(), encoded(name), "=".to_owned(), encoded(value)];
    let pairs: String = filter.iter().flat_map(pair).collect();
    visit.get(&format!("/v1/events?newest=true&limit={most}{pairs}")).await
}

/// `GET /ui/outcomes`.
pub(super) async fn outcomes(visit: Visit) -> Answer {
    let known = ["subject", "kind", "disposition", "pipeline_id", "job_id", "task_id"];
    let is_asked = known.iter().any(|name| !visit.asked(name).is_empty());
    let found: Option<Page<ItemOutcome>> = if is_asked {
        Some(visit.get(&format!("/v1/outcomes?{}", visit.list_query(&known, 100))).await?)
    } else {
        None
    };
    visit.ok(outcomes::page(&visit.frame().await, &visit.query, found.as_ref()))
}
