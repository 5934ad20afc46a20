//! The pipeline of one time of a schedule, rendered from its template.

use std::panic::AssertUnwindSafe;

use chrono::{DateTime, SecondsFormat, Utc};
use futures_util::FutureExt;
use uuid::Uuid;
use windlass_domain::{CorrelationId, Json, Limits, Priority};
use windlass_store::{Error, MadeBy, NewPipeline, Schedule, ScheduleDefinition, Store, Trace};
use windlass_templates::{Fault, Run, ScheduledRun, Zone, local_text};

use crate::input::{Order, Origin};
use crate::templates::{Failure, Renderer};

/// For which schedule and which time something is rendered.
#[derive(Debug, Clone)]
pub(crate) struct Occasion {
    schedule: String,
    timezone: String,
    template: String,
    version: Option<i32>,
    parameters: Json,
    priority: Option<Priority>,
    metadata: Option<Json>,
    scheduled_at: DateTime<Utc>,
    /// The database's now.
    now: DateTime<Utc>,
    triggered: bool,
}

impl Occasion {
    /// A time of this schedule.
    pub(crate) fn of(schedule: &Schedule, scheduled_at: DateTime<Utc>, now: DateTime<Utc>) -> Self {
        Self {
            schedule: schedule.name.clone(),
            timezone: schedule.timezone.clone(),
            template: schedule.template.clone(),
            version: schedule.template_version,
            parameters: Json::from_checked(schedule.parameters.clone()),
            priority: schedule.priority,
            metadata: schedule.metadata.clone().map(Json::from_checked),
            scheduled_at,
            now,
            triggered: false,
        }
    }

    /// The same, asked for by a person.
    pub(crate) fn triggered(self) -> Self {
        Self { triggered: true, ..self }
    }

    /// A try of a schedule that is not made yet, as if it ran now.
    pub(crate) fn trial(name: &str, definition: &ScheduleDefinition, now: DateTime<Utc>) -> Self {
        Self {
            schedule: name.to_owned(),
            timezone: definition.timezone.clone(),
            template: definition.template.clone(),
            version: definition.template_version,
            parameters: definition.parameters.clone(),
            priority: definition.priority,
            metadata: definition.metadata.clone(),
            scheduled_at: now,
            now,
            triggered: false,
        }
    }

    fn run(&self, version: i32) -> Run {
        let utc = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::AutoSi, true);
        // A later version of the zones may lack one.
        let zone = Zone::parse(&self.timezone).unwrap_or(Zone::UTC);
        Run {
            name: self.template.clone(),
            version,
            created_at: utc(self.now),
            schedule: Some(ScheduledRun {
                schedule: self.schedule.clone(),
                scheduled_at: utc(self.scheduled_at),
                scheduled_local: local_text(self.scheduled_at, zone),
                timezone: self.timezone.clone(),
            }),
        }
    }

    fn order(&self) -> Order {
        Order {
            parameters: Some(self.parameters.clone()),
            priority: self.priority,
            metadata: self.metadata.clone(),
            ..Order::default()
        }
    }
}

/// Renders its pipeline; what it does not say of where it comes from is taken from `origin`. Wrong parameters are told below `/template`.
///
/// # Errors
/// Those of the store, [`Error::NotFound`] of the template or its version among them.
pub(crate) async fn make(
    store: &Store,
    renderer: &Renderer,
    limits: &Limits,
    occasion: &Occasion,
    origin: Option<Origin>,
) -> Result<Result<NewPipeline, Failure>, Error> {
    let template = store.template(&occasion.template, occasion.version).await?;
    let run = occasion.run(template.version);
    let origin = origin.unwrap_or_else(new_origin);
    let filled = renderer.fill(template, occasion.order(), run, origin, *limits).await;
    let by = MadeBy { name: occasion.schedule.clone(), triggered: occasion.triggered };
    Ok(filled.map(|filled| NewPipeline { schedule: Some(by), ..filled.new }).map_err(below_template))
}

/// The same for a run that nobody asked for. A panic of it would be met again each time that it is tried, for ever; it fails the run instead.
///
/// # Errors
/// As [`make`].
pub(super) async fn make_run(
    store: &Store,
    renderer: &Renderer,
    limits: &Limits,
    occasion: &Occasion,
) -> Result<Result<NewPipeline, Failure>, Error> {
    let made = AssertUnwindSafe(make(store, renderer, limits, occasion, None)).catch_unwind().await;
    // Its message is logged where it happened, by the process's hook.
    made.unwrap_or_else(|_panic| {
        let detail = "cannot be filled in: the server failed".to_owned();
        Ok(Err(Failure::Render(Fault { pointer: "/pipeline/jobs".to_owned(), detail })))
    })
}

fn new_origin() -> Origin {
    let id = CorrelationId::parse(Uuid::now_v7().to_string()).expect("a UUID has 36 characters");
    Origin { correlation_id: id, trace: Trace::default() }
}

/// Parameters are the template's in a schedule.
fn below_template(failure: Failure) -> Failure {
    let below = |fault: Fault| Fault { pointer: format!("/template{}", fault.pointer), ..fault };
    match failure {
        Failure::Wrong(faults) => Failure::Wrong(faults.into_iter().map(below).collect()),
        other => other,
    }
}
