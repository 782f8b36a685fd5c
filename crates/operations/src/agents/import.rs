//! Import many agents at once.

use std::collections::{BTreeSet, HashMap, HashSet};

use bailiwick_domain::agent::{Agent, AgentType};
use bailiwick_domain::audit::Target;
use bailiwick_domain::id::{AgentId, NodeId, ServiceId, SiteId};
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::{FieldError, Result};
use bailiwick_engine::operation::Operation;
use bailiwick_engine::shape::format::Format;
use bailiwick_engine::shape::records::{Existing, Imported, Line, LineErrors, TEXT_MAX};
use bailiwick_engine::shape::spec::Spec;
use bailiwick_store::Tx;
use schemars::JsonSchema;
use serde::Deserialize;

use super::draft::{NewAgent, Observes, misfits, object};
use super::line::AgentLine;
use super::secrets::{self, Given};
use super::{NOUN, TAG, ids};
use crate::import::{Decided, Fate, Import, Importer, Text, Wrong, created_and_changed, import};
use crate::references::{KnownNodes, KnownServices};

/// Import many agents at once.
///
/// Each line is an agent with the fields of `agents.create`; a line with an `id` refers to the existing
/// agent. In CSV, the first line names the fields; `observes`, `settings` and `secrets` contain JSON
/// objects; labels are in a column `labels`, as `env=prod,note="two words"`, or each in a column of its
/// own, as `label.env`. At most 100,000 lines.
///
/// Either all lines are imported or none: `errors` names every wrong line, the first hundred one by
/// one. The text can also be the whole body, with `Content-Type: text/csv` or `application/x-ndjson`;
/// the other fields are then query parameters.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("examples" = [{
    "format": "csv",
    "data": "type,listen_port,labels\nexternal_exporter,9187,\"env=prod,tier=db\"\n",
}]))]
pub(crate) struct ImportAgents {
    /// The format of the text.
    #[schemars(example = &"jsonl")]
    format: Format,
    /// The text.
    #[schemars(example = &"{\"type\":\"external_exporter\",\"listen_port\":9187}\n")]
    data: String,
    /// What to do with a line whose id belongs to an existing agent; `refuse` if absent.
    #[serde(default)]
    existing: Existing,
    /// Change nothing; only answer what would be done.
    dry_run: Option<bool>,
}

impl Operation for ImportAgents {
    const SPEC: Spec =
        Spec::act(ids::AGENTS_IMPORT, "/v1/agents/import").tag(TAG).takes_text().body_limit(TEXT_MAX);
    type Output = Imported;

    async fn run(self, cx: &Cx) -> Result<Imported> {
        let Self { format, data, existing, dry_run } = self;
        import(cx, Agents::default(), Text { format, data, existing, dry_run }).await
    }
}

/// An agent as its line describes it.
struct Described {
    agent: Agent,
    secrets: Given,
    /// Whether it may be a second one of its type, because its line allows it or it was one before.
    may_be_a_twin: bool,
}

/// What an import of agents has looked up.
#[derive(Default)]
struct Agents {
    /// The agents in reach that lines name, with all that they observe.
    existing: HashMap<AgentId, Agent>,
    /// All nodes that lines name or agents refer to.
    nodes: KnownNodes,
    /// The services in reach that lines name.
    services: KnownServices,
    /// The services in reach that agents observe.
    seen_services: BTreeSet<ServiceId>,
}

impl Importer for Agents {
    const FIELD: (&'static str, &'static str) = ("id", "id");
    const KEY: fn(&AgentLine) -> Option<AgentId> = |line| line.id;
    const TARGET: fn(&Described) -> Target = |described| NOUN.target(described.agent.id);
    type Line = AgentLine;
    type Key = AgentId;
    type Object = Described;

