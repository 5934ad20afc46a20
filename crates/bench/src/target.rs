//! A database with servers upon it: what a benchmark works on.

use std::io::Write;

use serde_json::json;
use tempfile::NamedTempFile;

use crate::address::Address;
use crate::client::{Client, text};
use crate::cpu::{self, Meter};
use crate::error::BenchError;
use crate::harness::Harness;
use crate::server::ServerProcess;
use crate::sql::Database;

/// Servers on a database of their own.
pub(crate) struct Target<'a> {
    pub(crate) harness: &'a Harness,
    pub(crate) database: Database,
    servers: Vec<ServerProcess>,
    /// What their callers give.
    key: Option<&'static str>,
}

impl<'a> Target<'a> {
    /// Makes a new database, and starts `servers` on it.
    pub(crate) async fn open(harness: &'a Harness, servers: usize) -> Result<Self, BenchError> {
        let database = harness.new_database().await?;
        let mut started = Vec::with_capacity(servers);
        for _ in 0..servers {
            started.push(ServerProcess::start(&database.url(), &[]).await?);
        }
        Ok(Self { harness, database, servers: started, key: None })
    }

    /// One with a server that may call webhooks on this machine.
    pub(crate) async fn open_calling(harness: &'a Harness) -> Result<Self, BenchError> {
        Self::open_with(harness, &["--webhook-allow", "127.0.0.0/8"]).await
    }

    /// One with a server that asks for keys; calls of workers and producers give one.
    pub(crate) async fn open_keyed(harness: &'a Harness) -> Result<Self, BenchError> {
        let bootstrap = "bootstrap-key-of-all-the-benchmarks";
        let mut file = NamedTempFile::new()?;
        file.write_all(bootstrap.as_bytes())?;
        let path = file.path().to_string_lossy();
        let target = Self::open_with(harness, &["--auth", "keys", "--bootstrap-key-file", &path]).await?;
        let mut target = Self { key: Some(bootstrap), ..target };
        let asked = json!({"name": "bench", "scopes": ["produce", "work", "read"]});
        let key = text(&target.client().await?.post("/v1/keys", &asked).await?, "key")?;
        target.key = Some(String::leak(key));
        Ok(target)
    }

    async fn open_with(harness: &'a Harness, settings: &[&str]) -> Result<Self, BenchError> {
        let database = harness.new_database().await?;
        let server = ServerProcess::start(&database.url(), settings).await?;
        Ok(Self { harness, database, servers: vec![server], key: None })
    }

    /// Where each server listens.
    pub(crate) fn addresses(&self) -> Vec<Address> {
        let with_key = |server: &ServerProcess| Address { socket: server.address(), key: self.key };
        self.servers.iter().map(with_key).collect()
    }

    /// Resident memory of the first server, in MiB.
    pub(crate) fn resident_mib(&self) -> Result<f64, BenchError> {
        let resident = self.servers[0].process_id().and_then(cpu::resident_mib);
        resident.ok_or_else(|| BenchError::Unexpected("the server's memory cannot be read".to_owned()))
    }

    /// Reads the CPU of these servers, apart from that of others.
    pub(crate) fn meter(&self) -> Meter {
        let processes = self.servers.iter().filter_map(ServerProcess::process_id).collect();
        Meter::new(processes, self.harness.postmaster)
    }

    /// A connection to the first server, for what is not measured.
    pub(crate) async fn client(&self) -> Result<Client, BenchError> {
        Client::open(self.addresses()[0]).await
    }

    /// Stops the servers, checks that nothing was lost, and drops the database.
    pub(crate) async fn close(self) -> Result<(), BenchError> {
        for server in self.servers {
            server.stop().await?;
        }
        self.harness.drop_checked(self.database).await
    }
}
