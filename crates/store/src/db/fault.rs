//! What a fault of the database means: try again, try later, or a defect.

/// Whether two transactions met and this one lost: it may simply be run again. A key that two requests bring
/// at once (23505) is found by the second when it is run again.
pub(crate) fn is_conflict(error: &sqlx::Error) -> bool {
    error
        .as_database_error()
        .and_then(sqlx::error::DatabaseError::code)
        .is_some_and(|code| ["40P01", "40001", "23505"].contains(&code.as_ref()))
}

/// Faults of the network and of a server that is starting, stopping, full or overrun, by SQLSTATE class:
/// 08 connection, 53 resources, 55P03 a lock's timeout, 57 operator intervention (57014 is a statement's timeout),
/// 25006 and 25P03 a read-only standby and an idle transaction ended, 28 and 3D while a database is being replaced, 55000 while it is closed to
/// connections (`ALLOW_CONNECTIONS false`; no statement of the store's own has another reason for it).
pub(crate) fn is_outage(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::Protocol(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed => true,
        sqlx::Error::Database(source) => source.code().is_some_and(|code| {
            ["08", "53", "57", "28", "3D"].iter().any(|class| code.starts_with(class))
                || ["55000", "55P03", "25006", "25P03", "58030"].contains(&code.as_ref())
        }),
        _ => false,
    }
}

/// Whether nothing can be written there.
pub(super) fn is_read_only(error: &sqlx::Error) -> bool {
    Outage::of(error) == Outage::ReadOnly
}

/// What an outage is, for whoever looks after the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outage {
    /// Nothing can be written: a standby, or made read-only.
    ReadOnly,
    /// The database has no space left.
    DiskFull,
    /// It takes no more connections.
    TooManyConnections,
    /// It takes neither this user nor this password.
    LoginRefused,
    /// A lock is held for longer than a statement waits, as by a migration.
    Locked,
    /// No connection, or no answer on one.
    Away,
}

impl Outage {
    /// What this fault is a sign of.
    pub(crate) fn of(error: &sqlx::Error) -> Self {
        let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
        match code.as_deref() {
            Some("25006") => Self::ReadOnly,
            Some("53100") => Self::DiskFull,
            Some("53300") => Self::TooManyConnections,
            Some("55P03") => Self::Locked,
            Some(code) if code.starts_with("28") => Self::LoginRefused,
            _ => Self::Away,
        }
    }

    /// In words.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ReadOnly => "the database is read-only",
            Self::DiskFull => "the database has no disk space left",
            Self::TooManyConnections => "the database takes no more connections",
            Self::LoginRefused => "the database refuses the user or the password",
            Self::Locked => "a lock in the database is held too long, as by a migration",
            Self::Away => "the database does not answer",
        }
    }
}
