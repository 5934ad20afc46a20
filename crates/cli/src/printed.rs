//! What a command prints, all at once.

use std::io::{self, ErrorKind, Write};

use crate::failure::Failure;

/// Writes to standard output. A reader that closed its end (`| head`) has seen enough: the command ends there, and well.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    let mut output = io::stdout();
    match output.write_all(text.as_bytes()).and_then(|()| output.flush()) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Err(Failure::ReaderGone),
        Err(error) => Err(Failure::new("cannot write to standard output", error)),
    }
}
