//! How many files and sockets the process may have open at once.
//!
//! Each connection of a client takes one. The soft limit is often 1,024 while the hard one is much higher: the low one protects programs that
//! use `select`, which this one does not.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Raises the soft limit to the hard one. What is started from here on, such as our own Postgres, inherits it.
pub(crate) fn raise_limit() {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    if current == maximum {
        return;
    }
    match setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }) {
        Ok(()) => tracing::debug!(current, maximum, "raised the limit of open descriptors"),
        Err(error) => {
            tracing::debug!(current, maximum, %error, "cannot raise the limit of open descriptors");
        }
    }
}
