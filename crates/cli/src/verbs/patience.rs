//! Waiting for an answer, not in silence.
//!
//! What takes longer than a moment is told, and again every two seconds until it is there: for whom it waits, since when, and why, as far as
//! the server's own word (`/readyz`) tells.

use std::io::{self, IsTerminal, Write};
use std::pin::pin;
use std::time::Duration;

use tokio::time::{Instant, sleep, timeout};
use windlass_sdk::{Client, Error};

/// How long nothing is said.
const SILENCE: Duration = Duration::from_millis(1_400);
/// How long the question why may take; together with the silence less than 2 s.
const QUESTION: Duration = Duration::from_millis(400);

/// Waits for a call; `say` is told every two seconds how things are.
pub(super) async fn patient<T>(
    client: &Client,
    mut call: impl Future<Output = Result<T, Error>> + Unpin,
    mut say: impl FnMut(Duration, &str),
) -> Result<T, Error> {
    let begun = Instant::now();
    loop {
        tokio::select! {
            biased;
            answer = &mut call => return answer,
            () = sleep(SILENCE) => {}
        }
        tokio::select! {
            biased;
            answer = &mut call => return answer,
            why = why(client) => say(begun.elapsed(), &why.unwrap_or_else(|| "it is at work on this".to_owned())),
        }
    }
}

/// Waits for what may be long in coming, such as the next event; says once when the server is not well, and once when it is again.
pub(super) async fn watchful<T>(client: &Client, next: impl Future<Output = T>) -> T {
    let mut next = pin!(next);
    let mut is_away = false;
    loop {
        tokio::select! {
            biased;
            next = &mut next => return next,
            () = sleep(SILENCE) => {}
        }
        let why = tokio::select! {
            biased;
            next = &mut next => return next,
            why = why(client) => why,
        };
        match (why, is_away) {
            (Some(why), false) => note(&format!("waiting for the server: {why}")),
            (None, true) => note("the server is back"),
            (why, _) => {
                is_away = why.is_some();
                continue;
            }
        }
        is_away = !is_away;
    }
}

/// Why the server does not answer; `None`: it is well.
async fn why(client: &Client) -> Option<String> {
    match timeout(QUESTION, Box::pin(client.readyz())).await {
        Ok(Ok(())) => None,
        Ok(Err(error)) => Some(match error.problem() {
            Some(problem) => problem.detail.clone(),
            None => told(&error),
        }),
        Err(_) => Some("it does not answer".to_owned()),
    }
}

/// An error with what is behind it.
pub(super) fn told(error: &Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    let (error, cause) = (error.to_string(), cause.to_string());
    if error.contains(&cause) { error } else { format!("{error}: {cause}") }
}

/// A line on standard error.
pub(super) fn note(text: &str) {
    // Nobody reads this if standard error is closed.
    let _ = writeln!(io::stderr(), "{text}");
}

/// The line that says what is waited for: on a terminal always the same one, which goes in the end.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    is_shown: bool,
}

impl Waiting {
    /// Says what is waited for, since when, and why.
    pub(super) fn say(&mut self, server: &str, since: Duration, why: &str) {
        let text = format!("waiting for {server} ({} s): {why}", since.as_secs());
        if io::stderr().is_terminal() {
            let _ = write!(io::stderr(), "\r\x1b[2K{text}");
            self.is_shown = true;
        } else {
            note(&text);
        }
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        if self.is_shown {
            let _ = write!(io::stderr(), "\r\x1b[2K");
        }
    }
}
