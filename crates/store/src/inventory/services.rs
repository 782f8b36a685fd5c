//! Services, such as databases, that run on nodes.

use std::collections::{BTreeMap, BTreeSet};

use bailiwick_domain::address::Address;
use bailiwick_domain::agent::Object;
use bailiwick_domain::id::{NodeId, OrganizationId, ServiceId, SiteId};
use bailiwick_domain::label::Labels;
use bailiwick_domain::name::Detail;
use bailiwick_domain::page::Page;
use bailiwick_domain::port::Port;
use bailiwick_domain::reach::OrganizationReach;
use bailiwick_domain::revision::Revision;
use bailiwick_domain::search::Search;
use bailiwick_domain::selector::Selector;
use bailiwick_domain::service::{Service, ServiceName, ServiceRef, ServiceType, SocketPath};
use bailiwick_domain::time::Timestamp;
use uuid::Uuid;

use crate::database::run::Run;
use crate::database::store::{Store, Tx};
use crate::error::{OrCorrupt as _, Result};
use crate::inventory::nodes::Nodes;
use crate::inventory::supervised::Whose;
use crate::row_query::{Link, Member, RowTable, StoredAs};
use crate::sql::name::StatementName;
use crate::sql::query::{Condition, Expression as _, Field, Fixed, Ids, Select};
use crate::sql::statement::{Statement, Value};
use crate::table::columns::{Columns as _, columns};
use crate::table::facet::{Facet, facet};
use crate::table::label_table::{LabelTable, label_table};
use crate::table::list::{List, PageRequest};
use crate::table::order::listed;
use crate::table::placement::Placement;
use crate::table::track::Track;
use crate::table::walk::Narrow;

const TABLE: &str = "services";
/// How many services one statement writes or selects.
const AT_ONCE: usize = 500;

const LABELS: LabelTable<ServiceId, ServicesBy> = label_table!(
    "service", "services", ServicesBy::Name = "name", named ServicesDeleteLabels, ServicesAddLabels
);

const ORGANIZATION: Field<OrganizationId> = Field::new("organization_id");
const ID: Field<ServiceId> = Field::new("services.id");
const NAME: Field<ServiceName> = Field::new("services.name");
const TYPE: Field<ServiceType> = Field::new("services.type");
const ENVIRONMENT: Field<Detail> = Field::new("environment");
const CLUSTER: Field<Detail> = Field::new("cluster");
const GROUP: Field<Detail> = Field::new("group_name");
const SEARCH: Field<String> = Field::new("search");
/// The node in a row of `service_nodes`, called `p`.
const ON_NODE: Field<NodeId> = Field::new("p.node_id");

const PLACEMENT: Placement<ServiceId> = Placement {
    id: ID,
    related: &[(
        Field::new("p.service_id"),
        "nodes n CROSS JOIN service_nodes p",
        Fixed::new("p.organization_id = n.organization_id AND p.node_id = n.id"),
    )],
    nodes: &[(
        "service_nodes p JOIN nodes n ON n.organization_id = p.organization_id AND n.id = p.node_id",
        OF_SERVICE,
    )],
};

/// The row `p` of `service_nodes` is of the service.
const OF_SERVICE: Fixed =
    Fixed::new("p.organization_id = services.organization_id AND p.service_id = services.id");

columns! {
    ServiceRow: Service by ServiceId in "services" named ServicesCreate, ServicesUpdate, ServicesDelete, with nodes: BTreeSet<NodeId>;
    fixed { kind = "type": ServiceType }
    edited {
        name: ServiceName,
        address: Option<Address>,
        port: Option<Port>,
        socket: Option<SocketPath>,
        environment: Option<Detail>,
        cluster: Option<Detail>,
        replication_set: Option<Detail>,
        version: Option<Detail>,
        database_name: Option<Detail>,
        auto_discovery_limit: Option<i32>,
        group = "group_name": Option<Detail>,
        labels: Labels,
    }
    derived { search = Service::searchable }
}

listed! {
    /// What services can be sorted by.
    pub ServicesBy: ServiceRow by ServiceId in "id";
    /// The name.
    Name = "name": Text in name,
    /// The time of creation.
    CreatedAt = "created_at": Number in created_at,
    /// The time of the last change.
    UpdatedAt = "updated_at": Number in updated_at,
}