    async fn look_up(&mut self, import: &Import<'_>, tx: &mut Tx, lines: &[Line<AgentLine>]) -> Result<()> {
        let reach = &import.reach;
        tx.lock_organization(reach.organization).await?;
        let ids: BTreeSet<AgentId> = lines.iter().filter_map(|line| line.record.id).collect();
        let existing = tx.agents(reach).some_with_all(ids).await?;
        let of = |agent: &Agent| agent.runs_on.into_iter().chain(agent.observes.nodes.clone());
        let there: BTreeSet<NodeId> = existing.iter().flat_map(of).collect();
        let observed = || lines.iter().filter_map(|line| line.record.observes.as_ref());
        let hosts = lines.iter().filter_map(|line| line.record.runs_on.as_ref());
        let named = hosts.chain(observed().flat_map(Observes::nodes));
        self.nodes = KnownNodes::find_with_places(tx, reach, there, named).await?;
        self.services =
            KnownServices::find(tx.services(reach), observed().flat_map(Observes::services)).await?;
        let there: BTreeSet<ServiceId> =
            existing.iter().flat_map(|agent| agent.observes.services.iter().copied()).collect();
        self.seen_services = tx.services(reach).existing(there).await?;
        self.existing = existing.into_iter().map(|agent| (agent.id, agent)).collect();
        Ok(())
    }

    fn decide(
        &mut self,
        import: &Import<'_>,
        line: Line<AgentLine>,
        wrong: &mut Wrong,
    ) -> Result<Option<Decided<Described>>> {
        let Line { number: line, record } = line;
        let Some(id) = record.id else {
            let new = record.create();
            let wrong = &mut wrong.fields;
            let observed = self.services.list("observes.services", new.observes.services(), wrong);
            let new = new.build(import.cx, &import.reach, &self.nodes, observed, "", wrong);
            return Ok(new.map(|NewAgent { agent, secrets, allow_duplicate: may_be_a_twin }| Decided {
                line,
                object: Described { agent, secrets, may_be_a_twin },
                fate: Fate::New,
            }));
        };
        Ok(match self.existing.get(&id) {
            None => {
                wrong.push("id", format!("there is no agent {id}; leave the id out to create one"));
                None
            }
            Some(_) if import.existing == Existing::Refuse => {
                let detail =
                    "expected no id: an agent with this id exists; set `existing` to `update` to change it";
                wrong.push("id", detail);
                None
            }
            Some(there) => Some(self.changed(import.cx, line, there, record, &mut wrong.fields)),
        })
    }

    async fn check(
        &self,
        import: &Import<'_>,
        tx: &mut Tx,
        decided: &[Decided<Described>],
        errors: &mut LineErrors,
    ) -> Result<()> {
        self.check_reach(import, tx, decided, errors).await?;
        self.check_ours(import, tx, decided, errors).await?;
        self.check_twins(import, tx, decided, errors).await
    }

    async fn write(
        &mut self,
        import: &Import<'_>,
        tx: &mut Tx,
        decided: Vec<Decided<Described>>,
    ) -> Result<()> {
        let mut given = Vec::new();
        let split = decided.into_iter().map(|Decided { line, object, fate }| {
            given.push((object.agent.clone(), object.secrets));
            Decided { line, object: object.agent, fate }
        });
        let (created, changed) = created_and_changed(split.collect());
        let changed: Vec<_> = changed.iter().map(|(agent, from)| (agent, *from)).collect();
        tx.agents(&import.reach).create_many(&created).await?;
        tx.agents(&import.reach).update_many(&changed).await?;
        let given: Vec<_> = given.iter().map(|(agent, secrets)| (agent, secrets)).collect();
        secrets::write(import.cx, tx, &given).await
    }
}

