//! Key rotation: a connected agent is offered a new key. The old key ends when the agent connects with
//! the new one, not before, so that an agent which cannot store the new key is not locked out; it is
//! offered one again.

use bailiwick_domain::audit::Target;
use bailiwick_domain::id::NodeId;
use bailiwick_domain::key::{Actor, KeyText};
use bailiwick_domain::presence::{NodeStatus, Presence};
use bailiwick_engine::admission::By;
use bailiwick_engine::error::{Error, Result};
use bailiwick_engine::internal;

use crate::connections::Connection;
use crate::fleet::Fleet;

impl Fleet {
    /// Makes a new key for a connected agent. Only the agent learns it. The old key works until the
    /// agent connects with the new one.
    pub async fn renew(&self, connection: &Connection) -> Result<KeyText> {
        let Connection { agent, node, organization, key, .. } = *connection;
        let cx = self.control.authorize(By::Server, &internal::OFFERED)?;
        let mut write = cx.write_internal().await?;
        let tx = write.tx();
        let found = tx.links().agent(agent).await?.ok_or(Error::CredentialUnknown)?;
        // A key that was offered before and never used is lost. A key that was set aside stays.
        let keys = tx.links().keys(agent).await?;
        let offered: Vec<_> =
            keys.iter().filter(|other| !other.is_previous && other.id != key).map(|other| other.id).collect();
        tx.links().delete_some_keys(&offered).await?;
        let made = (agent, node, &found.node_name);
        let text = self.make_agent_key(tx, organization, made, Actor::System).await?;
        let targets =
            vec![Target::new("agent", agent), Target::new("key", text.id()), Target::new("key", key)];
        write.audit(Some(organization), targets, None).await?;
        write.commit().await?;
        Ok(text)
    }

    /// Whether the agent of a node is there: connected here, or recently seen by any server.
    pub(crate) fn is_there(&self, node: NodeId, presence: Option<Presence>) -> bool {
        let now = self.control.now();
        self.connections.get(node).is_some_and(|connection| !connection.has_ended())
            || presence.is_some_and(|presence| presence.status(now).0 == NodeStatus::Online)
    }
}
