//! The files of webhooks' settings, read at the start. No message shows any of them: the file is named.

use std::path::Path;

use windlass_server::{SecretKey, WebhookRoots, Webhooks};

use crate::bounded_file::beginning;
use crate::failure::Failure;
use crate::settings::Settings;

/// The longest file of a key, in bytes.
const LONGEST_KEY: usize = 1_024;
/// The longest file of certificates, in bytes.
const LONGEST_ROOTS: usize = 1_048_576;

/// The settings of webhooks, with what their files hold.
///
/// # Errors
/// A file cannot be read, or holds something else.
pub(crate) async fn webhooks(settings: &Settings) -> Result<Webhooks, Failure> {
    let roots = match &settings.webhook_ca {
        Some(file) => read_roots(file).await.map_err(Failure::Error)?,
        None => WebhookRoots::default(),
    };
    let mut keys = [None, None];
    let files = [
        ("secret_key_file", &settings.secret_key_file),
        ("secret_key_file_before", &settings.secret_key_file_before),
    ];
    for (key, (setting, file)) in keys.iter_mut().zip(files) {
        if let Some(file) = file {
            *key = Some(read_key(setting, file).await.map_err(Failure::Error)?);
        }
    }
    let [secret_key, secret_key_before] = keys;
    Ok(Webhooks { allowed: settings.webhook_allow.clone(), roots, secret_key, secret_key_before })
}

async fn read_roots(file: &Path) -> Result<WebhookRoots, String> {
    let bytes = read("webhook_ca", file, LONGEST_ROOTS).await?;
    WebhookRoots::parse(&bytes).map_err(|error| wrong("webhook_ca", file, &error.to_string()))
}

async fn read_key(setting: &str, file: &Path) -> Result<SecretKey, String> {
    let bytes = read(setting, file, LONGEST_KEY).await?;
    let text = std::str::from_utf8(&bytes).unwrap_or_default();
    let line = text.strip_suffix('\n').unwrap_or(text);
    let line = line.strip_suffix('\r').unwrap_or(line);
    line.parse().map_err(|error: windlass_server::NoSecretKey| wrong(setting, file, &error.to_string()))
}

async fn read(setting: &str, file: &Path, longest: usize) -> Result<Vec<u8>, String> {
    let bytes = beginning(file, longest).await;
    let bytes = bytes.map_err(|error| wrong(setting, file, &format!("cannot be read: {error}")))?;
    if bytes.len() > longest {
        return Err(wrong(setting, file, &format!("has more than {longest} bytes")));
    }
    Ok(bytes)
}

fn wrong(setting: &str, file: &Path, what: &str) -> String {
    format!("setting {setting}: {} {what}", file.display())
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn key(text: &str) -> Result<SecretKey, String> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        read_key("secret_key_file", file.path()).await
    }

    #[tokio::test]
    async fn a_key_is_one_line_of_base64_and_no_message_shows_it() {
        let line = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";
        for right in [line.to_owned(), format!("{line}\n"), format!("{line}\r\n")] {
            assert!(key(&right).await.is_ok(), "{right:?}");
        }
        for wrong in
            ["", "\n", "c2hvcnQ=", &format!("{line}\n{line}\n"), &format!(" {line}"), &"A".repeat(2_000)]
        {
            let message = key(wrong).await.unwrap_err();
            assert!(message.contains("secret_key_file") && !message.contains("AQEB"), "{message}");
        }
        let missing = read_key("secret_key_file", Path::new("/nowhere")).await.unwrap_err();
        assert!(missing.contains("/nowhere cannot be read"), "{missing}");
    }
}
