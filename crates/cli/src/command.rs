//! The command line: which commands there are, and who carries each out.

use std::io;
use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::failure::Failure;
use crate::flags::{DatabaseFlags, ServeFlags};
use crate::log::Log;
use crate::signals::Signals;
use crate::{completions, key, man, migrate, openapi, schema, serve, verbs};

/// Below the help.
const AFTER: &str = "\
First steps:
  windlass serve                         starts a server and a Postgres for it
  windlass pipeline submit FILE --watch  creates a pipeline and follows it
  windlass pipeline list                 shows what there is
  windlass doctor                        looks for what may be wrong

An id may be shortened to its first 8 or more characters, where only one
begins so. A job is also PIPELINE/KEY.

Exit codes:
  0  it did what was asked; what it watched has succeeded
  1  it could not, the server refused, or what it watched has not succeeded
  2  the command line makes no sense
";

/// A REST job manager: POST a pipeline, point workers at the server, watch it run.
#[derive(Parser)]
#[command(name = "windlass", version, max_term_width = 110, after_help = AFTER)]
pub(crate) struct Cli {
    #[command(flatten)]
    target: verbs::Target,
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
    Migrate {
        #[command(flatten)]
        database: DatabaseFlags,
        /// Change nothing: succeed if the schema is up to date, and say otherwise what is missing (exit code 1), for the gate of a
        /// deployment.
        #[arg(long)]
        check: bool,
    },
    /// Measures what this machine reaches, against raw SQL on the same Postgres in the same minutes.
    ///
    /// Makes a Postgres of its own and removes it at the end. Rates are dequeue+complete cycles or tasks a second; a
    /// ratio is the median over rounds in which raw SQL (pgbench) and Windlass alternate.
    Bench(windlass_bench::BenchFlags),
    /// Prints the OpenAPI document of the HTTP interface.
    Openapi {
        /// Of the interface for Jobnik's clients
        #[arg(long)]
        jobnik: bool,
    },
    /// Prints a JSON Schema of a file that people write, for their editor.
    Schema {
        /// What the file is.
        kind: schema::Kind,
    },
    /// Prints a script that lets a shell complete commands, and ids and names as the server knows them.
    ///
    /// In bash: source <(windlass completions bash). It asks the server of --server or WINDLASS_SERVER.
    #[expect(clippy::doc_markdown, reason = "the help of a command has no back-ticks")]
    Completions {
        /// The shell to complete in.
        shell: completions::Shell,
    },
    /// Writes the manual pages, windlass.1 and one for each command, into a directory.
    Man {
        /// The directory, which is made if it is not there.
        directory: std::path::PathBuf,
    },
    /// Makes, shows, rotates and revokes keys.
    Key(verbs::Key),
    #[command(flatten)]
    Verb(verbs::Command),
}

impl Cli {
    /// The command line, with all that is known of it.
    pub(crate) fn line() -> clap::Command {
        // What stands before a verb that speaks to no server would be passed over in silence by it: it is refused instead.
        Self::command().mut_args(|argument| argument.global(false))
    }

    /// Reads the command line, or ends the process with what is wrong with it.
    pub(crate) fn read() -> Self {
        let line = Self::line().get_matches();
        Self::from_arg_matches(&line).unwrap_or_else(|error| error.format(&mut Self::line()).exit())
    }

    /// Carries the command out; says on standard error what went wrong.
    pub(crate) fn run(self) -> ExitCode {
        self.command.run(&self.target).unwrap_or_else(|failure| failure.report(&mut io::stderr()))
    }
}

impl Command {
    fn run(self, target: &verbs::Target) -> Result<ExitCode, Failure> {
        if !target.is_empty() && !matches!(self, Self::Key(_) | Self::Verb(_)) {
            let why =
                "what stands before the command is for commands that speak to a server, and this is none";
            return Err(Failure::Usage(why.to_owned()));
        }
        match self {
            Self::Serve(flags) => {
                let settings = flags.settings()?;
                let log = Log::install(&settings)?;
                let served = on_runtime(serve::serve(settings, log.dropped()));
                return Ok(log.finish(served));
            }
            Self::Migrate { database, check } => {
                let settings = database.settings()?;
                let log = Log::install(&settings)?;
                return Ok(log.finish(on_runtime(migrate::migrate(settings, check))));
            }
            Self::Key(asked) => match asked.in_database(target)? {
                Some(order) => {
                    let log = Log::install(&order.settings)?;
                    return Ok(log.finish(on_runtime(key::create(order))));
                }
                None => on_runtime(asked.run(target)),
            },
            Self::Bench(flags) => on_runtime(bench(flags)),
            Self::Openapi { jobnik } => openapi::print(jobnik),
            Self::Schema { kind } => schema::print(kind),
            Self::Completions { shell } => completions::print(shell),
            Self::Man { directory } => man::write(Cli::line(), &directory),
            Self::Verb(verb) => on_runtime(verbs::run(verb, target)),
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
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::line().debug_assert();
    }
}
