//! The pages at `/ui/`, as scripts see them. What a browser makes of them is in `tests/browser`.

use windlass_server::{AllowedAddresses, Settings, Webhooks};

mod access;
mod bounds;
mod entrance;
mod hooks;
mod jobs;
mod lists;
mod live;
mod needs;
mod operating;
mod overview;
mod pipelines;
mod reader;
mod reading;
mod sessions;
mod tasks;

/// Where nobody listens any more.
fn nobodys_address() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    format!("http://{}/", listener.local_addr().unwrap())
}

/// Settings that let webhooks call this machine.
fn calling_here() -> Settings {
    let allowed = AllowedAddresses::parse(["127.0.0.0/8"]).unwrap();
    Settings { webhooks: Webhooks { allowed, ..Webhooks::default() }, ..Settings::default() }
}
