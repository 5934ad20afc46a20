//! The files of `docs/patterns.md`, each submitted as it is and run by a small worker.

mod branches;
mod cleaning_up;
mod fan_out;
mod gate;
mod limit;
mod retry;
mod streaming;
mod worker;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::Value;
use windlass_tests::TestApp;

fn docs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs")
}

/// The pipeline of a file.
async fn submit(app: &TestApp, name: &str) -> Value {
    let text = std::fs::read_to_string(docs().join("patterns").join(format!("{name}.json"))).unwrap();
    app.post_text("/v1/pipelines", text).await.expect(201)
}

/// The files that a text names in quotes, or as the target of a link.
fn named(text: &str) -> BTreeSet<String> {
    let all = std::fs::read_dir(docs().join("patterns")).unwrap();
    let names = all.map(|entry| entry.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned());
    names
        .filter(|name| {
            text.contains(&format!("\"{name}\"")) || text.contains(&format!("patterns/{name}.json"))
        })
        .collect()
}

#[test]
fn every_pattern_has_its_words_and_its_test() {
    let files: BTreeSet<String> = std::fs::read_dir(docs().join("patterns"))
        .unwrap()
        .map(|entry| entry.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    assert_eq!(named(&std::fs::read_to_string(docs().join("patterns.md")).unwrap()), files);
    let tests = std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("contract/patterns")).unwrap();
    let tests = tests.map(|entry| std::fs::read_to_string(entry.unwrap().path()).unwrap());
    assert_eq!(named(&tests.collect::<String>()), files);
}
