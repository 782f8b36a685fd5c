//! One connected agent.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bailiwick_domain::id::{AgentId, CommandId, NodeId, OrganizationId};
use bailiwick_domain::key::KeyId;
use tokio::sync::{Notify, mpsc};
use tokio_util::sync::CancellationToken;

use super::Order;

/// How much may wait to be told to one agent. What finds no room is in the database, and is told
/// when the agent next comes.
const TOLD_WAITING: usize = 64;
/// How long an agent may take to show that it is still there.
const PROBE: Duration = Duration::from_secs(2);

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
    /// Whether it is one of ours, which carries out commands; otherwise it is somebody else's client.
    pub is_ours: bool,
    tell: mpsc::Sender<Told>,
    ended: CancellationToken,
    /// Somebody asks whether it is there.
    asked: Notify,
    /// It was heard of.
    heard: Notify,
    /// What it is to keep running may have changed since it was last told.
    desired_changed: AtomicBool,
}

impl Connection {
    /// A connection of one of ours, and what it is told, for whoever writes to the socket.
    pub fn new(
        agent: AgentId,
        node: NodeId,
        organization: OrganizationId,
        key: KeyId,
    ) -> (Arc<Self>, mpsc::Receiver<Told>) {
        Self::open(agent, node, organization, key, true)
    }

    /// The same of somebody else's client.
    pub fn of_another(
        agent: AgentId,
        node: NodeId,
        organization: OrganizationId,
        key: KeyId,
    ) -> (Arc<Self>, mpsc::Receiver<Told>) {
        Self::open(agent, node, organization, key, false)
    }

    fn open(
        agent: AgentId,
        node: NodeId,
        organization: OrganizationId,
        key: KeyId,
        is_ours: bool,
    ) -> (Arc<Self>, mpsc::Receiver<Told>) {
        let (tell, told) = mpsc::channel(TOLD_WAITING);
        let (ended, asked, heard) = (CancellationToken::new(), Notify::new(), Notify::new());
        let desired_changed = AtomicBool::new(false);
        let connection =
            Self { agent, node, organization, key, is_ours, tell, ended, asked, heard, desired_changed };
        (Arc::new(connection), told)
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

    /// Tells it that what it is to keep running may have changed. That is not lost where there is no
    /// room: whoever takes out what waits also asks [`has_desired_changed`](Self::has_desired_changed).
    pub(crate) fn desired_changed(&self) {
        self.desired_changed.store(true, Ordering::Release);
        let _ = self.tell(Told::DesiredChanged);
    }

    /// Whether what it is to keep running may have changed since this was last asked.
    pub fn has_desired_changed(&self) -> bool {
        self.desired_changed.swap(false, Ordering::AcqRel)
    }

    /// Ends it.
    pub fn end(&self) {
        self.ended.cancel();
    }

    /// Ends when it is to end.
    pub async fn ended(&self) {
        self.ended.cancelled().await;
    }

    /// Whether it is to end.
    pub fn has_ended(&self) -> bool {
        self.ended.is_cancelled()
    }

    pub(crate) fn end_token(&self) -> CancellationToken {
        self.ended.clone()
    }

    /// Whether whoever is at the other end shows within two seconds that they are there.
    pub async fn answers(&self) -> bool {
        let mut heard = std::pin::pin!(self.heard.notified());
        // From now on, not only from when it is first waited for.
        heard.as_mut().enable();
        self.asked.notify_one();
        tokio::select! {
            answered = tokio::time::timeout(PROBE, heard) => answered.is_ok(),
            () = self.ended.cancelled() => false,
        }
    }

    /// Ends when somebody asks whether it is there: whoever has the socket then sends a ping.
    pub async fn asked(&self) {
        self.asked.notified().await;
    }

    /// Notes that something arrived.
    pub fn heard(&self) {
        self.heard.notify_waiters();
    }
}
