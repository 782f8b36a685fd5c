//! Agents that are uninstalled: they tell the server, so that it does not wait for them.

use bailiwick_domain::audit::Target;
use bailiwick_domain::presence::Presence;
use bailiwick_domain::reach::OrganizationReach;
use bailiwick_domain::time::Timestamp;
use bailiwick_engine::cx::internal::KeyCheck;
use bailiwick_engine::error::{Error, Result};
use bailiwick_engine::internal;
use bailiwick_store::agents::Agents;
use bailiwick_store::holds::Holds;

use crate::enrol::MISSED_SECONDS;
use crate::guest::Guest;

/// Why the results of commands that were sent to the agent are unknown.
const UNINSTALLED: &str = "the agent was uninstalled before it reported a result";

impl Guest {
    /// Deletes the agent and its keys. Its node stays, with everything that is known of it, and so do the exporters
    /// that the agent kept running: they start again if an agent enrols on the node.
    ///
    /// It is an error if the agent is connected: then somebody else has a copy of its key, or it was not stopped. It is also
    /// an error until the agent has missed a heartbeat, if it did not say that it stops: it may poll, or be on its way from
    /// one server to another.
    pub async fn leave(&self) -> Result<()> {
        let (entry, agent) = self.as_agent().ok_or_else(|| {
            Error::invalid("key", "expected the key of an agent, which says with it that it is uninstalled")
        })?;
        let (fleet, control) = (&self.fleet, &self.fleet.control);
        let found = control.store().links().agent(agent).await?.ok_or(Error::CredentialUnknown)?;
        // The key was set aside for a machine whose place another one has taken.
        if found.previous.as_ref().is_some_and(|previous| previous.key == entry.id()) {
            return Err(Error::CredentialUnknown);
        }
        if let Some(older) = fleet.connections.get(found.node) {
            if older.polls() {
                self.refuse_if_heard(older.last_heard())?;
            } else if older.answers().await {
                return Err(Error::AgentConnected);
            }
            older.end();
        }
        if fleet.is_held_elsewhere(found.node).await? {
            return Err(Error::AgentConnected);
        }
        // What the agent said last at this server, which may be that it stops.
        fleet.write_heard_now().await;
        let found = control.store().links().agent(agent).await?.ok_or(Error::CredentialUnknown)?;
        if let Some(Presence { last_seen_at, left_at: None, .. }) = found.presence {
            self.refuse_if_heard(last_seen_at)?;
        }
        let cx = self.further(&internal::LEFT)?;
        let mut write = cx.write_with_key(&Holds::default(), KeyCheck::Exists).await?;
        let whole = OrganizationReach::whole(found.organization);
        write.tx().lose_results_of_node(found.node, UNINSTALLED, control.now()).await?;
        Agents::new(write.tx(), &whole).delete_many(&[agent]).await?;
        let targets = vec![Target::new("agent", agent), Target::new("node", found.node)];
        write.audit(Some(found.organization), targets, None).await?;
        write.commit().await
    }

    /// Refuses to delete an agent that was heard from at a time, and that has not missed a heartbeat since.
    fn refuse_if_heard(&self, heard: Timestamp) -> Result<()> {
        let now = self.fleet.control.now();
        let due = heard.plus_seconds(MISSED_SECONDS);
        // A time far ahead was written before a clock was set back.
        if due <= now || heard > now.plus_seconds(MISSED_SECONDS) {
            return Ok(());
        }
        let micros = due.as_micros().saturating_sub(now.as_micros());
        Err(Error::AgentHeard { wait_seconds: u64::try_from(micros / 1_000_000).unwrap_or_default() + 1 })
    }
}
