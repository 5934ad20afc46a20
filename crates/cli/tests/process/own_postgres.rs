//! The server's own Postgres over its life: made, run, guarded, taken over, started again.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use rustix::process::{Signal, getpgid, kill_process};

use crate::http::ask;
use crate::running::{
    TestDirectory, Windlass, assert_job_is_there, create_job, eventually, lives, serve_refused,
};

#[test]
fn what_was_stored_is_there_after_a_restart_and_nothing_runs_in_between() {
    let directory = TestDirectory::new();
    let first = Windlass::serve(&directory);
    let postmaster = directory.postmaster().expect("Postgres runs");
    let job = create_job(&first);
    first.stop();
    assert!(!lives(postmaster), "Postgres outlived the server");
    assert_eq!(directory.postmaster(), None);

    let second = Windlass::serve(&directory);
    assert_job_is_there(&second, &job);
    second.stop();
}

#[test]
fn the_data_directory_is_closed_to_others_and_postgres_listens_on_no_address() {
    let directory = TestDirectory::new();
    let windlass = Windlass::serve(&directory);
    assert_eq!(fs::metadata(directory.data()).unwrap().permissions().mode() & 0o777, 0o700);
    // Line 6 of the server's file is the address it listens on.
    assert_eq!(directory.postmaster_line(5).as_deref(), Some(""));
    assert_eq!(directory.postmaster_line(4).as_deref(), directory.data().to_str());
    windlass.stop();
}

#[test]
fn postgres_runs_in_a_process_group_of_its_own_so_that_ctrl_c_does_not_reach_it() {
    let directory = TestDirectory::new();
    let windlass = Windlass::serve(&directory);
    let postmaster = directory.postmaster().unwrap();
    assert_ne!(getpgid(Some(postmaster)).unwrap(), getpgid(Some(windlass.pid())).unwrap());
    windlass.stop();
}

#[test]
fn a_second_server_on_the_directory_is_refused_and_the_first_goes_on() {
    let directory = TestDirectory::new();
    let first = Windlass::serve(&directory);
    let postmaster = directory.postmaster();
    let message = serve_refused(&["--data-dir", directory.data().to_str().unwrap()]);
    assert!(message.contains("in use by another windlass"), "{message}");
    assert!(message.contains(&format!("process {}", first.pid())), "{message}");
    assert_eq!(directory.postmaster(), postmaster);
    assert_eq!(ask(first.address(), "GET", "/readyz", "").status, 200);
    first.stop();
}

#[test]
fn the_postgres_that_a_killed_server_left_running_is_taken_over_with_all_data() {
    let directory = TestDirectory::new();
    let mut killed = Windlass::serve(&directory);
    let job = create_job(&killed);
    let orphan = directory.postmaster().unwrap();
    killed.signal(Signal::KILL);
    killed.ended();
    assert!(lives(orphan), "a killed server cannot have stopped its Postgres");

    let next = Windlass::serve(&directory);
    assert!(!lives(orphan), "two servers on one cluster");
    assert_job_is_there(&next, &job);
    next.stop();
    assert_eq!(directory.postmaster(), None);
}

#[test]
fn a_left_over_file_that_names_a_process_of_somebody_else_is_not_believed() {
    let directory = TestDirectory::new();
    let victim = Windlass::serve(&directory);
    let stranger = TestDirectory::new();
    Windlass::serve(&stranger).stop();
    // As after a reboot: the file is of an earlier run, and its process id is another's by now.
    let file = stranger.data().join("postgres/postmaster.pid");
    let gone =
        format!("{}\n{}\n0\n5432\n{}\n\n", std::process::id(), file.display(), stranger.data().display());
    fs::write(&file, gone).unwrap();
    Windlass::serve(&stranger).stop();

    // As after copying a directory while its server runs: the file leads to a Postgres, but not to ours.
    let pointing = format!("{}\n{}\n0\n5432\n{}\n\n", i32::MAX, file.display(), directory.data().display());
    fs::write(&file, pointing).unwrap();
    Windlass::serve(&stranger).stop();
    assert_eq!(ask(victim.address(), "GET", "/readyz", "").status, 200);
    victim.stop();
}

#[test]
fn a_postgres_that_dies_is_started_again_and_the_server_gets_well_by_itself() {
    let directory = TestDirectory::new();
    let windlass = Windlass::serve(&directory);
    let job = create_job(&windlass);
    let first = directory.postmaster().unwrap();
    kill_process(first, Signal::KILL).unwrap();
    eventually("another Postgres runs", || {
        directory.postmaster().is_some_and(|pid| pid != first && lives(pid))
    });
    eventually("the server is ready", || ask(windlass.address(), "GET", "/readyz", "").status == 200);
    assert_job_is_there(&windlass, &job);
    windlass.stop();
}

#[test]
fn a_server_that_cannot_keep_its_postgres_running_ends_with_an_error() {
    let directory = TestDirectory::new();
    let mut windlass = Windlass::serve(&directory);
    // Without this file no Postgres starts here again.
    fs::rename(directory.data().join("postgres/global/pg_control"), directory.data().join("gone")).unwrap();
    kill_process(directory.postmaster().unwrap(), Signal::KILL).unwrap();
    let status = windlass.ended();
    assert_eq!(status.code(), Some(1));
    assert!(windlass.said().contains("times in a row"), "{}", windlass.said());
}

#[test]
fn a_path_too_long_for_a_socket_works_and_its_substitute_goes_with_the_server() {
    let directory = TestDirectory::with_path(&format!("{}/{}", "a".repeat(60), "b".repeat(60)));
    let windlass = Windlass::serve(&directory);
    let socket = directory.postmaster_line(4).unwrap();
    let elsewhere = Path::new(&socket);
    assert!(!elsewhere.starts_with(directory.data()) && elsewhere.is_dir(), "{socket}");
    assert_eq!(fs::metadata(elsewhere).unwrap().permissions().mode() & 0o777, 0o700);
    windlass.stop();
    assert!(!elsewhere.exists());
}

#[test]
fn a_killed_servers_substitute_socket_directory_goes_with_the_next_start() {
    let directory = TestDirectory::with_path(&format!("{}/{}", "a".repeat(60), "b".repeat(60)));
    let mut killed = Windlass::serve(&directory);
    let socket = directory.postmaster_line(4).unwrap();
    killed.signal(Signal::KILL);
    killed.ended();
    Windlass::serve(&directory).stop();
    assert!(!Path::new(&socket).exists());
}

#[test]
fn migrate_alone_makes_the_cluster_and_leaves_nothing_running() {
    let directory = TestDirectory::new();
    let data = directory.data();
    let mut migrate = Windlass::begin(&["migrate", "--data-dir", data.to_str().unwrap()]);
    let status = migrate.ended();
    assert!(status.success(), "{}", migrate.said());
    assert!(data.join("postgres/PG_VERSION").exists());
    assert_eq!(directory.postmaster(), None);
}
