//! Secrets that are sealed under an older pepper, sealed again under the current one, so that the
//! older one can be dropped.

use bailiwick_domain::key::{CannotOpen, Sealed};

use crate::control::Control;
use crate::error::Result;
use crate::fleet::env_place;
use crate::second_factor;

/// How many secrets are written in one transaction.
const SECRETS_AT_ONCE: u32 = 500;

impl Control {
    /// Seals every secret again that is sealed under an older pepper. What does not open stays, and
    /// is logged.
    pub async fn reseal(&self) -> Result<()> {
        self.reseal_agent_secrets().await?;
        self.reseal_command_env().await?;
        self.reseal_second_factors().await
    }

    fn seal_again(&self, place: &str, sealed: &Sealed) -> Result<Sealed, CannotOpen> {
        let peppers = self.keyring.peppers();
        let again = peppers.open(place, sealed).and_then(|text| peppers.seal(place, &text, &*self.entropy));
        again.inspect_err(|error| {
            tracing::error!(place, pepper = sealed.pepper, "{error}; it stays under its older pepper");
        })
    }

    async fn reseal_agent_secrets(&self) -> Result<()> {
        let current = self.keyring.peppers().current();
        let mut after = None;
        loop {
            let secrets = self.store.agent_secrets_before(current, after, SECRETS_AT_ONCE).await?;
            let Some(last) = secrets.last() else { return Ok(()) };
            after = Some((last.agent, last.name));
            let mut tx = self.store.begin().await?;
            for secret in &secrets {
                if let Ok(sealed) = self.seal_again(&secret.name.place(secret.agent), &secret.sealed) {
                    tx.reseal_agent_secret(secret, &sealed).await?;
                }
            }
            tx.commit().await?;
        }
    }

    async fn reseal_command_env(&self) -> Result<()> {
        let current = self.keyring.peppers().current();
        let mut after = None;
        loop {
            let sealed = self.store.command_env_before(current, after, SECRETS_AT_ONCE).await?;
            let Some((last, _)) = sealed.last() else { return Ok(()) };
            after = Some(*last);
            let mut tx = self.store.begin().await?;
            for (command, read) in &sealed {
                if let Ok(sealed) = self.seal_again(&env_place(*command), read) {
                    tx.reseal_command_env(*command, read, &sealed).await?;
                }
            }
            tx.commit().await?;
        }
    }

    async fn reseal_second_factors(&self) -> Result<()> {
        let current = self.keyring.peppers().current();
        let mut after = None;
        loop {
            let factors = self.store.second_factors_before(current, after, SECRETS_AT_ONCE).await?;
            let Some((last, _)) = factors.last() else { return Ok(()) };
            after = Some(*last);
            let mut tx = self.store.begin().await?;
            for (user, read) in &factors {
                if let Ok(sealed) = self.seal_again(&second_factor::place(*user), read) {
                    tx.reseal_second_factor(*user, read, &sealed).await?;
                }
            }
            tx.commit().await?;
        }
    }
}
