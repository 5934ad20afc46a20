//! Standard output.

use std::io::{self, Write};

use serde::Serialize;

use crate::failure::Failure;

/// Writes text and a line's end. A reader that closed its end (`| head`) has seen enough.
pub(super) fn text(text: &str) -> Result<(), Failure> {
    match writeln!(io::stdout(), "{text}") {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::new("cannot write to standard output", error))
        }
        _ => Ok(()),
    }
}

/// Writes a value as indented JSON.
pub(super) fn json<T: Serialize>(value: &T) -> Result<(), Failure> {
    text(&serde_json::to_string_pretty(value)?)
}
