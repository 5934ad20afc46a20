//! Which Postgres is needed, and how to get it.

/// The oldest major version that the store's SQL is written for and tested on.
pub(crate) const OLDEST_MAJOR: u32 = 15;

/// What to install where, for the message of a machine without Postgres.
pub(crate) const INSTALL: &str = "\n  Debian, Ubuntu:  apt-get install postgresql\
     \n  Fedora, RHEL:    dnf install postgresql-server\
     \n  Arch:            pacman -S postgresql\
     \n  Alpine:          apk add postgresql16 postgresql16-client\
     \n  macOS:           brew install postgresql@16\
     \nor set a database with --database-url";
