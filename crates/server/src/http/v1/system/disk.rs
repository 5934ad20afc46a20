//! How much room a disk has.

use std::path::Path;

use windlass_wire::SystemDisk;

/// The disk that a directory lies on; `None` where it cannot be asked.
pub(super) async fn disk(directory: &Path) -> Option<SystemDisk> {
    let directory = directory.to_owned();
    // A file system that hangs holds up a thread for blocking work, and this call alone.
    let asked = tokio::task::spawn_blocking(move || rustix::fs::statvfs(directory)).await;
    let disk = asked.ok()?.ok()?;
    let bytes = |blocks: u64| blocks.saturating_mul(disk.f_frsize);
    Some(SystemDisk { free_bytes: bytes(disk.f_bavail), total_bytes: bytes(disk.f_blocks) })
}
