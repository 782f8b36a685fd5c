//! Secrets on their way into the database: checked by name, sealed, and never answered.

use bailiwick_domain::agent::{AgentType, SecretName, SecretText, Secrets};
use bailiwick_domain::id::AgentId;
use bailiwick_domain::key::{CannotOpen, Sealed};
use bailiwick_store::agent_secrets::AgentSecret;
use bailiwick_store::{Error as StoreError, Tx};

use crate::cx::Cx;
use crate::error::{Error, FieldError, Result};

/// Secrets that agents of the type have: to set, or to take away.
#[derive(Default)]
pub(super) struct Given {
    set: Vec<(SecretName, SecretText)>,
    cleared: Vec<SecretName>,
}

impl Given {
    /// Sorts what a client gave; what agents of the type do not have is an error by field.
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

    /// The names of those that are set.
    pub(super) fn set(&self) -> impl Iterator<Item = SecretName> {
        self.set.iter().map(|(name, _)| *name)
    }

    /// The names of those that are taken away.
    pub(super) fn cleared(&self) -> impl Iterator<Item = SecretName> {
        self.cleared.iter().copied()
    }

    /// Those that are set, sealed for an agent.
    pub(super) fn seal(&self, cx: &Cx, agent: AgentId) -> Result<Vec<AgentSecret>> {
        let sealed = self.set.iter().map(|(name, text)| {
            let sealed = seal(cx, &name.place(agent), text).map_err(Error::internal)?;
            Ok(AgentSecret { agent, name: *name, sealed })
        });
        sealed.collect()
    }

    /// Writes what [`seal`](Self::seal) made, and takes away the others.
    pub(super) async fn write(
        &self,
        tx: &mut Tx,
        agent: AgentId,
        sealed: &[AgentSecret],
    ) -> Result<(), StoreError> {
        self.clear(tx, agent).await?;
        tx.set_agent_secrets(sealed).await
    }

    /// Takes away those that are to be.
    pub(super) async fn clear(&self, tx: &mut Tx, agent: AgentId) -> Result<(), StoreError> {
        if self.cleared.is_empty() {
            return Ok(());
        }
        tx.clear_agent_secrets(agent, self.cleared()).await
    }
}

fn seal(cx: &Cx, place: &str, text: &SecretText) -> Result<Sealed, CannotOpen> {
    cx.control().keyring().peppers().seal(place, text.reveal(), cx.entropy())
}
