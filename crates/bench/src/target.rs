//! A database with servers upon it: what a benchmark works on.

use std::net::SocketAddr;

use crate::client::Client;
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
}

impl<'a> Target<'a> {
    /// Makes a new database, and starts `servers` on it.
    pub(crate) async fn open(harness: &'a Harness, servers: usize) -> Result<Self, BenchError> {
        let database = harness.new_database().await?;
        let mut started = Vec::with_capacity(servers);
        for _ in 0..servers {
            started.push(ServerProcess::start(&database.url()).await?);
        }
        Ok(Self { harness, database, servers: started })
    }

    /// Where each server listens.
    pub(crate) fn addresses(&self) -> Vec<SocketAddr> {
        self.servers.iter().map(ServerProcess::address).collect()
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
        Client::open(self.servers[0].address()).await
    }

    /// Stops the servers, checks that nothing was lost, and drops the database.
    pub(crate) async fn close(self) -> Result<(), BenchError> {
        for server in self.servers {
            server.stop().await?;
        }
        self.harness.drop_checked(self.database).await
    }
}
