//! `Idempotency-Key`: the answer of a create is stored in the transaction of the create, so that neither can be without the other.

mod cut;
mod key;
mod many;
mod once;

pub use key::{Answer, IdempotencyKey, Once, StoredAnswer};
pub(crate) use many::{Kept, store_answers, stored_answers};
pub use once::KeyGuard;
pub(crate) use once::{lock_key, store_answer, stored_answer};
