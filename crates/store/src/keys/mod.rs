//! Keys: who may call. One file per verb.

mod check_types;
mod create;
mod find;
mod found;
mod live;
mod note_used;
mod read;
mod revoke;
mod rotate;
mod text;

pub(crate) use check_types::{check_types, check_types_of_jobs};
pub use create::NewKey;
pub use found::FoundKey;
pub use live::LiveKeys;
pub use text::StoredText;
