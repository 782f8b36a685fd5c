//! Import many services at once.

use std::collections::{HashMap, HashSet};

use bailiwick_domain::audit::Target;
use bailiwick_domain::service::{SERVICE_NODES_MAX, Service, ServiceName};
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::Result;
use bailiwick_engine::operation::Operation;
use bailiwick_engine::shape::format::Format;
use bailiwick_engine::shape::records::{Existing, Imported, Line, TEXT_MAX};
use bailiwick_engine::shape::spec::Spec;
use bailiwick_store::Tx;
use schemars::JsonSchema;
use serde::Deserialize;

use super::line::ServiceLine;
use super::{NOUN, TAG, ids, misfits};
use crate::import::{Decided, Import, Importer, Text, Wrong, created_and_changed, import};
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
        Spec::act(ids::SERVICES_IMPORT, "/v1/services/import").tag(TAG).takes_text().body_limit(TEXT_MAX);
    type Output = Imported;

    async fn run(self, cx: &Cx) -> Result<Imported> {
        let Self { format, data, existing, dry_run } = self;
        import(cx, Services::default(), Text { format, data, existing, dry_run }).await
    }
}

/// What an import of services has looked up.
#[derive(Default)]
struct Services {
    /// The services of the organization that have the names of lines, in the caller's reach or not.
    existing: HashMap<ServiceName, Service>,
    /// All nodes that lines name or services run on.
    nodes: KnownNodes,
}

impl Services {
    fn touches(&self, import: &Import<'_>, service: &Service) -> bool {
        let places = service.nodes.iter().map(|id| self.nodes.place(*id));
        import.reach.touches_on(&service.labels, places)
    }

    /// An existing service as a line changes it.
    fn changed(
        &self,
        import: &Import<'_>,
        there: &Service,
        record: ServiceLine,
        wrong: &mut Wrong,
    ) -> Service {
        let mut service = there.clone();
        if let Some(refusal) = import.refusal(NOUN, self.touches(import, there)) {
            // Further errors would reveal properties of a service that the caller does not reach.
            wrong.push("name", refusal);
            return service;
        } else if record.kind.is_some_and(|kind| there.kind != kind) {
            wrong.push("type", format!("expected {}: the type of a service cannot be changed", there.kind));
        }
        if let Some(names) = &record.nodes {
            check_length("nodes", names, SERVICE_NODES_MAX, &mut wrong.fields);
            let names = &names[..names.len().min(SERVICE_NODES_MAX)];
            // Nodes out of the caller's reach stay.
            service.nodes.retain(|id| self.nodes.with_id(*id).is_none());
            service.nodes.extend(super::node_ids(self.nodes.list("nodes", names, &mut wrong.fields)));
        }
        record.apply(&mut service);
        service.complete();
        wrong.fields.extend(misfits(&service));
        service
    }
}

impl Importer for Services {
    const KEY: fn(&ServiceLine) -> Option<ServiceName> = |line| Some(line.name.clone());
    const TARGET: fn(&Service) -> Target = |service| NOUN.target(service.id);
    type Line = ServiceLine;
    type Key = ServiceName;
    type Object = Service;

    async fn look_up(&mut self, import: &Import<'_>, tx: &mut Tx, lines: &[Line<ServiceLine>]) -> Result<()> {
        let names: HashSet<&ServiceName> = lines.iter().map(|line| &line.record.name).collect();
        let names: Vec<&ServiceName> = names.into_iter().collect();
        let existing = tx.services(&import.whole).named_on_all_nodes(&names).await?;
        let there = existing.iter().flat_map(|service| service.nodes.iter().copied());
        let named = lines.iter().flat_map(|line| line.record.nodes.iter().flatten().take(SERVICE_NODES_MAX));
        self.nodes = KnownNodes::find_with_places(tx, &import.reach, there, named).await?;
        self.existing = existing.into_iter().map(|service| (service.name.clone(), service)).collect();
        Ok(())
    }

    fn decide(
        &mut self,
        import: &Import<'_>,
        line: Line<ServiceLine>,
        wrong: &mut Wrong,
    ) -> Result<Option<Decided<Service>>> {
        let Line { number, record } = line;
        let there = self.existing.get(&record.name);
        let service = match (there, record.kind) {
            (Some(there), _) => self.changed(import, there, record, wrong),
            (None, Some(kind)) => {
                record.create(kind).build(import.cx, &import.reach, &self.nodes, &mut wrong.fields).0
            }
            (None, None) => {
                wrong.push("type", "expected a value: a new service needs its type, such as mysql");
                return Ok(None);
            }
        };
        if wrong.is_empty() && !self.touches(import, &service) {
            wrong.push("", "the service would be outside of the key's reach");
        }
        Ok(Some(import.decided(number, there, service, |s| (&mut s.revision, &mut s.updated_at))))
    }

    async fn write(
        &mut self,
        import: &Import<'_>,
        tx: &mut Tx,
        decided: Vec<Decided<Service>>,
    ) -> Result<()> {
        let (created, changed) = created_and_changed(decided);
        let changed: Vec<_> = changed.iter().map(|(service, from)| (service, *from)).collect();
        tx.services(&import.reach).create_many(&created).await?;
        Ok(tx.services(&import.reach).update_many(&changed).await?)
    }
}
