//! Prometheus text of what is not in the recorder.

use std::fmt::{Display, Write};

use super::catalogue::{CATALOGUE, Kind};

/// Gauges as text.
#[derive(Default)]
pub(super) struct Text(String);

impl Text {
    /// The lines of one gauge: labels, already in quotes, and values. A gauge without a line is left out.
    pub(super) fn gauge<V: Display>(
        &mut self,
        name: &str,
        lines: impl IntoIterator<Item = (Vec<(&'static str, String)>, V)>,
    ) {
        let metric = CATALOGUE.iter().find(|metric| metric.name == name).expect("every metric is listed");
        debug_assert_eq!(metric.kind, Kind::Gauge, "{name}");
        let mut lines = lines.into_iter().peekable();
        if lines.peek().is_none() {
            return;
        }
        self.put(format_args!("# HELP {name} {}\n# TYPE {name} gauge", metric.help()));
        for (labels, value) in lines {
            debug_assert!(labels.iter().map(|(label, _)| *label).eq(metric.labels.iter().copied()), "{name}");
            let labels: Vec<String> =
                labels.into_iter().map(|(label, value)| format!("{label}=\"{}\"", escaped(&value))).collect();
            match labels.as_slice() {
                [] => self.put(format_args!("{name} {value}")),
                labels => self.put(format_args!("{name}{{{}}} {value}", labels.join(","))),
            }
        }
    }

    /// All of it.
    pub(super) fn into_string(self) -> String {
        self.0
    }

    fn put(&mut self, line: std::fmt::Arguments<'_>) {
        writeln!(self.0, "{line}").expect("a String takes any text");
    }
}

/// A label's value as the format has it: types may be any text.
pub(super) fn escaped(value: &str) -> std::borrow::Cow<'_, str> {
    if value.contains(['\\', '"', '\n']) {
        value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n").into()
    } else {
        value.into()
    }
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn what_would_end_a_label_is_escaped() {
        assert_eq!(escaped("hash-files"), "hash-files");
        assert_eq!(escaped("a\"b\\c\nd"), "a\\\"b\\\\c\\nd");
    }
}
