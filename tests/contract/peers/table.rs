//! The table in `mod.rs` names tests that exist.

use std::path::Path;

#[test]
fn every_line_of_the_table_names_a_test_that_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let table = include_str!("mod.rs");
    let mut named = 0;
    for line in table.lines().filter(|line| line.starts_with("//! | ") && line.contains("::")) {
        let (_, path) = line.trim_end_matches(" |").rsplit_once("| ").unwrap();
        let path: String = path.chars().filter(|c| c.is_alphanumeric() || "_:(".contains(*c)).collect();
        let (module, test) = path.rsplit_once("::").unwrap();
        let file = match module.split('(').next().unwrap() {
            "store::peers" => "../crates/store/tests/store/peers.rs".to_owned(),
            "tasks::draining" => "contract/tasks/draining.rs".to_owned(),
            module => format!("contract/peers/{module}.rs"),
        };
        let source = std::fs::read_to_string(root.join(&file)).unwrap();
        assert!(source.contains(&format!("async fn {test}()")), "{file} has no test {test}");
        named += 1;
    }
    assert!(named >= 20, "only {named} lines name a test");
}
