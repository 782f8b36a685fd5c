//! Several servers on one database: which of them holds the connection of a node's agent. Each writes down
//! that it does, and asks the one that did before whether the agent is still there.

use std::sync::atomic::Ordering;
use std::time::Duration;

use bailiwick_domain::id::NodeId;
use bailiwick_store::holder_question::{HolderAnswer, HolderQuestion};
use bailiwick_store::{Engine, Store};
use tokio::sync::oneshot;
use uuid::Uuid;

use crate::complaint::complain;
use crate::control::Control;
use crate::error::{Error, Result};

/// How long another server may take to say whether an agent answers it: longer than the agent may take.
const ANSWER: Duration = Duration::from_secs(3);
/// How long a server that stops waits until it is written that it holds no agents.
const RELEASE: Duration = Duration::from_secs(3);

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
        let is_there = self.ask_holder(node, other, true).await? == Some(HolderAnswer::There);
        if is_there {
            self.store.give_node_back(node, holders.server, other).await?;
        }
        Ok(is_there)
    }

    /// Where several servers share a database: what the one says that held the connection of a node's agent last,
    /// which is not connected here. `None` if that cannot be found out.
    pub(super) async fn where_held(&self, node: NodeId) -> Result<Option<HolderAnswer>> {
        if self.store.engine() != Engine::Postgres {
            return Ok(None);
        }
        match self.store.node_holder(node).await? {
            Some(server) if server == self.holders.server => {
                Ok(self.fleet.get(node).is_none().then_some(HolderAnswer::Gone))
            }
            Some(other) => self.ask_holder(node, other, false).await,
            None => Ok(None),
        }
    }

    /// Asks another server whether a node's agent is there; `None` if it does not answer: it has stopped, or has
    /// lost its database and sends its agents away.
    async fn ask_holder(&self, node: NodeId, other: Uuid, has_come: bool) -> Result<Option<HolderAnswer>> {
        let holders = &self.holders;
        let number = holders.asked.fetch_add(1, Ordering::Relaxed);
        let question = HolderQuestion { node, from: holders.server, to: other, number, has_come };
        let (send, answer) = oneshot::channel();
        holders.waiting.lock().insert(number, send);
        let answered = async {
            let mut tx = self.store.begin().await?;
            tx.ask_holder(question);
            tx.commit().await?;
            Ok::<_, Error>(tokio::time::timeout(ANSWER, answer).await.ok().and_then(std::result::Result::ok))
        }
        .await;
        holders.waiting.lock().remove(&number);
        answered
    }

    /// Answers another server whether a node's agent is connected here and answers. One that does not is gone, and
    /// one that has come to the other server is there: their connections here are ended.
    pub(crate) fn answer_holder(&self, question: HolderQuestion) {
        if question.to != self.holders.server {
            return;
        }
        let connection = self.fleet.get(question.node);
        let store = self.store.clone();
        tokio::spawn(async move {
            let found = match &connection {
                None => HolderAnswer::Gone,
                // It may poll from one server to the next.
                Some(connection) if connection.polls() => HolderAnswer::Polls,
                Some(connection) if connection.answers().await => HolderAnswer::There,
                Some(_) => HolderAnswer::Gone,
            };
            let is_over = match found {
                HolderAnswer::There => false,
                HolderAnswer::Polls => question.has_come,
                HolderAnswer::Gone => true,
            };
            if let Some(connection) = connection.filter(|_| is_over) {
                connection.end();
            }
            if let Err(error) = answer(&store, question, found).await {
                complain(&error, "another server could not be told whether an agent is here");
            }
        });
    }

    /// Takes in the answer of another server.
    pub(crate) fn hear_holder(&self, question: HolderQuestion, answer: HolderAnswer) {
        if question.from != self.holders.server {
            return;
        }
        let waiting = self.holders.waiting.lock().remove(&question.number);
        let is_waited_for = waiting.is_some_and(|waiting| waiting.send(answer).is_ok());
        if is_waited_for || !question.has_come || answer != HolderAnswer::There {
            return;
        }
        // It came too late: who was let in here comes again, and it is asked once more.
        if let Some(connection) = self.fleet.get(question.node) {
            connection.end();
        }
    }

    /// Writes down that this server holds no connection any more, so that nobody waits for its answer.
    pub(crate) async fn hold_nothing(&self) {
        if self.store.engine() != Engine::Postgres {
            return;
        }
        let released = tokio::time::timeout(RELEASE, self.store.release_nodes(self.holders.server)).await;
        match released {
            Ok(Ok(())) => {}
            Ok(Err(error)) => {
                complain(&error, "that this server holds no agents any more could not be written")
            }
            Err(_) => {
                tracing::warn!("that this server holds no agents any more could not be written in time")
            }
        }
    }
}

async fn answer(store: &Store, question: HolderQuestion, answer: HolderAnswer) -> Result<()> {
    let mut tx = store.begin().await?;
    tx.answer_holder(question, answer);
    tx.commit().await?;
    Ok(())
}
