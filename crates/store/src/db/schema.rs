//! The schema of the database that holds the tables: several installations share one database, each with a schema of its own.
//!
//! Every session and, behind a pooler by transaction, every transaction says which schema is its own, whatever the role or the database has as
//! `search_path`: an installation that found another one's tables would serve them.

use std::sync::Arc;

use sqlx::{SqlSafeStr, SqlStr};

use super::session::{MIGRATING, POOLED_BEGIN, SESSION};

/// Bytes of a name at the most: what carries it besides, as the channel of announcements, has to fit in the 63 of a name of Postgres.
const LONGEST: usize = 40;

/// The name of a schema; the default is `public`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schema(Arc<str>);

/// Why a text names no schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a schema's name is 1 to {LONGEST} of the characters a-z, 0-9 and _, begins with no digit, and not with pg_ or as information_schema"
)]
pub struct NoSchema;

/// What is said to Postgres in the name of a schema.
#[derive(Debug)]
pub(super) struct Texts {
    /// The settings of a session.
    pub(super) session: SqlStr,
    /// Begins a transaction in whichever session a pooler gives it.
    pub(super) pooled_begin: SqlStr,
    /// The settings of a session that migrates.
    pub(super) migrating: SqlStr,
    /// Makes the schema, if it is not there.
    pub(super) make: SqlStr,
    /// Begins a transaction that looks for tables in it, and nowhere else: behind a pooler, too, and nothing of it stays there.
    pub(super) look: SqlStr,
}

impl Schema {
    /// The schema with this name.
    ///
    /// # Errors
    /// It is not one that can be given.
    pub fn parse(name: &str) -> Result<Self, NoSchema> {
        let first = name.bytes().next().ok_or(NoSchema)?;
        let fits = name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'));
        let reserved = name.starts_with("pg_") || name == "information_schema";
        if fits && !first.is_ascii_digit() && !reserved && name.len() <= LONGEST {
            Ok(Self(name.into()))
        } else {
            Err(NoSchema)
        }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.0
    }

    /// What tells this installation from others in the database; `None`: it is the default one.
    pub(crate) fn mark(&self) -> Option<&str> {
        (*self != Self::default()).then_some(&*self.0)
    }

    pub(super) fn texts(&self) -> Texts {
        let name = &self.0;
        let path = format!("search_path = \"{name}\", pg_temp");
        Texts {
            session: text(format!("{SESSION}; SET {path}")),
            pooled_begin: text(format!("{POOLED_BEGIN}; SET LOCAL {path}; {}", note_history(name))),
            migrating: text(format!("{MIGRATING}; SET {path}")),
            // IF NOT EXISTS asks for the right to make one before it looks.
            make: text(format!(
                "DO $$ BEGIN IF to_regnamespace('\"{name}\"') IS NULL THEN CREATE SCHEMA \"{name}\"; END IF; END $$"
            )),
            look: text(format!("BEGIN; SET LOCAL {path}")),
        }
    }
}

impl Default for Schema {
    fn default() -> Self {
        Self("public".into())
    }
}

impl std::str::FromStr for Schema {
    type Err = NoSchema;

    fn from_str(name: &str) -> Result<Self, NoSchema> {
        Self::parse(name)
    }
}

/// Has a session of Postgres look whether its database was restored, once for each installation and each table that it finds: the only settings that stay
/// in a session that a pooler lends. A restore of the database ends all of these, but not the connections to the pooler.
fn note_history(name: &str) -> String {
    let (setting, found) =
        (format!("windlass.history_noted_{name}"), "'event_histories'::regclass::oid::text");
    format!(
        "SELECT set_config('{setting}', {found}, false) FROM windlass_note_history()
         WHERE current_setting('{setting}', true) IS DISTINCT FROM {found}"
    )
}

/// A statement with a name in it: SET and CREATE SCHEMA take no parameters. A name is letters, digits and `_`.
fn text(statement: String) -> SqlStr {
    // Shared by all that say it.
    sqlx::AssertSqlSafe(Arc::<str>::from(statement)).into_sql_str()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_letters_digits_and_underscores() {
        for name in ["public", "a", "_a1", "windlass_2", "user", &"a".repeat(LONGEST)] {
            assert_eq!(Schema::parse(name).unwrap().name(), name);
        }
        for name in [
            "",
            "1a",
            "A",
            "a-b",
            "a b",
            "ä",
            "a\"",
            "a.b",
            "pg_x",
            "information_schema",
            &"a".repeat(LONGEST + 1),
        ] {
            assert_eq!(Schema::parse(name), Err(NoSchema), "{name}");
        }
    }

    fn settings<'a>(text: &'a str, set: &str) -> Vec<&'a str> {
        text.split(';').filter_map(|part| part.trim().strip_prefix(set)).collect()
    }

    #[test]
    fn a_transaction_behind_a_pooler_has_the_settings_that_a_session_has_elsewhere() {
        let texts = Schema::parse("other").unwrap().texts();
        let of_sessions = ["idle_session_timeout", "default_transaction"];
        let mut expected = settings(texts.session.as_str(), "SET ");
        expected.retain(|setting| !of_sessions.iter().any(|name| setting.starts_with(name)));
        assert_eq!(settings(texts.pooled_begin.as_str(), "SET LOCAL "), expected);
        assert_eq!(expected.len(), 13);
        assert!(expected.contains(&"search_path = \"other\", pg_temp"));
    }
}
