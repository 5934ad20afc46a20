//! Starts that cannot work: they end within the bound with one message, and leave everything as it was.

use std::fs;
use std::net::TcpListener;

use crate::running::{TestDirectory, Windlass, contents, refused, serve_refused};

#[test]
fn a_port_that_is_taken_is_named_and_no_postgres_is_left_running() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let directory = TestDirectory::new();
    let (code, said) =
        refused(&["serve", "--listen", &address, "--data-dir", directory.data().to_str().unwrap()]);
    assert_eq!(code, 1);
    assert!(said.contains(&address), "{said}");
    assert_eq!(directory.postmaster(), None);
}

#[test]
fn a_directory_with_other_files_is_refused_and_untouched() {
    let directory = TestDirectory::new();
    fs::create_dir(directory.data()).unwrap();
    fs::write(directory.data().join("holiday.jpg"), "a picture").unwrap();
    let before = contents(&directory.data());
    let message = serve_refused(&["--data-dir", directory.data().to_str().unwrap()]);
    assert!(message.contains("is not a data directory of windlass"), "{message}");
    assert_eq!(contents(&directory.data()), before);
}

#[test]
fn a_data_directory_below_a_file_is_refused_by_name() {
    let directory = TestDirectory::new();
    fs::write(directory.data(), "a file").unwrap();
    let below = directory.data().join("data");
    let message = serve_refused(&["--data-dir", below.to_str().unwrap()]);
    assert!(message.contains(directory.data().to_str().unwrap()), "{message}");
    assert_eq!(fs::read_to_string(directory.data()).unwrap(), "a file");
}

#[test]
fn a_cluster_of_another_major_version_is_refused_with_both_versions() {
    let directory = TestDirectory::new();
    Windlass::serve(&directory).stop();
    let version = directory.data().join("postgres/PG_VERSION");
    let found = fs::read_to_string(&version).unwrap();
    fs::write(&version, "9\n").unwrap();
    let message = serve_refused(&["--data-dir", directory.data().to_str().unwrap()]);
    assert!(message.contains("was made by Postgres 9"), "{message}");
    assert!(message.contains(&format!("found is {}", found.trim())), "{message}");
}

#[test]
fn without_server_binaries_the_message_says_what_to_install_and_makes_nothing() {
    let directory = TestDirectory::new();
    let empty = tempfile::tempdir().unwrap();
    let data = directory.data();
    let message = serve_refused(&[
        "--data-dir",
        data.to_str().unwrap(),
        "--postgres-bin-dir",
        empty.path().to_str().unwrap(),
    ]);
    assert!(message.contains("apt-get install postgresql"), "{message}");
    assert!(!data.exists());
}

#[test]
fn a_flag_that_makes_no_sense_is_refused_before_anything_starts() {
    let directory = TestDirectory::new();
    let data = directory.data();
    for arguments in [["--listen", "nowhere"], ["--log-format", "xml"], ["--speed", "high"]] {
        let (code, said) =
            refused(&["serve", arguments[0], arguments[1], "--data-dir", data.to_str().unwrap()]);
        assert_eq!(code, 2, "{said}");
        assert!(said.contains(arguments[0]), "{said}");
    }
    assert!(!data.exists());
}

#[test]
fn a_settings_file_with_an_unknown_key_is_refused_before_anything_starts() {
    let directory = TestDirectory::new();
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), format!("data_dir = {:?}\nworkers = 3\n", directory.data())).unwrap();
    let message = serve_refused(&["--config", file.path().to_str().unwrap()]);
    assert!(message.contains("workers") && message.contains(file.path().to_str().unwrap()), "{message}");
    assert!(!directory.data().exists());
}
