//! Jobs to create: inside a pipeline, or standalone.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{Join, Json, NewDependency, NewEdge, NewRetryPolicy, NewTask, Priority, Sealing, When};

/// A job to create: the fields of its own, then those that every job has. Said once, because serde's `flatten` would
/// accept unknown fields.
macro_rules! new_job {
    ($(#[$about:meta])* $name:ident { $($own:tt)* }) => {
        $(#[$about])*
        #[derive(Clone, Debug, Default, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        #[serde(deny_unknown_fields)]
        pub struct $name {
            $($own)*
            /// What its tasks share: any JSON value, up to 256 KiB, default null.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            #[cfg_attr(feature = "openapi", schema(value_type = Json))]
            pub payload: Option<Json>,
            /// An object of the producer's own, up to 256 KiB, default `{}`.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            #[cfg_attr(feature = "openapi", schema(nullable = false, value_type = Option<BTreeMap<String, Json>>))]
            pub metadata: Option<Json>,
            /// Its tasks, up to 10,000 a call; default one with the job's payload, if sealed at once.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            #[cfg_attr(feature = "openapi", schema(nullable = false, max_items = 10_000))]
            pub tasks: Option<Vec<NewTask>>,
            /// Whether no more tasks will be added: `true`, the default; `false` until it is sealed; `"on_open"` until it opens.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            #[cfg_attr(feature = "openapi", schema(nullable = false))]
            pub sealed: Option<Sealing>,
            /// How its edges decide it together, default `all`.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            #[cfg_attr(feature = "openapi", schema(nullable = false))]
            pub join: Option<Join>,
            /// When a failed attempt is tried again.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            #[cfg_attr(feature = "openapi", schema(nullable = false))]
            pub retry: Option<NewRetryPolicy>,
            /// Seconds that a lease lasts unless it is extended, 1 to 86,400, default 60.
            #[serde(
                default,
                skip_serializing_if = "Option::is_none",
                serialize_with = "crate::number::plain_or_null"
            )]
            #[cfg_attr(feature = "openapi", schema(nullable = false, minimum = 1, maximum = 86_400))]
            pub lease_seconds: Option<f64>,
            /// Seconds that one attempt may take, 1 to 30 days; default null, no limit.
            #[serde(
                default,
                skip_serializing_if = "Option::is_none",
                serialize_with = "crate::number::plain_or_null"
            )]
            #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 2_592_000))]
            pub timeout_seconds: Option<f64>,
            /// How many of its tasks may fail before it does, 0 to 2³¹−1, default 0.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            #[cfg_attr(feature = "openapi", schema(nullable = false, maximum = 2_147_483_647))]
            pub max_failed_tasks: Option<u32>,
            /// Whether it fails at the first failed task too many, default true.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            #[cfg_attr(feature = "openapi", schema(nullable = false))]
            pub fail_fast: Option<bool>,
            /// Whether its failure leaves the pipeline's success alone, default false.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            #[cfg_attr(feature = "openapi", schema(nullable = false))]
            pub allow_failure: Option<bool>,
            /// Whether it begins paused, default false.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            #[cfg_attr(feature = "openapi", schema(nullable = false))]
            pub paused: Option<bool>,
            /// The earliest start of its tasks, default at once.
            #[serde(
                default,
                skip_serializing_if = "Option::is_none",
                serialize_with = "crate::time::micros_or_null"
            )]
            pub run_at: Option<DateTime<Utc>>,
        }
    };
}

new_job! {
    /// A job of a new pipeline, or one to add to an unsealed pipeline.
    ///
    /// Sealed at once and without `tasks` it gets one task with its own `payload`; sealed with `tasks: []` it is a
    /// join node, which succeeds as it opens.
    NewJob {
        /// Its name, unique in the pipeline: `[A-Za-z0-9._-]{1,100}`.
        #[cfg_attr(feature = "openapi", schema(pattern = "^[A-Za-z0-9._-]{1,100}$", examples("hash")))]
        pub key: String,
        /// What workers ask for: `[A-Za-z0-9._-]{1,100}`.
        #[cfg_attr(feature = "openapi", schema(pattern = "^[A-Za-z0-9._-]{1,100}$", examples("hash-files")))]
        pub r#type: String,
        /// The jobs that come first; default none.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        pub depends_on: Vec<NewDependency>,
    }
}

impl NewJob {
    /// A job of `type` under `key`, everything else by default.
    pub fn new(key: impl Into<String>, r#type: impl Into<String>) -> Self {
        Self { key: key.into(), r#type: r#type.into(), ..Self::default() }
    }

    /// The same job with `payload`.
    ///
    /// # Errors
    /// When `payload` has no JSON form.
    pub fn with_payload<T: Serialize + ?Sized>(self, payload: &T) -> serde_json::Result<Self> {
        Ok(Self { payload: Some(Json::of(payload)?), ..self })
    }

    /// The same job, which opens only when `job` has ended as `when` asks.
    #[must_use]
    pub fn after(mut self, job: impl Into<String>, when: When) -> Self {
        self.depends_on.push(NewDependency::Edge(NewEdge { job: job.into(), when: Some(when) }));
        self
    }

    /// The same job, which opens once all jobs before it have ended and one of its edges is met.
    #[must_use]
    pub fn joining_any(self) -> Self {
        Self { join: Some(Join::Any), ..self }
    }

    /// The same job, unsealed: its tasks will be streamed in.
    #[must_use]
    pub fn unsealed(self) -> Self {
        Self { sealed: Some(Sealing::Later), ..self }
    }

    /// The same job, which is sealed as it opens: its tasks come from the jobs before it.
    #[must_use]
    pub fn sealed_on_open(self) -> Self {
        Self { sealed: Some(Sealing::OnOpen), ..self }
    }
}

new_job! {
    /// A standalone job; it gets a pipeline of one, named after its type.
    NewStandaloneJob {
        /// Its name in its pipeline, `[A-Za-z0-9._-]{1,100}`; default the type.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "openapi", schema(nullable = false, pattern = "^[A-Za-z0-9._-]{1,100}$"))]
        pub key: Option<String>,
        /// What workers ask for: `[A-Za-z0-9._-]{1,100}`.
        #[cfg_attr(feature = "openapi", schema(pattern = "^[A-Za-z0-9._-]{1,100}$", examples("resize-image")))]
        pub r#type: String,
        /// The priority of its pipeline, default `medium`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "openapi", schema(nullable = false))]
        pub priority: Option<Priority>,
        /// Ties it to what else belongs together, 1 to 200 characters; default the request id.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 200))]
        pub correlation_id: Option<String>,
        /// When its pipeline is cancelled if it has not ended: ahead of now; default never.
        #[serde(
            default,
            skip_serializing_if = "Option::is_none",
            serialize_with = "crate::time::micros_or_null"
        )]
        pub deadline_at: Option<DateTime<Utc>>,
    }
}

impl NewStandaloneJob {
    /// A job of `type`, everything else by default.
    pub fn new(r#type: impl Into<String>) -> Self {
        Self { r#type: r#type.into(), ..Self::default() }
    }
}
