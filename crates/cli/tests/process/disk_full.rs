//! A database without disk space.

use crate::http::ask;
use crate::running::{Windlass, assert_job_is_there, create_job, eventually};
use crate::test_database::TestDatabase;

/// As Postgres says it when a file cannot grow.
const FULL: &str = "CREATE FUNCTION no_space() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        RAISE disk_full USING MESSAGE = 'could not extend file \"base/5/2608\": No space left on device';
    END $$;
    CREATE TRIGGER no_space BEFORE INSERT OR UPDATE ON servers EXECUTE FUNCTION no_space();
    CREATE TRIGGER no_space BEFORE INSERT OR UPDATE ON jobs EXECUTE FUNCTION no_space()";

#[test]
fn a_full_disk_is_named_and_a_server_works_on_once_there_is_space() {
    let database = TestDatabase::create();
    let windlass = Windlass::serve_with(&["--database-url", &database.url()]);
    let job = create_job(&windlass);
    let ready = || ask(windlass.address(), "GET", "/readyz", "");
    assert_eq!(ready().status, 200);

    database.sql(FULL);
    eventually("the cause is named", || ready().status == 503);
    let said = ready();
    assert_eq!(said.body["code"], "database_unavailable", "{}", said.text);
    assert!(said.body["detail"].as_str().unwrap().contains("no disk space left"), "{}", said.text);
    let refused = ask(windlass.address(), "POST", "/v1/jobs", r#"{"type": "stays"}"#);
    assert_eq!((refused.status, refused.body["code"].as_str()), (503, Some("database_unavailable")));
    assert!(refused.head.contains("retry-after: "), "{}", refused.head);
    assert_job_is_there(&windlass, &job);

    database.sql("DROP FUNCTION no_space CASCADE");
    eventually("the server is ready again", || ready().status == 200);
    assert_job_is_there(&windlass, &create_job(&windlass));
    windlass.stop();
    assert_eq!(database.violations(), "");
}
