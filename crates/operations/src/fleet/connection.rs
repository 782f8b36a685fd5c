//! One connected agent.

use std::sync::Arc;

use bailiwick_domain::id::{AgentId, CommandId, NodeId, OrganizationId};
use bailiwick_domain::key::KeyId;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::Order;

/// How much may wait to be told to one agent. What finds no room is in the database, and is told
/// when the agent next comes.
const TOLD_WAITING: usize = 64;

/// What a connected agent is told.
#[derive(Clone, Debug)]
pub enum Told {
    /// To carry out a command.
    Run(Arc<Order>),
    /// To end a command.
    Cancel(CommandId),
    /// That the end of a command is written down.
    Acknowledge(CommandId),
    /// That what it is to keep running has changed.
    DesiredChanged,
    /// That it gets a new credential: somebody asked for it.
    Rotate,
}

/// One connected agent.
#[derive(Debug)]
pub struct Connection {
    /// The agent.
    pub agent: AgentId,
    /// The node it runs on.
    pub node: NodeId,
    /// The organization of both.
    pub organization: OrganizationId,
    /// The key it came with.
    pub key: KeyId,
    tell: mpsc::Sender<Told>,
    ended: CancellationToken,
}

impl Connection {
    /// A connection, and what it is told, for whoever writes to the socket.
    pub fn new(
        agent: AgentId,
        node: NodeId,
        organization: OrganizationId,
        key: KeyId,
    ) -> (Arc<Self>, mpsc::Receiver<Told>) {
        let (tell, told) = mpsc::channel(TOLD_WAITING);
        let ended = CancellationToken::new();
        (Arc::new(Self { agent, node, organization, key, tell, ended }), told)
    }

    /// Tells it something. False if there is no room, or it has ended: what is in the database is
    /// told when the agent next comes.
    #[must_use]
    pub fn tell(&self, told: Told) -> bool {
        self.tell.try_send(told).is_ok()
    }

    /// The same, but waits for room; false if it has ended.
    pub async fn tell_all(&self, told: Told) -> bool {
        tokio::select! {
            sent = self.tell.send(told) => sent.is_ok(),
            () = self.ended.cancelled() => false,
        }
    }

    /// Ends it.
    pub fn end(&self) {
        self.ended.cancel();
    }

    /// Ends when it is to end.
    pub async fn ended(&self) {
        self.ended.cancelled().await;
    }
}
