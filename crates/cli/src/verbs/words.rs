//! The contract's words on the command line.

use std::fmt::Display;
use std::str::FromStr;

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

/// A value, or that there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Setting<T> {
    None,
    Some(T),
}

impl<T> Setting<T> {
    pub(super) fn value(self) -> Option<T> {
        match self {
            Self::None => None,
            Self::Some(value) => Some(value),
        }
    }
}

/// Reads a value, or `none`.
pub(super) fn setting<T: FromStr<Err: Display>>(text: &str) -> Result<Setting<T>, String> {
    match text.parse() {
        Ok(value) => Ok(Setting::Some(value)),
        Err(_) if text == "none" => Ok(Setting::None),
        Err(error) => Err(format!("{error}; or say none")),
    }
}

/// The word for `value` in JSON.
pub(super) fn word<T: Serialize>(value: &T) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        _ => String::new(),
    }
}

pub(super) const SCOPES: &[&str] = &["read", "produce", "work", "operate", "admin"];
pub(super) const LOG_LEVELS: &[&str] = &["trace", "debug", "info", "warn", "error"];
pub(super) const PIPELINE_STATES: &[&str] =
    &["pending", "running", "succeeded", "partial", "failed", "cancelled"];
pub(super) const JOB_STATES: &[&str] =
    &["pending", "queued", "running", "succeeded", "failed", "cancelled", "skipped"];
pub(super) const TASK_STATES: &[&str] =
    &["pending", "scheduled", "queued", "running", "succeeded", "failed", "cancelled", "skipped"];
pub(super) const PRIORITIES: &[&str] = &["very_high", "high", "medium", "low", "very_low"];
pub(super) const ENTITIES: &[&str] =
    &["pipeline", "job", "task", "queue", "key", "template", "schedule", "outcome", "webhook"];
pub(super) const WEBHOOK_FORMATS: &[&str] = &["standard", "cloudevents", "slack"];
pub(super) const DELIVERY_STATES: &[&str] = &["pending", "delivered", "failed"];

#[cfg(test)]
mod tests {
    use windlass_sdk::wire::{
        DeliveryState, Entity, JobState, PipelineState, Priority, TaskState, WebhookFormat,
    };

    use super::*;

    fn all_known<T: DeserializeOwned + Serialize>(words: &[&str]) {
        for text in words {
            let value: T = serde_json::from_value((*text).into()).unwrap();
            assert_eq!(word(&value), *text);
        }
    }

    #[test]
    fn a_setting_is_a_value_or_none() {
        assert_eq!(setting("0"), Ok(Setting::Some(0_u32)));
        assert_eq!(setting("20"), Ok(Setting::Some(20_u32)));
        assert_eq!(setting::<u32>("none"), Ok(Setting::None));
        for bad in ["", "-1", "many", "1.5", "4294967296"] {
            assert!(setting::<u32>(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn every_word_offered_is_one_of_the_contract() {
        all_known::<PipelineState>(PIPELINE_STATES);
        all_known::<JobState>(JOB_STATES);
        all_known::<TaskState>(TASK_STATES);
        all_known::<Priority>(PRIORITIES);
        all_known::<Entity>(ENTITIES);
        all_known::<WebhookFormat>(WEBHOOK_FORMATS);
        all_known::<DeliveryState>(DELIVERY_STATES);
    }
}
