//! The contract's words on the command line.

use clap::builder::{PossibleValuesParser, TypedValueParser};
use serde::de::DeserializeOwned;
use serde::{Serialize, de::value};
use windlass_sdk::wire::Json;

/// Reads one of `words`, which are all that `T` knows.
pub(super) fn one_of<T>(words: &'static [&'static str]) -> impl TypedValueParser<Value = T>
where
    T: DeserializeOwned + Clone + Send + Sync + 'static,
{
    PossibleValuesParser::new(words)
        .try_map(|word| T::deserialize(value::StringDeserializer::<value::Error>::new(word)))
}

/// Reads any JSON, unchanged.
pub(super) fn json(text: &str) -> Result<Json, serde_json::Error> {
    Json::from_text(text.to_owned())
}

/// The word for `value` in JSON.
pub(super) fn word<T: Serialize>(value: &T) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        _ => String::new(),
    }
}

pub(super) const PIPELINE_STATES: &[&str] =
    &["pending", "running", "succeeded", "partial", "failed", "cancelled"];
pub(super) const JOB_STATES: &[&str] =
    &["pending", "queued", "running", "succeeded", "failed", "cancelled", "skipped"];
pub(super) const TASK_STATES: &[&str] =
    &["pending", "scheduled", "queued", "running", "succeeded", "failed", "cancelled", "skipped"];
pub(super) const PRIORITIES: &[&str] = &["very_high", "high", "medium", "low", "very_low"];
pub(super) const ENTITIES: &[&str] = &["pipeline", "job", "task", "queue"];

#[cfg(test)]
mod tests {
    use windlass_sdk::wire::{Entity, JobState, PipelineState, Priority, TaskState};

    use super::*;

    fn all_known<T: DeserializeOwned + Serialize>(words: &[&str]) {
        for text in words {
            let value: T = serde_json::from_value((*text).into()).unwrap();
            assert_eq!(word(&value), *text);
        }
    }

    #[test]
    fn every_word_offered_is_one_of_the_contract() {
        all_known::<PipelineState>(PIPELINE_STATES);
        all_known::<JobState>(JOB_STATES);
        all_known::<TaskState>(TASK_STATES);
        all_known::<Priority>(PRIORITIES);
        all_known::<Entity>(ENTITIES);
    }
}
