//! `windlass completions`: what a shell needs to complete our commands.

use std::io;

use clap::CommandFactory;
use clap_complete::Shell;

use crate::failure::Failure;

/// Prints the script that `shell` sources.
pub(crate) fn print<C: CommandFactory>(shell: Shell) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut C::command(), "windlass", &mut script);
    io::Write::write_all(&mut io::stdout(), &script)
        .map_err(|error| Failure::new("cannot print the script", error))
}
