//! Servers say in the database that they run.

use rustix::process::Signal;

use crate::running::{Windlass, eventually};
use crate::test_database::TestDatabase;

#[test]
fn a_server_is_registered_with_its_version_for_as_long_as_it_runs() {
    let database = TestDatabase::create();
    let serve = || Windlass::serve_with(&["--database-url", &database.url()]);
    let servers = || database.sql("SELECT count(*) FROM servers");
    let row = |what: &str| database.sql(&format!("SELECT {what} FROM servers"));
    let windlass = serve();
    eventually("it is registered", || servers() == "1");
    assert_eq!(row("version"), env!("CARGO_PKG_VERSION"));
    let (id, first) = (row("id"), row("seen_at"));
    eventually("it is seen again", || row(&format!("seen_at > TIMESTAMPTZ '{first}'")) == "t");
    assert_eq!(row("id"), id);
    windlass.stop();
    assert_eq!(servers(), "0", "its end is an orderly one");
}

#[test]
fn a_server_that_was_killed_is_forgotten_by_the_others_after_an_hour() {
    let database = TestDatabase::create();
    let serve = || Windlass::serve_with(&["--database-url", &database.url()]);
    let servers = || database.sql("SELECT count(*) FROM servers");
    let mut killed = serve();
    eventually("it is registered", || servers() == "1");
    killed.signal(Signal::KILL);
    killed.ended();
    let other = serve();
    eventually("the other is registered", || servers() == "2");
    database.sql("UPDATE servers SET seen_at = seen_at - interval '59 minutes'");
    let seen = || database.sql("SELECT count(*) FROM servers WHERE seen_at > now() - interval '1 minute'");
    eventually("the other is seen again", || seen() == "1");
    assert_eq!(servers(), "2");
    database.sql("UPDATE servers SET seen_at = seen_at - interval '1 minute 1 second'");
    eventually("the killed one is forgotten", || servers() == "1");
    other.stop();
}
