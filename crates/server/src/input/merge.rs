//! Merge patches (RFC 7396) over JSON as text.
//!
//! Text, since a tree of values would rewrite numbers and escapes: what a patch does not touch stays byte for byte, in
//! its position; what it adds comes last. Of a name that one object has twice, the last one counts, and a change of it
//! replaces both.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;

use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// `stored` with the changes of `patch`; both are compact JSON.
pub(crate) fn merge(stored: &str, patch: &str) -> String {
    let raw = |text| serde_json::from_str::<&RawValue>(text).expect("both texts are checked JSON");
    merged(Some(raw(stored)), raw(patch))
}

/// The depth of recursion is the patch's, which is bounded.
fn merged(stored: Option<&RawValue>, patch: &RawValue) -> String {
    let Some(changes) = members(patch) else { return patch.get().to_owned() };
    let stored = stored.and_then(members).unwrap_or_default();
    let mut outcomes = outcomes(&stored, &changes);
    let mut text = String::from("{");
    for member in &stored {
        match outcomes.get_mut(&member.name) {
            None => write(&mut text, member, member.value.get()),
            Some(outcome) => {
                if let Some(value) = outcome.take() {
                    write(&mut text, member, &value);
                }
            }
        }
    }
    for member in &changes {
        if let Some(value) = outcomes.get_mut(&member.name).and_then(Option::take) {
            write(&mut text, member, &value);
        }
    }
    text.push('}');
    text
}

/// What becomes of each name that is changed; `None` when it goes.
fn outcomes<'a>(stored: &[Member<'_>], changes: &[Member<'a>]) -> HashMap<Cow<'a, str>, Option<String>> {
    let stored: HashMap<&str, &RawValue> =
        stored.iter().map(|member| (member.name.as_ref(), member.value)).collect();
    let outcome = |change: &Member<'a>| {
        let stays = change.value.get() != "null";
        stays.then(|| merged(stored.get(change.name.as_ref()).copied(), change.value))
    };
    changes.iter().map(|change| (change.name.clone(), outcome(change))).collect()
}

fn write(text: &mut String, member: &Member<'_>, value: &str) {
    if text.len() > 1 {
        text.push(',');
    }
    text.push_str(member.written);
    text.push(':');
    text.push_str(value);
}

struct Member<'a> {
    /// The name as it is written, with its quotes.
    written: &'a str,
    /// The name as it is meant.
    name: Cow<'a, str>,
    value: &'a RawValue,
}

/// The members of an object, in their order; `None` if it is none.
fn members(value: &RawValue) -> Option<Vec<Member<'_>>> {
    serde_json::Deserializer::from_str(value.get()).deserialize_map(Members).ok()
}

struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = Vec<Member<'de>>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some((key, value)) = map.next_entry::<&RawValue, &RawValue>()? {
            members.push(Member { written: key.get(), name: meant(key.get()), value });
        }
        Ok(members)
    }
}

fn meant(written: &str) -> Cow<'_, str> {
    let inner = &written[1..written.len() - 1];
    if !inner.contains('\\') {
        return inner.into();
    }
    serde_json::from_str::<String>(written).map_or_else(|_| inner.into(), Into::into)
}

#[cfg(test)]
mod tests {
    use super::merge;

    #[test]
    fn the_examples_of_the_standard_hold() {
        for (stored, patch, merged) in [
            (r#"{"a":"b"}"#, r#"{"a":"c"}"#, r#"{"a":"c"}"#),
            (r#"{"a":"b"}"#, r#"{"b":"c"}"#, r#"{"a":"b","b":"c"}"#),
            (r#"{"a":"b"}"#, r#"{"a":null}"#, "{}"),
            (r#"{"a":"b","b":"c"}"#, r#"{"a":null}"#, r#"{"b":"c"}"#),
            (r#"{"a":["b"]}"#, r#"{"a":"c"}"#, r#"{"a":"c"}"#),
            (r#"{"a":"c"}"#, r#"{"a":["b"]}"#, r#"{"a":["b"]}"#),
            (r#"{"a":{"b":"c"}}"#, r#"{"a":{"b":"d","c":null}}"#, r#"{"a":{"b":"d"}}"#),
            (r#"{"a":[{"b":"c"}]}"#, r#"{"a":[1]}"#, r#"{"a":[1]}"#),
            (r#"{"e":null}"#, r#"{"a":1}"#, r#"{"e":null,"a":1}"#),
            ("{}", r#"{"a":{"bb":{"ccc":null}}}"#, r#"{"a":{"bb":{}}}"#),
            (r#"{"a":"foo"}"#, r#"{"a":{"b":1}}"#, r#"{"a":{"b":1}}"#),
            (r#"["a","b"]"#, r#"{"a":"b","c":null}"#, r#"{"a":"b"}"#),
        ] {
            assert_eq!(merge(stored, patch), merged, "{stored} with {patch}");
        }
    }

    #[test]
    fn what_is_not_touched_stays_byte_for_byte_where_it_was() {
        let stored = r#"{"z":-0,"a\u0062":1e5,"n":{"x":12345678901234567890123,"y":"\u00e9"},"k":[1.0]}"#;
        assert_eq!(merge(stored, "{}"), stored);
        assert_eq!(
            merge(stored, r#"{"n":{"y":2},"new":0.10}"#),
            r#"{"z":-0,"a\u0062":1e5,"n":{"x":12345678901234567890123,"y":2},"k":[1.0],"new":0.10}"#
        );
    }

    #[test]
    fn names_are_compared_as_they_are_meant() {
        assert_eq!(merge(r#"{"\u0061":1,"b":2}"#, r#"{"a":null}"#), r#"{"b":2}"#);
        assert_eq!(merge(r#"{"a":1}"#, r#"{"\u0061":2}"#), r#"{"a":2}"#);
        assert_eq!(merge(r#"{"":1}"#, r#"{"":2,"\"":3}"#), r#"{"":2,"\"":3}"#);
    }

    #[test]
    fn of_a_name_used_twice_the_last_counts() {
        assert_eq!(merge(r#"{"a":1,"b":2,"a":{"c":3}}"#, r#"{"a":{"d":4}}"#), r#"{"a":{"c":3,"d":4},"b":2}"#);
        assert_eq!(merge(r#"{"a":1,"b":2,"a":3}"#, r#"{"a":null}"#), r#"{"b":2}"#);
        assert_eq!(merge(r#"{"a":1,"a":2}"#, r#"{"b":1}"#), r#"{"a":1,"a":2,"b":1}"#);
        assert_eq!(merge("{}", r#"{"a":1,"a":null,"b":null,"b":2}"#), r#"{"b":2}"#);
    }
}
