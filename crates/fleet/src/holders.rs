//! Holders: which of several servers on one database holds the connection of a node's agent. Each
//! server records that it holds a connection, and asks the previous holder whether the agent is still
//! there.

use std::sync::atomic::Ordering;
use std::time::Duration;

use bailiwick_domain::id::NodeId;
use bailiwick_engine::background::log_background_error;
use bailiwick_engine::error::{Error, Result};
use bailiwick_store::holder_question::{HolderAnswer, HolderQuestion};
use bailiwick_store::{Engine, Store};
use tokio::sync::oneshot;
use uuid::Uuid;

use crate::fleet::Fleet;

/// How long another server may take to say whether an agent answers; longer than the agent may take to
/// answer a ping.
const ANSWER: Duration = Duration::from_secs(3);
/// How long a stopping server waits until it is recorded that it holds no agents.
const RELEASE: Duration = Duration::from_secs(3);

impl Fleet {
    /// Records that this server holds the connection of a node's agent. True if the agent answers at
    /// another server: then the client here is a clone, and the record is undone.
    pub(crate) async fn is_held_elsewhere(&self, node: NodeId) -> Result<bool> {
        if self.control.store().engine() != Engine::Postgres {
            return Ok(false);
        }
        let holders = &self.holders;
        let before = self.control.store().hold_node(node, holders.server, self.control.now()).await?;
        let Some(other) = before.filter(|other| *other != holders.server) else { return Ok(false) };
        let is_there = self.ask_holder(node, other, true).await? == Some(HolderAnswer::There);
        if is_there {
            self.control.store().give_node_back(node, holders.server, other).await?;
        }
        Ok(is_there)
    }

    /// Asks the last holder of an agent that is not connected here, if several servers share a
    /// database. `None` if there is no answer.
    pub(crate) async fn where_held(&self, node: NodeId) -> Result<Option<HolderAnswer>> {
        if self.control.store().engine() != Engine::Postgres {
            return Ok(None);
        }
        match self.control.store().node_holder(node).await? {
            Some(server) if server == self.holders.server => {
                Ok(self.connections.get(node).is_none().then_some(HolderAnswer::Gone))
            }
            Some(other) => self.ask_holder(node, other, false).await,
            None => Ok(None),
        }
    }

    /// Asks another server whether a node's agent is there; `None` if the server does not answer. It
    /// has then stopped, or has lost its database and sends its agents away.
    async fn ask_holder(&self, node: NodeId, other: Uuid, has_come: bool) -> Result<Option<HolderAnswer>> {
        let holders = &self.holders;
        let number = holders.asked.fetch_add(1, Ordering::Relaxed);
        let question = HolderQuestion { node, from: holders.server, to: other, number, has_come };
        let (send, answer) = oneshot::channel();
        holders.waiting.lock().insert(number, send);
        let answered = async {
            let mut tx = self.control.store().begin().await?;
            tx.ask_holder(question);
            tx.commit().await?;
            Ok::<_, Error>(tokio::time::timeout(ANSWER, answer).await.ok().and_then(std::result::Result::ok))
        }
        .await;
        holders.waiting.lock().remove(&number);
        answered
    }

    /// Answers another server whether a node's agent is connected here and answers. Ends the connection
    /// here if the agent does not answer, or if it polls and has moved to the other server.
    pub(crate) fn answer_holder(&self, question: HolderQuestion) {
        if question.to != self.holders.server {
            return;
        }
        let connection = self.connections.get(question.node);
        let store = self.control.store().clone();
        self.spawn(async move {
            let found = match &connection {
                None => HolderAnswer::Gone,
                // It may poll one server after another.
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
                log_background_error(
                    &error,
                    "another server could not be told whether an agent is connected here",
                );
            }
        });
    }

    /// Handles the answer of another server.
    pub(crate) fn hear_holder(&self, question: HolderQuestion, answer: HolderAnswer) {
        if question.from != self.holders.server {
            return;
        }
        let waiting = self.holders.waiting.lock().remove(&question.number);
        let is_waited_for = waiting.is_some_and(|waiting| waiting.send(answer).is_ok());
        if is_waited_for || !question.has_come || answer != HolderAnswer::There {
            return;
        }
        // The answer came too late, and the client was admitted. End its connection, so that the
        // question is asked again when it comes back.
        if let Some(connection) = self.connections.get(question.node) {
            connection.end();
        }
    }

    /// Records that this server holds no connections any more, so that no other server waits for its
    /// answers.
    pub(crate) async fn hold_nothing(&self) {
        if self.control.store().engine() != Engine::Postgres {
            return;
        }
        let released =
            tokio::time::timeout(RELEASE, self.control.store().release_nodes(self.holders.server)).await;
        match released {
            Ok(Ok(())) => {}
            Ok(Err(error)) => log_background_error(
                &error,
                "this server stops, but could not record that its agents are free to connect to other servers",
            ),
            Err(_) => {
                tracing::warn!(
                    "this server stops, but could not record in time that its agents are free to connect to other servers"
                )
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
