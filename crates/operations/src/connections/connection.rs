//! One connected agent.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use bailiwick_domain::id::{AgentId, CommandId, NodeId, OrganizationId};
use bailiwick_domain::key::KeyId;
use bailiwick_domain::time::Timestamp;
use tokio::sync::{Notify, mpsc, watch};
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
    /// How often somebody asked.
    questions: AtomicU64,
    /// The last of them that was answered. Only what was sent after a question answers it: what a client
    /// that is gone had sent before may still arrive.
    answered: watch::Sender<u64>,
    /// When it was last heard of, in microseconds.
    heard_at: AtomicI64,
    /// Whether it polls: then it cannot be asked whether it is there.
    polls: AtomicBool,
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
        };
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
    pub fn desired_changed(&self) {
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

    /// Notes when it was heard of.
    pub(crate) fn heard(&self, at: Timestamp) {
        self.heard_at.store(at.as_micros(), Ordering::Relaxed);
    }

    /// When it was last heard of.
    pub(crate) fn last_heard(&self) -> Timestamp {
        Timestamp::from_micros(self.heard_at.load(Ordering::Relaxed))
    }

    /// Notes that it polls.
    pub fn set_polls(&self) {
        self.polls.store(true, Ordering::Relaxed);
    }

    /// Whether it polls.
    pub fn polls(&self) -> bool {
        self.polls.load(Ordering::Relaxed)
    }

    /// Whether whoever is at the other end shows within two seconds that they are there.
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

    /// Ends when somebody asks whether it is there: whoever has the socket then sends a ping with the
    /// number that is answered, and tells of the pong with [`answer`](Self::answer).
    pub async fn asked(&self) -> u64 {
        self.asked.notified().await;
        self.question()
    }

    /// The number of the last question.
    pub fn question(&self) -> u64 {
        self.questions.load(Ordering::Acquire)
    }

    /// Notes that the questions up to one were answered.
    pub fn answer(&self, question: u64) {
        // A number that was never asked answers nothing.
        let question = question.min(self.question());
        self.answered.send_if_modified(|last| {
            let is_new = question > *last;
            *last = question.max(*last);
            is_new
        });
    }
}
