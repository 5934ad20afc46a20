//! One thing for people: names and values, a line each.

use unicode_width::UnicodeWidthStr;
use windlass_sdk::wire::Json;

use super::cut::{cut, one_line};
use super::screen::Screen;
use super::words::word;

/// The longest JSON that is shown beside its name.
const JSON_CHARS: usize = 200;
/// What is between a name and its value.
const GAP: usize = 2;

/// Names and values; what has no value is left out, and a value that does not fit on its line is cut.
pub(super) fn pairs(screen: &Screen, pairs: &[(&str, String)]) -> String {
    let shown: Vec<_> = pairs.iter().filter(|(_, value)| !value.is_empty()).collect();
    let names = shown.iter().map(|(name, _)| name.width()).max().unwrap_or(0);
    let mut lines = Vec::new();
    for (name, value) in shown {
        for (at, line) in value.lines().enumerate() {
            let name = if at == 0 { name } else { "" };
            let line = one_line(line);
            let line =
                screen.width.map_or(line.clone(), |width| cut(&line, width.saturating_sub(names + GAP)));
            lines.push(format!("{name:names$}{:GAP$}{line}", ""));
        }
    }
    lines.join("\n")
}

/// A state, and whether it is paused.
pub(super) fn state<T: serde::Serialize>(state: &T, paused: bool) -> String {
    if paused { format!("{} (paused)", word(state)) } else { word(state) }
}

/// A share without a fraction; less than all is never shown as 100.
pub(super) fn percent(percent: f64) -> String {
    format!("{:.0}%", percent.floor())
}

/// `yes`, or nothing.
pub(super) fn yes(holds: bool) -> String {
    if holds { "yes" } else { "" }.to_owned()
}

/// The beginning of a JSON text.
pub(super) fn short(json: &Json) -> String {
    cut(json.text(), JSON_CHARS)
}

/// How long something took, once it has ended.
pub(super) fn took(
    started_at: Option<chrono::DateTime<chrono::Utc>>,
    ended_at: Option<chrono::DateTime<chrono::Utc>>,
) -> String {
    let length = started_at.zip(ended_at).and_then(|(start, end)| (end - start).to_std().ok());
    length.map(|length| format!("{:.1} s", length.as_secs_f64())).unwrap_or_default()
}
