//! What the controls have in common: why, and whether one is sure.

use std::io::{self, IsTerminal, Write};

use clap::Args;

use crate::failure::Failure;

/// Why something is done.
#[derive(Args)]
pub(super) struct Why {
    /// Why; stored in the audit trail.
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
}

/// Whether to ask before something that cannot be undone, or is done to many.
#[derive(Args, Default)]
pub(super) struct Sure {
    /// Does it without asking.
    #[arg(long, short)]
    yes: bool,
}

impl Why {
    pub(super) fn text(&self) -> Option<&str> {
        self.reason.as_deref()
    }
}

impl Sure {
    /// Shows what will be hit, and asks; where nobody can be asked, `--yes` must have been said.
    pub(super) fn confirm(&self, preview: &str, doing: &str) -> Result<(), Failure> {
        let asking = io::stdin().is_terminal();
        let message =
            if asking && !self.yes { format!("{preview}\n{doing}? [y/N] ") } else { format!("{preview}\n") };
        // Nobody reads this if standard error is closed.
        let _ = io::stderr().write_all(message.as_bytes());
        if self.yes || (asking && affirmed(&answer()?)) {
            return Ok(());
        }
        let hint = if asking { "" } else { "; say --yes where nobody can be asked" };
        Err(Failure::Error(format!("nothing was done{hint}")))
    }
}

fn answer() -> Result<String, Failure> {
    let mut answer = String::new();
    io::stdin().read_line(&mut answer).map_err(|error| Failure::new("cannot read the answer", error))?;
    Ok(answer)
}

fn affirmed(answer: &str) -> bool {
    matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes")
}

#[cfg(test)]
mod tests {
    use super::affirmed;

    #[test]
    fn only_a_plain_yes_is_one() {
        for yes in ["y", "Y\n", " yes \n"] {
            assert!(affirmed(yes), "{yes:?}");
        }
        for no in ["", "\n", "n", "no", "yesterday", "ja"] {
            assert!(!affirmed(no), "{no:?}");
        }
    }
}
