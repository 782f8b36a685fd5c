//! Import many services at once.

use std::collections::{BTreeSet, HashMap, HashSet};

use bailiwick_domain::audit::Target;
use bailiwick_domain::id::{NodeId, SiteId};
use bailiwick_domain::node::{Node, NodeName, NodeRef};
use bailiwick_domain::reach::OrganizationReach;
use bailiwick_domain::revision::Revision;
use bailiwick_domain::service::{SERVICE_NODES_MAX, Service, ServiceName};
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::{FieldError, Result};
use bailiwick_engine::operation::Operation;
use bailiwick_engine::shape::format::Format;
use bailiwick_engine::shape::records::{Existing, Imported, Line, LineErrors, TEXT_MAX, read};
use bailiwick_engine::shape::removal::AUDIT_TARGETS_MAX;
use bailiwick_engine::shape::spec::Spec;
use bailiwick_store::Tx;
use schemars::JsonSchema;
use serde::Deserialize;

use super::line::ServiceLine;
use super::{NOUN, TAG, ids, misfits};
use crate::references::{KnownNodes, check_length};

/// Import many services at once.
///
/// Each line is a service with the fields of `services.create`, but without an agent. In CSV, the first
/// line names the fields; a cell of `nodes` contains one node, or several as a JSON array; labels are
/// in a column `labels`, as `env=prod,note="two words"`, or each in a column of its own, as
/// `label.env`. At most 100,000 lines.
///
/// Either all lines are imported or none: `errors` names every wrong line, the first hundred one by
/// one. The text can also be the whole body, with `Content-Type: text/csv` or `application/x-ndjson`;
/// the other fields are then query parameters.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("examples" = [{
    "format": "csv",
    "data": "type,name,group,labels\nexternal,orders-cache,redis,\"env=prod,tier=cache\"\n",
}]))]
pub(crate) struct ImportServices {
    /// The format of the text.
    #[schemars(example = &"jsonl")]
    format: Format,
    /// The text.
    #[schemars(example = &"{\"type\":\"external\",\"name\":\"orders-cache\",\"group\":\"redis\"}\n")]
    data: String,
    /// What to do with a line whose name belongs to an existing service; `refuse` if absent.
    #[serde(default)]
    existing: Existing,
    /// Change nothing; only answer what would be done.
    dry_run: Option<bool>,
}

impl Operation for ImportServices {
    const SPEC: Spec =
        Spec::act("services.import", "/v1/services/import").tag(TAG).takes_text().body_limit(TEXT_MAX);
    type Output = Imported;

    async fn run(self, cx: &Cx) -> Result<Imported> {
        let reach = cx.organization_reach()?;
        let dry_run = self.dry_run.unwrap_or_default();
        let (lines, mut errors) = read::<ServiceLine>(self.format, self.data).await?;
        let mut write = cx.write().await?;
        let mut import = Import::prepare(write.tx(), &reach, &lines).await?;
        for line in lines {
            import.add(cx, line, self.existing, &mut errors);
        }
        errors.check()?;
        let imported = Imported {
            created: import.created.len(),
            updated: import.updated.len(),
            unchanged: import.unchanged,
            dry_run,
        };
        if dry_run {
            return Ok(imported);
        }
        let written = import.created.iter().chain(import.updated.iter().map(|(service, _)| service));
        let targets = written.take(AUDIT_TARGETS_MAX).map(|service| Target::new(NOUN, service.id)).collect();
        let changes: Vec<_> = import.updated.iter().map(|(service, from)| (service, *from)).collect();
        write.tx().services(&reach).create_many(&import.created).await?;
        write.tx().services(&reach).update_many(&changes).await?;
        let note = format!("{} created, {} updated", imported.created, imported.updated);
        write.noting(note).commit(targets, imported).await
    }
}

/// What an import has looked up and decided.
struct Import<'a> {
    reach: &'a OrganizationReach,
    /// The services of the organization that have the names of lines, in the caller's reach or not.
    existing: HashMap<ServiceName, Service>,
    /// The sites of all nodes that lines name or services run on, in reach or not.
    places: HashMap<NodeId, Option<SiteId>>,
    /// The nodes among them that are in reach.
    known: KnownNodes,
    seen: BTreeSet<NodeId>,
    /// The lines so far, by name.
    lines: HashMap<ServiceName, u64>,
    created: Vec<Service>,
    /// With their revisions before the import.
    updated: Vec<(Service, Revision)>,
    unchanged: usize,
}

