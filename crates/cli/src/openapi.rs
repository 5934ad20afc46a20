//! `windlass openapi`: the documents that the server answers at `/openapi.json` and `/jobnik/docs/api.json`.

use crate::failure::Failure;
use crate::printed;

/// Prints the document of `/v1`, or that of `/jobnik`.
pub(crate) fn print(jobnik: bool) -> Result<(), Failure> {
    let document =
        if jobnik { windlass_server::jobnik_openapi_json(None) } else { windlass_server::openapi_json(None) };
    printed::print(&format!("{}\n", document.trim_end()))
}
