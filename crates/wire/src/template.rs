//! Templates: pipelines with holes, which are filled in by parameters.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{Json, Priority};

/// A version of a template.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Template {
    /// Its name.
    pub name: String,
    /// The number of the version, from 1.
    pub version: u32,
    /// What it is for.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub description: Option<String>,
    /// JSON Schema (2020-12) of the parameters.
    #[cfg_attr(feature = "openapi", schema(value_type = BTreeMap<String, Json>))]
    pub parameters: Json,
    /// The body of `POST /v1/pipelines`, with expressions in it.
    #[cfg_attr(feature = "openapi", schema(value_type = BTreeMap<String, Json>))]
    pub pipeline: Json,
    /// When the version was made.
    pub created_at: DateTime<Utc>,
    /// The name of the key that made it; null where none was needed.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub created_by: Option<String>,
}

/// A template to keep as the next version of its name.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PutTemplate {
    /// What it is for, for people, 1 to 1,000 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 1000))]
    pub description: Option<String>,
    /// JSON Schema (2020-12) of an object, up to 64 KiB; default `{}`, which is no parameters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false, value_type = Option<BTreeMap<String, Json>>))]
    pub parameters: Option<Json>,
    /// The body of `POST /v1/pipelines`, with expressions in its strings, and `for_each` and `if` in its jobs and tasks.
    #[cfg_attr(feature = "openapi", schema(value_type = BTreeMap<String, Json>))]
    pub pipeline: Json,
}

/// How a template is filled in; what is null or left out is as the template says.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct RunTemplate {
    /// The version, default the newest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 2_147_483_647))]
    pub version: Option<u32>,
    /// The parameters, up to 256 KiB, no list longer than 10,000; default `{}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false, value_type = Option<BTreeMap<String, Json>>))]
    pub parameters: Option<Json>,
    /// The pipeline's name instead, 1 to 200 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 200))]
    pub name: Option<String>,
    /// Its priority instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priority: Option<Priority>,
    /// Its correlation id instead, 1 to 200 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 200))]
    pub correlation_id: Option<String>,
    /// Merged over the template's metadata, as a merge patch; an object of up to 256 KiB.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<BTreeMap<String, Json>>))]
    pub metadata: Option<Json>,
    /// Whether it begins paused instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paused: Option<bool>,
    /// When it is cancelled, with clean-up, instead.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        serialize_with = "crate::time::micros_or_null"
    )]
    pub deadline_at: Option<DateTime<Utc>>,
}

/// Which template a pipeline was made from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MadeFrom {
    /// The template's name.
    pub name: String,
    /// Its version.
    pub version: u32,
}
