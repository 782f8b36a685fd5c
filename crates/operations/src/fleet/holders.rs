//! Several servers on one database: which of them holds the connection of a node's agent. Each writes down
//! that it does, and asks the one that did before whether the agent is still there.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bailiwick_domain::id::NodeId;
use bailiwick_domain::outside::Entropy;
use bailiwick_store::holders::HolderQuestion;
use bailiwick_store::{Engine, Store};
use parking_lot::Mutex;
use tokio::sync::oneshot;
use uuid::Uuid;

use crate::control::Control;
use crate::error::{Error, Result};
use crate::outage::complain;

/// How long another server may take to say whether an agent answers it: longer than the agent may take.
const ANSWER: Duration = Duration::from_secs(3);

/// What this server asked others.
pub(crate) struct Holders {
    /// This server, from this start on.
    server: Uuid,
    asked: AtomicU64,
    waiting: Mutex<HashMap<u64, oneshot::Sender<bool>>>,
}

impl Holders {
    pub(crate) fn new(entropy: &dyn Entropy) -> Self {
        let mut bytes = [0; 16];
        entropy.fill(&mut bytes);
        let server = uuid::Builder::from_random_bytes(bytes).into_uuid();
        Self { server, asked: AtomicU64::new(0), waiting: Mutex::default() }
    }
}

impl Control {
    /// Writes down that this server holds the connection of a node's agent from now on. True if another
    /// server holds one whose agent answers: then whoever comes here is a clone, and nothing is written.
    pub(super) async fn is_held_elsewhere(&self, node: NodeId) -> Result<bool> {
        if self.store.engine() != Engine::Postgres {
            return Ok(false);
        }
        let holders = &self.holders;
        let before = self.store.hold_node(node, holders.server, self.clock.now()).await?;
        let Some(other) = before.filter(|other| *other != holders.server) else { return Ok(false) };
        let number = holders.asked.fetch_add(1, Ordering::Relaxed);
        let question = HolderQuestion { node, from: holders.server, to: other, number };
        let (send, answer) = oneshot::channel();
        holders.waiting.lock().insert(number, send);
        let answered = async {
            let mut tx = self.store.begin().await?;
            tx.ask_holder(question);
            tx.commit().await?;
            // One that does not answer has stopped, or has lost its database and sends its agents away.
            Ok::<_, Error>(matches!(tokio::time::timeout(ANSWER, answer).await, Ok(Ok(true))))
        }
        .await;
        holders.waiting.lock().remove(&number);
        let is_there = answered?;
        if is_there {
            self.store.give_node_back(node, holders.server, other).await?;
        }
        Ok(is_there)
    }

    /// Answers another server whether a node's agent is connected here and answers. If it does not, its
    /// connection is ended: it is at the other server.
    pub(crate) fn answer_holder(&self, question: HolderQuestion) {
        if question.to != self.holders.server {
            return;
        }
        let connection = self.fleet.get(question.node);
        let store = self.store.clone();
        tokio::spawn(async move {
            let is_there = match &connection {
                // One that polls cannot be asked, and may poll from one server to the next.
                Some(connection) if !connection.polls() => connection.answers().await,
                _ => false,
            };
            if let Some(connection) = connection.filter(|_| !is_there) {
                connection.end();
            }
            if let Err(error) = answer(&store, question, is_there).await {
                complain(&error, "another server could not be told whether an agent is here");
            }
        });
    }

    /// Takes in the answer of another server.
    pub(crate) fn hear_holder(&self, question: HolderQuestion, is_there: bool) {
        if question.from != self.holders.server {
            return;
        }
        let waiting = self.holders.waiting.lock().remove(&question.number);
        if waiting.is_some_and(|waiting| waiting.send(is_there).is_ok()) || !is_there {
            return;
        }
        // It came too late: who was let in here comes again, and it is asked once more.
        if let Some(connection) = self.fleet.get(question.node) {
            connection.end();
        }
    }

    /// Writes down that this server holds no connection any more, so that nobody waits for its answer.
    pub(crate) async fn hold_nothing(&self) {
        if self.store.engine() == Engine::Postgres
            && let Err(error) = self.store.release_nodes(self.holders.server).await
        {
            complain(&error, "that this server holds no agents any more could not be written");
        }
    }
}

async fn answer(store: &Store, question: HolderQuestion, is_there: bool) -> Result<()> {
    let mut tx = store.begin().await?;
    tx.answer_holder(question, is_there);
    tx.commit().await?;
    Ok(())
}
