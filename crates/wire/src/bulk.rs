//! Bulk verbs: cancel, pause, resume and retry of every pipeline that fits a filter.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{PipelineState, Priority, RetryScope};

/// Which pipelines a bulk verb is for: those that fit all of what is given. At least one condition must be.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(min_properties = 1))]
#[serde(deny_unknown_fields)]
pub struct BulkFilter {
    /// Those in this state, in one of these, or `open`: in one that has not ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub state: Option<BulkState>,
    /// Those with this name, 1 to 200 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false, min_length = 1, max_length = 200))]
    pub name: Option<String>,
    /// Those with this priority.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub priority: Option<Priority>,
    /// Those with this correlation id, 1 to 200 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false, min_length = 1, max_length = 200))]
    pub correlation_id: Option<String>,
    /// Those created then or later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub created_after: Option<DateTime<Utc>>,
    /// Those created earlier than then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub created_before: Option<DateTime<Utc>>,
    /// Those made from the template of this name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false, pattern = "^[A-Za-z0-9._-]{1,100}$"))]
    pub template: Option<String>,
    /// Those made by the schedule of this name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false, pattern = "^[A-Za-z0-9._-]{1,100}$"))]
    pub schedule: Option<String>,
    /// Those whose metadata has exactly these texts as top-level members, 1 to 5.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(schema_with = crate::field_schemas::texts))]
    pub metadata: Option<BTreeMap<String, String>>,
}

/// States of a filter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum BulkState {
    /// One state.
    One(PipelineState),
    /// Any of these, at least one.
    AnyOf(Vec<PipelineState>),
    /// Any that has not ended.
    Open(Open),
}

/// The word for states that have not ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Open {
    /// `pending` or `running`.
    Open,
}

/// Which pipelines to pause or resume.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Bulk {
    /// Which pipelines.
    pub filter: BulkFilter,
    /// Whether only to say how many fit, default true.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub dry_run: Option<bool>,
    /// Free text for the audit trail, 1 to 1,000 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 1000))]
    pub reason: Option<String>,
}

/// Which pipelines to cancel.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct BulkCancel {
    /// Which pipelines.
    pub filter: BulkFilter,
    /// Whether only to say how many fit, default true.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub dry_run: Option<bool>,
    /// Spares the jobs that have not ended and have a `failed`, `finished` or `always` edge, and what hangs below them; default false.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub clean_up: Option<bool>,
    /// Free text for the audit trail, 1 to 1,000 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 1000))]
    pub reason: Option<String>,
}

/// Which pipelines to run again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct BulkRetry {
    /// Which pipelines.
    pub filter: BulkFilter,
    /// Whether only to say how many fit, default true.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub dry_run: Option<bool>,
    /// How much of each runs again, default `failed`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<RetryScope>,
    /// When each is cancelled, with clean-up, if it has not ended; default: never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline_at: Option<DateTime<Utc>>,
    /// Free text for the audit trail, 1 to 1,000 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 1000))]
    pub reason: Option<String>,
}

/// What a bulk verb did, or of a dry run only how many pipelines fit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Bulked {
    /// Pipelines that fit; of more than 10,000 none is changed.
    pub matched: u64,
    /// Those that the verb changed; not in the answer of a dry run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub changed: Option<u64>,
    /// Those that had left the filter before their turn, or in whose state the verb makes no sense; not in the answer of a dry run. Where
    /// what the verb asks held already, a pipeline is counted in neither.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub refused: Option<u64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_is_one_or_several_or_open() {
        for (state, text) in [
            (BulkState::One(PipelineState::Failed), r#""failed""#),
            (
                BulkState::AnyOf(vec![PipelineState::Failed, PipelineState::Partial]),
                r#"["failed","partial"]"#,
            ),
            (BulkState::Open(Open::Open), r#""open""#),
        ] {
            assert_eq!(serde_json::to_string(&state).unwrap(), text);
            assert_eq!(serde_json::from_str::<BulkState>(text).unwrap(), state);
        }
    }

    #[test]
    fn a_dry_run_has_only_the_number_that_fit() {
        let dry = Bulked { matched: 3, ..Bulked::default() };
        assert_eq!(serde_json::to_string(&dry).unwrap(), r#"{"matched":3}"#);
        assert_eq!(serde_json::from_str::<Bulked>(r#"{"matched":3}"#).unwrap(), dry);
    }
}
