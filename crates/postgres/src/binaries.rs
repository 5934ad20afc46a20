//! Finds the installed Postgres server binaries.
//!
//! Distributions install them outside the PATH, several versions side by side. A directory counts as an
//! installation if it holds every program that we run, so a client-only package is passed over.

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use crate::child;
use crate::error::ClusterError;
use crate::owner::User;
use crate::requirement::OLDEST_MAJOR;

/// The programs that we run.
const PROGRAMS: [&str; 5] = ["postgres", "initdb", "pg_ctl", "pg_isready", "psql"];

/// Where systems put them: parent directory, beginning of the entry's name, what follows below it.
const LAYOUTS: [(&str, &str, &str); 10] = [
    // Debian, Ubuntu.
    ("/usr/lib/postgresql", "", "bin"),
    // Fedora, RHEL with the project's own packages.
    ("/usr", "pgsql-", "bin"),
    // SUSE.
    ("/usr/lib", "postgresql", "bin"),
    // Alpine.
    ("/usr/libexec", "postgresql", ""),
    // Built from source.
    ("/usr/local", "pgsql", "bin"),
    // Homebrew on ARM, on Intel, on Linux.
    ("/opt/homebrew/opt", "postgresql", "bin"),
    ("/usr/local/opt", "postgresql", "bin"),
    ("/home/linuxbrew/.linuxbrew/opt", "postgresql", "bin"),
    // MacPorts.
    ("/opt/local/lib", "postgresql", "bin"),
    // Postgres.app.
    ("/Applications/Postgres.app/Contents/Versions", "", "bin"),
];

/// One installed version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Installation {
    directory: PathBuf,
    major: u32,
}

impl Installation {
    /// The installation to run: of the asked major version if there is data of it, else the one on the
    /// PATH, else the newest. `only` restricts the search to one directory; `user` is asked to run them, since
    /// not all usual directories are root's.
    pub(crate) fn find(
        only: Option<&Path>,
        data: Option<(&Path, u32)>,
        user: Option<&User>,
    ) -> Result<Self, ClusterError> {
        let directories = match only {
            Some(directory) => vec![directory.to_owned()],
            None => candidates(env::var_os("PATH").as_deref()),
        };
        let found: Vec<Self> = directories.iter().filter_map(|directory| Self::at(directory, user)).collect();
        choose(found, only, data)
    }

    /// The path of one of the installation's programs.
    pub(crate) fn program(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }

    fn at(directory: &Path, user: Option<&User>) -> Option<Self> {
        if !PROGRAMS.iter().all(|program| directory.join(program).is_file()) {
            return None;
        }
        let output = child::command(&directory.join("postgres"), user).arg("--version").output().ok()?;
        let major = major_of(&String::from_utf8_lossy(&output.stdout))?;
        Some(Self { directory: directory.to_owned(), major })
    }
}

/// `found` is in order of preference.
fn choose(
    found: Vec<Installation>,
    only: Option<&Path>,
    data: Option<(&Path, u32)>,
) -> Result<Installation, ClusterError> {
    let Some(newest) = found.iter().map(|installation| installation.major).max() else {
        let looked = only.map_or_else(String::new, |directory| format!(" in {}", directory.display()));
        return Err(ClusterError::NoBinaries { looked });
    };
    let Some((directory, made_by)) = data else {
        let usable = found.into_iter().find(|installation| installation.major >= OLDEST_MAJOR);
        return usable.ok_or(ClusterError::TooOld { found: newest });
    };
    let directories: Vec<String> =
        found.iter().map(|one| format!("{} ({})", one.major, one.directory.display())).collect();
    found.into_iter().find(|installation| installation.major == made_by).ok_or_else(|| {
        ClusterError::OtherMajor { directory: directory.to_owned(), made_by, found: directories.join(", ") }
    })
}

