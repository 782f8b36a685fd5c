//! Connections of agents that have a key of their own.

use std::sync::Arc;

use bailiwick_domain::agent::{AgentStatus, ProgramHealth, Reported};
use bailiwick_domain::audit::Target;
use bailiwick_domain::id::AgentId;
use bailiwick_domain::key::KeyId;
use bailiwick_engine::cx::internal::InternalWrite;
use bailiwick_engine::error::{Error, Result};
use bailiwick_engine::internal;
use bailiwick_engine::memory::keyring::KeyEntry;
use bailiwick_engine::memory::streams::Opener;
use bailiwick_store::links::LinkedAgent;

use crate::connections::{AgentMessage, Connection};
use crate::fleet::Fleet;
use crate::guest::{Connected, Greeting, Guest, Hello};

impl Guest {
    /// Answers the hello of an agent.
    pub(crate) async fn connect(
        &self,
        entry: &Arc<KeyEntry>,
        agent: AgentId,
        hello: &Hello,
    ) -> Result<Greeting> {
        let (fleet, control) = (&self.fleet, &self.fleet.control);
        // An agent that is deleted takes its keys with it.
        let mut found = control.store().links().agent(agent).await?.ok_or(Error::CredentialUnknown)?;
        if let Some(previous) = found.previous.filter(|previous| previous.key == entry.id()) {
            if previous.until <= control.now() {
                return Err(Error::CredentialUnknown);
            }
            self.take_back(entry, &found, hello).await?;
            found = control.store().links().agent(agent).await?.ok_or(Error::CredentialUnknown)?;
        }
        if let Some(older) = fleet.connections.get(found.node) {
            if older.answers().await {
                return self.split(entry, &found, hello).await;
            }
            older.end();
        }
        if fleet.is_held_elsewhere(found.node).await? {
            return self.split(entry, &found, hello).await;
        }
        let instance = self.settle(entry, &found, hello).await?;
        let (connection, told) = Connection::new(agent, found.node, found.organization, entry.id());
        let opener = Opener::Key { id: entry.id(), address: self.cx.address(), operation: None };
        let stream = control.open_stream(opener, Some(found.organization), connection.end_token());
        fleet.connections.insert(Arc::clone(&connection));
        fleet.hear(&connection);
        if found.keys > 1 {
            fleet.offer_missed(&connection).await?;
        }
        Ok(Greeting::Connected(Box::new(Connected { connection, told, instance, stream })))
    }

    /// Settles the agent's instance id, and deletes its older keys when it first uses a newer one.
    /// Returns the instance id if it differs from the one that the agent sent.
    async fn settle(
        &self,
        entry: &Arc<KeyEntry>,
        agent: &LinkedAgent,
        hello: &Hello,
    ) -> Result<Option<uuid::Uuid>> {
        let known = agent.instance;
        let instance = match known {
            Some(known) => known,
            None => {
                let links = self.fleet.control.store().links();
                self.free_instance(links, agent.organization, hello.instance).await?
            }
        };
        let is_first = entry.last_used().is_none();
        if known != Some(instance) || is_first {
            let cx = self.further(if is_first { &internal::ROTATED } else { &internal::CONNECT })?;
            let mut write = cx.write_internal().await?;
            if known != Some(instance) {
                self.write_instance(write.tx(), agent.id, instance).await?;
            }
            if is_first {
                self.end_older_keys(&mut write, entry, agent).await?;
            }
            write.commit().await?;
        }
        Ok((hello.instance != Some(instance)).then_some(instance))
    }

    async fn end_older_keys(
        &self,
        write: &mut InternalWrite<'_>,
        entry: &Arc<KeyEntry>,
        agent: &LinkedAgent,
    ) -> Result<()> {
        // A key that was set aside stays: an agent that uses it gets its node back.
        let keys = write.tx().links().keys(agent.id).await?;
        let older = keys.iter().filter(|key| !key.is_previous && key.id != entry.id());
        let gone: Vec<KeyId> = older.map(|key| key.id).collect();
        write.tx().links().delete_some_keys(&gone).await?;
        if gone.is_empty() {
            return Ok(());
        }
        let mut targets = vec![Target::new("agent", agent.id), Target::new("key", entry.id())];
        targets.extend(gone.into_iter().map(|key| Target::new("key", key)));
        write.audit(Some(agent.organization), targets, None).await
    }
}

impl Fleet {
    /// Offers an agent a key once more if it was offered one and never used it: the offer may have been
    /// lost.
    async fn offer_missed(&self, connection: &Connection) -> Result<()> {
        let keys = self.control.store().links().keys(connection.agent).await?;
        if keys.iter().any(|key| key.id != connection.key && !key.is_previous && !key.was_used) {
            // If there is no room, it is offered when the agent connects again.
            let _ = connection.tell(AgentMessage::Rotate);
        }
        Ok(())
    }

    /// Handles a connected agent that sent its full state again, because recent messages to it may have
    /// been lost. Sends what waits for it, and repeats an offered key.
    pub async fn greet_again(&self, connection: &Connection) -> Result<()> {
        self.dispatcher.note_behind(connection.node);
        self.offer_missed(connection).await
    }

    /// Handles the end of an agent's connection; `goodbye` if the agent announced that it leaves.
    pub fn part(&self, connection: &Arc<Connection>, goodbye: bool) {
        connection.end();
        // If another connection has replaced this one, the agent is still there.
        if !self.connections.remove(connection) {
            return;
        }
        if goodbye {
            self.hear_goodbye(connection);
        }
        let health = ProgramHealth {
            status: AgentStatus::Unknown,
            since: self.control.now(),
            started_at: None,
            listen_port: None,
            reported: Reported::default(),
            log: Vec::new(),
        };
        self.hear_silence(connection, health);
    }
}