/// A service on a node that is about to be deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceOnNode {
    /// Its id.
    pub id: ServiceId,
    /// Its name.
    pub name: String,
    /// Whether the service runs on other nodes too.
    pub elsewhere: bool,
}

/// Filter for lists of services. Every field that is set narrows the list.
#[derive(Clone, Debug, Default)]
pub struct ServiceFilter {
    /// Services whose labels match.
    pub labels: Selector,
    /// Services of this type.
    pub kind: Option<ServiceType>,
    /// Services that run on this node.
    pub node: Option<NodeId>,
    /// Services in this environment.
    pub environment: Option<Detail>,
    /// Services in this cluster.
    pub cluster: Option<Detail>,
    /// Services in this group.
    pub group: Option<Detail>,
    /// Services in whose name or address all words occur.
    pub search: Option<Search>,
}

impl ServiceFilter {
    /// The filter for the services on a node.
    pub fn on(node: NodeId) -> Self {
        Self { node: Some(node), ..Self::default() }
    }

    /// The conditions of all filters.
    fn conditions(&self) -> Vec<Condition> {
        [LABELS.conditions(&self.labels), self.others()].concat()
    }

    /// Whether the filter has conditions other than labels.
    const fn narrows_otherwise(&self) -> bool {
        !matches!(
            self,
            Self {
                labels: _,
                kind: None,
                node: None,
                environment: None,
                cluster: None,
                group: None,
                search: None
            }
        )
    }

    /// The conditions of the filters on environment, cluster and group.
    fn details(&self) -> impl Iterator<Item = Condition> {
        let details = [(ENVIRONMENT, &self.environment), (CLUSTER, &self.cluster), (GROUP, &self.group)];
        details.into_iter().filter_map(|(field, value)| Some(field.is(value.as_ref()?)))
    }

    /// The services of an environment, a cluster and a group, as [`walk`](crate::table::walk) reads them.
    fn tracks<'s>(&self, organization: OrganizationId) -> Vec<Track<'s, ServicesBy>> {
        let columns = "id AS few_id, name AS few_order";
        let track =
            |detail| Track::new(ServicesBy::Name, columns, TABLE, ORGANIZATION.is(&organization), detail);
        self.details().map(track).collect()
    }

    /// The conditions of all filters but the labels.
    fn others(&self) -> Vec<Condition> {
        let mut conditions: Vec<Condition> = self.kind.iter().map(|kind| TYPE.is(kind)).collect();
        conditions.extend(self.details());
        conditions.extend(self.node.map(|node| {
            Condition::exists(Select::new("1", "service_nodes p", OF_SERVICE).and(ON_NODE.is(&node)))
        }));
        conditions.extend(self.search.iter().flat_map(|search| SEARCH.contains(search)));
        conditions
    }
}

/// The conditions that a service is in the part of the organization to which the reach is limited.
fn in_part(reach: &OrganizationReach) -> Vec<Condition> {
    let mut conditions = PLACEMENT.conditions(reach);
    conditions.extend(reach.labels.iter().flat_map(|selector| LABELS.conditions(selector)));
    conditions
}

/// The services, for row queries.
pub const ROWS: RowTable = RowTable::of::<ServiceRow>("services.name", in_part)
    .linked(&[Link {
        member: Member::new("node_id", "link.node_id", StoredAs::Uuid),
        join: " JOIN service_nodes link ON link.organization_id = services.organization_id \
               AND link.service_id = services.id",
    }])
    .labelled(|selector| LABELS.conditions(selector));

/// Access to the services in a reach.
pub struct Services<'a, R> {
    run: R,
    reach: &'a OrganizationReach,
}

impl Store {
    /// Reads the services in a reach.
    pub const fn services<'a>(&'a self, reach: &'a OrganizationReach) -> Services<'a, &'a Self> {
        Services { run: self, reach }
    }
}

impl Tx {
    /// Reads and writes the services in a reach.
    pub const fn services<'a>(&'a mut self, reach: &'a OrganizationReach) -> Services<'a, &'a mut Self> {
        Services { run: self, reach }
    }
}

