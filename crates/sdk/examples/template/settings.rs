//! Settings, all from the environment, each with a default. The key and whom to trust are no part of them: the SDK reads `WINDLASS_KEY_FILE` or
//! `WINDLASS_KEY`, and `WINDLASS_CA_FILE`.

use std::net::SocketAddr;
use std::str::FromStr;
use std::time::Duration;

/// What may differ between two deployments of the worker.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Settings {
    /// `WINDLASS_SERVER`: the address of the server, default `http://127.0.0.1:7070`.
    pub(crate) server: String,
    /// `WORKER_CONCURRENCY`: tasks that run at once, default 8.
    pub(crate) concurrency: usize,
    /// `WORKER_LISTEN`: where metrics and health are served, default `127.0.0.1:9090`.
    pub(crate) listen: SocketAddr,
    /// `WORKER_STOP_WAIT_SECONDS`: how long SIGTERM waits for handlers, default 20.
    pub(crate) stop_wait: Duration,
}

impl Settings {
    /// Reads the settings; one that makes no sense is an error that names it.
    pub(crate) fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self, String> {
        Ok(Self {
            server: value(&variable, "WINDLASS_SERVER", "http://127.0.0.1:7070")?,
            concurrency: value(&variable, "WORKER_CONCURRENCY", "8")?,
            listen: value(&variable, "WORKER_LISTEN", "127.0.0.1:9090")?,
            stop_wait: Duration::from_secs(value(&variable, "WORKER_STOP_WAIT_SECONDS", "20")?),
        })
    }
}

fn value<T: FromStr>(
    variable: &impl Fn(&str) -> Option<String>,
    name: &str,
    default: &str,
) -> Result<T, String> {
    let text = variable(name).unwrap_or_else(|| default.to_owned());
    text.parse().map_err(|_| format!("{name} cannot be {text:?}; its default is {default}"))
}

#[cfg(test)]
mod tests {
    use super::Settings;

    #[test]
    fn each_setting_has_a_default_and_one_that_makes_no_sense_is_named() {
        let settings = Settings::read(|_| None).unwrap();
        assert_eq!((settings.concurrency, settings.listen.port()), (8, 9090));
        let error = Settings::read(|name| (name == "WORKER_LISTEN").then(|| "here".to_owned())).unwrap_err();
        assert!(error.contains("WORKER_LISTEN") && error.contains("here"), "{error}");
    }
}
