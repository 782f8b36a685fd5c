//! What an agent's connection says and hears, without an agent and a socket.

use std::sync::Arc;
use std::time::Duration;

use bailiwick_domain::command::{Order, OutputStream, ResultState};
use bailiwick_domain::id::{CommandId, NodeId};
use bailiwick_domain::key::{KeyKind, KeyText};
use bailiwick_engine::outside::SystemEntropy;
use bailiwick_fleet::{AgentMessage, CommandEnd, Connection, Piece, Report, ReportContent};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::app::TestApp;

/// How long it is waited for what must come.
const PATIENCE: Duration = Duration::from_secs(20);

/// A connected agent.
pub struct FakeAgent<'a> {
    app: &'a TestApp,
    node: NodeId,
    connection: Arc<Connection>,
    told: mpsc::Receiver<AgentMessage>,
}

/// What the control plane does beside answering; it ends with this.
pub struct Background(CancellationToken);

impl Drop for Background {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

impl TestApp {
    /// Starts what the control plane does beside answering.
    pub fn start(&self) -> Background {
        let stop = CancellationToken::new();
        self.start_background(&TaskTracker::new(), &stop);
        Background(stop)
    }

    /// Connects the agent of a node of organization `default`.
    pub async fn connect(&self, node: &str, agent: &str) -> FakeAgent<'_> {
        let organization =
            self.owner().get("/v1/whoami").await.expect(200).body["organization"]["id"].clone();
        let node = node.parse().unwrap();
        let (connection, told) = Connection::new(
            agent.parse().unwrap(),
            node,
            organization.as_str().unwrap().parse().unwrap(),
            KeyText::mint(KeyKind::Agent, &SystemEntropy).id(),
        );
        self.fleet.connections().insert(Arc::clone(&connection));
        self.fleet.tell_waiting(node).await.unwrap();
        FakeAgent { app: self, node, connection, told }
    }
}

/// An end as an agent tells it.
pub fn ending(state: ResultState, exit_code: Option<i32>, stdout: &str) -> CommandEnd {
    CommandEnd {
        state,
        exit_code,
        signal: None,
        error: None,
        duration_ms: Some(5),
        stdout_bytes: stdout.len() as u64,
        stderr_bytes: 0,
        output: vec![Piece { stream: OutputStream::Stdout, position: 0, bytes: stdout.into() }],
        updates: None,
    }
}

impl FakeAgent<'_> {
    /// What it is told next.
    pub async fn told(&mut self) -> AgentMessage {
        tokio::time::timeout(PATIENCE, self.told.recv()).await.expect("a message in time").unwrap()
    }

    /// The command that it is told to carry out next.
    pub async fn ordered(&mut self) -> Arc<Order> {
        match self.told().await {
            AgentMessage::Run(order) => order,
            other => panic!("expected an order: {other:?}"),
        }
    }

    /// What it was told and has not taken.
    pub fn unheard(&mut self) -> Option<AgentMessage> {
        self.told.try_recv().ok()
    }

    /// Tells something of a command.
    pub async fn report(&self, command: CommandId, news: ReportContent) {
        self.app.fleet.take_reports(self.node, vec![Report { command, news }]).await.unwrap();
    }

    /// Tells the end of a command, and hears that it is written down.
    pub async fn finish(&mut self, command: CommandId, ending: CommandEnd) {
        self.report(command, ReportContent::Finished(Box::new(ending))).await;
        let told = self.told().await;
        assert!(matches!(told, AgentMessage::Acknowledge(id) if id == command), "{told:?}");
    }

    /// Goes.
    pub fn leave(self) {
        self.app.fleet.connections().remove(&self.connection);
    }
}
