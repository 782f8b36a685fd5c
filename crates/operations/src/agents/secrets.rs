//! Writing secrets: they are checked by name, sealed for the current destination of their agent, and
//! never shown.

use bailiwick_domain::agent::{Agent, AgentType, SecretName, SecretText, Secrets};
use bailiwick_domain::id::AgentId;
use bailiwick_domain::key::{CannotOpen, Sealed};
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::{Error, FieldError, Result};
use bailiwick_store::Tx;
use bailiwick_store::agent_secrets::{AgentSecret, secrets_of};

use super::Surroundings;

/// Secrets in a request, to set or to remove.
#[derive(Default)]
pub(super) struct Given {
    set: Vec<(SecretName, SecretText)>,
    cleared: Vec<SecretName>,
}

impl Given {
    /// Sorts the secrets in a request. Adds an error for each that agents of the type do not have.
    pub(super) fn new(
        kind: AgentType,
        secrets: &Secrets,
        prefix: &str,
        errors: &mut Vec<FieldError>,
    ) -> Self {
        let mut given = Self::default();
        for (name, text) in secrets.iter() {
            match (SecretName::of(kind, name), text) {
                (Ok(name), Some(text)) => given.set.push((name, text.clone())),
                (Ok(name), None) => given.cleared.push(name),
                (Err(error), _) => {
                    errors.push(FieldError::new(format!("{prefix}secrets.{name}"), error.to_string()));
                }
            }
        }
        given
    }

    /// The names of the secrets to set.
    pub(super) fn set(&self) -> impl Iterator<Item = SecretName> {
        self.set.iter().map(|(name, _)| *name)
    }

    /// The names of the secrets to remove.
    pub(super) fn cleared(&self) -> impl Iterator<Item = SecretName> {
        self.cleared.iter().copied()
    }

    /// Whether there is nothing to write.
    fn is_empty(&self) -> bool {
        self.set.is_empty() && self.cleared.is_empty()
    }
}

/// Writes the secrets of agents that are already written. Each is sealed for its destination according
/// to the agent's current state; removed secrets are deleted.
pub(super) async fn write(cx: &Cx, tx: &mut Tx, given: &[(&Agent, &Given)]) -> Result<()> {
    let given: Vec<_> = given.iter().filter(|(_, given)| !given.is_empty()).collect();
    let Some((first, _)) = given.first() else { return Ok(()) };
    let agents: Vec<&Agent> = given.iter().map(|(agent, _)| *agent).collect();
    let around = Surroundings::find(&mut *tx, first.organization_id, agents.iter().copied()).await?;
    let mut sealed = Vec::new();
    for (agent, given) in given {
        let route = around.route(agent);
        for (name, text) in &given.set {
            let destination = route.destination(*name);
            let place = name.place(agent.id, Some(&destination));
            let text = seal(cx, &place, text).map_err(Error::internal)?;
            sealed.push(AgentSecret {
                agent: agent.id,
                name: *name,
                destination: Some(destination),
                sealed: text,
            });
        }
        if !given.cleared.is_empty() {
            tx.clear_agent_secrets(agent.id, given.cleared()).await?;
        }
    }
    tx.set_agent_secrets(&sealed).await?;
    Ok(())
}

/// Withholds the secrets of agents until they are set again, because another machine is about to run these agents.
/// Their destination is the same text as before, since it names the node and not the machine, so `why` is added to
/// the destination for which they are sealed.
pub(crate) async fn withhold(cx: &Cx, tx: &mut Tx, agents: &[AgentId], why: &str) -> Result<()> {
    for read in secrets_of(&mut *tx, agents).await? {
        let text = cx.control().keyring().peppers();
        let text = text.open(&read.name.place(read.agent, read.destination.as_deref()), &read.sealed);
        let text = text.map_err(Error::internal)?;
        let before = read.destination.as_deref().unwrap_or("an unknown destination");
        let destination = format!("{before}, {why}");
        let place = read.name.place(read.agent, Some(&destination));
        let sealed = cx.control().keyring().peppers().seal(&place, &text, cx.entropy());
        let sealed = sealed.map_err(Error::internal)?;
        let new = AgentSecret { destination: Some(destination), sealed, ..read.clone() };
        tx.reseal_agent_secret(&read, &new).await?;
    }
    Ok(())
}

fn seal(cx: &Cx, place: &str, text: &SecretText) -> Result<Sealed, CannotOpen> {
    cx.control().keyring().peppers().seal(place, text.reveal(), cx.entropy())
}
