//! Words for people: states with their signs, lengths, numbers.

use chrono::{DateTime, Utc};
use serde::Serialize;

/// The word of a value in JSON.
pub fn word<T: Serialize>(value: &T) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        _ => String::new(),
    }
}

/// The sign of a state, for those who do not see its colour.
pub fn sign(state: &str) -> &'static str {
    match state {
        "running" => "▶",
        "succeeded" | "delivered" => "✓",
        "failed" => "✕",
        "partial" => "◐",
        "cancelled" => "■",
        "skipped" => "↷",
        "paused" => "‖",
        "scheduled" => "◷",
        _ => "○",
    }
}

/// A length in words: `3 min 20 s`.
pub fn length(seconds: f64) -> String {
    if !seconds.is_finite() || seconds < 0.0 {
        return "0 s".to_owned();
    }
    if seconds < 1.0 {
        return format!("{:.0} ms", seconds * 1_000.0);
    }
    if seconds < 10.0 {
        let tenths = (seconds * 10.0).round() / 10.0;
        return format!("{tenths} s");
    }
    let units = [("d", 86_400.0), ("h", 3_600.0), ("min", 60.0), ("s", 1.0)];
    let mut left = seconds.round();
    let mut parts = Vec::new();
    for (unit, size) in units {
        let count = (left / size).floor();
        if count > 0.0 {
            parts.push(format!("{count} {unit}"));
            left -= count * size;
        }
        if parts.len() == 2 {
            break;
        }
    }
    parts.join(" ")
}

/// The same, or a sign that there is none.
pub fn length_or_none(seconds: Option<f64>) -> String {
    seconds.map_or_else(|| "–".to_owned(), length)
}

/// How long it was from one time to another, or is by now.
pub fn between(from: Option<DateTime<Utc>>, to: Option<DateTime<Utc>>, now: DateTime<Utc>) -> String {
    from.map_or_else(|| "–".to_owned(), |from| length((to.unwrap_or(now) - from).as_seconds_f64()))
}

/// A number with its thousands apart.
pub fn number(value: u64) -> String {
    let digits = value.to_string();
    let mut spaced = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            spaced.push('\u{202f}');
        }
        spaced.push(digit);
    }
    spaced
}

/// A number that is known to be whole and not negative.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is a sum of counts")]
pub fn whole(value: f64) -> String {
    number(value.round().max(0.0) as u64)
}

/// A share of a hundred.
pub fn percent(percent: f64) -> String {
    format!("{:.0} %", percent.floor())
}

/// A size in words.
pub fn bytes(bytes: i64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "it is rounded anyway")]
    let mut size = bytes.max(0) as f64;
    for unit in ["B", "KiB", "MiB", "GiB"] {
        if size < 1_024.0 {
            return format!("{size:.0} {unit}");
        }
        size /= 1_024.0;
    }
    format!("{size:.1} TiB")
}

/// The word with a capital letter.
pub fn capital(word: &str) -> String {
    let mut characters = word.chars();
    characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_in_words() {
        for (seconds, words) in [
            (0.0, "0 ms"),
            (0.0124, "12 ms"),
            (1.0, "1 s"),
            (3.12, "3.1 s"),
            (59.6, "1 min"),
            (200.0, "3 min 20 s"),
            (3_600.0, "1 h"),
            (3_725.0, "1 h 2 min"),
            (90_061.0, "1 d 1 h"),
            (f64::NAN, "0 s"),
            (-3.0, "0 s"),
        ] {
            assert_eq!(length(seconds), words, "{seconds}");
        }
    }

    #[test]
    fn thousands_are_apart() {
        assert_eq!(number(0), "0");
        assert_eq!(number(999), "999");
        assert_eq!(number(1_000), "1\u{202f}000");
        assert_eq!(number(1_234_567), "1\u{202f}234\u{202f}567");
    }
}
