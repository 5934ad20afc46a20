//! A pseudo-terminal with a command in it.

use std::ffi::OsStr;
use std::fs::{File, OpenOptions};
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::OpenOptionsExt;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use rustix::fs::OFlags;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};
use wiremock::MockServer;

use crate::running::command;

/// The widths that every screen is looked at in.
pub(crate) const WIDTHS: [u16; 2] = [80, 160];

/// What a terminal has shown, and how the command ended.
#[derive(Debug)]
pub(crate) struct Shown {
    pub(crate) width: usize,
    /// As it came, with what steers the terminal.
    pub(crate) raw: String,
    pub(crate) code: Option<i32>,
    pub(crate) took: Duration,
}

impl Shown {
    /// What was written, without what steers the terminal.
    pub(crate) fn text(&self) -> String {
        plain(&self.raw)
    }

    /// Every line fits on the terminal.
    pub(crate) fn assert_fits(&self) {
        for line in self.text().lines() {
            assert!(
                line.chars().count() <= self.width,
                "{} columns: {line:?} in\n{}",
                self.width,
                self.text()
            );
        }
    }

    pub(crate) fn has(&self, part: &str) -> &Self {
        assert!(self.text().contains(part), "no {part:?} in {} columns:\n{}", self.width, self.text());
        self
    }

    pub(crate) fn has_not(&self, part: &str) -> &Self {
        assert!(!self.text().contains(part), "{part:?} in {} columns:\n{}", self.width, self.text());
        self
    }
}

/// Runs `windlass` on a terminal of each width, at once.
pub(crate) async fn both(server: &MockServer, arguments: &[&str]) -> [Shown; 2] {
    let [narrow, wide] = WIDTHS.map(|width| on_terminal(width, Some(server), arguments));
    let (narrow, wide) = tokio::join!(narrow, wide);
    [narrow, wide]
}

/// Runs `windlass` on a terminal to its end.
pub(crate) async fn on_terminal(width: u16, server: Option<&MockServer>, arguments: &[&str]) -> Shown {
    shown(width, server, arguments, None).await
}

/// Runs `windlass` on a terminal until it shows this, and ends it.
pub(crate) async fn until_it_shows(width: u16, server: &MockServer, arguments: &[&str], part: &str) -> Shown {
    shown(width, Some(server), arguments, Some(part.to_owned())).await
}

async fn shown(width: u16, server: Option<&MockServer>, arguments: &[&str], until: Option<String>) -> Shown {
    let mut command = command(arguments);
    command
        .env("NO_PROXY", "127.0.0.1")
        .env("TERM", "xterm")
        .env_remove("WINDLASS_SERVER")
        .env_remove("NO_COLOR");
    command.env("CLICOLOR_FORCE", "1");
    if let Some(server) = server {
        command.env("WINDLASS_SERVER", server.uri());
    }
    tokio::task::spawn_blocking(move || run(width, command, until.as_deref())).await.unwrap()
}

fn run(width: u16, mut command: Command, until: Option<&str>) -> Shown {
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&master).unwrap();
    unlockpt(&master).unwrap();
    let name = ptsname(&master, Vec::new()).unwrap();
    // It is the command's terminal, and not that of the tests.
    let not_ours = OFlags::NOCTTY.bits().cast_signed();
    let terminal = OpenOptions::new()
        .read(true)
        .write(true)
        .custom_flags(not_ours)
        .open(OsStr::from_bytes(name.to_bytes()))
        .unwrap();
    let size = Winsize { ws_row: 50, ws_col: width, ws_xpixel: 0, ws_ypixel: 0 };
    tcsetwinsize(&terminal, size).unwrap();
    let end = || terminal.try_clone().unwrap();
    let begun = Instant::now();
    let mut child = command.stdin(end()).stdout(end()).stderr(end()).spawn().unwrap();
    // Else its own ends would keep the terminal open.
    drop((command, terminal));
    let raw = read(File::from(master), &mut child, until);
    let code = child.wait().unwrap().code();
    Shown { width: width.into(), raw, code, took: begun.elapsed() }
}

/// All that is shown until the command ends, or shows `until`.
fn read(mut master: File, child: &mut Child, until: Option<&str>) -> String {
    let (mut raw, mut piece) = (Vec::new(), [0; 4096]);
    // At the end of the last one who has it open a terminal answers with an error.
    while let Ok(length) = master.read(&mut piece) {
        if length == 0 {
            break;
        }
        raw.extend_from_slice(&piece[..length]);
        if until.is_some_and(|part| plain(&String::from_utf8_lossy(&raw)).contains(part)) {
            child.kill().unwrap();
            break;
        }
    }
    String::from_utf8_lossy(&raw).replace("\r\n", "\n")
}

/// The text without what steers the terminal; what is written over is kept, on a line of its own.
pub(crate) fn plain(raw: &str) -> String {
    let mut text = String::new();
    let mut letters = raw.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\u{1b}' => {
                if letters.next() == Some('[') {
                    letters.by_ref().find(char::is_ascii_alphabetic);
                }
            }
            '\r' => text.push('\n'),
            letter => text.push(letter),
        }
    }
    text
}
