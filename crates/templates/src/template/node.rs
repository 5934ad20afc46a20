//! The body of a template: JSON in which strings may hold expressions.

use super::expression::{Piece, split};
use super::fault::Fault;
use super::json::{Json, quoted};
use super::place::Place;

/// A value of the body.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Node {
    /// A null, boolean, number or string without expressions, as JSON.
    Literal(String),
    /// One expression and nothing else: its value, of any type.
    Value(String),
    /// A string with expressions in it.
    Text(Vec<Piece>),
    Array(Vec<Node>),
    Object(Vec<(String, Node)>),
}

impl Node {
    /// The body that this JSON is; what is wrong in it is noted.
    pub(crate) fn of(json: Json, at: &Place<'_>, faults: &mut Vec<Fault>) -> Self {
        match json {
            Json::String(text) => Self::of_text(&text, at, faults),
            Json::Array(items) => {
                let node = |(index, item)| Self::of(item, &at.item(index), faults);
                Self::Array(items.into_iter().enumerate().map(node).collect())
            }
            Json::Object(fields) => {
                let mut nodes = Vec::with_capacity(fields.len());
                for (name, value) in fields {
                    let node = Self::of(value, &at.field(&name), faults);
                    nodes.push((name, node));
                }
                Self::Object(nodes)
            }
            other => Self::Literal(other.to_text()),
        }
    }

    fn of_text(text: &str, at: &Place<'_>, faults: &mut Vec<Fault>) -> Self {
        match split(text) {
            Ok(mut pieces) => match pieces.as_mut_slice() {
                [Piece::Expression(source)] => Self::Value(std::mem::take(source)),
                pieces if pieces.iter().all(|piece| matches!(piece, Piece::Text(_))) => {
                    Self::Literal(quoted(text))
                }
                _ => Self::Text(pieces),
            },
            Err(detail) => {
                faults.push(Fault::new(at, detail));
                Self::Literal("null".to_owned())
            }
        }
    }

    /// The field `name` of an object; of doubles the first.
    pub(crate) fn get(&self, name: &str) -> Option<&Self> {
        self.fields().iter().find(|(field, _)| field == name).map(|(_, node)| node)
    }

    /// The fields, of an object.
    pub(crate) fn fields(&self) -> &[(String, Self)] {
        match self {
            Self::Object(fields) => fields,
            _ => &[],
        }
    }

    /// The items, of an array that is one before it is rendered.
    pub(crate) fn items(&self) -> &[Self] {
        match self {
            Self::Array(items) => items,
            _ => &[],
        }
    }

    /// Whether its value is not known before it is rendered.
    pub(crate) fn is_open(&self) -> bool {
        matches!(self, Self::Value(_) | Self::Text(_))
    }

    /// The text of a string without expressions.
    pub(crate) fn as_text(&self) -> Option<String> {
        match self {
            Self::Literal(json) => serde_json::from_str(json).ok(),
            _ => None,
        }
    }
}
