//! Import many agents at once.

use std::collections::{BTreeSet, HashMap};

use bailiwick_domain::agent::{Agent, AgentType};
use bailiwick_domain::audit::Target;
use bailiwick_domain::id::{AgentId, NodeId, ServiceId, SiteId};
use bailiwick_domain::node::{Node, NodeName, NodeRef};
use bailiwick_domain::reach::OrganizationReach;
use bailiwick_domain::revision::Revision;
use bailiwick_domain::service::ServiceRef;
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::{FieldError, Result};
use bailiwick_engine::operation::Operation;
use bailiwick_engine::shape::format::Format;
use bailiwick_engine::shape::records::{Existing, Imported, Line, LineErrors, TEXT_MAX, read};
use bailiwick_engine::shape::removal::AUDIT_TARGETS_MAX;
use bailiwick_engine::shape::spec::Spec;
use bailiwick_store::{Error as StoreError, Tx};
use schemars::JsonSchema;
use serde::Deserialize;

use super::draft::{NewAgent, Observes, misfits, object};
use super::line::AgentLine;
use super::secrets::{self, Given};
use super::{NOUN, TAG};
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
        Spec::act("agents.import", "/v1/agents/import").tag(TAG).takes_text().body_limit(TEXT_MAX);
    type Output = Imported;

    async fn run(self, cx: &Cx) -> Result<Imported> {
        let reach = cx.organization_reach()?;
        let dry_run = self.dry_run.unwrap_or_default();
        let (lines, mut errors) = read::<AgentLine>(self.format, self.data).await?;
        let mut write = cx.write().await?;
        write.tx().lock_organization(reach.organization).await?;
        let mut import = Import::prepare(write.tx(), &reach, &lines).await?;
        let mut decided = Vec::new();
        for line in lines {
            decided.extend(import.decide(cx, line, self.existing, &mut errors));
        }
        import.check_reach(write.tx(), &decided, &mut errors).await?;
        import.check_ours(write.tx(), &decided, &mut errors).await?;
        import.check_twins(write.tx(), &decided, &mut errors).await?;
        errors.check()?;
        let count = |wanted: fn(&Fate) -> bool| decided.iter().filter(|agent| wanted(&agent.fate)).count();
        let imported = Imported {
            created: count(|fate| matches!(fate, Fate::New)),
            updated: count(|fate| matches!(fate, Fate::Changed { .. })),
            unchanged: count(|fate| matches!(fate, Fate::Same)),
            dry_run,
        };
        if dry_run {
            return Ok(imported);
        }
        let written = decided.iter().filter(|agent| !matches!(agent.fate, Fate::Same));
        let targets =
            written.take(AUDIT_TARGETS_MAX).map(|decided| Target::new(NOUN, decided.agent.id)).collect();
        store(write.tx(), &reach, &decided).await?;
        let given: Vec<_> = decided.iter().map(|decided| (&decided.agent, &decided.secrets)).collect();
        secrets::write(cx, write.tx(), &given).await?;
        let note = format!("{} created, {} updated", imported.created, imported.updated);
        write.noting(note).commit(targets, imported).await
    }
}

/// What the import does with an agent.
enum Fate {
    /// It is created.
    New,
    /// It is changed. This was its revision.
    Changed { from: Revision },
    /// It already is as its line says.
    Same,
}

/// An agent as its line describes it.
struct Decided {
    line: u64,
    agent: Agent,
    secrets: Given,
    fate: Fate,
    /// Whether it may be a second one of its type, because its line allows it or it was one before.
    may_be_a_twin: bool,
}

async fn store(tx: &mut Tx, reach: &OrganizationReach, decided: &[Decided]) -> Result<(), StoreError> {
    let created = decided.iter().filter(|decided| matches!(decided.fate, Fate::New));
    let created: Vec<Agent> = created.map(|decided| decided.agent.clone()).collect();
    tx.agents(reach).create_many(&created).await?;
    let changes: Vec<_> = decided
        .iter()
        .filter_map(|decided| match &decided.fate {
            Fate::Changed { from } => Some((&decided.agent, *from)),
            Fate::New | Fate::Same => None,
        })
        .collect();
    tx.agents(reach).update_many(&changes).await
}

/// What an import has looked up.
struct Import<'a> {
    reach: &'a OrganizationReach,
    whole: OrganizationReach,
    /// The agents in reach that lines name, with all that they observe.
    existing: HashMap<AgentId, Agent>,
    /// The sites of all nodes that lines name or agents refer to, in reach or not.
    places: HashMap<NodeId, Option<SiteId>>,
    /// The nodes among them that are in reach.
    nodes: KnownNodes,
    seen_nodes: BTreeSet<NodeId>,
    /// The services in reach that lines name.
    services: KnownServices,
    /// The services in reach that agents observe.
    seen_services: BTreeSet<ServiceId>,
    /// The lines so far that name an agent by id.
    lines: HashMap<AgentId, u64>,
}

