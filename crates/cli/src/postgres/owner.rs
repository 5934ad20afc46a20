//! As whom Postgres runs: as ourselves, or, since it refuses root, as an unprivileged user.

use std::fs::{self, Metadata};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::ClusterError;

/// Users that root may become, in order of preference.
const UNPRIVILEGED: [&str; 3] = ["windlass", "postgres", "nobody"];

/// A user that Postgres runs as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct User {
    pub(super) uid: u32,
    pub(super) gid: u32,
    pub(super) name: String,
}

/// The user to become, or `None` to stay who we are. An existing cluster must stay with its owner.
pub(super) fn user_to_become(
    directory: &Path,
    cluster: Option<&Metadata>,
) -> Result<Option<User>, ClusterError> {
    let me = rustix::process::geteuid().as_raw();
    match cluster {
        Some(cluster) if cluster.uid() == me && me != 0 => Ok(None),
        Some(cluster) if me != 0 => {
            Err(ClusterError::Foreign { directory: directory.to_owned(), uid: cluster.uid() })
        }
        Some(cluster) if cluster.uid() != 0 => {
            Ok(Some(User { uid: cluster.uid(), gid: cluster.gid(), name: format!("id {}", cluster.uid()) }))
        }
        None if me != 0 => Ok(None),
        _ => unprivileged(&fs::read_to_string("/etc/passwd").unwrap_or_default()).map(Some),
    }
}

/// Refuses a directory on whose path stands one that `user` may not enter, such as /root: Postgres
/// would say so too, but not which.
pub(super) fn check_reachable(directory: &Path, user: &User) -> Result<(), ClusterError> {
    let barrier = directory
        .ancestors()
        .skip(1)
        .find(|ancestor| fs::metadata(ancestor).is_ok_and(|metadata| !may_enter(&metadata, user)));
    match barrier {
        None => Ok(()),
        Some(barrier) => Err(ClusterError::Unreachable {
            directory: directory.to_owned(),
            barrier: PathBuf::from(barrier),
            user: user.name.clone(),
        }),
    }
}

fn may_enter(directory: &Metadata, user: &User) -> bool {
    let enter = if directory.uid() == user.uid {
        0o100
    } else if directory.gid() == user.gid {
        0o010
    } else {
        0o001
    };
    directory.mode() & enter != 0
}

fn unprivileged(passwd: &str) -> Result<User, ClusterError> {
    UNPRIVILEGED.iter().find_map(|name| lookup(passwd, name)).ok_or(ClusterError::NoUser)
}

/// From lines of `name:password:uid:gid:…`.
fn lookup(passwd: &str, name: &str) -> Option<User> {
    let mut entries = passwd.lines().map(|line| line.split(':').collect::<Vec<_>>());
    let entry = entries.find(|entry| entry.first() == Some(&name))?;
    Some(User { uid: id(entry.get(2)?)?, gid: id(entry.get(3)?)?, name: name.to_owned() })
}

/// Some systems write nobody's id as -2.
fn id(text: &str) -> Option<u32> {
    let number: i64 = text.parse().ok()?;
    u32::try_from(number)
        .or_else(|_| i32::try_from(number).map(i32::cast_unsigned))
        .ok()
        .filter(|&id| id != 0)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    const PASSWD: &str = "root:x:0:0:root:/root:/bin/bash\n\
        nobody:x:65534:65533:nobody:/nonexistent:/usr/sbin/nologin\n\
        postgres:x:101:104:PostgreSQL,,,:/var/lib/postgresql:/bin/bash\n";

    #[test]
    fn root_becomes_the_first_of_the_known_users() {
        let user = unprivileged(PASSWD).unwrap();
        assert_eq!(user, User { uid: 101, gid: 104, name: "postgres".into() });
        let without = PASSWD.replace("postgres:x", "mysql:x");
        assert_eq!(unprivileged(&without).unwrap().uid, 65534);
        assert!(matches!(unprivileged("root:x:0:0::/:/bin/sh\n"), Err(ClusterError::NoUser)));
    }

    #[test]
    fn a_negative_id_wraps_and_root_is_never_unprivileged() {
        assert_eq!(id("-2"), Some(u32::MAX - 1));
        assert_eq!(id("0"), None);
        assert_eq!(id("x"), None);
    }

    #[test]
    fn a_closed_directory_on_the_way_is_named() {
        let closed = tempfile::tempdir().unwrap();
        fs::set_permissions(closed.path(), fs::Permissions::from_mode(0o700)).unwrap();
        let owner = fs::metadata(closed.path()).unwrap();
        let stranger = User { uid: owner.uid() + 1, gid: owner.gid() + 1, name: "stranger".into() };
        let error = check_reachable(&closed.path().join("data"), &stranger).unwrap_err().to_string();
        assert!(error.contains(&format!("cannot enter {}", closed.path().display())), "{error}");
        let own = User { uid: owner.uid(), gid: owner.gid(), name: "own".into() };
        assert!(check_reachable(&closed.path().join("data"), &own).is_ok());
    }
}
