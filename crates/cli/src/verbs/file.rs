//! Files that people write: JSON, TOML or YAML, by the ending of their name.
//!
//! JSON passes through as it is written, numbers to the digit. Of the others what a program makes of them is sent.

use std::io::Read;
use std::path::Path;

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::failure::Failure;

/// What a file says; `-` is standard input, and JSON.
pub(super) fn read<T: DeserializeOwned>(file: &Path) -> Result<T, Failure> {
    let doing = format!("cannot read {}", file.display());
    let text = text(file).map_err(|error| Failure::new(&doing, error))?;
    let json = json(file, text).map_err(|error| Failure::Error(format!("{doing}: {error}")))?;
    serde_json::from_str(&json).map_err(|error| Failure::new(&doing, error))
}

fn text(file: &Path) -> std::io::Result<String> {
    if file == Path::new("-") {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text)?;
        return Ok(text);
    }
    std::fs::read_to_string(file)
}

fn json(file: &Path, text: String) -> Result<String, String> {
    let ending = file.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    let value = match ending.to_ascii_lowercase().as_str() {
        "toml" => from_toml(toml::from_str(&text).map_err(|error| error.to_string())?),
        "yaml" | "yml" => from_yaml(&text)?,
        _ => return Ok(text),
    };
    Ok(value.to_string())
}

/// As YAML 1.2 has it: `n`, `no` and `off` are texts.
fn from_yaml(text: &str) -> Result<Value, String> {
    let options = serde_saphyr::options! { strict_booleans: true };
    serde_saphyr::from_str_with_options(text, options).map_err(|error| error.to_string())
}

/// TOML has times, which JSON writes as text.
fn from_toml(value: toml::Value) -> Value {
    match value {
        toml::Value::String(text) => Value::String(text),
        toml::Value::Integer(number) => number.into(),
        toml::Value::Float(number) => number.into(),
        toml::Value::Boolean(flag) => flag.into(),
        toml::Value::Datetime(instant) => Value::String(instant.to_string()),
        toml::Value::Array(items) => items.into_iter().map(from_toml).collect(),
        toml::Value::Table(fields) => {
            fields.into_iter().map(|(name, value)| (name, from_toml(value))).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn converted(name: &str, text: &str) -> Value {
        serde_json::from_str(&json(Path::new(name), text.to_owned()).unwrap()).unwrap()
    }

    #[test]
    fn one_thing_can_be_written_in_three_ways() {
        let expected = serde_json::json!({
            "name": "n", "deadline_at": "2026-11-22T20:00:00Z", "jobs": [{"key": "a", "max": 3, "factor": 1.5, "paused": true}]
        });
        let toml = "name = 'n'\ndeadline_at = 2026-11-22T20:00:00Z\n[[jobs]]\nkey = 'a'\nmax = 3\nfactor = 1.5\npaused = true\n";
        let yaml = "name: n\ndeadline_at: '2026-11-22T20:00:00Z'\njobs:\n  - {key: a, max: 3, factor: 1.5, paused: true}\n";
        assert_eq!(converted("a.toml", toml), expected);
        assert_eq!(converted("a.yaml", yaml), expected);
        assert_eq!(converted("a.YML", yaml), expected);
        assert_eq!(converted("-", &expected.to_string()), expected);
    }

    #[test]
    fn json_passes_through_to_the_digit() {
        let text = r#"{"n":1.0000000000000000001,"e":"{{ item }}"}"#;
        assert_eq!(json(Path::new("a.json"), text.to_owned()).unwrap(), text);
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (name, text) in [("a.toml", "a = "), ("a.yaml", "a: [1")] {
            assert!(!json(Path::new(name), text.to_owned()).unwrap_err().is_empty(), "{name}");
        }
    }
}
