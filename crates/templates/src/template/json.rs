//! JSON as a tree that keeps numbers to the digit and objects in their order, doubles included.

use std::fmt::Write;

use serde_json::Value;

/// The deepest nesting; a request's bodies have the same bound.
pub(crate) const DEPTH: usize = 128;

/// A value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Json {
    Null,
    Bool(bool),
    /// As it is written.
    Number(String),
    String(String),
    Array(Vec<Json>),
    Object(Vec<(String, Json)>),
}

impl Json {
    /// Reads one JSON text.
    ///
    /// # Errors
    /// Why it is none, for people.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        serde_json::from_str::<&serde_json::value::RawValue>(text)
            .map_err(|error| format!("is not JSON: {error}"))?;
        Reader { text, at: 0 }.value(0)
    }

    /// The field `name` of an object; of doubles the last.
    pub(crate) fn get(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Object(fields) => {
                fields.iter().rev().find(|(field, _)| field == name).map(|(_, value)| value)
            }
            _ => None,
        }
    }

    /// The text, compact.
    pub(crate) fn to_text(&self) -> String {
        let mut text = String::new();
        self.write(&mut text);
        text
    }

    fn write(&self, out: &mut String) {
        match self {
            Self::Null => out.push_str("null"),
            Self::Bool(flag) => write!(out, "{flag}").expect("a String takes all"),
            Self::Number(number) => out.push_str(number),
            Self::String(text) => out.push_str(&quoted(text)),
            Self::Array(items) => {
                out.push('[');
                for (index, item) in items.iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    item.write(out);
                }
                out.push(']');
            }
            Self::Object(fields) => write_object(fields, out),
        }
    }

    /// The same with numbers as doubles where they are no integers of 64 bits; one past a double's range is the greatest.
    pub(crate) fn to_value(&self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Bool(flag) => Value::Bool(*flag),
            Self::Number(text) => serde_json::from_str(text)
                .unwrap_or_else(|_| Value::from(if text.starts_with('-') { f64::MIN } else { f64::MAX })),
            Self::String(text) => Value::String(text.clone()),
            Self::Array(items) => items.iter().map(Self::to_value).collect(),
            Self::Object(fields) => {
                fields.iter().map(|(name, value)| (name.clone(), value.to_value())).collect()
            }
        }
    }

    /// The values in it, itself included.
    pub(crate) fn count(&self) -> usize {
        1 + match self {
            Self::Array(items) => items.iter().map(Self::count).sum(),
            Self::Object(fields) => fields.iter().map(|(_, value)| value.count()).sum(),
            _ => 0,
        }
    }
}

fn write_object(fields: &[(String, Json)], out: &mut String) {
    out.push('{');
    for (index, (name, value)) in fields.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        out.push_str(&quoted(name));
        out.push(':');
        value.write(out);
    }
    out.push('}');
}

/// A string as JSON.
pub(crate) fn quoted(text: &str) -> String {
    serde_json::to_string(text).expect("any string is JSON")
}

/// Walks a text that is known to be JSON.
struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl Reader<'_> {
    fn value(&mut self, depth: usize) -> Result<Json, String> {
        if depth > DEPTH {
            return Err(format!("is nested deeper than {DEPTH}"));
        }
        Ok(match self.peek() {
            b'n' => self.word("null", Json::Null),
            b't' => self.word("true", Json::Bool(true)),
            b'f' => self.word("false", Json::Bool(false)),
            b'"' => Json::String(self.string()?),
            b'[' => Json::Array(self.many(b']', |reader| reader.value(depth + 1))?),
            b'{' => Json::Object(self.many(b'}', |reader| {
                let name = reader.string()?;
                reader.skip(b':');
                Ok((name, reader.value(depth + 1)?))
            })?),
            _ => self.number(),
        })
    }

    /// The next byte that is not white space.
    fn peek(&mut self) -> u8 {
        let bytes = self.text.as_bytes();
        while bytes[self.at].is_ascii_whitespace() {
            self.at += 1;
        }
        bytes[self.at]
    }

    fn skip(&mut self, byte: u8) {
        debug_assert_eq!(self.peek(), byte);
        self.peek();
        self.at += 1;
    }

    fn word(&mut self, word: &str, value: Json) -> Json {
        self.at += word.len();
        value
    }

    fn number(&mut self) -> Json {
        let rest = &self.text[self.at..];
        let length = rest.bytes().take_while(|byte| byte.is_ascii_digit() || b"+-.eE".contains(byte)).count();
        self.at += length;
        Json::Number(rest[..length].to_owned())
    }

    fn string(&mut self) -> Result<String, String> {
        self.peek();
        let (from, bytes) = (self.at, self.text.as_bytes());
        self.at += 1;
        while bytes[self.at] != b'"' {
            self.at += if bytes[self.at] == b'\\' { 2 } else { 1 };
        }
        self.at += 1;
        serde_json::from_str(&self.text[from..self.at])
            .map_err(|_| "has a string with half of a surrogate pair".to_owned())
    }

    fn many<T>(
        &mut self,
        end: u8,
        mut read: impl FnMut(&mut Self) -> Result<T, String>,
    ) -> Result<Vec<T>, String> {
        let mut all = Vec::new();
        self.at += 1;
        while self.peek() != end {
            all.push(read(self)?);
            if self.peek() == b',' {
                self.at += 1;
            }
        }
        self.at += 1;
        Ok(all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_comes_back_without_white_space_and_otherwise_as_it_was() {
        let text = r#"{"b":1.50,"a":[-0,1e400,null,true,false,"é\n",{}],"b":[],"":18446744073709551616}"#;
        let spaced = text.replace(',', " ,\n ").replace(':', " : ");
        assert_eq!(Json::parse(&spaced).unwrap().to_text(), text);
        assert_eq!(Json::parse(text).unwrap().get("b"), Some(&Json::Array(vec![])), "the last of doubles");
        assert_eq!(Json::parse(text).unwrap().count(), 12);
    }

    #[test]
    fn what_is_too_deep_or_no_text_is_refused() {
        let nested = |depth| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(Json::parse(&nested(DEPTH)).is_ok());
        assert!(Json::parse(&nested(DEPTH + 2)).is_err());
        assert!(Json::parse(r#""\ud800""#).is_err());
        assert!(Json::parse("[1,]").is_err());
    }
}
