//! Where in a file each of its values stands, by JSON pointers.
//!
//! A member of an object stands where its name does. What a file has not (a field that is missing) stands where that which should hold it does.

use std::collections::HashMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::Spanned;
use toml::de::{DeTable, DeValue};

/// Where a value comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// The file, from 1.
    At { line: usize, column: usize },
    /// The command line.
    Set,
}

/// Places by pointer.
#[derive(Debug, Default)]
pub(super) struct Places(HashMap<String, Place>);

impl Places {
    /// Those of a JSON text, which must be one.
    pub(super) fn of_json(text: &str) -> Self {
        let mut reader = Reader { text, at: 0, lines: Lines::of(text), places: HashMap::new() };
        reader.skip_space();
        let start = reader.at;
        reader.note(String::new(), start);
        reader.value("");
        Self(reader.places)
    }

    /// Those of a TOML text; none where it is none.
    pub(super) fn of_toml(text: &str) -> Self {
        let mut places = Self::default();
        let Ok(root) = DeTable::parse(text) else { return places };
        places.0.insert(String::new(), Place::At { line: 1, column: 1 });
        places.table("", root.get_ref(), &Lines::of(text));
        places
    }

    /// Those of a YAML text; none where it is none, or has keys that are no texts.
    pub(super) fn of_yaml(text: &str) -> Self {
        let mut places = Self::default();
        if let Ok(root) = serde_saphyr::from_str::<Node>(text) {
            places.node(String::new(), &root, None);
        }
        places
    }

    /// A value that the command line has set.
    pub(super) fn set(&mut self, pointer: String) {
        let below = format!("{pointer}/");
        self.0.retain(|known, _| !known.starts_with(&below));
        self.0.insert(pointer, Place::Set);
    }

    /// Where this value stands, or what should hold it.
    pub(super) fn of(&self, pointer: &str) -> Place {
        let mut pointer = pointer;
        loop {
            match (self.0.get(pointer), pointer.rsplit_once('/')) {
                (Some(place), _) => return *place,
                (None, Some((above, _))) => pointer = above,
                (None, None) => return Place::At { line: 1, column: 1 },
            }
        }
    }

    fn table(&mut self, above: &str, table: &DeTable<'_>, lines: &Lines) {
        for (key, value) in table {
            let pointer = format!("{above}/{}", escaped(key.get_ref()));
            self.0.insert(pointer.clone(), lines.place(key.span().start));
            self.toml(&pointer, value.get_ref(), lines);
        }
    }

    fn toml(&mut self, pointer: &str, value: &DeValue<'_>, lines: &Lines) {
        match value {
            DeValue::Table(table) => self.table(pointer, table, lines),
            DeValue::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    let pointer = format!("{pointer}/{index}");
                    self.0.insert(pointer.clone(), lines.place(item.span().start));
                    self.toml(&pointer, item.get_ref(), lines);
                }
            }
            _ => {}
        }
    }

    fn node(&mut self, pointer: String, Node(node): &Node, name: Option<Place>) {
        let place = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
        let own = Place::At { line: place(node.referenced.line()), column: place(node.referenced.column()) };
        match &node.value {
            Inner::Scalar => {}
            Inner::List(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.node(format!("{pointer}/{index}"), item, None);
                }
            }
            Inner::Map(members) => {
                for (name, member) in members {
                    let at = &name.referenced;
                    let at = Place::At { line: place(at.line()), column: place(at.column()) };
                    self.node(format!("{pointer}/{}", escaped(&name.value)), member, Some(at));
                }
            }
        }
        self.0.insert(pointer, name.unwrap_or(own));
    }
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::At { line, column } => write!(formatter, "line {line}, column {column}"),
            Self::Set => formatter.write_str("--set"),
        }
    }
}

/// A name within a pointer.
pub(super) fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// Where the lines of a text begin.
struct Lines<'a> {
    text: &'a str,
    begin: Vec<usize>,
}

impl<'a> Lines<'a> {
    fn of(text: &'a str) -> Self {
        let begin = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self { text, begin }
    }

    fn place(&self, at: usize) -> Place {
        let line = self.begin.partition_point(|begin| *begin <= at);
        let begin = self.begin[line.saturating_sub(1)];
        let column = self.text.get(begin..at).map_or(0, |before| before.chars().count());
        Place::At { line, column: column + 1 }
    }
}

