//! A database on PostgreSQL of its own, on the server that the tests have.

use std::process::Command;

use crate::process::skip;

/// A database; it is removed with this.
pub struct Database {
    server: String,
    name: String,
}

fn psql(server: &str, sql: &str) {
    let output = Command::new("psql").args(["-q", "-c", sql, server]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

impl Database {
    /// Makes one for a test; `None` where there is no PostgreSQL, which is said.
    pub fn of(test: &str) -> Option<Self> {
        let Ok(server) = std::env::var("BAILIWICK_TEST_POSTGRES") else {
            skip("PostgreSQL: `cargo xtask test` starts one");
            return None;
        };
        let name = format!("bailiwick_{test}_{}", std::process::id());
        psql(&server, &format!("CREATE DATABASE {name}"));
        Some(Self { server, name })
    }

    /// Makes it empty again.
    pub fn empty(&self) {
        let again = format!("CREATE DATABASE {}", self.name);
        psql(&self.server, &format!("DROP DATABASE {} WITH (FORCE)", self.name));
        psql(&self.server, &again);
    }

    /// What a configuration says of it.
    pub fn config(&self) -> String {
        let (before, after) = self.server.split_once('?').unwrap_or((&self.server, ""));
        let (address, _) = before.rsplit_once('/').unwrap();
        format!("database:\n  url: {address}/{}?{after}\n", self.name)
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        psql(&self.server, &format!("DROP DATABASE {} WITH (FORCE)", self.name));
    }
}