impl<'a> Import<'a> {
    /// Looks up everything that the lines refer to.
    async fn prepare(tx: &mut Tx, reach: &'a OrganizationReach, lines: &[Line<AgentLine>]) -> Result<Self> {
        let whole = OrganizationReach::whole(reach.organization);
        let ids: BTreeSet<AgentId> = lines.iter().filter_map(|line| line.record.id).collect();
        let existing = tx.agents(reach).some_with_all(ids).await?;
        let mut node_ids: BTreeSet<NodeId> = existing
            .iter()
            .flat_map(|agent| agent.runs_on.into_iter().chain(agent.observes.nodes.iter().copied()))
            .collect();
        let mut node_names: BTreeSet<&NodeName> = BTreeSet::new();
        let mut services: Vec<&ServiceRef> = Vec::new();
        for Line { record, .. } in lines {
            let observes = record.observes.as_ref();
            let observed = observes.map(Observes::nodes).unwrap_or_default();
            for node in record.runs_on.iter().chain(observed) {
                match node {
                    NodeRef::Id(id) => drop(node_ids.insert(*id)),
                    NodeRef::Name(name) => drop(node_names.insert(name)),
                }
            }
            services.extend(observes.map(Observes::services).unwrap_or_default());
        }
        let (node_ids, node_names): (Vec<_>, Vec<_>) =
            (node_ids.into_iter().collect(), node_names.into_iter().collect());
        let nodes = tx.nodes(&whole).all_of(&node_ids, &node_names).await?;
        let places = nodes.iter().map(|node| (node.id, node.site_id)).collect();
        let reached = |node: &Node| reach.touches_node(node.id, node.site_id, &node.labels);
        let nodes: Vec<Node> = nodes.into_iter().filter(reached).collect();
        let observed: BTreeSet<ServiceId> =
            existing.iter().flat_map(|agent| agent.observes.services.iter().copied()).collect();
        Ok(Self {
            reach,
            existing: existing.into_iter().map(|agent| (agent.id, agent)).collect(),
            places,
            seen_nodes: nodes.iter().map(|node| node.id).collect(),
            nodes: KnownNodes::of(nodes),
            services: KnownServices::find(tx.services(reach), services).await?,
            seen_services: tx.services(reach).existing(observed).await?,
            lines: HashMap::new(),
            whole,
        })
    }

    /// Decides what to do with a line.
    fn decide(
        &mut self,
        cx: &Cx,
        line: Line<AgentLine>,
        existing: Existing,
        errors: &mut LineErrors,
    ) -> Option<Decided> {
        let Line { number, record } = line;
        let mut wrong = Vec::new();
        let decided = match record.id {
            None => self.created(cx, record, &mut wrong).map(|new| Decided {
                line: number,
                agent: new.agent,
                secrets: new.secrets,
                fate: Fate::New,
                may_be_a_twin: new.allow_duplicate,
            }),
            Some(id) => {
                if let Some(before) = self.lines.insert(id, number) {
                    errors.push(number, "id", format!("expected another id: line {before} has it"));
                    return None;
                }
                match self.existing.get(&id) {
                    None => {
                        let detail = format!("there is no agent {id}; leave the id out to create one");
                        wrong.push(FieldError::new("id", detail));
                        None
                    }
                    Some(_) if existing == Existing::Refuse => {
                        let detail = "expected no id: an agent with this id exists; set `existing` to `update` to change it";
                        wrong.push(FieldError::new("id", detail));
                        None
                    }
                    Some(there) => Some(self.changed(cx, number, there, record, &mut wrong)),
                }
            }
        };
        for error in &wrong {
            errors.push(number, &error.field, &error.detail);
        }
        decided.filter(|_| wrong.is_empty())
    }

    fn created(&self, cx: &Cx, record: AgentLine, wrong: &mut Vec<FieldError>) -> Option<NewAgent> {
        let draft = record.draft();
        let observed = self.services.list("observes.services", draft.observes.services(), wrong);
        draft.build(cx, self.reach, &self.nodes, observed, "", wrong)
    }