/// Walks over a JSON text that is known to be one.
struct Reader<'a> {
    text: &'a str,
    at: usize,
    lines: Lines<'a>,
    places: HashMap<String, Place>,
}

impl Reader<'_> {
    fn value(&mut self, pointer: &str) {
        self.skip_space();
        match self.byte() {
            Some(b'{') => self.members(pointer),
            Some(b'[') => self.items(pointer),
            Some(b'"') => drop(self.string()),
            _ => {
                while self.byte().is_some_and(|byte| !b",]} \t\r\n".contains(&byte)) {
                    self.at += 1;
                }
            }
        }
    }

    fn members(&mut self, pointer: &str) {
        self.at += 1;
        loop {
            self.skip_space();
            if self.byte() != Some(b'"') {
                break;
            }
            let begin = self.at;
            let below = format!("{pointer}/{}", escaped(&self.string()));
            self.note(below.clone(), begin);
            self.skip_space();
            // The colon.
            self.at += 1;
            self.value(&below);
            self.skip_space();
            if self.byte() != Some(b',') {
                break;
            }
            self.at += 1;
        }
        self.at += 1;
    }

    fn items(&mut self, pointer: &str) {
        self.at += 1;
        for index in 0.. {
            self.skip_space();
            if matches!(self.byte(), None | Some(b']')) {
                break;
            }
            let below = format!("{pointer}/{index}");
            self.note(below.clone(), self.at);
            self.value(&below);
            self.skip_space();
            if self.byte() != Some(b',') {
                break;
            }
            self.at += 1;
        }
        self.at += 1;
    }

    fn string(&mut self) -> String {
        let begin = self.at;
        self.at += 1;
        while let Some(byte) = self.byte().filter(|byte| *byte != b'"') {
            self.at += if byte == b'\\' { 2 } else { 1 };
        }
        self.at += 1;
        let written = self.text.get(begin..self.at).unwrap_or_default();
        serde_json::from_str(written).unwrap_or_default()
    }

    fn note(&mut self, pointer: String, at: usize) {
        self.places.insert(pointer, self.lines.place(at));
    }

    fn skip_space(&mut self) {
        while self.byte().is_some_and(|byte| byte.is_ascii_whitespace()) {
            self.at += 1;
        }
    }

    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }
}

/// A YAML value with its place.
#[derive(serde::Deserialize)]
struct Node(Spanned<Inner>);

enum Inner {
    Scalar,
    List(Vec<Node>),
    Map(Vec<(Spanned<String>, Node)>),
}

impl<'de> Deserialize<'de> for Inner {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(InnerVisitor)
    }
}

struct InnerVisitor;

impl<'de> Visitor<'de> for InnerVisitor {
    type Value = Inner;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("any value")
    }

    fn visit_bool<E>(self, _: bool) -> Result<Inner, E> {
        Ok(Inner::Scalar)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Inner, E> {
        Ok(Inner::Scalar)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Inner, E> {
        Ok(Inner::Scalar)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Inner, E> {
        Ok(Inner::Scalar)
    }

    fn visit_str<E>(self, _: &str) -> Result<Inner, E> {
        Ok(Inner::Scalar)
    }

    fn visit_unit<E>(self) -> Result<Inner, E> {
        Ok(Inner::Scalar)
    }

    fn visit_none<E>(self) -> Result<Inner, E> {
        Ok(Inner::Scalar)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Inner, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Inner, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Inner::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Inner, A::Error> {
        let mut map = Vec::new();
        while let Some(member) = members.next_entry()? {
            map.push(member);
        }
        Ok(Inner::Map(map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(places: &Places, pointer: &str) -> String {
        places.of(pointer).to_string()
    }

    #[test]
    fn what_is_missing_stands_where_it_should_be() {
        let places = Places::of_json("{\n \"a/b\": [1, {\"ü\\\"\": {}, \"z\": \"x,}\"}],\n \"c\": -1e5}");
        assert_eq!(at(&places, "/a~1b/1/z"), "line 2, column 25");
        assert_eq!(at(&places, "/a~1b/1/ü\"/missing"), "line 2, column 14");
        assert_eq!(at(&places, "/c"), "line 3, column 2");
        assert_eq!(at(&places, "/name"), "line 1, column 1");
    }

    #[test]
    fn what_the_command_line_set_says_so() {
        let mut places = Places::of_json("{\"a\": {\"b\": 1}}");
        places.set("/a".to_owned());
        assert_eq!(at(&places, "/a/b"), "--set");
    }
}
