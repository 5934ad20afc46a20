//! What belongs to whom: nothing is removed, changed or handed over because of a name, or of what a file says.
//!
//! A process of Postgres's user can write in the data directory, and root starts the server there.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, lchown, symlink};
use std::path::{Path, PathBuf};

use rustix::process::{Pid, Signal};
use tempfile::TempDir;

use crate::running::{TestDirectory, Windlass, assert_job_is_there, create_job, directories, serve_refused};

/// Somebody's directory with something precious in it.
fn victim(prefix: &str) -> TempDir {
    let victim = tempfile::Builder::new().prefix(prefix).tempdir_in(directories()).unwrap();
    fs::set_permissions(victim.path(), PermissionsExt::from_mode(0o700)).unwrap();
    fs::write(victim.path().join("precious"), "precious").unwrap();
    victim
}

fn assert_unharmed(file: &Path) {
    assert_eq!(fs::read_to_string(file).unwrap(), "precious", "{}", file.display());
}

#[test]
fn a_data_directory_that_is_named_like_a_sockets_home_outlives_a_stop_and_a_kill() {
    let directory = TestDirectory::named("windlass-", "data");
    let stopped = Windlass::serve(&directory);
    let job = create_job(&stopped);
    stopped.stop();
    let mut killed = Windlass::serve(&directory);
    assert_job_is_there(&killed, &job);
    killed.signal(Signal::KILL);
    killed.ended();
    let next = Windlass::serve(&directory);
    assert_job_is_there(&next, &job);
    next.stop();
}

#[test]
fn a_directory_that_postgres_own_file_names_is_not_removed() {
    let directory = TestDirectory::new();
    Windlass::serve(&directory).stop();
    let (decoy, elsewhere, alike) = (victim("windlass-"), victim("other-"), victim("windlass-"));
    let below_decoy = decoy.path().join("../..").join(elsewhere.path().strip_prefix("/").unwrap());
    for named in [below_decoy.as_path(), alike.path()] {
        // A living process that is none of ours, so that the file is taken for stale.
        let lines = format!("{}\n/\n0\n5432\n{}\n\n", std::process::id(), named.display());
        fs::write(directory.data().join("postgres/postmaster.pid"), lines).unwrap();
        Windlass::serve(&directory).stop();
    }
    for victim in [&decoy, &elsewhere, &alike] {
        assert_unharmed(&victim.path().join("precious"));
    }
}

#[test]
fn a_lock_file_that_leads_to_another_file_is_refused_and_that_file_unharmed() {
    let directory = TestDirectory::new();
    Windlass::serve(&directory).stop();
    let victim = victim("victim-");
    let precious = victim.path().join("precious");
    let lock = directory.data().join("windlass.lock");
    let links: [fn(&PathBuf, &PathBuf) -> std::io::Result<()>; 2] =
        [|file, link| symlink(file, link), |file, link| fs::hard_link(file, link)];
    for link in links {
        fs::remove_file(&lock).unwrap();
        link(&precious, &lock).unwrap();
        let message = serve_refused(&["--data-dir", directory.data().to_str().unwrap()]);
        assert!(message.contains("windlass.lock"), "{message}");
        assert_unharmed(&precious);
    }
}

#[test]
fn a_directory_behind_a_strangers_link_is_not_handed_over() {
    if !rustix::process::geteuid().is_root() {
        // Nobody else hands a directory over.
        return;
    }
    let (directory, victim) = (TestDirectory::new(), tempfile::tempdir_in("/tmp").unwrap());
    fs::set_permissions(victim.path(), PermissionsExt::from_mode(0o755)).unwrap();
    symlink(victim.path(), directory.data()).unwrap();
    lchown(directory.data(), Some(65_534), Some(65_534)).unwrap();
    for data in [directory.data(), directory.data().join("data")] {
        let message = serve_refused(&["--data-dir", data.to_str().unwrap()]);
        assert!(message.contains("link of user id 65534"), "{message}");
    }
    let after = fs::metadata(victim.path()).unwrap();
    assert_eq!((after.uid(), after.mode() & 0o777), (0, 0o755));
    assert_eq!(fs::read_dir(victim.path()).unwrap().count(), 0);
}

/// A process's environment as it was set; its user and its own children can read it.
fn environment(process: Pid) -> String {
    let bytes = fs::read(format!("/proc/{process}/environ")).unwrap();
    String::from_utf8_lossy(&bytes).replace('\0', "\n")
}

fn children(process: Pid) -> Vec<Pid> {
    let children = fs::read_to_string(format!("/proc/{process}/task/{process}/children")).unwrap();
    children.split_whitespace().filter_map(|child| Pid::from_raw(child.parse().ok()?)).collect()
}

#[test]
fn postgres_gets_no_secret_of_the_servers_environment() {
    let directory = TestDirectory::new();
    let secrets =
        [("AWS_SECRET_ACCESS_KEY", "cloud-key"), ("OTEL_EXPORTER_OTLP_HEADERS", "authorization=trace-key")];
    let windlass =
        Windlass::serve_with_variables(&["--data-dir", directory.data().to_str().unwrap()], &secrets);
    let postmaster = directory.postmaster().unwrap();
    let own = environment(postmaster);
    assert!(own.contains("LC_ALL=C") && own.contains("PATH="), "this is not Postgres's environment: {own}");
    let processes = children(postmaster);
    assert!(!processes.is_empty(), "a Postgres has children");
    for process in processes.into_iter().chain([postmaster]) {
        let set = environment(process);
        assert!(!set.contains("cloud-key") && !set.contains("trace-key"), "{process} has {set}");
    }
    windlass.stop();
}