impl<'a, R: Run> Services<'a, R> {
    /// Reads the services in a reach on a store or in a transaction.
    pub const fn new(run: R, reach: &'a OrganizationReach) -> Self {
        Self { run, reach }
    }

    /// Begins a query of the services in reach.
    fn select(&self, columns: &'static str) -> Select {
        LABELS.select(&[columns], self.reach.organization, None).and_all(in_part(self.reach))
    }

    /// Queries of ids for filters that may match only a few services, most selective first.
    fn candidates(&self, filter: &ServiceFilter) -> Vec<Ids<ServiceId>> {
        let organization = self.reach.organization;
        let those = |id, table, conditions| Ids::new(id, table, ORGANIZATION.is(&organization), conditions);
        let mut candidates = Vec::new();
        candidates.extend(
            filter
                .node
                .map(|node| those(Field::new("p.service_id"), "service_nodes p", vec![ON_NODE.is(&node)])),
        );
        candidates.extend(PLACEMENT.candidate(self.reach));
        candidates.extend(LABELS.candidates(organization, &filter.labels));
        if let Some(selector) = &self.reach.labels {
            candidates.extend(LABELS.candidates(organization, selector));
        }
        candidates.extend(filter.search.as_ref().map(|search| those(ID, TABLE, SEARCH.contains(search))));
        candidates
    }

    /// The service with this id or name, if it is in reach. Nodes out of reach are left out of it.
    pub async fn get(&mut self, service: &ServiceRef) -> Result<Option<Service>> {
        let found = self.get_on_all_nodes(service).await?;
        Ok(self.shown(found.into_iter().collect()).await?.into_iter().next())
    }

    /// Like [`get`](Self::get), but with all nodes, in reach or not. Edits start from this.
    pub async fn get_on_all_nodes(&mut self, service: &ServiceRef) -> Result<Option<Service>> {
        let select = self.select(ServiceRow::READ).and(match service {
            ServiceRef::Id(id) => ID.is(id),
            ServiceRef::Name(name) => NAME.is(name),
        });
        let row = self.run.row::<ServiceRow>(StatementName::ServicesGet, select.statement()).await?;
        Ok(self.on_all_nodes(row.into_iter().collect()).await?.into_iter().next())
    }

    /// The services with these names that are in reach, with all their nodes. Imports compare with this.
    pub async fn named_on_all_nodes(&mut self, names: &[&ServiceName]) -> Result<Vec<Service>> {
        let mut found = Vec::new();
        for names in names.chunks(AT_ONCE) {
            let select = self.select(ServiceRow::READ).and(NAME.one_of(names.iter().copied()));
            let rows = self.run.rows::<ServiceRow>(StatementName::ServicesNamed, select.statement()).await?;
            found.extend(self.on_all_nodes(rows).await?);
        }
        Ok(found)
    }

    /// The services with these ids that are in reach, without their nodes.
    pub async fn some(&mut self, ids: &[ServiceId]) -> Result<Vec<Service>> {
        let ids = ids.iter().map(|id| id.as_uuid());
        let rows = self
            .select(ServiceRow::READ)
            .statement()
            .among(StatementName::ServicesSome, &mut self.run, " AND id IN ", ids)
            .await?;
        rows.into_iter().map(|row: ServiceRow| row.with(BTreeSet::new())).collect()
    }

    /// A page of the services that match a filter.
    pub async fn list(&mut self, filter: &ServiceFilter, list: List<ServicesBy>) -> Result<Page<Service>> {
        let narrow = Narrow {
            count_few: StatementName::ServicesCountFew,
            sample_tracks: StatementName::ServicesSampleTracks,
            reach: self.reach,
            labels: &filter.labels,
            otherwise: filter.narrows_otherwise(),
            candidates: self.candidates(filter),
            tracks: filter.tracks(self.reach.organization),
        };
        let begin = LABELS.begin(&mut self.run, PageRequest::of(&list)?, narrow).await?;
        let page = begin.page_of(&[ServiceRow::READ], |select| {
            select.and_all(in_part(self.reach)).and_all(filter.others())
        });
        let page: Page<ServiceRow> = page.rows(StatementName::ServicesList, &mut self.run).await?;
        let (rows, page) = page.taken();
        let found = self.on_all_nodes(rows).await?;
        Ok(page.with(self.shown(found).await?))
    }

