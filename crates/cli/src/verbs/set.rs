//! `--set KEY=VALUE`: a value of a file changed by the command line, all others as they are written.
//!
//! KEY is a way of names and numbers with dots between; in a list of jobs or tasks a job's key is its name: `jobs.scan.payload.path`. A name
//! with a dot in it is reached by a JSON pointer: `/metadata/a.b`. VALUE is JSON, and what is none is a text.

use std::str::FromStr;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::places::escaped;

/// A change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Set {
    key: String,
    way: Vec<String>,
    value: String,
}

impl FromStr for Set {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || "must be KEY=VALUE, such as priority=high or jobs.scan.payload.path=/data".to_owned();
        let (key, value) = text.split_once('=').ok_or_else(wrong)?;
        let way: Vec<String> = match key.strip_prefix('/') {
            Some(pointer) => {
                pointer.split('/').map(|name| name.replace("~1", "/").replace("~0", "~")).collect()
            }
            None => key.split('.').map(str::to_owned).collect(),
        };
        if way.iter().any(String::is_empty) {
            return Err(wrong());
        }
        let value = match serde_json::from_str::<&RawValue>(value) {
            Ok(json) => json.get().to_owned(),
            Err(_) => serde_json::Value::String(value.to_owned()).to_string(),
        };
        Ok(Self { key: key.to_owned(), way, value })
    }
}

/// The text with the change, and the pointer of what was set.
pub(super) fn set(json: &str, change: &Set) -> Result<(String, String), String> {
    let mut pointer = String::new();
    let json = within(json, &change.way, &change.value, &mut pointer)
        .map_err(|why| format!("--set {}: {why}", change.key))?;
    Ok((json, pointer))
}

fn within(json: &str, way: &[String], value: &str, pointer: &mut String) -> Result<String, String> {
    let Some((name, rest)) = way.split_first() else { return Ok(value.to_owned()) };
    if json.trim_start().starts_with('[') {
        return in_list(json, (name, rest), value, pointer);
    }
    let mut members = serde_json::from_str::<Members>(json)
        .map_err(|_| format!("what should hold {name} is neither an object nor a list"))?;
    pointer.push('/');
    pointer.push_str(&escaped(name));
    match members.0.iter_mut().find(|(known, _)| known == name) {
        Some((_, member)) => *member = within(member, rest, value, pointer)?,
        None => members.0.push((name.clone(), within("{}", rest, value, pointer)?)),
    }
    let written =
        |(name, member): &(String, String)| format!("{}:{member}", serde_json::Value::from(name.as_str()));
    Ok(format!("{{{}}}", members.0.iter().map(written).collect::<Vec<_>>().join(",")))
}

/// The item of a number, or the one whose `key` is the name.
fn in_list(
    json: &str,
    (name, rest): (&String, &[String]),
    value: &str,
    pointer: &mut String,
) -> Result<String, String> {
    let items: Vec<&RawValue> = serde_json::from_str(json).map_err(|error| error.to_string())?;
    let mut items: Vec<String> = items.into_iter().map(|item| item.get().to_owned()).collect();
    let has_key = |item: &String| {
        let key = serde_json::from_str::<Keyed>(item).ok().and_then(|keyed| keyed.key);
        key.is_some_and(|key| key == *name)
    };
    let number = || name.parse().ok().filter(|index| *index < items.len());
    let index = items.iter().position(has_key).or_else(number);
    let index = index.ok_or_else(|| format!("the list has nothing with the key or the number {name}"))?;
    pointer.push('/');
    pointer.push_str(&index.to_string());
    items[index] = within(&items[index], rest, value, pointer)?;
    Ok(format!("[{}]", items.join(",")))
}

#[derive(Deserialize)]
struct Keyed {
    key: Option<String>,
}

/// The members of an object in their order, each as it is written.
struct Members(Vec<(String, String)>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MembersVisitor)
    }
}

struct MembersVisitor;

impl<'de> Visitor<'de> for MembersVisitor {
    type Value = Members;

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
        let mut members = Vec::new();
        while let Some((name, value)) = map.next_entry::<String, &'de RawValue>()? {
            members.push((name, value.get().to_owned()));
        }
        Ok(Members(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = r#"{"name": "n", "n": 1.000000000000000000001, "jobs": [{"key": "scan", "payload": {"path": "/a"}}]}"#;

    fn changed(change: &str) -> (String, String) {
        set(FILE, &change.parse().unwrap()).unwrap()
    }

    #[test]
    fn a_value_is_changed_or_added_and_the_rest_stays_to_the_digit() {
        let (json, pointer) = changed("jobs.scan.payload.path=/b=c");
        assert_eq!(pointer, "/jobs/0/payload/path");
        assert!(json.contains("\"path\":\"/b=c\"") && json.contains("1.000000000000000000001"), "{json}");
        for (change, added) in [
            ("priority=high", r#""priority":"high""#),
            ("metadata.size=3", r#""metadata":{"size":3}"#),
            ("/metadata/a.b=null", r#""metadata":{"a.b":null}"#),
            ("jobs.0.type=t", r#""type":"t""#),
        ] {
            let (json, _) = changed(change);
            assert!(json.contains(added), "{json}");
            serde_json::from_str::<serde_json::Value>(&json).unwrap();
        }
    }

    #[test]
    fn what_leads_nowhere_is_refused() {
        for (change, why) in [("jobs.hash.type=t", "hash"), ("jobs.7.type=t", "7"), ("name.x=1", "neither")] {
            let error = set(FILE, &change.parse().unwrap()).unwrap_err();
            assert!(error.contains(why), "{error}");
        }
        for bad in ["priority", "=1", "a..b=1"] {
            assert!(bad.parse::<Set>().is_err(), "{bad}");
        }
    }
}
