//! `windlass completions`: what a shell needs to complete our commands.
//!
//! The script asks the program itself, by a variable, each time that something is to be completed: so it knows ids and names, which it asks of the server.

use clap::{Command, ValueEnum};
use clap_complete::CompleteEnv;
use clap_complete::env::Shells;

use crate::failure::Failure;
use crate::printed;

/// Says that a shell asks, and which one.
const VARIABLE: &str = "WINDLASS_COMPLETE";

/// A shell that can complete.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Shell {
    Bash,
    Elvish,
    Fish,
    Powershell,
    Zsh,
}

/// Answers a shell that asks how a command line may go on, and ends the process; otherwise does nothing.
pub(crate) fn answer(line: impl Fn() -> Command) {
    CompleteEnv::with_factory(line).var(VARIABLE).complete();
}

/// Prints the script that `shell` sources.
pub(crate) fn print(shell: Shell) -> Result<(), Failure> {
    let name = shell.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default();
    let shells = Shells::builtins();
    let Some(completer) = shells.completer(&name) else {
        return Err(Failure::Error(format!("no script is known for {name}")));
    };
    let mut script = Vec::new();
    completer
        .write_registration(VARIABLE, "windlass", "windlass", "windlass", &mut script)
        .map_err(|error| Failure::new("cannot write the script", error))?;
    printed::print(&String::from_utf8_lossy(&script))
}
