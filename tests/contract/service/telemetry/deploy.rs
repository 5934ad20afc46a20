//! The files under `deploy/` ask for metrics and labels that there are.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::table::{documented, metric_of};

fn deploy() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy")
}

/// The files of a folder that end so.
fn files(folder: &str, extension: &str) -> Vec<(PathBuf, String)> {
    let entries = std::fs::read_dir(deploy().join(folder)).unwrap().map(|entry| entry.unwrap().path());
    let files: Vec<_> = entries
        .filter(|path| path.extension().is_some_and(|found| found == extension))
        .map(|path| (path.clone(), std::fs::read_to_string(path).unwrap()))
        .collect();
    assert!(!files.is_empty(), "deploy/{folder} has no *.{extension}");
    files
}

/// The metrics that a text asks for, each with the labels of its matchers.
fn asked(text: &str) -> Vec<(String, BTreeSet<String>)> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mut asked = Vec::new();
    let mut rest = text;
    while let Some(at) = ["windlass_", "process_"].iter().filter_map(|prefix| rest.find(prefix)).min() {
        let name: String = rest[at..].chars().take_while(|c| is_part(*c)).collect();
        let whole = !rest[..at].ends_with(is_part);
        rest = &rest[at + name.len()..];
        if whole {
            let matchers = rest
                .strip_prefix('{')
                .and_then(|rest| rest.split_once('}'))
                .map_or("", |(in_braces, _)| in_braces);
            asked.push((name, labels(matchers)));
        }
    }
    asked
}

/// The labels of `type=~"a|b",state!="c"`; what is within quotes, escaped or not, is none.
fn labels(matchers: &str) -> BTreeSet<String> {
    let plain = matchers.replace("\\\"", "\"");
    let outside = plain.split('"').step_by(2);
    outside
        .map(|part| part.trim_matches(|c: char| !c.is_ascii_alphanumeric() && c != '_').to_owned())
        .filter(|label| !label.is_empty())
        .collect()
}

#[test]
fn every_metric_and_label_that_they_use_is_documented() {
    let documented = documented();
    // What Prometheus adds to every series it scrapes.
    let scraped = ["job".to_owned(), "instance".to_owned()];
    let all = [files("prometheus", "yml"), files("grafana", "json"), files("keda", "yml")].concat();
    let mut used = BTreeSet::new();
    for (path, text) in all {
        for (sample, labels) in asked(&text) {
            let name = metric_of(&sample, |name| documented.contains_key(name));
            let row = documented.get(name).unwrap_or_else(|| panic!("{sample} in {}", path.display()));
            assert!(sample == name || row.kind == "histogram", "{sample} in {}", path.display());
            for label in &labels {
                let known = row.labels.contains(label) || scraped.contains(label);
                assert!(known, "{sample}{{{label}}} in {}", path.display());
            }
            used.insert(name.to_owned());
        }
    }
    assert!(used.contains("windlass_queue_tasks") && used.contains("windlass_event_horizon_age_seconds"));
}

#[test]
fn the_dashboard_shows_every_metric() {
    let [(_, text)] = &files("grafana", "json")[..] else { panic!("one dashboard") };
    let dashboard: Value = serde_json::from_str(text).unwrap();
    let targets =
        dashboard["panels"].as_array().unwrap().iter().filter_map(|panel| panel["targets"].as_array());
    let expressions: Vec<&str> = targets.flatten().map(|target| target["expr"].as_str().unwrap()).collect();
    let documented = documented();
    let shown: BTreeSet<String> = expressions
        .iter()
        .flat_map(|expression| asked(expression))
        .map(|(sample, _)| metric_of(&sample, |name| documented.contains_key(name)).to_owned())
        .collect();
    assert_eq!(shown, documented.into_keys().collect());
}

#[test]
fn what_asks_is_found_in_a_text() {
    let of = |text| {
        asked(text)
            .into_iter()
            .map(|(name, labels)| (name, labels.into_iter().collect::<Vec<_>>()))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        of(r#"rate(windlass_a_total{type=~"$type",state="b,c=d"}[5m]) / windlass_b and not_windlass_c"#),
        [
            ("windlass_a_total".to_owned(), vec!["state".to_owned(), "type".to_owned()]),
            ("windlass_b".to_owned(), vec![])
        ]
    );
    assert_eq!(
        of(r#""expr": "process_x{state=~\"[45]..\"}""#),
        [("process_x".to_owned(), vec!["state".to_owned()])]
    );
}
