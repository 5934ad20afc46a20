//! Why a call got no answer, as a word: found in the chain of causes.

use std::error::Error;
use std::io;

use tokio_rustls::rustls;
use windlass_domain::AttemptError;

/// Why nobody is connected to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unreachable {
    /// The name has no address.
    #[error("the name has no address")]
    Unknown,
    /// One of its addresses may not be called.
    #[error("an address of the name may not be called")]
    Refused,
}

/// The word for why a call failed.
pub(super) fn word_of(error: &reqwest::Error) -> AttemptError {
    if error.is_timeout() {
        return AttemptError::Timeout;
    }
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(present) = cause {
        match present.downcast_ref::<Unreachable>() {
            Some(Unreachable::Unknown) => return AttemptError::Dns,
            Some(Unreachable::Refused) => return AttemptError::AddressRefused,
            None => {}
        }
        if is_tls(present) {
            return AttemptError::Tls;
        }
        cause = present.source();
    }
    if error.is_connect() { AttemptError::Connect } else { AttemptError::Reset }
}

/// An error of I/O does not name what it wraps as its source.
fn is_tls(error: &(dyn Error + 'static)) -> bool {
    let wrapped = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
    error.is::<rustls::Error>()
        || wrapped.is_some_and(|inner| {
            let inner: &(dyn Error + 'static) = inner;
            is_tls(inner)
        })
}