    /// How many of the services that match a filter are of each type.
    pub async fn facet_of_types(&mut self, filter: &ServiceFilter) -> Result<Facet<ServiceType>> {
        let select = self.select("type AS value").and_all(filter.conditions());
        let facet: Facet<String> = facet(&mut self.run, select).await?;
        facet.try_map(|kind| kind.parse().or_corrupt(TABLE, "type"))
    }

    /// How many of the services that match a filter are in each environment.
    pub async fn facet_of_environments(&mut self, filter: &ServiceFilter) -> Result<Facet<String>> {
        let select = self.select("environment AS value").and_all(filter.conditions());
        facet(&mut self.run, select).await
    }

    /// How many of the services that match a filter are in each cluster.
    pub async fn facet_of_clusters(&mut self, filter: &ServiceFilter) -> Result<Facet<String>> {
        let select = self.select("cluster AS value").and_all(filter.conditions());
        facet(&mut self.run, select).await
    }

    /// How many services match a filter.
    pub async fn count(&mut self, filter: &ServiceFilter) -> Result<i64> {
        let statement = self.select("count(*)").and_all(filter.conditions()).statement();
        let (count,) = self.run.row(StatementName::ServicesCount, statement).await?.unwrap_or_default();
        Ok(count)
    }

    /// The services with these ids or names that are in reach, in any order.
    pub async fn objects(
        &mut self,
        ids: &[ServiceId],
        names: &[&ServiceName],
    ) -> Result<Vec<Object<ServiceId, ServiceType>>> {
        let (select, run) = (self.select("id, name, type").statement(), &mut self.run);
        let ids = ids.iter().map(|id| id.as_uuid());
        let names = names.iter().map(|name| name.as_str());
        let mut found: Vec<(Uuid, String, String)> =
            select.clone().among(StatementName::ServicesByIds, run, " AND id IN ", ids).await?;
        found.extend(
            select
                .among::<(Uuid, String, String)>(StatementName::ServicesByNames, run, " AND name IN ", names)
                .await?,
        );
        found
            .into_iter()
            .map(|(id, name, kind)| {
                let kind = kind.parse().or_corrupt(TABLE, "type")?;
                Ok(Object { id: ServiceId::from_uuid(id), name, kind })
            })
            .collect()
    }

    /// The ids in `ids` that are services in reach.
    pub async fn existing(
        &mut self,
        ids: impl IntoIterator<Item = ServiceId>,
    ) -> Result<BTreeSet<ServiceId>> {
        let ids = ids.into_iter().map(ServiceId::as_uuid);
        let rows = self
            .select("id")
            .statement()
            .among(StatementName::ServicesExisting, &mut self.run, " AND id IN ", ids)
            .await?;
        Ok(rows.into_iter().map(|(id,)| ServiceId::from_uuid(id)).collect())
    }

    /// The services on a node, in reach or not, sorted by name.
    pub async fn on_node(&mut self, node: NodeId) -> Result<Vec<ServiceOnNode>> {
        let statement = Statement::new(
            "SELECT services.id, services.name, EXISTS (SELECT 1 FROM service_nodes o \
             WHERE o.organization_id = $1 AND o.service_id = services.id AND o.node_id <> $2) \
             FROM service_nodes p JOIN services ON services.id = p.service_id \
             WHERE p.organization_id = $1 AND p.node_id = $2 ORDER BY services.name",
        )
        .bind(self.reach.organization.as_uuid())
        .bind(node.as_uuid());
        let rows: Vec<(Uuid, String, bool)> = self.run.rows(StatementName::ServicesOnNode, statement).await?;
        let rows = rows.into_iter();
        Ok(rows
            .map(|(id, name, elsewhere)| ServiceOnNode { id: ServiceId::from_uuid(id), name, elsewhere })
            .collect())
    }

