//! How long a receiver asks to be left alone.

use std::time::Duration;

use chrono::{DateTime, Utc};

/// What a `Retry-After` means at this time: seconds, or a time; nothing where it is neither. A time that has come is now.
pub(super) fn read(text: &str, now: DateTime<Utc>) -> Option<Duration> {
    let text = text.trim();
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        // More than fits is long.
        return Some(Duration::from_secs(text.parse().unwrap_or(u64::MAX)));
    }
    let at = DateTime::<Utc>::from(httpdate::parse_http_date(text).ok()?);
    Some((at - now).to_std().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_or_a_time_and_no_junk() {
        let now = DateTime::parse_from_rfc3339("2026-11-22T20:00:00Z").unwrap().to_utc();
        for (text, asked) in [
            ("0", Some(0)),
            ("120", Some(120)),
            (" 7 ", Some(7)),
            ("Sun, 22 Nov 2026 20:01:00 GMT", Some(60)),
            ("Sun, 22 Nov 2026 19:00:00 GMT", Some(0)),
            ("Sunday, 22-Nov-26 20:01:00 GMT", Some(60)),
            ("Sun Nov 22 20:01:00 2026", Some(60)),
            ("99999999999999999999", Some(u64::MAX)),
            ("", None),
            ("soon", None),
            ("-1", None),
            ("1.5", None),
            ("+5", None),
            ("1e3", None),
            ("Sun, 22 Nov 2026 20:01:00 +0100", None),
            ("2026-11-22T20:01:00Z", None),
        ] {
            assert_eq!(read(text, now), asked.map(Duration::from_secs), "{text:?}");
        }
    }
}