/// The PATH's directories, then the usual ones, the newest version first.
fn candidates(path: Option<&OsStr>) -> Vec<PathBuf> {
    let mut directories = Vec::new();
    for directory in path.map(env::split_paths).into_iter().flatten() {
        // Some systems link a few of the programs into the PATH: their siblings lie where the link leads.
        if let Ok(postgres) = fs::canonicalize(directory.join("postgres")) {
            directories.push(directory);
            directories.extend(postgres.parent().map(Path::to_owned));
        }
    }
    let mut usual: Vec<PathBuf> = LAYOUTS.iter().flat_map(|layout| entries(*layout)).collect();
    usual.sort_by_key(|directory| std::cmp::Reverse(version_in(directory)));
    directories.extend(usual);
    directories
}

fn entries((parent, beginning, below): (&str, &str, &str)) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(parent) else { return Vec::new() };
    entries
        .filter_map(Result::ok)
        .filter(|entry| entry.file_name().to_string_lossy().starts_with(beginning))
        .map(|entry| entry.path().join(below))
        .collect()
}

/// The number in a path such as `/usr/lib/postgresql/15/bin`; only orders what is looked at first.
fn version_in(directory: &Path) -> u32 {
    let text = directory.to_string_lossy();
    text.split(|character: char| !character.is_ascii_digit())
        .filter_map(|part| part.parse().ok())
        .max()
        .unwrap_or(0)
}

/// From `postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)`; also of betas such as `19beta1`.
fn major_of(version: &str) -> Option<u32> {
    let (_, number) = version.split_once("(PostgreSQL) ")?;
    let digits: String = number.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn installed(majors: &[u32]) -> Vec<Installation> {
        majors
            .iter()
            .map(|&major| Installation { directory: format!("/opt/{major}").into(), major })
            .collect()
    }

    #[test]
    fn the_major_version_is_read_from_what_postgres_says() {
        assert_eq!(major_of("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n"), Some(15));
        assert_eq!(major_of("postgres (PostgreSQL) 19beta1\n"), Some(19));
        assert_eq!(major_of("postgres (EnterpriseDB) 16.1\n"), None);
    }

    #[test]
    fn data_decides_the_version_and_preference_decides_without_data() {
        let data = Path::new("/data");
        assert_eq!(choose(installed(&[16, 17, 15]), None, None).unwrap().major, 16);
        assert_eq!(choose(installed(&[14, 17]), None, None).unwrap().major, 17);
        assert_eq!(choose(installed(&[16, 17, 15]), None, Some((data, 15))).unwrap().major, 15);
    }

    #[test]
    fn a_version_that_cannot_be_used_is_named() {
        let old = choose(installed(&[13, 14]), None, None).unwrap_err().to_string();
        assert!(old.contains("is 14") && old.contains("15 or newer"), "{old}");
        let other = choose(installed(&[16]), None, Some((Path::new("/data"), 15))).unwrap_err().to_string();
        assert!(other.contains("/data was made by Postgres 15") && other.contains("16 (/opt/16)"), "{other}");
    }

    #[test]
    fn a_machine_without_postgres_is_shown_what_to_install() {
        let none = choose(Vec::new(), Some(Path::new("/empty")), None).unwrap_err().to_string();
        for said in ["in /empty", "apt-get install postgresql", "dnf", "pacman", "apk", "brew"] {
            assert!(none.contains(said), "{none}");
        }
    }

    #[test]
    fn a_directory_that_lacks_a_program_is_no_installation() {
        let directory = tempfile::tempdir().unwrap();
        for program in &PROGRAMS[1..] {
            fs::write(directory.path().join(program), "").unwrap();
        }
        assert_eq!(Installation::at(directory.path(), None), None);
    }

    #[test]
    fn the_version_of_a_path_is_its_number() {
        assert_eq!(version_in(Path::new("/usr/lib/postgresql/15/bin")), 15);
        assert_eq!(version_in(Path::new("/opt/homebrew/opt/postgresql@17/bin")), 17);
        assert_eq!(version_in(Path::new("/usr/local/pgsql/bin")), 0);
    }
}
