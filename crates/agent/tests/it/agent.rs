//! An agent that runs in the test's process.
#![allow(clippy::disallowed_methods, reason = "tests spawn tasks that end with their runtime")]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bailiwick_agent::backoff::Pace;
use bailiwick_agent::client::{self, AgentError, Options, Transport};
use bailiwick_agent::outside::{SystemClock, SystemEntropy};
use bailiwick_agent::runner::Becoming;
use bailiwick_domain::key::{KeyKind, KeyText};
use tempfile::TempDir;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::server::in_time;

/// A place for an agent.
pub struct Place {
    directory: TempDir,
}

/// An agent that runs.
pub struct Running {
    task: JoinHandle<Result<(), AgentError>>,
    pub stop: CancellationToken,
}

impl Running {
    /// Its end.
    pub async fn end(self) -> Result<(), AgentError> {
        in_time("the agent's end", self.task).await.unwrap()
    }
}

impl Place {
    pub fn new() -> Self {
        Self { directory: tempfile::tempdir().unwrap() }
    }

    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    pub fn data(&self) -> PathBuf {
        self.path().join("data")
    }

    pub fn credential(&self) -> serde_json::Value {
        serde_json::from_slice(&std::fs::read(self.data().join("credential.json")).unwrap()).unwrap()
    }

    pub fn options(&self, url: &str, enrol: Option<KeyText>) -> Options {
        // As in production, but quick.
        let pace = Pace {
            first: Duration::from_millis(20),
            most: Duration::from_millis(200),
            stable: Duration::from_secs(60),
            websocket: Duration::from_secs(600),
        };
        Options {
            server_moves: false,
            server: Some(url.parse().unwrap()),
            enrol,
            data: self.data(),
            ca: None,
            transport: Transport::Either,
            becoming: Becoming::default(),
            pace,
            programs: Default::default(),
            host_metrics: None,
            started: CancellationToken::new(),
            drain: CancellationToken::new(),
        }
    }
}

pub fn start(options: Options) -> Running {
    let stop = CancellationToken::new();
    let run = client::run(options, Arc::new(SystemClock), Arc::new(SystemEntropy), stop.clone());
    Running { task: tokio::spawn(run), stop }
}

pub fn key(kind: KeyKind) -> KeyText {
    KeyText::mint(kind, &SystemEntropy)
}

pub fn bearer(key: &KeyText) -> String {
    format!("Bearer {}", *key.reveal())
}
