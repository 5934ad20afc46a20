//! `windlass man`: the help of all commands as manual pages.

use std::path::Path;

use clap::Command;

use crate::failure::Failure;

/// Writes the pages into the directory.
pub(crate) fn write(line: Command, directory: &Path) -> Result<(), Failure> {
    let failed =
        |error| Failure::new(&format!("cannot write manual pages into {}", directory.display()), error);
    std::fs::create_dir_all(directory).map_err(failed)?;
    clap_mangen::generate_to(line, directory).map_err(failed)
}
