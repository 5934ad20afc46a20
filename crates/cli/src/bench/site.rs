//! A database with servers upon it: what a benchmark works on.

use std::net::SocketAddr;

use super::client::Client;
use super::cpu::{self, Meter};
use super::lab::Lab;
use super::server::ServerProcess;
use super::sql::Database;
use crate::failure::Failure;

/// Servers on a database of their own.
pub(super) struct Site<'a> {
    pub(super) lab: &'a Lab,
    pub(super) database: Database,
    servers: Vec<ServerProcess>,
}

impl<'a> Site<'a> {
    /// Starts `servers` on the database.
    pub(super) async fn open(lab: &'a Lab, database: Database, servers: usize) -> Result<Self, Failure> {
        let mut started = Vec::with_capacity(servers);
        for _ in 0..servers {
            started.push(ServerProcess::start(&database.url()).await?);
        }
        Ok(Self { lab, database, servers: started })
    }

    /// Where each server listens.
    pub(super) fn addresses(&self) -> Vec<SocketAddr> {
        self.servers.iter().map(ServerProcess::address).collect()
    }

    /// Resident memory of the first server, in MiB.
    pub(super) fn resident_mib(&self) -> Result<f64, Failure> {
        let resident = self.servers[0].process_id().and_then(cpu::resident_mib);
        resident.ok_or_else(|| Failure::Error("the server's memory cannot be read".to_owned()))
    }

    /// Tells the CPU of these servers from that of others.
    pub(super) fn meter(&self) -> Meter {
        let processes = self.servers.iter().filter_map(ServerProcess::process_id).collect();
        Meter::new(processes, self.lab.postmaster)
    }

    /// A connection to the first server, for what is not measured.
    pub(super) async fn client(&self) -> Result<Client, Failure> {
        Client::open(self.servers[0].address()).await
    }

    /// Stops the servers, checks that nothing was lost, and drops the database.
    pub(super) async fn close(self) -> Result<(), Failure> {
        for server in self.servers {
            server.stop().await?;
        }
        self.lab.drop_checked(self.database).await
    }
}
