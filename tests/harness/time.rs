//! Times as the contract writes them. They are of the database's clock; a test only compares.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use crate::TestApp;

/// A member that is a time: RFC 3339, in UTC.
#[track_caller]
pub fn time_of(resource: &Value, member: &str) -> DateTime<Utc> {
    let text = resource[member].as_str().unwrap_or_else(|| panic!("no {member} in {resource}"));
    assert!(text.ends_with('Z'), "{member} is not in UTC: {text}");
    text.parse().unwrap_or_else(|error| panic!("{member} is {text}: {error}"))
}

/// The seconds from one time to another.
pub fn seconds_between(from: DateTime<Utc>, to: DateTime<Utc>) -> f64 {
    (to - from).as_seconds_f64()
}

impl TestApp {
    /// The database's time so many seconds from now, as a request carries it. Leaves an empty pipeline named `clock` behind.
    pub async fn time_in(&self, seconds: i64) -> String {
        let clock = self.submit_with(json!({"name": "clock", "sealed": false, "jobs": []})).await;
        let time = time_of(&clock, "created_at") + TimeDelta::seconds(seconds);
        time.to_rfc3339_opts(chrono::SecondsFormat::Micros, true)
    }
}
