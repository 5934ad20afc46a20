//! The table of `docs/metrics.md`, and metrics as Prometheus text.

use std::collections::{BTreeMap, BTreeSet};

/// What the table says of one metric.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) kind: String,
    pub(super) labels: BTreeSet<String>,
}

/// The server's metrics by name, as documented.
pub(super) fn documented() -> BTreeMap<String, Row> {
    let page = include_str!("../../../../docs/metrics.md");
    let server = page.split("\n## ").find(|section| section.starts_with("The server")).unwrap();
    let rows = server.lines().filter(|line| line.starts_with("| `")).map(|line| {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [name, kind, _unit, labels, _meaning] = cells[..] else { panic!("{line}") };
        let labels = labels.split(' ').filter(|label| !label.is_empty()).map(plain).collect();
        (plain(name), Row { kind: kind.to_owned(), labels })
    });
    let rows: BTreeMap<String, Row> = rows.collect();
    assert!(!rows.is_empty());
    rows
}

fn plain(cell: &str) -> String {
    cell.trim_matches('`').to_owned()
}

/// What an answer of `/metrics` emits, each name with its kind and every label that one of its lines has.
pub(super) fn emitted(text: &str) -> BTreeMap<String, Row> {
    let mut rows = BTreeMap::new();
    for line in text.lines() {
        if let Some(typed) = line.strip_prefix("# TYPE ") {
            let (name, kind) = typed.split_once(' ').unwrap();
            rows.entry(name.to_owned()).or_insert(Row { kind: kind.to_owned(), labels: BTreeSet::new() });
        }
    }
    for (name, labels, _) in samples(text) {
        let row = rows.get_mut(metric_of(&name, |name| text.contains(&format!("# TYPE {name} "))));
        let labels = labels.into_keys().filter(|label| label != "le");
        row.unwrap_or_else(|| panic!("{name} has no type")).labels.extend(labels);
    }
    rows
}

/// The metric that a sample belongs to: a histogram's have a suffix.
pub(super) fn metric_of(sample: &str, known: impl Fn(&str) -> bool) -> &str {
    let mut stems = ["_bucket", "_sum", "_count"].iter().filter_map(|suffix| sample.strip_suffix(suffix));
    stems.find(|name| known(name)).unwrap_or(sample)
}

/// Every sample of an answer: its name, labels and value.
pub(super) fn samples(text: &str) -> Vec<(String, BTreeMap<String, String>, String)> {
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines
        .map(|line| {
            let (series, value) = line.rsplit_once(' ').unwrap_or_else(|| panic!("no sample: {line}"));
            let (name, labels) = series.split_once('{').unwrap_or((series, "}"));
            assert!(value.parse::<f64>().is_ok(), "no value: {line}");
            (name.to_owned(), pairs(labels.strip_suffix('}').unwrap()), value.to_owned())
        })
        .collect()
}

/// The labels in braces; none of those we emit has a comma or a quote in its value.
fn pairs(labels: &str) -> BTreeMap<String, String> {
    let pairs = labels.split(',').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or_else(|| panic!("no label: {pair}"));
            (name.to_owned(), value.trim_matches('"').to_owned())
        })
        .collect()
}
