//! Files that people write: JSON, TOML or YAML, by the ending of their name.
//!
//! JSON passes through as it is written, numbers to the digit. Of the others what a program makes of them is sent. What is wrong is told all at once, each
//! thing with its line and column, before anything is sent; what only the server knows is told likewise.

use std::io::Read;
use std::path::Path;

use serde::de::DeserializeOwned;
use serde_json::Value;
use windlass_sdk::Error;
use windlass_sdk::wire::{FieldError, Json};
use windlass_server::Body;

use super::places::Places;
use super::server::refused;
use super::set::{Set, set};
use crate::failure::Failure;

/// Endings of files that hold one thing.
const ENDINGS: [&str; 4] = ["json", "toml", "yaml", "yml"];

/// A file that was read.
#[derive(Debug)]
pub(super) struct Written {
    name: String,
    json: String,
    places: Places,
}

/// What a file says; `-` is standard input, and JSON.
pub(super) fn read<T: DeserializeOwned>(file: &Path) -> Result<T, Failure> {
    Written::read(file)?.parse()
}

/// Whether this is the name of a file rather than a word.
pub(super) fn is_file(name: &str) -> bool {
    name == "-" || ENDINGS.contains(&ending(Path::new(name)).as_str())
}

impl Written {
    /// Reads a file; `-` is standard input, and JSON.
    pub(super) fn read(file: &Path) -> Result<Self, Failure> {
        let name =
            if file == Path::new("-") { "standard input".to_owned() } else { file.display().to_string() };
        let doing = format!("cannot read {name}");
        let text = text(file).map_err(|error| Failure::new(&doing, error))?;
        let (json, places) = json(file, text).map_err(|error| Failure::Error(format!("{doing}: {error}")))?;
        Ok(Self { name, json, places })
    }

    /// Changes values by what the command line says.
    pub(super) fn set(mut self, changes: &[Set]) -> Result<Self, Failure> {
        for change in changes {
            let (json, pointer) = set(&self.json, change).map_err(Failure::Error)?;
            self.json = json;
            self.places.set(pointer);
        }
        Ok(self)
    }

    /// Refuses it with all that is wrong.
    pub(super) fn check(self, body: Body) -> Result<Self, Failure> {
        match windlass_server::faults(body, &self.json) {
            Ok(faults) if faults.is_empty() => Ok(self),
            Ok(faults) => {
                let number =
                    if faults.len() == 1 { "a fault".to_owned() } else { format!("{} faults", faults.len()) };
                Err(Failure::Error(format!(
                    "{} has {number}, and was not sent{}",
                    self.name,
                    self.told(&faults)
                )))
            }
            Err(error) => Err(Failure::Error(format!("cannot read {}: {error}", self.name))),
        }
    }

    /// What it says, as it is written.
    pub(super) fn json(&self) -> Result<Json, Failure> {
        Ok(Json::from_text(self.json.clone())?)
    }

    /// What it says.
    pub(super) fn parse<T: DeserializeOwned>(&self) -> Result<T, Failure> {
        serde_json::from_str(&self.json)
            .map_err(|error| Failure::new(&format!("cannot read {}", self.name), error))
    }

    /// What the server refused, with the places in the file.
    pub(super) fn refused(&self, error: Error) -> Failure {
        let faults = error.problem().and_then(|problem| problem.errors.clone()).unwrap_or_default();
        match error.problem() {
            Some(problem) if problem.status == 422 && !faults.is_empty() => {
                let (code, detail) = (problem.code, problem.detail.as_str());
                Failure::Error(format!("{code}: {detail}: {}{}", self.name, self.told(&faults)))
            }
            _ => refused(error),
        }
    }

    fn told(&self, faults: &[FieldError]) -> String {
        let told = |fault: &FieldError| {
            let what = if fault.pointer.is_empty() { "the whole" } else { fault.pointer.as_str() };
            format!("\n  {}: {what} {}", self.places.of(&fault.pointer), fault.detail)
        };
        faults.iter().map(told).collect()
    }
}

fn ending(file: &Path) -> String {
    file.extension().and_then(|ending| ending.to_str()).unwrap_or_default().to_ascii_lowercase()
}

fn text(file: &Path) -> std::io::Result<String> {
    if file == Path::new("-") {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text)?;
        return Ok(text);
    }
    std::fs::read_to_string(file)
}

fn json(file: &Path, text: String) -> Result<(String, Places), String> {
    match ending(file).as_str() {
        "toml" => {
            let value = from_toml(toml::from_str(&text).map_err(|error| error.to_string())?);
            Ok((value.to_string(), Places::of_toml(&text)))
        }
        "yaml" | "yml" => Ok((from_yaml(&text)?.to_string(), Places::of_yaml(&text))),
        _ => {
            serde_json::from_str::<serde::de::IgnoredAny>(&text).map_err(|error| error.to_string())?;
            let places = Places::of_json(&text);
            Ok((text, places))
        }
    }
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
        serde_json::from_str(&json(Path::new(name), text.to_owned()).unwrap().0).unwrap()
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
        assert_eq!(json(Path::new("a.json"), text.to_owned()).unwrap().0, text);
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (name, text) in [("a.toml", "a = "), ("a.yaml", "a: [1")] {
            assert!(!json(Path::new(name), text.to_owned()).unwrap_err().is_empty(), "{name}");
        }
    }

    #[test]
    fn all_faults_are_told_with_their_places_in_each_kind_of_file() {
        let files = [
            (
                "a.json",
                "{\n  \"jobs\": [\n    {\"key\": \"a b\", \"type\": \"t\"},\n    {\"key\": \"c\", \"typ\": \"t\"}\n  ]\n}",
            ),
            ("a.toml", "\n[[jobs]]\nkey = 'a b'\ntype = 't'\n[[jobs]]\nkey = 'c'\ntyp = 't'\n"),
            ("a.yaml", "jobs:\n  - key: a b\n    type: t\n  - key: c\n    typ: t\n"),
        ];
        let expected = [[(3, 6), (4, 18), (4, 5)], [(3, 1), (7, 1), (5, 1)], [(2, 5), (5, 5), (4, 5)]];
        for ((name, text), places) in files.into_iter().zip(expected) {
            let (json, found) = json(Path::new(name), text.to_owned()).unwrap();
            let written = Written { name: name.to_owned(), json, places: found };
            let Err(Failure::Error(message)) = written.check(Body::Pipeline) else { panic!("{name}") };
            assert!(message.contains("4 faults") && message.contains("/name"), "{message}");
            for ((line, column), pointer) in
                places.into_iter().zip(["/jobs/0/key", "/jobs/1/typ ", "/jobs/1/type"])
            {
                let told = format!("line {line}, column {column}: {pointer}");
                assert!(message.contains(&told), "{told} in {message}");
            }
        }
    }

    #[test]
    fn a_file_is_known_by_its_ending() {
        for file in ["-", "job.json", "a/b.toml", "x.YAML", "x.yml"] {
            assert!(is_file(file), "{file}");
        }
        for word in ["resize", "resize.v2", "json"] {
            assert!(!is_file(word), "{word}");
        }
    }
}