impl<'a> Import<'a> {
    /// Looks up everything that the lines refer to.
    async fn prepare(tx: &mut Tx, reach: &'a OrganizationReach, lines: &[Line<ServiceLine>]) -> Result<Self> {
        let whole = OrganizationReach::whole(reach.organization);
        let names: HashSet<&ServiceName> = lines.iter().map(|line| &line.record.name).collect();
        let names: Vec<&ServiceName> = names.into_iter().collect();
        let existing = tx.services(&whole).named_on_all_nodes(&names).await?;
        let mut node_ids: BTreeSet<NodeId> =
            existing.iter().flat_map(|service| service.nodes.iter().copied()).collect();
        let mut node_names: BTreeSet<&NodeName> = BTreeSet::new();
        for node in lines.iter().flat_map(|line| line.record.nodes.iter().flatten().take(SERVICE_NODES_MAX)) {
            match node {
                NodeRef::Id(id) => drop(node_ids.insert(*id)),
                NodeRef::Name(name) => drop(node_names.insert(name)),
            }
        }
        let (node_ids, node_names): (Vec<_>, Vec<_>) =
            (node_ids.into_iter().collect(), node_names.into_iter().collect());
        let nodes = tx.nodes(&whole).all_of(&node_ids, &node_names).await?;
        let places = nodes.iter().map(|node| (node.id, node.site_id)).collect();
        let reached = |node: &Node| reach.touches_node(node.id, node.site_id, &node.labels);
        let seen: Vec<Node> = nodes.into_iter().filter(reached).collect();
        Ok(Self {
            reach,
            existing: existing.into_iter().map(|service| (service.name.clone(), service)).collect(),
            places,
            seen: ids(&seen).collect(),
            known: KnownNodes::of(seen),
            lines: HashMap::new(),
            created: Vec::new(),
            updated: Vec::new(),
            unchanged: 0,
        })
    }

    fn touches(&self, service: &Service) -> bool {
        let places = service.nodes.iter().map(|id| (*id, self.places.get(id).copied().flatten()));
        self.reach.touches_on(&service.labels, places)
    }

    /// Decides what to do with a line.
    fn add(&mut self, cx: &Cx, line: Line<ServiceLine>, existing: Existing, errors: &mut LineErrors) {
        let Line { number, record } = line;
        if let Some(before) = self.lines.insert(record.name.clone(), number) {
            errors.push(number, "name", format!("expected another name: line {before} has it"));
            return;
        }
        let mut wrong = Vec::new();
        let there = self.existing.get(&record.name).cloned();
        let service = match &there {
            None => record.create().build(cx, self.reach, &self.known, &mut wrong).0,
            Some(there) => self.changed(there, record, existing, &mut wrong),
        };
        if wrong.is_empty() && !self.touches(&service) {
            wrong.push(FieldError::new("", "the service would be outside of the key's reach"));
        }
        if !wrong.is_empty() {
            for error in wrong {
                errors.push(number, &error.field, error.detail);
            }
            return;
        }
        match there {
            None => self.created.push(service),
            Some(there) if there == service => self.unchanged += 1,
            Some(there) => {
                let from = there.revision;
                let now = cx.now();
                self.updated.push((Service { updated_at: now, revision: from.next(), ..service }, from));
            }
        }
    }

    /// An existing service as a line changes it.
    fn changed(
        &self,
        there: &Service,
        record: ServiceLine,
        existing: Existing,
        wrong: &mut Vec<FieldError>,
    ) -> Service {
        let reached = self.touches(there);
        if !reached || existing == Existing::Refuse {
            let other = if reached { format!(" ({})", there.id) } else { String::new() };
            let detail = format!("expected a value that is not taken: another service has it{other}");
            // Further errors would reveal properties of a service that the caller does not reach.
            wrong.push(FieldError::new("name", detail));
            return there.clone();
        } else if there.kind != record.kind {
            let detail = format!("expected {}: the type of a service cannot be changed", there.kind);
            wrong.push(FieldError::new("type", detail));
        }
        let mut service = there.clone();
        if let Some(names) = &record.nodes {
            check_length("nodes", names, SERVICE_NODES_MAX, wrong);
            let names = &names[..names.len().min(SERVICE_NODES_MAX)];
            let named: BTreeSet<NodeId> = ids(self.known.list("nodes", names, wrong)).collect();
            // Nodes out of the caller's reach stay.
            service.nodes = &(&there.nodes - &self.seen) | &named;
        }
        record.apply(&mut service);
        service.complete();
        wrong.extend(misfits(&service));
        service
    }
}