    /// An existing agent as a line changes it.
    fn changed(
        &self,
        cx: &Cx,
        line: u64,
        there: &Agent,
        record: AgentLine,
        wrong: &mut Vec<FieldError>,
    ) -> Decided {
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
                let ids: BTreeSet<NodeId> = nodes.iter().map(|node| node.id).collect();
                agent.observes.nodes = &(&there.observes.nodes - &self.seen_nodes) | &ids;
                if agent.kind.observes_its_own_node() {
                    agent.observes.nodes.extend(agent.runs_on);
                }
            }
            if observes.services.is_some() {
                let named = self.services.list("observes.services", observes.services(), wrong);
                services = named.into_iter().cloned().collect();
                let ids: BTreeSet<ServiceId> = services.iter().map(|service| service.id).collect();
                agent.observes.services = &(&there.observes.services - &self.seen_services) | &ids;
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
        Decided { line, agent, secrets: given, fate, may_be_a_twin }
    }

    /// Refuses agents that would be out of the caller's reach.
    async fn check_reach(&self, tx: &mut Tx, decided: &[Decided], errors: &mut LineErrors) -> Result<()> {
        let services: BTreeSet<ServiceId> =
            decided.iter().flat_map(|decided| decided.agent.observes.services.iter().copied()).collect();
        let services: Vec<ServiceId> = services.into_iter().collect();
        let mut on: HashMap<ServiceId, Vec<(NodeId, Option<SiteId>)>> = HashMap::new();
        for (service, node, site) in tx.services(&self.whole).places(&services).await? {
            on.entry(service).or_default().push((node, site));
        }
        for Decided { line, agent, .. } in decided {
            let nodes = agent.runs_on.into_iter().chain(agent.observes.nodes.iter().copied());
            let own = nodes.map(|id| (id, self.places.get(&id).copied().flatten()));
            let observed = agent.observes.services.iter().filter_map(|id| on.get(id)).flatten().copied();
            if !self.reach.touches_on(&agent.labels, own.chain(observed)) {
                errors.push(*line, "", "the agent would be outside of the key's reach");
            }
        }
        Ok(())
    }

    /// Refuses a second exporter that a node's agent starts for the same node or service.
    async fn check_twins(&self, tx: &mut Tx, decided: &[Decided], errors: &mut LineErrors) -> Result<()> {
        let asked =
            || decided.iter().filter(|decided| !decided.may_be_a_twin && decided.agent.kind.is_supervised());
        let nodes: BTreeSet<NodeId> = asked().filter_map(|decided| decided.agent.runs_on).collect();
        let nodes: Vec<NodeId> = nodes.into_iter().collect();
        let there = tx.agents(self.reach).supervised_on(&nodes).await?;
        let ids: Vec<AgentId> = there.iter().map(|agent| agent.id).collect();
        let reached = tx.agents(self.reach).existing(&ids).await?;
        // Compares the agents as they will be: lines change existing agents, and may conflict with each
        // other.
        let lines: HashMap<AgentId, &Decided> =
            decided.iter().map(|decided| (decided.agent.id, decided)).collect();
        let mut on: HashMap<NodeId, Vec<(&Agent, Option<u64>)>> = HashMap::new();
        let unchanged =
            there.iter().filter(|agent| !lines.contains_key(&agent.id)).map(|agent| (agent, None));
        let written = decided.iter().map(|decided| (&decided.agent, Some(decided.line)));
        for (agent, line) in unchanged.chain(written) {
            if let Some(node) = agent.runs_on.filter(|_| agent.kind.is_supervised()) {
                on.entry(node).or_default().push((agent, line));
            }
        }
        for Decided { line, agent, .. } in asked() {
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
    async fn check_ours(&self, tx: &mut Tx, decided: &[Decided], errors: &mut LineErrors) -> Result<()> {
        let mut lines: HashMap<NodeId, u64> = HashMap::new();
        for Decided { line, agent, fate, .. } in decided {
            if let (AgentType::BailiwickAgent, Fate::New, Some(node)) = (agent.kind, fate, agent.runs_on)
                && let Some(before) = lines.insert(node, *line)
            {
                errors.push(*line, "runs_on", format!("expected another node: line {before} has it"));
            }
        }
        let nodes: Vec<NodeId> = lines.keys().copied().collect();
        let taken = tx.agents(&self.whole).ours_on(&nodes).await?;
        let ids: Vec<AgentId> = taken.iter().map(|(_, agent)| *agent).collect();
        let reached = tx.agents(self.reach).existing(&ids).await?;
        for (node, agent) in taken {
            let other = if reached.contains(&agent) { format!(" ({agent})") } else { String::new() };
            let detail =
                format!("expected a node without an agent of this type: this node already has one{other}");
            errors.push(lines.get(&node).copied().unwrap_or_default(), "runs_on", detail);
        }
        Ok(())
    }
}
