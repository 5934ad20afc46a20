//! Plans deliveries: reads what was appended to the audit, and writes for each webhook what it is told.

use std::collections::HashMap;

use uuid::Uuid;
use windlass_store::{
    Error, InterestedWebhook, Planned, PlannedDelivery, Skimmed, SkimmedEvent, Store, Subjects,
};

use super::filter::Filter;
use super::prepare::{gather, make};

/// Deliveries with bodies that one plan makes at the most, but for all those of its last event.
const MOST_BODIES: usize = 500;
/// Deliveries that one plan writes at the most, with bodies or without, but for all those of its last event.
const MOST: usize = 1_000;
/// Deliveries of a webhook that are pending, at the most; past it no bodies are made.
const MOST_PENDING: i64 = 100_000;

/// A webhook, and what is known of it.
struct Reader {
    webhook: InterestedWebhook,
    filter: Filter,
}

/// An event for a webhook.
struct Wish<'a> {
    event: &'a SkimmedEvent,
    reader: &'a Reader,
    /// Whether it needs a body.
    tried: bool,
}

/// What one plan did.
pub(crate) struct Progress {
    /// What became of it.
    pub(crate) planned: Planned,
    /// Whether there is more to read at once.
    pub(crate) more: bool,
}

/// Carries out one plan; `None`: there is nothing to read, or another server reads.
///
/// # Errors
/// What the store fails with.
pub(crate) async fn plan(store: &Store, public_url: Option<&str>) -> Result<Option<Progress>, Error> {
    let Some(skimmed) = store.skim_events().await? else { return Ok(None) };
    // After the events: a webhook that is made later is told only of what commits later.
    let webhooks = store.interested_webhooks(skimmed.position).await?;
    let readers: Vec<Reader> = webhooks.into_iter().map(Reader::new).collect();
    let (wishes, read_to) = wishes(&skimmed, &readers);
    let subjects = subjects(store, &wishes).await?;
    let planned: Vec<PlannedDelivery> =
        wishes.iter().filter_map(|wish| deliver(wish, &subjects, public_url)).collect();
    let planned = store.plan_deliveries(skimmed.position, read_to, &planned).await?;
    Ok(Some(Progress { planned, more: skimmed.more || read_to < skimmed.read_to }))
}

impl Reader {
    fn new(webhook: InterestedWebhook) -> Self {
        Self { filter: Filter::of(&webhook.filter), webhook }
    }
}

/// What each webhook is told, as far as one plan goes, and up to which event that is.
fn wishes<'a>(skimmed: &'a Skimmed, readers: &'a [Reader]) -> (Vec<Wish<'a>>, i64) {
    let (mut wishes, mut bodies) = (Vec::new(), 0);
    let mut pending: HashMap<Uuid, i64> =
        readers.iter().map(|reader| (reader.webhook.id, reader.webhook.pending)).collect();
    for event in &skimmed.events {
        for reader in readers.iter().filter(|reader| reader.webhook.wants(event)) {
            let pending = pending.entry(reader.webhook.id).or_default();
            // Which of them a filter takes is known once they are gathered; where there is no room for one the store says so.
            let is_sure = reader.filter.takes_all();
            let tried = !is_sure || *pending < MOST_PENDING;
            *pending += i64::from(tried && is_sure);
            bodies += usize::from(tried);
            wishes.push(Wish { event, reader, tried });
        }
        if bodies >= MOST_BODIES || wishes.len() >= MOST {
            return (wishes, event.number);
        }
    }
    (wishes, skimmed.read_to)
}

/// What belongs to the events that are told whole, or that a filter looks at.
async fn subjects(store: &Store, wishes: &[Wish<'_>]) -> Result<Subjects, Error> {
    let needed = wishes.iter().filter(|wish| wish.tried || !wish.reader.filter.takes_all());
    let mut events: Vec<&SkimmedEvent> = needed.map(|wish| wish.event).collect();
    events.dedup_by_key(|event| event.number);
    if events.is_empty() { Ok(Subjects::default()) } else { gather(store, &events).await }
}

fn deliver(wish: &Wish<'_>, subjects: &Subjects, public_url: Option<&str>) -> Option<PlannedDelivery> {
    let (event, webhook) = (wish.event, &wish.reader.webhook);
    if !wish.reader.filter.takes_all() && !wish.reader.filter.takes(event, subjects) {
        return None;
    }
    let id = PlannedDelivery::next_id();
    let body = if wish.tried { make(webhook.format, event, subjects, id, public_url) } else { None };
    Some(PlannedDelivery {
        webhook_id: webhook.id,
        id,
        event: event.number,
        event_id: event.id.to_string(),
        kind: event.happening.to_string(),
        format: webhook.format,
        body,
        paused_itself: webhook.paused_itself,
    })
}
