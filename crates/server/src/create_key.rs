//! A key that is made in the database itself, without a server: the first one.

use std::sync::Arc;

use windlass_store::{ConnectError, Error, Schema, Store};
use windlass_wire as wire;

use crate::input::{Document, Rejection, read_new_key};
use crate::key_text::KeyText;
use crate::server::of_one_connection;
use crate::view;

/// Why a key was not made. The message never holds a password.
#[derive(Debug, thiserror::Error)]
pub enum CreateKeyError {
    /// What was asked for is refused; all that is wrong, a line each.
    #[error("{0}")]
    Refused(String),
    /// A pooler that lends connections by transaction is between.
    #[error(
        "the database {address} is behind a pooler that lends connections by transaction; make the key by a URL that leads to Postgres itself, \
         or ask a running server for it: without --database-url, by an admin key"
    )]
    Pooled {
        /// Where: host, port and database, never a password.
        address: String,
    },
    /// The database cannot be used.
    #[error(transparent)]
    Database(#[from] ConnectError),
    /// It did not make the key.
    #[error("cannot make the key")]
    Store(#[source] Error),
}

/// Makes a key in a database, whose schema is made first if it is empty. The key is nobody's: it has no `created_by`.
///
/// # Errors
/// [`CreateKeyError`]; a schema of another version is left as it is, and named.
///
/// # Panics
/// Never: a new key is plain data.
pub async fn create_key(
    database_url: &str,
    schema: &Schema,
    new: &wire::NewKey,
) -> Result<wire::KeyWithText, CreateKeyError> {
    let body = serde_json::to_vec(new).expect("a new key is plain data");
    let document = Document::parse(body).map_err(CreateKeyError::Refused)?;
    let new = document.read(read_new_key).map_err(|rejection| refused(&rejection))?;
    let settings = of_one_connection(database_url, schema);
    let store = Store::connect(&settings, Arc::new(|_, _| {})).await.map_err(|error| match error {
        ConnectError::Pooled { address } => CreateKeyError::Pooled { address },
        error => error.into(),
    })?;
    store.migrate_if_empty().await?;
    let text = KeyText::draw();
    let made = store.create_key(&new, &text.stored()).await;
    store.close().await;
    match made {
        Ok(key) => Ok(view::key_with_text(key, text)),
        Err(Error::ExpiryNotAhead) => Err(CreateKeyError::Refused(
            "expires_at must be ahead of now, by the database's clock".to_owned(),
        )),
        Err(error) => Err(CreateKeyError::Store(error)),
    }
}

fn refused(rejection: &Rejection) -> CreateKeyError {
    let lines = rejection.errors.iter().map(|error| format!("{} {}", error.pointer, error.detail));
    CreateKeyError::Refused(lines.collect::<Vec<_>>().join("\n  "))
}
