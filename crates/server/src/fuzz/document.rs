//! Bytes of a body: what is taken for JSON, what it becomes without white space, and which strings are refused.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use serde::de::IgnoredAny;
use windlass_domain::Limits;

use super::runner::{holds, is_found};
use crate::input::Document;

const CASES: u32 = 4_000;

/// What bodies are made of, right and wrong.
const PARTS: [&str; 36] = [
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\"a\"",
    "\"b c\"",
    "\"\\\"\"",
    "\"\\\\\"",
    "\"\"",
    "1",
    "-0",
    "1.5e3",
    "01",
    "1.",
    "true",
    "null",
    "nul",
    " ",
    "\n",
    "\t ",
    "\r",
    "\u{feff}",
    "\u{a0}",
    "\"é🦀\"",
    "\"\\u0000\"",
    "\"\\u0041\"",
    "\"\\ud800\"",
    "\"\\ud83d\\ude00\"",
    "\"\\\\u0000\"",
    "\"\u{1}\"",
    "'a'",
    "\"",
    "\\",
    "/",
];

/// Values that are JSON, with white space in and around them.
fn values() -> impl Strategy<Value = String> {
    let string = select(&PARTS[..])
        .prop_filter("a string", |part| serde_json::from_str::<&serde_json::value::RawValue>(part).is_ok());
    let leaf = string.prop_map(str::to_owned);
    let blank = || select(&["", " ", "\n\t", "\r\n"][..]);
    leaf.prop_recursive(4, 40, 5, move |inner| {
        let items =
            vec((blank(), inner.clone(), blank()).prop_map(|(a, value, b)| format!("{a}{value}{b}")), 0..5);
        let key = select(&["\"a\"", "\"b\"", "\"\\u0000\"", "\"\\udfff\"", "\"x y\""][..]);
        let members = vec(
            (key, blank(), inner).prop_map(|(key, blank, value)| format!("{blank}{key}{blank}:{value}")),
            0..5,
        );
        prop_oneof![
            items.prop_map(|items| format!("[{}]", items.join(","))),
            members.prop_map(|members| format!("{{{}}}", members.join(",")))
        ]
    })
}

/// JSON, what almost is, what is too deep, and anything.
fn bodies() -> impl Strategy<Value = Vec<u8>> {
    let deep = (120_usize..136, values())
        .prop_map(|(depth, value)| format!("{}{value}{}", "[".repeat(depth), "]".repeat(depth)));
    prop_oneof![
        4 => values().prop_map(String::into_bytes),
        2 => deep.prop_map(String::into_bytes),
        2 => vec(select(&PARTS[..]), 0..12).prop_map(|parts| parts.concat().into_bytes()),
        1 => vec(any::<u8>(), 0..40),
    ]
}

/// The strings of JSON, keys as well, as they are written.
fn strings(json: &str) -> Vec<&str> {
    let (mut strings, mut rest) = (Vec::new(), json);
    while let Some(start) = rest.find('"') {
        rest = &rest[start..];
        let mut escaped = false;
        let ends = |(at, character): (usize, char)| {
            let end = at > 0 && character == '"' && !escaped;
            escaped = character == '\\' && !escaped;
            end.then_some(at + 1)
        };
        let Some(end) = rest.char_indices().find_map(ends) else { break };
        strings.push(&rest[..end]);
        rest = &rest[end..];
    }
    strings
}

/// JSON without white space outside its strings, and its depth; a reading of its own.
fn plain(json: &str) -> (String, usize) {
    let (mut plain, mut depth, mut deepest, mut rest) = (String::new(), 0_usize, 0, json);
    while let Some(first) = rest.chars().next() {
        let part = if first == '"' { strings(rest)[0] } else { &rest[..first.len_utf8()] };
        rest = &rest[part.len()..];
        match first {
            '[' | '{' => depth += 1,
            ']' | '}' => depth -= 1,
            _ => {}
        }
        deepest = deepest.max(depth);
        if !first.is_ascii_whitespace() {
            plain.push_str(part);
        }
    }
    (plain, deepest)
}

/// What is taken is JSON of a bearable depth, and becomes the same without white space.
fn check_text(body: &[u8], taken: Option<String>) -> Result<(), TestCaseError> {
    let json = std::str::from_utf8(body).ok().filter(|text| serde_json::from_str::<IgnoredAny>(text).is_ok());
    // serde's own bound is 127 levels, so what is deeper is judged by the items around it.
    let deep = std::str::from_utf8(body).ok().filter(|text| text.starts_with(&"[".repeat(100)));
    let expected =
        json.or(deep).map(plain).filter(|(_, depth)| *depth <= Limits::DEPTH).map(|(text, _)| text);
    prop_assert_eq!(taken, expected);
    Ok(())
}

/// Refused are the strings that UTF-8 or Postgres cannot hold, and no others.
fn check_strings(json: &str, taken: bool) -> Result<(), TestCaseError> {
    let sound = |string: &&str| serde_json::from_str::<String>(string).is_ok_and(|text| !text.contains('\0'));
    prop_assert_eq!(taken, strings(json).iter().all(sound));
    Ok(())
}

fn compact(body: &[u8]) -> Option<String> {
    Document::parse(body.to_vec()).ok().map(|document| document.as_str().to_owned())
}

fn takes_strings(json: &str) -> bool {
    let document = Document::parse(json.as_bytes().to_vec());
    document.is_ok_and(|document| document.read(|root| root.json(usize::MAX)).is_ok())
}

#[test]
fn whatever_comes_only_json_is_taken_and_only_white_space_goes() {
    holds(CASES, &bodies(), |body| check_text(&body, compact(&body)));
}

#[test]
fn only_strings_that_cannot_be_stored_are_refused() {
    holds(CASES, &values(), |json| check_strings(&json, takes_strings(&json)));
}

#[test]
fn flawed_readers_of_bytes_are_found_out() {
    type Flawed = fn(&[u8]) -> Option<String>;
    let flaws: [(&str, Flawed); 4] = [
        ("white space in strings goes, too", |body| compact(body).map(|text| text.replace(' ', ""))),
        ("a level too many is taken", |body| {
            let inner = body.strip_prefix(b"[").and_then(|body| body.strip_suffix(b"]"));
            inner.and_then(compact).map(|inner| format!("[{inner}]")).or_else(|| compact(body))
        }),
        ("a byte order mark is overlooked", |body| {
            compact(body.strip_prefix("\u{feff}".as_bytes()).unwrap_or(body))
        }),
        ("what is not UTF-8 is replaced", |body| compact(String::from_utf8_lossy(body).as_bytes())),
    ];
    for (flaw, read) in flaws {
        let broken = vec(any::<u8>(), 1..3).prop_map(|bytes| [&b"\""[..], &bytes[..], &b"\""[..]].concat());
        let marked = values().prop_map(|json| format!("\u{feff}{json}").into_bytes());
        let inputs = prop_oneof![6 => bodies(), 1 => broken, 1 => marked];
        is_found(flaw, CASES, &inputs, |body| check_text(&body, read(&body)));
    }
    is_found("a NUL is overlooked", CASES, &values(), |json| {
        check_strings(&json, takes_strings(&json.replace("\\u0000", "")))
    });
    is_found("an escaped backslash is taken for an escape", CASES, &values(), |json| {
        check_strings(&json, takes_strings(&json.replace("\\\\", "\\")))
    });
}
