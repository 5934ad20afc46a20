//! The command line: which commands there are, and who carries each out.

use std::io;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use clap_complete::Shell;

use crate::failure::Failure;
use crate::flags::{DatabaseFlags, ServeFlags};
use crate::log::Log;
use crate::signals::Signals;
use crate::{completions, key, migrate, openapi, schema, serve, verbs};

/// A REST job manager: POST a pipeline, point workers at the server, watch it run.
#[derive(Parser)]
#[command(name = "windlass", version, max_term_width = 110)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Runs the server, with a Postgres of its own unless a database is set.
    ///
    /// Every setting can be a flag, a variable or a key of the file that --config names (without the
    /// leading dashes, with _ for -). Flags win over variables, variables over the file.
    Serve(Box<ServeFlags>),
    /// Brings the database's schema up to date, and ends.
    Migrate(DatabaseFlags),
    /// Measures what this machine reaches, against raw SQL on the same Postgres in the same minutes.
    ///
    /// Makes a Postgres of its own and removes it at the end. Rates are dequeue+complete cycles or tasks a second; a
    /// ratio is the median over rounds in which raw SQL (pgbench) and Windlass alternate.
    Bench(windlass_bench::BenchFlags),
    /// Prints the OpenAPI document of the HTTP interface.
    Openapi,
    /// Prints a JSON Schema of a file that people write, for their editor.
    Schema {
        /// What the file is.
        kind: schema::Kind,
    },
    /// Prints a completion script for a shell.
    Completions {
        /// The shell to complete in.
        shell: Shell,
    },
    /// Makes, shows, rotates and revokes keys.
    Key(verbs::Key),
    #[command(flatten)]
    Verb(verbs::Command),
}

impl Cli {
    /// Carries the command out; says on standard error what went wrong.
    pub(crate) fn run(self) -> ExitCode {
        self.command.run().unwrap_or_else(|failure| failure.report(&mut io::stderr()))
    }
}

impl Command {
    fn run(self) -> Result<ExitCode, Failure> {
        match self {
            Self::Serve(flags) => {
                let settings = flags.settings()?;
                let log = Log::install(&settings)?;
                let served = on_runtime(serve::serve(settings, log.dropped()));
                return Ok(log.finish(served));
            }
            Self::Migrate(flags) => {
                let settings = flags.settings()?;
                let log = Log::install(&settings)?;
                return Ok(log.finish(on_runtime(migrate::migrate(settings))));
            }
            Self::Key(asked) => match asked.in_database()? {
                Some(order) => {
                    let log = Log::install(&order.settings)?;
                    return Ok(log.finish(on_runtime(key::create(order))));
                }
                None => on_runtime(asked.run()),
            },
            Self::Bench(flags) => on_runtime(bench(flags)),
            Self::Openapi => openapi::print(),
            Self::Schema { kind } => schema::print(kind),
            Self::Completions { shell } => completions::print::<Cli>(shell),
            Self::Verb(verb) => on_runtime(verbs::run(verb)),
        }?;
        Ok(ExitCode::SUCCESS)
    }
}

async fn bench(flags: windlass_bench::BenchFlags) -> Result<(), Failure> {
    let mut signals = Signals::catch()?;
    let interrupted = async {
        signals.next().await;
    };
    Ok(windlass_bench::bench(flags, interrupted).await?)
}

fn on_runtime(work: impl Future<Output = Result<(), Failure>>) -> Result<(), Failure> {
    let runtime =
        tokio::runtime::Runtime::new().map_err(|error| Failure::new("cannot start the runtime", error))?;
    let result = runtime.block_on(work);
    // What still runs was cut off by a second signal, and is not waited for.
    runtime.shutdown_background();
    result
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
