//! `/v1/schedules`.

use chrono::{DateTime, Utc};
use futures_util::Stream;
use reqwest::Method;
use serde::Serialize;
use windlass_wire::{Page, Pipeline, PutSchedule, Reason, Schedule, ScheduleRun, TriggerSchedule};

use super::Cursor;
use crate::pages::walk;
use crate::resilience::Safety;
use crate::{Client, Error};

/// Which schedules.
#[derive(Serialize)]
struct OfTemplate<'a> {
    template: Option<&'a str>,
}

impl Client {
    /// Makes a schedule, or changes the one of this name; what is left out has its default, but for `paused`.
    ///
    /// # Errors
    /// `validation_failed`, `render_failed`, and what any call can fail with.
    pub async fn put_schedule(&self, name: &str, schedule: &PutSchedule) -> Result<Schedule, Error> {
        let call = self.call(Method::PUT, &["v1", "schedules", name], Safety::Safe);
        self.fetch(call.json(schedule)?).await
    }

    /// One page of schedules, by name; only those of this template if one is named.
    ///
    /// # Errors
    /// What any call can fail with.
    pub async fn list_schedules(
        &self,
        template: Option<&str>,
        cursor: Option<&str>,
    ) -> Result<Page<Schedule>, Error> {
        self.fetch(self.get(&["v1", "schedules"]).query(&OfTemplate { template }).query(&Cursor { cursor }))
            .await
    }

    /// All schedules, by name; only those of this template if one is named.
    pub fn schedules(&self, template: Option<&str>) -> impl Stream<Item = Result<Schedule, Error>> + use<> {
        let (client, template) = (self.clone(), template.map(str::to_owned));
        walk(move |cursor| {
            let (client, template) = (client.clone(), template.clone());
            async move { client.list_schedules(template.as_deref(), cursor.as_deref()).await }
        })
    }

    /// A schedule.
    ///
    /// # Errors
    /// `schedule_not_found`, and what any call can fail with.
    pub async fn get_schedule(&self, name: &str) -> Result<Schedule, Error> {
        self.fetch(self.get(&["v1", "schedules", name])).await
    }

    /// Deletes a schedule; its pipelines stay.
    ///
    /// # Errors
    /// `schedule_not_found` (also for one deleted before), and what any call can fail with.
    pub async fn delete_schedule(&self, name: &str) -> Result<(), Error> {
        let call = self.call(Method::DELETE, &["v1", "schedules", name], Safety::Unsafe);
        self.send(call).await.map(drop)
    }

    /// Pauses a schedule: nothing of it comes due until it is resumed, and nothing of that time is made up.
    ///
    /// # Errors
    /// `schedule_not_found`, and what any call can fail with.
    pub async fn pause_schedule(&self, name: &str, reason: Option<&str>) -> Result<Schedule, Error> {
        self.schedule_verb(name, "pause", reason).await
    }

    /// Resumes a schedule: its times count from now on.
    ///
    /// # Errors
    /// `schedule_not_found`, and what any call can fail with.
    pub async fn resume_schedule(&self, name: &str, reason: Option<&str>) -> Result<Schedule, Error> {
        self.schedule_verb(name, "resume", reason).await
    }

    /// Makes a pipeline of a schedule by hand, for now or for a time that has passed.
    ///
    /// # Errors
    /// `illegal_transition` for a time that has a pipeline, `schedule_not_found`, `render_failed`, and what any call can fail with.
    pub async fn trigger_schedule(
        &self,
        name: &str,
        scheduled_at: Option<DateTime<Utc>>,
    ) -> Result<Pipeline, Error> {
        let call = self.post(&["v1", "schedules", name, "trigger"]);
        let call = call.idempotency_key(self.idempotency_key.as_deref());
        self.fetch(call.json(&TriggerSchedule { scheduled_at })?).await
    }

    /// One page of a schedule's runs, newest recorded first.
    ///
    /// # Errors
    /// `schedule_not_found`, and what any call can fail with.
    pub async fn list_schedule_runs(
        &self,
        name: &str,
        cursor: Option<&str>,
    ) -> Result<Page<ScheduleRun>, Error> {
        self.fetch(self.get(&["v1", "schedules", name, "runs"]).query(&Cursor { cursor })).await
    }

    /// All runs of a schedule, newest recorded first.
    pub fn schedule_runs(&self, name: &str) -> impl Stream<Item = Result<ScheduleRun, Error>> + use<> {
        let (client, name) = (self.clone(), name.to_owned());
        walk(move |cursor| {
            let (client, name) = (client.clone(), name.clone());
            async move { client.list_schedule_runs(&name, cursor.as_deref()).await }
        })
    }

    async fn schedule_verb(&self, name: &str, verb: &str, reason: Option<&str>) -> Result<Schedule, Error> {
        let reason = Reason { reason: reason.map(str::to_owned) };
        self.fetch(self.post(&["v1", "schedules", name, verb]).json(&reason)?).await
    }
}
