//! The documents that a server shows, each made once, when first asked for: it takes longer than all else at a start, and few ask.

use std::sync::LazyLock;

use bytes::Bytes;

use crate::settings::PublicUrl;

/// A document; all answers share its bytes.
pub(crate) type Document = LazyLock<Bytes, Box<dyn FnOnce() -> Bytes + Send>>;

/// One that names the public URL.
pub(crate) fn document(make: fn(Option<&PublicUrl>) -> String, public_url: Option<PublicUrl>) -> Document {
    LazyLock::new(Box::new(move || make(public_url.as_ref()).into()))
}
