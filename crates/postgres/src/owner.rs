//! As whom Postgres runs: as ourselves, or, since it refuses root, as an unprivileged user.

use std::fs::{self, Metadata};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::error::ClusterError;

/// Users that root may become, in order of preference.
const UNPRIVILEGED: [&str; 3] = ["windlass", "postgres", "nobody"];

/// A user that Postgres runs as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct User {
    pub(crate) uid: u32,
    pub(crate) gid: u32,
    pub(crate) name: String,
}

/// The user to become, or `None` to stay who we are. `owner` is of the data directory, if it is there, and
/// `cluster` of the cluster in it.
///
/// A directory that is not root's stays with its owner, and so does what lies in it: what another user has
/// put there is not taken for that user's request.
pub(crate) fn user_to_become(
    directory: &Path,
    owner: Option<&Metadata>,
    cluster: Option<&Metadata>,
) -> Result<Option<User>, ClusterError> {
    let foreign = |uid| ClusterError::Foreign { directory: directory.to_owned(), uid };
    let me = rustix::process::geteuid().as_raw();
    let (owner, cluster) = (owner.map(Owner::of), cluster.map(Owner::of));
    // Root's own directory may hold another's cluster: only root can have put it there.
    let settled = match (owner, cluster) {
        (Some(owner), Some(cluster)) if owner.uid != 0 && owner.uid != cluster.uid => {
            return Err(foreign(cluster.uid));
        }
        (Some(owner), _) if owner.uid != 0 => Some(owner),
        (_, cluster) => cluster.filter(|cluster| cluster.uid != 0),
    };
    match settled {
        Some(settled) if settled.uid == me => Ok(None),
        Some(settled) if me != 0 => Err(foreign(settled.uid)),
        None if me != 0 && owner.is_some() => Err(foreign(0)),
        None if me != 0 => Ok(None),
        Some(settled) => Ok(Some(of_id(&passwd(), settled))),
        None => unprivileged(&passwd()).map(Some),
    }
}

/// Whose something is.
#[derive(Debug, Clone, Copy)]
struct Owner {
    uid: u32,
    gid: u32,
}

impl Owner {
    fn of(metadata: &Metadata) -> Self {
        Self { uid: metadata.uid(), gid: metadata.gid() }
    }
}

/// Refuses a directory with one on its path that `user` may not enter, such as /root: Postgres
/// would say so too, but not which.
pub(crate) fn check_reachable(directory: &Path, user: &User) -> Result<(), ClusterError> {
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

fn passwd() -> String {
    fs::read_to_string("/etc/passwd").unwrap_or_default()
}

fn unprivileged(passwd: &str) -> Result<User, ClusterError> {
    UNPRIVILEGED
        .iter()
        .find_map(|name| users(passwd).find(|user| user.name == *name))
        .ok_or(ClusterError::NoUser)
}

/// A user by its number, with the group that it logs in with: a directory may have one that its owner is not
/// in. Users defined elsewhere have the directory's.
fn of_id(passwd: &str, owner: Owner) -> User {
    let unlisted = || User { uid: owner.uid, gid: owner.gid, name: format!("id {}", owner.uid) };
    users(passwd).find(|user| user.uid == owner.uid).unwrap_or_else(unlisted)
}

/// From lines of `name:password:uid:gid:…`; without root.
fn users(passwd: &str) -> impl Iterator<Item = User> {
    passwd.lines().filter_map(|line| {
        let entry: Vec<&str> = line.split(':').collect();
        let [name, _, uid, gid, ..] = entry[..] else { return None };
        Some(User { uid: id(uid)?, gid: id(gid)?, name: name.to_owned() })
    })
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
    use std::os::unix::fs::{PermissionsExt, chown};

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
    fn a_user_has_the_group_of_its_login_not_that_of_its_directory() {
        let postgres = of_id(PASSWD, Owner { uid: 101, gid: 42 });
        assert_eq!((postgres.gid, postgres.name.as_str()), (104, "postgres"));
        assert_eq!(of_id(PASSWD, Owner { uid: 7, gid: 42 }).gid, 42);
    }

    #[test]
    fn a_directory_of_one_user_with_the_cluster_of_another_is_refused() {
        if !rustix::process::geteuid().is_root() {
            // Nobody else can make a file that is not his own.
            return;
        }
        let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let owned = |directory: &tempfile::TempDir, uid| {
            chown(directory.path(), Some(uid), Some(uid)).unwrap();
            fs::metadata(directory.path()).unwrap()
        };
        let (one, other) = (owned(&one, 4711), owned(&other, 4712));
        let directory = Path::new("/data");
        let error = user_to_become(directory, Some(&one), Some(&other)).unwrap_err();
        assert!(matches!(error, ClusterError::Foreign { uid: 4712, .. }), "{error}");
        for cluster in [None, Some(&one)] {
            assert_eq!(user_to_become(directory, Some(&one), cluster).unwrap().unwrap().uid, 4711);
        }
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