    /// The nodes of the services with these ids, each with its site, in reach or not.
    pub async fn places(&mut self, ids: &[ServiceId]) -> Result<Vec<(ServiceId, NodeId, Option<SiteId>)>> {
        let statement = Statement::new(
            "SELECT p.service_id, n.id, n.site_id FROM service_nodes p \
             JOIN nodes n ON n.organization_id = p.organization_id AND n.id = p.node_id \
             WHERE p.organization_id = $1",
        )
        .bind(self.reach.organization.as_uuid());
        let ids = ids.iter().map(|id| id.as_uuid());
        let found = statement
            .among(StatementName::ServicesPlaces, &mut self.run, " AND p.service_id IN ", ids)
            .await?;
        let place = |(service, node, site): (Uuid, Uuid, Option<Uuid>)| {
            (ServiceId::from_uuid(service), NodeId::from_uuid(node), site.map(SiteId::from_uuid))
        };
        Ok(found.into_iter().map(place).collect())
    }

    /// Removes the nodes that are out of reach from services. Only a reach with labels needs this: with
    /// sites or nodes, a service is in reach only if all its nodes are.
    async fn shown(&mut self, mut services: Vec<Service>) -> Result<Vec<Service>> {
        if self.reach.labels.is_none() {
            return Ok(services);
        }
        let all: BTreeSet<NodeId> = services.iter().flat_map(|s| s.nodes.iter().copied()).collect();
        let seen = Nodes::new(&mut self.run, self.reach).existing(all).await?;
        let seen: BTreeSet<NodeId> = seen.into_iter().collect();
        for service in &mut services {
            service.nodes.retain(|node| seen.contains(node));
        }
        Ok(services)
    }

    async fn on_all_nodes(&mut self, rows: Vec<ServiceRow>) -> Result<Vec<Service>> {
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let mut statement =
            Statement::new("SELECT service_id, node_id FROM service_nodes WHERE organization_id = $1")
                .bind(self.reach.organization.as_uuid());
        statement.push(" AND service_id IN ").push_values(rows.iter().map(|row| row.id));
        let mut nodes: BTreeMap<Uuid, BTreeSet<NodeId>> = BTreeMap::new();
        for (service, node) in self.run.rows::<(Uuid, Uuid)>(StatementName::ServicesNodes, statement).await? {
            nodes.entry(service).or_default().insert(NodeId::from_uuid(node));
        }
        rows.into_iter()
            .map(|row| {
                let nodes = nodes.remove(&row.id).unwrap_or_default();
                row.with(nodes)
            })
            .collect()
    }
}

/// A service's id, its value of the sort column, and its labels, as the label table stores them.
fn labelled(service: &Service) -> (Uuid, Value, &Labels) {
    (service.id.as_uuid(), service.name.as_str().into(), &service.labels)
}

