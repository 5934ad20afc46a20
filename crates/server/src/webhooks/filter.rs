//! Which events a webhook's filter takes.

use std::collections::HashMap;

use serde_json::value::RawValue;
use windlass_store::{Pipeline, SkimmedEvent, Subjects};
use windlass_wire::WebhookFilter;

/// A filter, read.
#[derive(Debug, Default)]
pub(super) struct Filter(WebhookFilter);

impl Filter {
    /// The filter of this JSON, which was checked when it was set.
    pub(super) fn of(json: &str) -> Self {
        Self(serde_json::from_str(json).unwrap_or_default())
    }

    /// Whether it takes every event.
    pub(super) fn takes_all(&self) -> bool {
        self.0 == WebhookFilter::default()
    }

    /// Whether it takes this one: all conditions hold. What a condition is about and has gone fulfils none.
    pub(super) fn takes(&self, event: &SkimmedEvent, subjects: &Subjects) -> bool {
        match &event.schedule {
            Some(schedule) => self.takes_of_schedule(schedule, subjects),
            None => self.takes_of_pipeline(event, subjects),
        }
    }

    fn takes_of_schedule(&self, schedule: &str, subjects: &Subjects) -> bool {
        let filter = &self.0;
        let template = subjects.templates.get(schedule);
        filter.pipeline_name.is_none()
            && filter.types.is_none()
            && filter.metadata.is_none()
            && filter.schedule.as_deref().is_none_or(|wanted| wanted == schedule)
            && filter.template.as_ref().is_none_or(|wanted| Some(wanted) == template)
    }

    fn takes_of_pipeline(&self, event: &SkimmedEvent, subjects: &Subjects) -> bool {
        let filter = &self.0;
        let pipeline = subjects.pipelines.get(&event.pipeline_id);
        let job = event.job_id.and_then(|id| subjects.jobs.get(&id));
        let is = |wanted: &Option<String>, actual: Option<&String>| {
            wanted.as_ref().is_none_or(|wanted| Some(wanted) == actual)
        };
        is(&filter.pipeline_name, pipeline.map(|pipeline| &pipeline.name))
            && is(&filter.schedule, pipeline.and_then(|pipeline| pipeline.schedule.as_ref()))
            && is(
                &filter.template,
                pipeline.and_then(|pipeline| pipeline.template.as_ref()).map(|(name, _)| name),
            )
            && filter.types.as_ref().is_none_or(|types| job.is_some_and(|job| types.contains(&job.type_name)))
            && filter.metadata.as_ref().is_none_or(|wanted| {
                let texts = pipeline.map(texts).unwrap_or_default();
                wanted.iter().all(|(name, text)| texts.get(name) == Some(text))
            })
    }
}

/// The texts of a pipeline's metadata at the top level.
fn texts(pipeline: &Pipeline) -> HashMap<String, String> {
    let metadata = pipeline.metadata.as_deref().unwrap_or("{}");
    let members: HashMap<String, &RawValue> = serde_json::from_str(metadata).unwrap_or_default();
    let text = |(name, value): (String, &RawValue)| Some((name, serde_json::from_str(value.get()).ok()?));
    members.into_iter().filter_map(text).collect()
}
