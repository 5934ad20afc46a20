//! Expressions: where they stand in a text ([`split()`]), how they are made strict ([`strict`]) and run ([`engine`]), and what becomes of their
//! values ([`value`]).
//!
//! `MiniJinja`'s own strict mode lets an undefined value pass as an item of a list, as what a filter or a test looks at, and as what an `if`
//! without `else` gives. So each expression's tree is changed before it is compiled, which is why its machinery is used.

mod engine;
mod split;
mod strict;
mod value;

pub(crate) use engine::Engine;
pub(crate) use split::{Piece, split};
pub(crate) use value::{Text, from_json, write_json, write_text};
