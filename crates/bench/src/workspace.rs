//! The directory of a run: the cluster, and pgbench's scripts. Removed with the value.

use std::fs::{self, DirBuilder};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use crate::error::BenchError;

/// A directory that the user whom Postgres runs as may enter.
#[derive(Debug)]
pub(crate) struct Workspace {
    path: PathBuf,
}

impl Workspace {
    /// Makes a new one below `parent`.
    pub(crate) fn make(parent: &Path) -> Result<Self, BenchError> {
        let path = parent.join(format!("windlass-bench-{}", uuid::Uuid::new_v4().simple()));
        let made = DirBuilder::new().mode(0o755).create(&path);
        made.map_err(BenchError::refused(format!("cannot make {}", path.display())))?;
        Ok(Self { path })
    }

    /// Where the cluster goes.
    pub(crate) fn data(&self) -> PathBuf {
        self.path.join("data")
    }

    /// Writes a file that everybody may read.
    pub(crate) fn write(&self, name: &str, text: &str) -> Result<PathBuf, BenchError> {
        let file = self.path.join(name);
        fs::write(&file, text).map_err(BenchError::refused(format!("cannot write {}", file.display())))?;
        Ok(file)
    }
}

impl Drop for Workspace {
    fn drop(&mut self) {
        // The Postgres in it may still be ending, and write meanwhile.
        for _ in 0..50 {
            if fs::remove_dir_all(&self.path).is_ok() {
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
    }
}
