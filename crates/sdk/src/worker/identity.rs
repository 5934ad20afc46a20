//! What a worker calls itself when nobody says.

use uuid::Uuid;

/// Host name, process id and a random part, since containers share the first two.
pub(super) fn default_worker_id() -> String {
    let random = Uuid::new_v4().simple().to_string();
    format!("{}-{}-{}", host_name(), std::process::id(), &random[..8])
}

fn host_name() -> String {
    let kernel = std::fs::read_to_string("/proc/sys/kernel/hostname").ok();
    let name = kernel.or_else(|| std::env::var("HOSTNAME").ok()).unwrap_or_default();
    let name: String = name.trim().chars().filter(char::is_ascii_graphic).take(100).collect();
    if name.is_empty() { "worker".to_owned() } else { name }
}