impl Agents {
    /// An existing agent as a line changes it.
    fn changed(
        &self,
        cx: &Cx,
        line: u64,
        there: &Agent,
        record: AgentLine,
        wrong: &mut Vec<FieldError>,
    ) -> Decided<Described> {
        let mut agent = there.clone();
        if record.kind != there.kind {
            let detail = format!("expected {}: the type of an agent cannot be changed", there.kind);
            wrong.push(FieldError::new("type", detail));
        }
        if let Some(name) = &record.runs_on
            && let Some(node) = self.nodes.get("runs_on", name, wrong)
            && Some(node.id) != there.runs_on
        {
            wrong.push(FieldError::new("runs_on", "the node that an agent runs on cannot be changed"));
        }
        let (mut nodes, mut services) = (Vec::new(), Vec::new());
        if let Some(observes) = &record.observes {
            observes.check_length("", wrong);
            if observes.nodes.is_some() {
                let named = self.nodes.list("observes.nodes", observes.nodes(), wrong);
                nodes = named.into_iter().map(object).collect();
                agent.observes.nodes.retain(|id| self.nodes.with_id(*id).is_none());
                agent.observes.nodes.extend(nodes.iter().map(|node| node.id));
                if agent.kind.observes_its_own_node() {
                    agent.observes.nodes.extend(agent.runs_on);
                }
            }
            if observes.services.is_some() {
                let named = self.services.list("observes.services", observes.services(), wrong);
                services = named.into_iter().cloned().collect();
                agent.observes.services.retain(|id| !self.seen_services.contains(id));
                agent.observes.services.extend(services.iter().map(|service| service.id));
            }
        }
        agent.enabled = record.enabled.unwrap_or(agent.enabled);
        agent.description = record.description.or(agent.description);
        if let Some(settings) = record.settings {
            agent.settings = settings;
            agent.complete();
        }
        if record.listen_port.is_some()
            && let Err(misfit) = agent.tell_port(record.listen_port)
        {
            wrong.push(FieldError::new(misfit.field(), misfit.to_string()));
        }
        if let Some(labels) = record.labels {
            agent.labels = labels;
        }
        let may_be_a_twin = record.allow_duplicate.unwrap_or_default() || agent.observes == there.observes;
        let given = Given::new(agent.kind, &record.secrets, "", wrong);
        agent.secrets.extend(given.set());
        agent.secrets = &agent.secrets - &given.cleared().collect();
        let host = agent.runs_on.and_then(|id| self.nodes.with_id(id)).map(object);
        let hidden_host = agent.runs_on.is_some() && host.is_none();
        let mut misfits = misfits(&agent, host.as_ref(), &nodes, &services, "");
        // Its node was checked when the agent was created, and may be out of the caller's reach.
        misfits.retain(|error| !(hidden_host && error.field == "runs_on"));
        wrong.extend(misfits);
        // No answer may reveal whether a secret is the same.
        let fate = if agent == *there && record.secrets.is_empty() {
            Fate::Same
        } else {
            agent.updated_at = cx.now();
            agent.revision = there.revision.next();
            Fate::Changed { from: there.revision }
        };
        Decided { line, object: Described { agent, secrets: given, may_be_a_twin }, fate }
    }

    /// Refuses agents that would be out of the caller's reach.
    async fn check_reach(
        &self,
        import: &Import<'_>,
        tx: &mut Tx,
        decided: &[Decided<Described>],
        errors: &mut LineErrors,
    ) -> Result<()> {
        let services: BTreeSet<ServiceId> = decided
            .iter()
            .flat_map(|decided| decided.object.agent.observes.services.iter().copied())
            .collect();
        let services: Vec<ServiceId> = services.into_iter().collect();
        let mut on: HashMap<ServiceId, Vec<(NodeId, Option<SiteId>)>> = HashMap::new();
        for (service, node, site) in tx.services(&import.whole).places(&services).await? {
            on.entry(service).or_default().push((node, site));
        }
        for Decided { line, object: Described { agent, .. }, .. } in decided {
            let nodes = agent.runs_on.into_iter().chain(agent.observes.nodes.iter().copied());
            let own = nodes.map(|id| self.nodes.place(id));
            let observed = agent.observes.services.iter().filter_map(|id| on.get(id)).flatten().copied();
            if !import.reach.touches_on(&agent.labels, own.chain(observed)) {
                errors.push(*line, "", "the agent would be outside of the key's reach");
            }
        }
        Ok(())
    }

