//! Seals secrets again that are sealed under an older pepper, so that the older pepper can be dropped.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use bailiwick_domain::agent::Agent;
use bailiwick_domain::command::SecretEnv;
use bailiwick_domain::front::FrontAuthority;
use bailiwick_domain::id::{AgentId, OrganizationId};
use bailiwick_domain::key::{CannotOpen, Sealed};
use bailiwick_domain::reach::OrganizationReach;
use bailiwick_engine::control::Control;
use bailiwick_engine::error::Result;
use bailiwick_store::agent_secrets::AgentSecret;

use crate::account::second_factor;
use crate::agents::Surroundings;

/// How many secrets are written in one transaction.
const SECRETS_AT_ONCE: u32 = 500;

/// Seals again every secret that is sealed under an older pepper. A secret that cannot be opened
/// stays as it is, and is logged.
pub async fn reseal(control: &Control) -> Result<()> {
    reseal_agent_secrets(control).await?;
    reseal_command_env(control).await?;
    reseal_second_factors(control).await?;
    reseal_front_keys(control).await
}

fn seal_again(control: &Control, place: &str, sealed: &Sealed) -> Result<Sealed, CannotOpen> {
    let peppers = control.keyring().peppers();
    let again = peppers.open(place, sealed).and_then(|text| peppers.seal(place, &text, control.entropy()));
    again.inspect_err(|error| {
        tracing::error!(place, pepper = sealed.pepper, "{error}; the secret stays under its older pepper");
    })
}

/// Binds agents' secrets that were stored before secrets had destinations to their current
/// destination, all of them or none. A secret that cannot be opened stays as it is, is logged, and
/// is not sent anywhere.
pub async fn bind_secrets(control: &Control) -> Result<()> {
    // Usually there are none, and then a database that cannot be written does not prevent the
    // start.
    if !control.store().has_unbound_agent_secrets().await? {
        return Ok(());
    }
    let peppers = control.keyring().peppers();
    let mut tx = control.store().begin().await?;
    let mut after = None;
    let mut bound = 0;
    loop {
        let secrets = tx.unbound_agent_secrets(after, SECRETS_AT_ONCE).await?;
        let Some((_, last)) = secrets.last() else { break };
        after = Some((last.agent, last.name));
        let mut by_organization: BTreeMap<OrganizationId, Vec<AgentSecret>> = BTreeMap::new();
        for (organization, secret) in secrets {
            by_organization.entry(organization).or_default().push(secret);
        }
        for (organization, secrets) in by_organization {
            let ids: BTreeSet<AgentId> = secrets.iter().map(|secret| secret.agent).collect();
            let whole = OrganizationReach::whole(organization);
            let agents = tx.agents(&whole).some_with_all(ids).await?;
            let around = Surroundings::find(&mut tx, organization, &agents).await?;
            let agents: HashMap<AgentId, &Agent> = agents.iter().map(|agent| (agent.id, agent)).collect();
            for secret in secrets {
                let Some(agent) = agents.get(&secret.agent) else { continue };
                let destination = around.route(agent).destination(secret.name);
                let place = secret.name.place(secret.agent, Some(&destination));
                let opened = peppers.open(&secret.name.place(secret.agent, None), &secret.sealed);
                match opened.and_then(|text| peppers.seal(&place, &text, control.entropy())) {
                    Ok(sealed) => {
                        let destination = Some(destination);
                        let new = AgentSecret { destination, sealed, ..secret.clone() };
                        tx.reseal_agent_secret(&secret, &new).await?;
                        bound += 1;
                    }
                    Err(error) => {
                        tracing::error!(agent = %secret.agent, "a secret is withheld: {error}");
                    }
                }
            }
        }
    }
    tx.commit().await?;
    if bound > 0 {
        tracing::info!(
            secrets = bound,
            "stored secrets of agents were bound to the addresses that they are sent to now"
        );
    }
    Ok(())
}

async fn reseal_agent_secrets(control: &Control) -> Result<()> {
    let current = control.keyring().peppers().current();
    let mut after = None;
    loop {
        let secrets = control.store().agent_secrets_before(current, after, SECRETS_AT_ONCE).await?;
        let Some(last) = secrets.last() else { return Ok(()) };
        after = Some((last.agent, last.name));
        let mut tx = control.store().begin().await?;
        for secret in &secrets {
            let place = secret.name.place(secret.agent, secret.destination.as_deref());
            if let Ok(sealed) = seal_again(control, &place, &secret.sealed) {
                let new = AgentSecret { sealed, ..secret.clone() };
                tx.reseal_agent_secret(secret, &new).await?;
            }
        }
        tx.commit().await?;
    }
}

async fn reseal_command_env(control: &Control) -> Result<()> {
    let current = control.keyring().peppers().current();
    let mut after = None;
    loop {
        let sealed = control.store().command_env_before(current, after, SECRETS_AT_ONCE).await?;
        let Some((last, _)) = sealed.last() else { return Ok(()) };
        after = Some(*last);
        let mut tx = control.store().begin().await?;
        for (command, read) in &sealed {
            if let Ok(sealed) = seal_again(control, &SecretEnv::place(*command), read) {
                tx.reseal_command_env(*command, read, &sealed).await?;
            }
        }
        tx.commit().await?;
    }
}

async fn reseal_second_factors(control: &Control) -> Result<()> {
    let current = control.keyring().peppers().current();
    let mut after = None;
    loop {
        let factors = control.store().second_factors_before(current, after, SECRETS_AT_ONCE).await?;
        let Some((last, _)) = factors.last() else { return Ok(()) };
        after = Some(*last);
        let mut tx = control.store().begin().await?;
        for (user, read) in &factors {
            if let Ok(sealed) = seal_again(control, &second_factor::place(*user), read) {
                tx.reseal_second_factor(*user, read, &sealed).await?;
            }
        }
        tx.commit().await?;
    }
}

async fn reseal_front_keys(control: &Control) -> Result<()> {
    let current = control.keyring().peppers().current();
    let mut after = None;
    loop {
        let keys = control.store().front_keys_before(current, after, SECRETS_AT_ONCE).await?;
        let Some((last, _)) = keys.last() else { return Ok(()) };
        after = Some(*last);
        let mut tx = control.store().begin().await?;
        for (organization, read) in &keys {
            if let Ok(sealed) = seal_again(control, &FrontAuthority::place(*organization), read) {
                tx.reseal_front_key(*organization, read, &sealed).await?;
            }
        }
        tx.commit().await?;
    }
}
