//! How far something is.

use serde::{Deserialize, Serialize};

/// How far a pipeline or job is.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Progress {
    /// 0 to 100; 100 when ended.
    #[serde(serialize_with = "crate::number::plain")]
    #[cfg_attr(feature = "openapi", schema(minimum = 0, maximum = 100, examples(42.5)))]
    pub percent: f64,
}
