//! `windlass key`.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use clap::{Args, Subcommand};
use uuid::Uuid;
use windlass_sdk::KeyFilter;
use windlass_sdk::wire::{Key as WireKey, KeyWithText, NewKey, Scope};

use super::confirm::{Sure, Why};
use super::ids::Id;
use super::server::Server;
use super::target::Target;
use super::words::{SCOPES, one_of};
use super::{complete, key_table, output};
use crate::failure::Failure;
use crate::flags::DatabaseFlags;
use crate::settings::Settings;

/// The arguments of `windlass key`.
#[derive(Args)]
pub(crate) struct Key {
    #[command(subcommand)]
    verb: Verb,
    #[command(flatten)]
    target: Target,
}

#[derive(Subcommand)]
enum Verb {
    /// Makes a key, and prints its text, and only that, to standard output.
    ///
    /// With --database-url, --database-url-file or --data-dir it writes to the database itself, also beside a running
    /// server with its own Postgres, and needs no key: so the first one is made. Otherwise it asks the server.
    Create(Box<Create>),
    /// Lists keys, newest first; without their texts, which are stored nowhere.
    List {
        /// Only those of this name.
        #[arg(long)]
        name: Option<String>,
    },
    /// Shows a key.
    Get {
        /// The key: its id, or the first 8 or more characters of it.
        #[arg(value_name = "KEY", add = complete::keys())]
        id: Id,
    },
    /// Gives a key a new text, and prints that, and only that, to standard output.
    Rotate {
        /// The key: its id, or the first 8 or more characters of it.
        #[arg(value_name = "KEY", add = complete::keys())]
        id: Id,
        /// How long the text of before works as well, such as 36h: 0s to 30d [default: 1d].
        #[arg(long, value_name = "LENGTH", value_parser = humantime::parse_duration)]
        overlap: Option<Duration>,
    },
    /// Revokes a key, for good. Asks before.
    Revoke {
        /// The key: its id, or the first 8 or more characters of it.
        #[arg(value_name = "KEY", add = complete::keys())]
        id: Id,
        #[command(flatten)]
        why: Why,
        #[command(flatten)]
        sure: Sure,
    },
}

#[derive(Args)]
struct Create {
    /// What to call it; several keys may have the same name.
    #[arg(long)]
    name: String,
    /// What it may be used for; up to 5 times.
    #[arg(long = "scope", value_name = "SCOPE", required = true, value_parser = one_of::<Scope>(SCOPES))]
    scopes: Vec<Scope>,
    /// A type that it may dequeue and create, or a beginning with * at its end; up to 50 times [default: any].
    #[arg(long = "type", value_name = "TYPE")]
    types: Vec<String>,
    /// After what length it ends by itself, such as 90d [default: never].
    #[arg(long, value_name = "LENGTH", value_parser = humantime::parse_duration)]
    expires: Option<Duration>,
    /// The most calls a second, at each server, 1 to 100000 [default: no limit].
    #[arg(long, value_name = "CALLS")]
    max_rps: Option<u32>,
    #[command(flatten)]
    database: DatabaseFlags,
}

/// A key that is to be made in the database itself.
pub(crate) struct InDatabase {
    /// Which database, and what is logged meanwhile.
    pub(crate) settings: Settings,
    /// The key.
    pub(crate) new: NewKey,
    json: bool,
}

impl Key {
    /// What is to be done on the database itself; `None`: the server is asked.
    pub(crate) fn in_database(&self, before: &Target) -> Result<Option<InDatabase>, Failure> {
        let Verb::Create(create) = &self.verb else { return Ok(None) };
        let mut settings = create.database.settings()?;
        if settings.database_url().is_none() && settings.data_dir.is_none() {
            return Ok(None);
        }
        // What goes well is not told, unless it takes long: the key is all that is shown.
        settings.log.get_or_insert_with(|| "warn,windlass::slow=info".to_owned());
        Ok(Some(InDatabase { settings, new: create.new_key()?, json: self.target.json || before.json }))
    }

    /// Asks the server.
    pub(crate) async fn run(self, before: &Target) -> Result<(), Failure> {
        let target = &self.target.or(before);
        let server = &target.server()?;
        match self.verb {
            Verb::Create(create) => {
                let made = server.answer(server.create_key(&create.new_key()?)).await?;
                show_text(target.json, &made)
            }
            Verb::List { name } => {
                let filter = KeyFilter { name, ..KeyFilter::default() };
                output::list(target, &server.all(server.keys(filter)).await?, "keys", key_table::keys)
            }
            Verb::Get { id } => show(target, &server.answer(server.get_key(of(server, &id).await?)).await?),
            Verb::Rotate { id, overlap } => {
                let id = of(server, &id).await?;
                show_text(target.json, &server.answer(server.rotate_key(id, overlap)).await?)
            }
            Verb::Revoke { id, why, sure } => {
                let key = server.answer(server.get_key(of(server, &id).await?)).await?;
                sure.confirm(&key_table::key(&target.screen(), &key), "revoke this key, for good")?;
                show(target, &server.answer(server.revoke_key(key.id, why.text())).await?)
            }
        }
    }
}

/// The whole id of a key.
async fn of(server: &Server, id: &Id) -> Result<Uuid, Failure> {
    let keys = if id.is_short() { server.all(server.keys(KeyFilter::default())).await? } else { Vec::new() };
    id.among("key", keys.into_iter().map(|key| (key.id, key.name)))
}

impl InDatabase {
    /// Shows the key that was made.
    pub(crate) fn show(&self, made: &KeyWithText) -> Result<(), Failure> {
        show_text(self.json, made)
    }
}

impl Create {
    fn new_key(&self) -> Result<NewKey, Failure> {
        Ok(NewKey {
            name: self.name.clone(),
            scopes: self.scopes.clone(),
            types: (!self.types.is_empty()).then(|| self.types.clone()),
            expires_at: self.expires.map(from_now).transpose()?,
            max_requests_per_second: self.max_rps,
        })
    }
}

/// An instant for the server, which alone judges it.
#[expect(clippy::disallowed_methods, reason = "a length that a person says counts from when it is said")]
fn from_now(length: Duration) -> Result<DateTime<Utc>, Failure> {
    let at = TimeDelta::from_std(length).ok().and_then(|length| Utc::now().checked_add_signed(length));
    let latest = DateTime::parse_from_rfc3339("9999-12-31T23:59:59Z").map(|latest| latest.to_utc());
    at.filter(|at| latest.is_ok_and(|latest| *at <= latest))
        .ok_or_else(|| Failure::Error("--expires is too long: it must end before the year 10000".to_owned()))
}

fn show(target: &Target, key: &WireKey) -> Result<(), Failure> {
    output::one(target, key, key_table::key)
}

/// The text alone, or the whole key as JSON.
fn show_text(json: bool, made: &KeyWithText) -> Result<(), Failure> {
    if json { output::json(made) } else { output::text(&made.key) }
}
