//! One level of JSON at a time: the fields of an object or the items of an array, each still as text.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::text::unquoted;

/// More fields than any object of the contract has by far; the rest of a hostile object is dropped.
const MOST_FIELDS: usize = 1_024;

/// The fields of an object in their order, doubles included; `None` if it is none.
pub(super) fn fields(value: &RawValue) -> Option<Vec<(Cow<'_, str>, &RawValue)>> {
    serde_json::Deserializer::from_str(value.get()).deserialize_map(Fields).ok()
}

/// The first `most` items of an array and how many there are in all; `None` if it is none.
pub(super) fn items(value: &RawValue, most: usize) -> Option<(Vec<&RawValue>, usize)> {
    serde_json::Deserializer::from_str(value.get()).deserialize_seq(Items { most }).ok()
}

struct Fields;

impl<'de> Visitor<'de> for Fields {
    type Value = Vec<(Cow<'de, str>, &'de RawValue)>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut fields = Vec::new();
        while fields.len() < MOST_FIELDS {
            // The key as raw text: serde would fail on half of a surrogate pair.
            let Some((key, value)) = map.next_entry::<&RawValue, &RawValue>()? else { return Ok(fields) };
            fields.push((unquoted(key.get()), value));
        }
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(fields)
    }
}

struct Items {
    most: usize,
}

impl<'de> Visitor<'de> for Items {
    type Value = (Vec<&'de RawValue>, usize);

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut items = Vec::new();
        while items.len() < self.most {
            let Some(item) = seq.next_element()? else { break };
            items.push(item);
        }
        let mut count = items.len();
        while count >= self.most && seq.next_element::<IgnoredAny>()?.is_some() {
            count += 1;
        }
        Ok((items, count))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(text: &str) -> &RawValue {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn fields_keep_their_order_and_doubles() {
        let object = raw(r#"{"b":1,"a":[{"b":2}],"b":null,"\u0061":"\ud800","\ud800":0}"#);
        let read: Vec<_> =
            fields(object).unwrap().into_iter().map(|(key, value)| (key, value.get())).collect();
        let expected =
            [("b", "1"), ("a", r#"[{"b":2}]"#), ("b", "null"), ("a", r#""\ud800""#), ("\\ud800", "0")];
        assert_eq!(read, expected.map(|(key, value)| (Cow::from(key), value)));
    }

    #[test]
    fn what_is_of_another_type_has_no_fields_and_no_items() {
        for other in ["null", "1", "\"a\"", "true"] {
            assert!(fields(raw(other)).is_none() && items(raw(other), 9).is_none(), "{other}");
        }
        assert!(fields(raw("[]")).is_none() && items(raw("{}"), 9).is_none());
    }

    #[test]
    fn items_past_the_bound_are_counted_and_not_stored() {
        for (most, read_levels) in [(0, 0), (2, 2), (3, 3), (4, 3)] {
            let (read, count) = items(raw("[1,[2],3]"), most).unwrap();
            assert_eq!((read.len(), count), (read_levels, 3), "{most}");
        }
    }

    #[test]
    fn a_hostile_number_of_fields_is_cut() {
        let object = format!("{{{}\"z\":1}}", "\"a\":0,".repeat(5_000));
        assert_eq!(fields(raw(&object)).unwrap().len(), MOST_FIELDS);
    }
}
