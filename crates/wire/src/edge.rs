//! Edges: what a job waits for.

use serde::{Deserialize, Serialize};

/// What must have become of a job before one that depends on it opens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum When {
    /// It succeeded.
    #[default]
    Succeeded,
    /// It failed.
    Failed,
    /// It succeeded or failed.
    Finished,
    /// It ended, in whichever way.
    Always,
}

/// How the edges of a job decide it together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Join {
    /// It opens when all are met, and is skipped as soon as one no longer can be.
    #[default]
    All,
    /// It waits until all the jobs before it have ended, opens if at least one edge is met, and is skipped otherwise.
    Any,
}

/// An edge to a job that comes first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Dependency {
    /// The key of the job that comes first.
    pub job: String,
    /// What must have become of it.
    pub when: When,
}

/// An edge of a new job: a key, which means `"when": "succeeded"`, or key and condition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum NewDependency {
    /// The key of a job that must succeed first.
    Key(String),
    /// Key and condition.
    Edge(NewEdge),
}

/// The long form of an edge.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewEdge {
    /// The key of the job that comes first.
    #[cfg_attr(feature = "openapi", schema(pattern = "^[A-Za-z0-9._-]{1,100}$"))]
    pub job: String,
    /// What must have become of it, default `succeeded`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub when: Option<When>,
}
