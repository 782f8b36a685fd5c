//! A connected agent.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use super::front::FrontAnswers;
use bailiwick_domain::command::Order;
use bailiwick_domain::id::{AgentId, CommandId, NodeId, OrganizationId};
use bailiwick_domain::key::KeyId;
use bailiwick_domain::time::Timestamp;
use tokio::sync::{Notify, mpsc, watch};
use tokio_util::sync::CancellationToken;

/// How many messages may wait for one agent. Messages that find no room are in the database, and are
/// sent when the agent connects again.
const TOLD_WAITING: usize = 64;
/// How long an agent may take to answer a ping.
const PROBE: Duration = Duration::from_secs(2);

/// A message to a connected agent.
#[derive(Clone, Debug)]
pub enum AgentMessage {
    /// Run a command.
    Run(Arc<Order>),
    /// Cancel a command.
    Cancel(CommandId),
    /// The result of a command has been stored.
    Acknowledge(CommandId),
    /// The set of programs that the agent must run has changed.
    DesiredChanged,
    /// Get a new credential, because a user or key asked for it.
    Rotate,
    /// Readings of the host's own metrics have been stored.
    Stored(StoredReadings),
    /// Answers to what the agent asked about its front.
    Front(FrontAnswers),
}

/// What became of an agent's readings of its host's own metrics.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredReadings {
    /// The agent's buffer.
    pub buffer: u64,
    /// The number of the last batch that is stored.
    pub sequence: u64,
    /// How many readings were refused for good. They are acknowledged with the others.
    pub refused: u64,
    /// Why the first of them was refused.
    pub why: Option<String>,
}

/// A connected agent.
#[derive(Debug)]
pub struct Connection {
    /// The agent.
    pub agent: AgentId,
    /// The node it runs on.
    pub node: NodeId,
    /// The organization of both.
    pub organization: OrganizationId,
    /// The key that it uses.
    pub key: KeyId,
    /// Whether it is Bailiwick's own agent, which runs commands; otherwise it is another OpAMP client.
    pub is_ours: bool,
    tell: mpsc::Sender<AgentMessage>,
    ended: CancellationToken,
    /// Notified when the agent must be pinged.
    asked: Notify,
    /// How many pings were asked for.
    questions: AtomicU64,
    /// The number of the last ping that was answered. Only a message sent after the ping counts as an
    /// answer: messages that a lost client sent earlier may still arrive.
    answered: watch::Sender<u64>,
    /// When the agent last sent something, in microseconds since the Unix epoch.
    heard_at: AtomicI64,
    /// Whether it polls over HTTP instead of holding a WebSocket; then it cannot be pinged.
    polls: AtomicBool,
    /// Whether the set of programs that it must run may have changed since it was last sent.
    desired_changed: AtomicBool,
    /// Whether readings of the host's own metrics wait to be written.
    pub(super) readings_wait: AtomicBool,
}

impl Connection {
    /// A connection of Bailiwick's own agent, and the queue of messages to write to its socket.
    pub fn new(
        agent: AgentId,
        node: NodeId,
        organization: OrganizationId,
        key: KeyId,
    ) -> (Arc<Self>, mpsc::Receiver<AgentMessage>) {
        Self::open(agent, node, organization, key, true)
    }

    /// A connection of another OpAMP client, and the queue of messages to write to its socket.
    pub fn of_another(
        agent: AgentId,
        node: NodeId,
        organization: OrganizationId,
        key: KeyId,
    ) -> (Arc<Self>, mpsc::Receiver<AgentMessage>) {
        Self::open(agent, node, organization, key, false)
    }

    fn open(
        agent: AgentId,
        node: NodeId,
        organization: OrganizationId,
        key: KeyId,
        is_ours: bool,
    ) -> (Arc<Self>, mpsc::Receiver<AgentMessage>) {
        let (tell, told) = mpsc::channel(TOLD_WAITING);
        let connection = Self {
            agent,
            node,
            organization,
            key,
            is_ours,
            tell,
            ended: CancellationToken::new(),
            asked: Notify::new(),
            questions: AtomicU64::new(0),
            answered: watch::channel(0).0,
            heard_at: AtomicI64::new(0),
            polls: AtomicBool::new(false),
            desired_changed: AtomicBool::new(false),
            readings_wait: AtomicBool::new(false),
        };
        (Arc::new(connection), told)
    }

    /// Queues a message. False if there is no room, or the connection has ended. The message is then
    /// sent from the database when the agent connects again.
    #[must_use]
    pub fn tell(&self, told: AgentMessage) -> bool {
        self.tell.try_send(told).is_ok()
    }

    /// Queues a message, waiting for room; false if the connection has ended.
    pub async fn tell_all(&self, told: AgentMessage) -> bool {
        tokio::select! {
            sent = self.tell.send(told) => sent.is_ok(),
            () = self.ended.cancelled() => false,
        }
    }

    /// Tells the agent that the set of programs it must run may have changed. Not lost if there is no
    /// room, because the queue's reader also asks [`has_desired_changed`](Self::has_desired_changed).
    pub fn desired_changed(&self) {
        self.desired_changed.store(true, Ordering::Release);
        let _ = self.tell(AgentMessage::DesiredChanged);
    }

    /// Whether the set of programs may have changed since the last call.
    pub fn has_desired_changed(&self) -> bool {
        self.desired_changed.swap(false, Ordering::AcqRel)
    }

    /// Ends the connection.
    pub fn end(&self) {
        self.ended.cancel();
    }

    /// Waits until the connection must end.
    pub async fn ended(&self) {
        self.ended.cancelled().await;
    }

    /// Whether the connection must end.
    pub fn has_ended(&self) -> bool {
        self.ended.is_cancelled()
    }

    pub(crate) fn end_token(&self) -> CancellationToken {
        self.ended.clone()
    }

    /// Notes when the agent sent something.
    pub(crate) fn heard(&self, at: Timestamp) {
        self.heard_at.store(at.as_micros(), Ordering::Relaxed);
    }

    /// When the agent last sent something.
    pub(crate) fn last_heard(&self) -> Timestamp {
        Timestamp::from_micros(self.heard_at.load(Ordering::Relaxed))
    }

    /// Notes that the agent polls.
    pub fn set_polls(&self) {
        self.polls.store(true, Ordering::Relaxed);
    }

    /// Whether the agent polls.
    pub fn polls(&self) -> bool {
        self.polls.load(Ordering::Relaxed)
    }

    /// Pings the agent. False if it does not answer within two seconds.
    pub async fn answers(&self) -> bool {
        let question = self.questions.fetch_add(1, Ordering::AcqRel) + 1;
        let mut answered = self.answered.subscribe();
        self.asked.notify_one();
        tokio::select! {
            heard = tokio::time::timeout(PROBE, answered.wait_for(|last| *last >= question)) => {
                matches!(heard, Ok(Ok(_)))
            }
            () = self.ended.cancelled() => false,
        }
    }

    /// Waits until the agent must be pinged, and returns the number of the ping. The task that owns the
    /// socket then sends the ping, and reports the pong with [`answer`](Self::answer).
    pub async fn asked(&self) -> u64 {
        self.asked.notified().await;
        self.question()
    }

    /// The number of the last ping that was asked for.
    pub fn question(&self) -> u64 {
        self.questions.load(Ordering::Acquire)
    }

    /// Notes that the pings up to this number were answered.
    pub fn answer(&self, question: u64) {
        // Numbers that were never asked for are ignored.
        let question = question.min(self.question());
        self.answered.send_if_modified(|last| {
            let is_new = question > *last;
            *last = question.max(*last);
            is_new
        });
    }
}
