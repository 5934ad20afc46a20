//! `windlass openapi`: the document that the server answers at `/openapi.json`.

use std::io::{self, Write};

use crate::failure::Failure;

/// Prints the document.
pub(crate) fn print() -> Result<(), Failure> {
    let document = windlass_server::openapi_json(None);
    writeln!(io::stdout(), "{}", document.trim_end())
        .map_err(|error| Failure::new("cannot print the document", error))
}
