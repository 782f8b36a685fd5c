//! Change an agent.

use std::collections::{BTreeMap, BTreeSet};

use bailiwick_domain::agent::{Agent, AgentRef, SecretChanges, Secrets, SettingChanges, SettingValue};
use bailiwick_domain::id::{NodeId, ServiceId};
use bailiwick_domain::label::Labels;
use bailiwick_domain::name::Description;
use bailiwick_domain::port::Port;
use bailiwick_domain::reach::OrganizationReach;
use bailiwick_domain::revision::Revision;
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::{FieldError, Result, require_valid};
use bailiwick_engine::operation::Operation;
use bailiwick_engine::shape::patch::{Named, Patch};
use bailiwick_engine::shape::spec::Spec;
use schemars::JsonSchema;
use serde::Deserialize;

use super::draft::{misfits, object};
use super::read::doubt;
use super::secrets::{self, Given};
use super::{NOUN, Observes, TAG, find, ids, node_taken, require_no_twin, require_reach, view};
use crate::references::{KnownNodes, KnownServices};

/// Change an agent.
///
/// Fields that are absent stay as they are. So do settings and secrets that are not named; null removes
/// one. The lists of what it observes are replaced as a whole, except that nodes and services out of
/// the caller's reach are not shown and stay. The type, and the node that it runs on, never change.
///
/// A secret belongs to the destination that the agent had when the secret was set. If the destination
/// changes, by this operation or by a change of the service or node, the secret is withheld until it is
/// set again.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("examples" = [{ "enabled": false }]))]
pub(crate) struct UpdateAgent {
    /// Its id, or its node and type, as in `db-1/mysqld_exporter`.
    agent: AgentRef,
    /// What it observes now; a list that is absent stays.
    #[serde(default)]
    observes: Named<Observes>,
    /// Whether it is enabled.
    #[serde(default)]
    enabled: Named<bool>,
    /// A new description; null removes it.
    #[serde(default)]
    description: Patch<Description>,
    /// Settings to change; null removes one, or resets it to its default.
    #[serde(default)]
    #[schemars(with = "SettingChanges")]
    settings: BTreeMap<String, Option<SettingValue>>,
    /// Secrets to change; null removes one. They are never shown.
    #[serde(default)]
    #[schemars(with = "SecretChanges")]
    secrets: Secrets,
    /// The new port of its metrics; null lets the node's agent choose one.
    #[serde(default)]
    listen_port: Patch<Port>,
    /// Whether it may become a second exporter of its type that the node's agent starts for the same
    /// node or service; refused if absent.
    allow_duplicate: Option<bool>,
    /// New labels; they replace all old ones.
    #[serde(default)]
    labels: Named<Labels>,
}

/// The nodes and services of an agent that the caller reaches.
struct Seen {
    nodes: BTreeSet<NodeId>,
    services: BTreeSet<ServiceId>,
}

impl Seen {
    fn of(&self, mut agent: Agent) -> Agent {
        agent.runs_on = agent.runs_on.filter(|node| self.nodes.contains(node));
        agent.observes.nodes.retain(|node| self.nodes.contains(node));
        agent.observes.services.retain(|service| self.services.contains(service));
        agent
    }
}

impl Operation for UpdateAgent {
    const SPEC: Spec = Spec::update(ids::AGENTS_UPDATE, "/v1/agents/{agent}").tag(TAG).versioned();
    const REVISION: fn(&view::Agent) -> Option<Revision> = |output| Some(output.record.revision);
    type Output = view::Agent;

    async fn run(self, cx: &Cx) -> Result<view::Agent> {
        let reach = cx.organization_reach()?;
        let whole = OrganizationReach::whole(reach.organization);
        let mut errors = Vec::new();
        let mut write = cx.write().await?;
        let id = find(write.tx(), &reach, &self.agent).await?;
        let mut agent = NOUN.found(write.tx().agents(&reach).get_with_all(id).await?, &self.agent)?;
        let from = agent.revision;
        let nodes = agent.runs_on.into_iter().chain(agent.observes.nodes.iter().copied());
        let mut seen = Seen {
            nodes: write.tx().nodes(&reach).existing(nodes).await?.into_iter().collect(),
            services: write.tx().services(&reach).existing(agent.observes.services.iter().copied()).await?,
        };
        cx.require_match(&seen.of(agent.clone()), from)?;

        let given = Given::new(agent.kind, &self.secrets, "", &mut errors);
        agent.secrets.extend(given.set());
        agent.secrets = &agent.secrets - &given.cleared().collect();
        for (name, value) in self.settings {
            agent.settings.set(name, value);
        }
        agent.complete();
        let mut port = agent.told_port();
        self.listen_port.apply(&mut port);
        if let Err(misfit) = agent.tell_port(port) {
            errors.push(FieldError::new(misfit.field(), misfit.to_string()));
        }
        if let Some(enabled) = self.enabled.0 {
            agent.enabled = enabled;
        }
        self.description.apply(&mut agent.description);
        if let Some(labels) = self.labels.0 {
            agent.labels = labels;
        }
        let before = agent.observes.clone();
        let mut named_nodes = Vec::new();
        let mut named_services = Vec::new();
        if let Some(observes) = self.observes.0 {
            observes.check_length("", &mut errors);
            if observes.nodes.is_some() {
                let known = KnownNodes::find(write.tx().nodes(&reach), observes.nodes()).await?;
                let named = known.list("observes.nodes", observes.nodes(), &mut errors);
                named_nodes = named.into_iter().map(object).collect();
                let ids: BTreeSet<NodeId> = named_nodes.iter().map(|node| node.id).collect();
                agent.observes.nodes = &(&agent.observes.nodes - &seen.nodes) | &ids;
                if agent.kind.observes_its_own_node() {
                    agent.observes.nodes.extend(agent.runs_on);
                }
                seen.nodes.extend(ids);
            }
            if observes.services.is_some() {
                let known = KnownServices::find(write.tx().services(&reach), observes.services()).await?;
                let named = known.list("observes.services", observes.services(), &mut errors);
                named_services = named.into_iter().cloned().collect();
                let ids: BTreeSet<ServiceId> = named_services.iter().map(|service| service.id).collect();
                agent.observes.services = &(&agent.observes.services - &seen.services) | &ids;
                seen.services.extend(ids);
            }
        }
        let host: Vec<NodeId> = agent.runs_on.into_iter().collect();
        let host = write.tx().nodes(&whole).all_of(&host, &[]).await?.first().map(object);
        errors.extend(misfits(&agent, host.as_ref(), &named_nodes, &named_services, ""));
        require_valid(errors)?;
        require_reach(write.tx(), &reach, &agent).await?;
        if agent.observes != before && !self.allow_duplicate.unwrap_or_default() {
            require_no_twin(write.tx(), &reach, &agent).await?;
        }

        cx.revise(from, &mut agent.revision, &mut agent.updated_at);
        let written = write.tx().agents(&reach).update(&agent, from).await;
        let mut write = write.unless_taken(written, node_taken(cx, &reach, &agent)).await?;
        secrets::write(cx, write.tx(), &[(&agent, &given)]).await?;
        let mut shown = seen.of(agent);
        doubt(cx, std::slice::from_mut(&mut shown)).await?;
        write.commit(vec![NOUN.target(shown.id)], shown.into()).await
    }
}