impl Services<'_, &mut Tx> {
    /// Inserts a service. [`Error::Taken`](crate::Error::Taken) if its name is taken;
    /// [`Error::InUse`](crate::Error::InUse) if one of its nodes does not exist.
    pub async fn create(&mut self, service: &Service) -> Result<()> {
        self.create_many(std::slice::from_ref(service)).await
    }

    /// Inserts many services with as few statements as possible.
    pub async fn create_many(&mut self, services: &[Service]) -> Result<()> {
        let organization = self.reach.organization;
        for services in services.chunks(AT_ONCE) {
            self.run.create_rows::<ServiceRow>(organization, services).await?;
            self.add_nodes(services.iter()).await?;
            let labelled = services.iter().map(labelled);
            LABELS.add(self.run, organization, labelled).await?;
        }
        Ok(())
    }

    async fn add_nodes(&mut self, services: impl Iterator<Item = &Service> + Send) -> Result<()> {
        let organization = self.reach.organization.as_uuid();
        let mut nodes = Vec::new();
        for service in services {
            for node in &service.nodes {
                nodes.push([organization.into(), service.id.as_uuid().into(), node.as_uuid().into()]);
            }
        }
        self.run
            .insert(
                StatementName::ServicesAddNodes,
                "INSERT INTO service_nodes (organization_id, service_id, node_id) VALUES ",
                nodes,
            )
            .await
    }

    /// Updates a service that was read at revision `from`, with all its nodes.
    /// [`Error::Changed`](crate::Error::Changed) if its revision is another by now.
    pub async fn update(&mut self, service: &Service, from: Revision) -> Result<()> {
        self.update_many(&[(service, from)]).await
    }

    /// Updates many services, each with the revision at which it was read. No service may occur twice.
    pub async fn update_many(&mut self, services: &[(&Service, Revision)]) -> Result<()> {
        let organization = self.reach.organization;
        for services in services.chunks(AT_ONCE) {
            self.run.update_rows::<ServiceRow>(organization, services).await?;
            let ids = services.iter().map(|(service, _)| service.id.as_uuid());
            let mut statement = Statement::new("DELETE FROM service_nodes WHERE organization_id = ");
            statement.push_value(organization.as_uuid()).push(" AND service_id IN ").push_values(ids);
            self.run.execute(StatementName::ServicesForgetNodes, statement).await?;
            self.add_nodes(services.iter().map(|(service, _)| *service)).await?;
            let labelled = services.iter().map(|(service, _)| labelled(service)).collect();
            LABELS.replace(self.run, organization, labelled).await?;
        }
        let ids: Vec<ServiceId> = services.iter().map(|(service, _)| service.id).collect();
        self.run.desired_changed(organization, &Whose::WatchingServices(&ids)).await
    }

    /// Removes a node from the services that run on it. Increments their revisions.
    pub async fn leave_node(&mut self, node: NodeId, now: Timestamp) -> Result<()> {
        let organization = self.reach.organization.as_uuid();
        let statement = Statement::new(
            "UPDATE services SET updated_at = $3, revision = revision + 1 WHERE organization_id = $1 \
             AND id IN (SELECT service_id FROM service_nodes WHERE organization_id = $1 AND node_id = $2)",
        )
        .bind(organization)
        .bind(node.as_uuid())
        .bind(now.as_micros());
        self.run.execute(StatementName::ServicesTouch, statement).await?;
        let statement =
            Statement::new("DELETE FROM service_nodes WHERE organization_id = $1 AND node_id = $2")
                .bind(organization)
                .bind(node.as_uuid());
        self.run.execute(StatementName::ServicesLeaveNode, statement).await?;
        Ok(())
    }

    /// Moves the services on one node to another. Increments their revisions. A service on both stays on the other.
    pub async fn move_node(&mut self, from: NodeId, to: NodeId, now: Timestamp) -> Result<()> {
        let organization = self.reach.organization.as_uuid();
        let statement = Statement::new(
            "UPDATE services SET updated_at = $3, revision = revision + 1 WHERE organization_id = $1 \
             AND id IN (SELECT service_id FROM service_nodes WHERE organization_id = $1 AND node_id = $2)",
        )
        .bind(organization)
        .bind(from.as_uuid())
        .bind(now.as_micros());
        self.run.execute(StatementName::ServicesMoveTouch, statement).await?;
        let statement = Statement::new(
            "INSERT INTO service_nodes (organization_id, service_id, node_id) \
             SELECT organization_id, service_id, $3 FROM service_nodes WHERE organization_id = $1 AND node_id = $2 \
             ON CONFLICT DO NOTHING",
        )
        .bind(organization)
        .bind(from.as_uuid())
        .bind(to.as_uuid());
        self.run.execute(StatementName::ServicesMoveNode, statement).await?;
        let statement =
            Statement::new("DELETE FROM service_nodes WHERE organization_id = $1 AND node_id = $2")
                .bind(organization)
                .bind(from.as_uuid());
        self.run.execute(StatementName::ServicesMoved, statement).await?;
        Ok(())
    }

    /// Deletes many services, whatever their revisions. [`Error::InUse`](crate::Error::InUse) while an agent
    /// observes one.
    pub async fn delete_many(&mut self, ids: &[ServiceId]) -> Result<()> {
        for ids in ids.chunks(AT_ONCE) {
            let mut statement = Statement::new("DELETE FROM services WHERE organization_id = ");
            statement.push_value(self.reach.organization.as_uuid());
            statement.push(" AND id IN ").push_values(ids.iter().map(|id| id.as_uuid()));
            self.run.execute(StatementName::ServicesDeleteMany, statement).await?;
        }
        Ok(())
    }

    /// Deletes a service that was read at revision `from`. [`Error::InUse`](crate::Error::InUse) while an
    /// agent observes it.
    pub async fn delete(&mut self, id: ServiceId, from: Revision) -> Result<()> {
        self.run.delete_row::<ServiceRow>(self.reach.organization, id.as_uuid(), from).await
    }
}