    /// Refuses a second exporter that a node's agent starts for the same node or service.
    async fn check_twins(
        &self,
        import: &Import<'_>,
        tx: &mut Tx,
        decided: &[Decided<Described>],
        errors: &mut LineErrors,
    ) -> Result<()> {
        let asked = || {
            decided
                .iter()
                .filter(|decided| !decided.object.may_be_a_twin && decided.object.agent.kind.is_supervised())
        };
        let nodes: BTreeSet<NodeId> = asked().filter_map(|decided| decided.object.agent.runs_on).collect();
        let nodes: Vec<NodeId> = nodes.into_iter().collect();
        let there = tx.agents(&import.reach).supervised_on(&nodes).await?;
        let ids: Vec<AgentId> = there.iter().map(|agent| agent.id).collect();
        let reached = tx.agents(&import.reach).existing(&ids).await?;
        // Compares the agents as they will be: lines change existing agents, and may conflict with each
        // other.
        let lines: HashSet<AgentId> = decided.iter().map(|decided| decided.object.agent.id).collect();
        let mut on: HashMap<NodeId, Vec<(&Agent, Option<u64>)>> = HashMap::new();
        let unchanged = there.iter().filter(|agent| !lines.contains(&agent.id)).map(|agent| (agent, None));
        let written = decided.iter().map(|decided| (&decided.object.agent, Some(decided.line)));
        for (agent, line) in unchanged.chain(written) {
            if let Some(node) = agent.runs_on.filter(|_| agent.kind.is_supervised()) {
                on.entry(node).or_default().push((agent, line));
            }
        }
        for Decided { line, object: Described { agent, .. }, .. } in asked() {
            let others = agent.runs_on.and_then(|node| on.get(&node)).into_iter().flatten();
            let mut twins = others.filter(|(other, _)| agent.is_twin_of(other));
            // Of two conflicting lines, the later one is wrong.
            let Some((twin, at)) = twins.find(|(_, at)| at.is_none_or(|at| at < *line)) else { continue };
            let which = match at {
                Some(at) => format!("line {at}"),
                None if reached.contains(&twin.id) => format!("the agent {}", twin.id),
                None => "another agent".to_owned(),
            };
            let detail = format!(
                "expected no second {} that observes the same object on this node: {which} is one; set `allow_duplicate` to true to allow it",
                agent.kind
            );
            errors.push(*line, "runs_on", detail);
        }
        Ok(())
    }

    /// Refuses a second `bailiwick_agent` on a node.
    async fn check_ours(
        &self,
        import: &Import<'_>,
        tx: &mut Tx,
        decided: &[Decided<Described>],
        errors: &mut LineErrors,
    ) -> Result<()> {
        let mut lines: HashMap<NodeId, u64> = HashMap::new();
        for Decided { line, object: Described { agent, .. }, fate } in decided {
            if let (AgentType::BailiwickAgent, Fate::New, Some(node)) = (agent.kind, fate, agent.runs_on)
                && let Some(before) = lines.insert(node, *line)
            {
                errors.push(*line, "runs_on", format!("expected another node: line {before} has it"));
            }
        }
        let nodes: Vec<NodeId> = lines.keys().copied().collect();
        let taken = tx.agents(&import.whole).ours_on(&nodes).await?;
        let ids: Vec<AgentId> = taken.iter().map(|(_, agent)| *agent).collect();
        let reached = tx.agents(&import.reach).existing(&ids).await?;
        for (node, agent) in taken {
            let other = if reached.contains(&agent) { format!(" ({agent})") } else { String::new() };
            let detail =
                format!("expected a node without an agent of this type: this node already has one{other}");
            errors.push(lines.get(&node).copied().unwrap_or_default(), "runs_on", detail);
        }
        Ok(())
    }
}
