//! Which server a verb speaks to, and for whom it writes.

use std::path::PathBuf;

use clap::Args;

use super::screen::Screen;
use super::server::Server;
use crate::failure::Failure;

/// Where a server is unless it is said.
const USUAL: &str = "http://127.0.0.1:7070";

/// Which server to speak to, and for whom to write.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct Target {
    /// Address of the server, such as localhost:7070; without it WINDLASS_SERVER says it [default: http://127.0.0.1:7070]
    // Without clap's `env`: what stands before the verb wins over the variable, too.
    #[arg(long, global = true, value_name = "URL")]
    #[expect(clippy::doc_markdown, reason = "the help of a command has no back-ticks")]
    server: Option<String>,
    /// File that holds the key to call with, alone on one line; without it WINDLASS_KEY_FILE names one, or
    /// WINDLASS_KEY is the key itself. No flag takes a key: every user of the machine can read flags.
    // Without clap's `env`: the SDK reads the two variables together.
    #[arg(long, global = true, value_name = "FILE")]
    #[expect(clippy::doc_markdown, reason = "the help of a command has no back-ticks")]
    key_file: Option<PathBuf>,
    /// File of certificates (PEM) to trust beside those of the machine; without it WINDLASS_CA_FILE names one.
    #[arg(long, global = true, value_name = "FILE")]
    #[expect(clippy::doc_markdown, reason = "the help of a command has no back-ticks")]
    ca_file: Option<PathBuf>,
    /// Writes JSON instead of tables.
    #[arg(long, global = true)]
    pub(super) json: bool,
    /// Writes whole ids, times and texts, however wide the terminal is; so it is, too, where the output is no terminal.
    #[arg(long, global = true)]
    wide: bool,
}

impl Target {
    /// The same, and where it says nothing, what was said before the verb.
    pub(super) fn or(self, before: &Self) -> Self {
        Self {
            server: self.server.or_else(|| before.server.clone()),
            key_file: self.key_file.or_else(|| before.key_file.clone()),
            ca_file: self.ca_file.or_else(|| before.ca_file.clone()),
            json: self.json || before.json,
            wide: self.wide || before.wide,
        }
    }

    /// What an unfinished command line says, for the shell that asks how it may go on.
    pub(super) fn of_line(arguments: impl IntoIterator<Item = String>) -> Self {
        let mut target = Self::default();
        let mut arguments = arguments.into_iter().peekable();
        while let Some(argument) = arguments.next() {
            let (flag, value) = match argument.split_once('=') {
                Some((flag, value)) => (flag.to_owned(), Some(value.to_owned())),
                None => (argument, None),
            };
            let mut value = || value.clone().or_else(|| arguments.peek().cloned());
            match flag.as_str() {
                "--server" => target.server = value(),
                "--key-file" => target.key_file = value().map(PathBuf::from),
                "--ca-file" => target.ca_file = value().map(PathBuf::from),
                _ => {}
            }
        }
        target
    }

    /// Whether nothing is said.
    pub(crate) fn is_empty(&self) -> bool {
        let Self { server, key_file, ca_file, json, wide } = self;
        server.is_none() && key_file.is_none() && ca_file.is_none() && !json && !wide
    }

    /// The server.
    pub(super) fn server(&self) -> Result<Server, Failure> {
        Server::new(&self.address(), self.key_file.as_deref(), self.ca_file.as_deref())
    }

    /// Its address; HTTP where no scheme is said.
    fn address(&self) -> String {
        let variable = || std::env::var("WINDLASS_SERVER").ok().filter(|url| !url.is_empty());
        let address = self.server.clone().or_else(variable).unwrap_or_else(|| USUAL.to_owned());
        if address.contains("://") { address } else { format!("http://{address}") }
    }

    /// What standard output is.
    pub(super) fn screen(&self) -> Screen {
        Screen::of_output(self.wide)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_behind_the_verb_wins_and_a_scheme_may_be_missing() {
        let at = |server: &str| Target { server: Some(server.to_owned()), ..Target::default() };
        assert_eq!(at("localhost:7070").or(&at("http://other")).address(), "http://localhost:7070");
        assert_eq!(Target::default().or(&at("https://jobs.example")).address(), "https://jobs.example");
        let line = ["windlass", "--server", "a:1", "job", "get", "--key-file=k"].map(str::to_owned);
        let said = Target::of_line(line);
        assert_eq!((said.address().as_str(), said.key_file), ("http://a:1", Some(PathBuf::from("k"))));
        assert!(Target::default().is_empty() && !at("x").is_empty());
        assert!(Target::default().or(&Target { json: true, ..Target::default() }).json);
    }
}
