//! `windlass doctor`: all that should be looked at when something seems wrong, on one screen.

use clap::Args;
use serde::Serialize;

use super::checks::{self, Finding, How};
use super::grid::{self, Grid};
use super::output;
use super::screen::Screen;
use super::target::Target;
use crate::failure::Failure;

/// The arguments of `windlass doctor`.
#[derive(Args)]
pub(crate) struct Doctor {
    #[command(flatten)]
    target: Target,
}

/// What was found, and whether it is well.
#[derive(Serialize)]
struct Report {
    well: bool,
    findings: Vec<Finding>,
}

impl Doctor {
    pub(super) async fn run(self, before: &Target) -> Result<(), Failure> {
        let target = &self.target.or(before);
        let server = target.server()?;
        let findings = checks::all(&server).await;
        let wrong = findings.iter().filter(|finding| finding.how == How::Wrong).count();
        let report = Report { well: wrong == 0, findings };
        output::one(target, &report, |screen, report| table(screen, &report.findings))?;
        match wrong {
            0 => Ok(()),
            1 => Err(Failure::Error("1 thing is wrong".to_owned())),
            _ => Err(Failure::Error(format!("{wrong} things are wrong"))),
        }
    }
}

fn table(screen: &Screen, findings: &[Finding]) -> String {
    let mut grid = Grid::new(screen, &["", "WHAT", "HOW IT IS"], &[]);
    for finding in findings {
        grid.row([grid::word(finding.how.said()), grid::word(finding.what), grid::text(&finding.text)]);
    }
    grid.text()
}
