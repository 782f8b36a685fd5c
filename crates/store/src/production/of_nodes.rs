//! What objects have in common that belong to one node and to a time, such as annotations and rejects.

use std::fmt::Display;
use std::marker::PhantomData;

use bailiwick_domain::id::{NodeId, OrganizationId};
use bailiwick_domain::meaning::area::Area;
use bailiwick_domain::page::Page;
use bailiwick_domain::reach::OrganizationReach;
use bailiwick_domain::revision::Revision;
use bailiwick_domain::time::Timestamp;
use uuid::Uuid;

use crate::database::run::Run;
use crate::database::store::{Store, Tx};
use crate::error::{Error, Result};
use crate::inventory::nodes::in_reach;
use crate::production_changes::Outdated;
use crate::row_query::RowTable;
use crate::sql::column::Column;
use crate::sql::name::StatementName;
use crate::sql::query::{Condition, Expression as _, Field, Fixed, Ids, Select};
use crate::sql::statement::Statement;
use crate::table::columns::Columns;
use crate::table::few::first_few;
use crate::table::list::{List, PageRequest};
use crate::table::order::{InList, Listed};

const NODES: &str = "nodes";
const OTHER_NODE: Field<NodeId> = Field::new("nodes.id");
const OTHER_ORGANIZATION: Field<OrganizationId> = Field::new("nodes.organization_id");
const NODE: Field<NodeId> = Field::new("node_id");

/// An object that belongs to one node and to a time. Who reaches the node reaches the object.
#[expect(private_bounds, reason = "only this crate knows how objects are stored")]
pub trait OfNode: Sized + Send + Sync {
    /// The type of its id.
    type Id: Column + Copy + Display + Send + Sync;
    /// What lists of such objects can be sorted by.
    type By: Listed;
    /// What else decides about it, by which lists are filtered: the reason of an annotation, for example.
    type Subject: Column + Send + Sync;
    /// Its row.
    #[doc(hidden)]
    type Row: Columns<Object = Self> + InList<Self::By> + TryInto<Self, Error = Error>;

    /// The column with the time at which it starts.
    const START: &'static str;
    /// Whether it lasts until a time in the column `end_at`, which is null as long as it goes on.
    const LASTS: bool;
    /// The column with its subject.
    const SUBJECT: &'static str;

    /// Its id.
    fn id(&self) -> Self::Id;
    /// Its node.
    fn node(&self) -> NodeId;
    /// The time that it is about.
    fn time(&self) -> Outdated;
    /// The revision in which it was read.
    fn revision(&self) -> Revision;
}

const ID: &str = "id";

/// The node in a query of its own is that of the object. Nodes have no column of this name.
const OF_NODE: Fixed = Fixed::new("nodes.id = node_id");

/// The end of an object that lasts. The indexes have the same expression.
const END: Field<Timestamp> = Field::new("coalesce(end_at, 9223372036854775807)");
const OPEN_END: Field<Timestamp> = Field::new("end_at");

/// That the object's node is in reach. A caller that reaches the whole organization reaches every node.
fn is_in_reach(reach: &OrganizationReach) -> Option<Condition> {
    let of_node = || Select::new("1", NODES, OF_NODE).and_all(in_reach(reach));
    reach.is_partial().then(|| Condition::exists(of_node().looked_up()))
}

/// The objects of a noun in an order, for row queries.
pub(super) const fn rows<T: OfNode>(order: &'static str) -> RowTable {
    RowTable::of::<T::Row>(order, |reach| is_in_reach(reach).into_iter().collect())
}

/// Filter for lists of objects of nodes. Every field that is set narrows the list.
#[derive(Clone, Debug)]
pub struct OfNodeFilter<S> {
    /// Objects of this node.
    pub node: Option<NodeId>,
    /// Objects with this subject.
    pub subject: Option<S>,
    /// Objects at or after this time; those that last, if they do not end before.
    pub from: Option<Timestamp>,
    /// Objects that start before this time.
    pub until: Option<Timestamp>,
    /// Only objects that go on, or only those that have ended.
    pub is_open: Option<bool>,
}

impl<S> Default for OfNodeFilter<S> {
    fn default() -> Self {
        Self { node: None, subject: None, from: None, until: None, is_open: None }
    }
}

/// Access to the objects of one noun that belong to the nodes in a reach.
pub struct OfNodes<'a, R, T> {
    run: R,
    reach: &'a OrganizationReach,
    of: PhantomData<fn() -> T>,
}

impl Store {
    /// Reads the objects of one noun that belong to the nodes in a reach.
    pub const fn of_nodes<'a, T: OfNode>(&'a self, reach: &'a OrganizationReach) -> OfNodes<'a, &'a Self, T> {
        OfNodes { run: self, reach, of: PhantomData }
    }
}

impl Tx {
    /// Reads and writes the objects of one noun that belong to the nodes in a reach.
    pub const fn of_nodes<'a, T: OfNode>(
        &'a mut self,
        reach: &'a OrganizationReach,
    ) -> OfNodes<'a, &'a mut Self, T> {
        OfNodes { run: self, reach, of: PhantomData }
    }

    /// Locks a node until this transaction ends, for code that must check and write atomically. Other transactions
    /// that want the lock wait. SQLite has only one writer, and needs no lock.
    pub async fn lock_node(&mut self, organization: OrganizationId, node: NodeId) -> Result<()> {
        let mut statement = Statement::new("SELECT id FROM nodes WHERE organization_id = $1 AND id = $2")
            .bind(organization.as_uuid())
            .bind(node.as_uuid());
        // No stronger lock, so that other transactions can still add rows that refer to the node.
        self.share_rows(&mut statement, " FOR NO KEY UPDATE");
        self.rows::<(Uuid,)>(StatementName::OfNodesLockNode, statement).await?;
        Ok(())
    }
}

/// The conditions of a time, from which on and until which objects are wanted.
pub(crate) fn within<T: OfNode>(from: Option<&Timestamp>, until: Option<&Timestamp>) -> Vec<Condition> {
    let start: Field<Timestamp> = Field::new(T::START);
    // What ends at a time does not reach it.
    let ends = from.map(|from| if T::LASTS { END.above(from) } else { start.at_least(from) });
    ends.into_iter().chain(until.map(|until| start.below(until))).collect()
}

impl<'a, R: Run, T: OfNode> OfNodes<'a, R, T> {
    /// Reads objects on a store or in a transaction.
    pub const fn new(run: R, reach: &'a OrganizationReach) -> Self {
        Self { run, reach, of: PhantomData }
    }

    fn select(&self) -> Select {
        T::Row::select_of(self.reach.organization)
    }

    fn is_in_reach(&self) -> Option<Condition> {
        is_in_reach(self.reach)
    }

    /// The object with this id, if its node is in reach.
    pub async fn get(&mut self, id: T::Id) -> Result<Option<T>> {
        let is_this = Field::<T::Id>::new(ID).is(&id);
        let statement = self.select().and(is_this).and_all(self.is_in_reach()).statement();
        self.run.row::<T::Row>(StatementName::OfNodesGet, statement).await?.map(TryInto::try_into).transpose()
    }

    /// A page of the objects that match a filter.
    pub async fn list(&mut self, filter: &OfNodeFilter<T::Subject>, list: List<T::By>) -> Result<Page<T>> {
        let page = PageRequest::of(&list)?;
        let mut select = self.select();
        if self.reach.is_partial() && filter.node.is_none() {
            // A reach of a few nodes is read node by node: most objects would be of others.
            let conditions = in_reach(self.reach).into_iter().skip(1);
            let organization = OTHER_ORGANIZATION.is(&self.reach.organization);
            let nodes = Ids::new(OTHER_NODE, NODES, organization, conditions);
            let few = first_few(StatementName::OfNodesCountFew, &mut self.run, [nodes]).await?;
            select = match few {
                Some(few) => select.and(NODE.among(&few)),
                None => select.and_all(self.is_in_reach()),
            };
        } else {
            select = select.and_all(self.is_in_reach());
        }
        let select = select
            .and_all(filter.node.map(|node| NODE.is(&node)))
            .and_all(filter.subject.as_ref().map(|subject| Field::new(T::SUBJECT).is(subject)))
            .and_all(
                filter
                    .is_open
                    .filter(|_| T::LASTS)
                    .map(|is_open| if is_open { OPEN_END.missing() } else { OPEN_END.present() }),
            )
            .and_all(within::<T>(filter.from.as_ref(), filter.until.as_ref()));
        let page = page.page_of(select);
        let page: Page<T::Row> = page.rows(StatementName::OfNodesList, &mut self.run).await?;
        let (rows, page) = page.taken();
        Ok(page.with(rows.into_iter().map(TryInto::try_into).collect::<Result<_>>()?))
    }

    /// How many objects a node has, in reach or not.
    pub async fn count(&mut self, node: NodeId) -> Result<i64> {
        let mut statement = Statement::new("SELECT count(*) FROM ");
        statement.push(T::Row::TABLE).push(" WHERE organization_id = ");
        statement.push_value(self.reach.organization.as_uuid());
        statement.push(" AND node_id = ").push_value(node.as_uuid());
        let (count,) = self.run.row(StatementName::OfNodesCount, statement).await?.unwrap_or_default();
        Ok(count)
    }

    /// The first other object of the same node, in reach or not, whose time overlaps with that of this one. Only for
    /// objects that last.
    pub async fn overlapping(
        &mut self,
        object: &T,
        start: Timestamp,
        end: Option<Timestamp>,
    ) -> Result<Option<T>> {
        let is_other = Condition::not_all([Field::<T::Id>::new(ID).is(&object.id())]);
        let select = self.select().and(NODE.is(&object.node())).and(is_other);
        let mut statement = select.and_all(within::<T>(Some(&start), end.as_ref())).statement();
        statement.push(" ORDER BY ").push(T::START).push(" LIMIT 1");
        self.run
            .row::<T::Row>(StatementName::OfNodesOverlapping, statement)
            .await?
            .map(TryInto::try_into)
            .transpose()
    }
}

impl<T: OfNode> OfNodes<'_, &mut Tx, T> {
    /// Inserts an object. [`Error::InUse`] if its node, or what else it refers to, does not exist.
    pub async fn create(&mut self, object: &T) -> Result<()> {
        let organization = self.reach.organization;
        self.run.create_rows::<T::Row>(organization, std::slice::from_ref(object)).await?;
        self.note(object).await
    }

    /// Updates an object that was read as `before`. [`Error::Changed`] if its revision is another by now.
    pub async fn update(&mut self, object: &T, before: &T) -> Result<()> {
        let organization = self.reach.organization;
        self.run.update_rows::<T::Row>(organization, &[(object, before.revision())]).await?;
        self.note(before).await?;
        if object.time() == before.time() { Ok(()) } else { self.note(object).await }
    }

    /// Deletes an object in the revision in which it was read.
    pub async fn delete(&mut self, object: &T) -> Result<()> {
        let (id, from) = (<T::Row as Columns>::id(object), object.revision());
        self.run.delete_row::<T::Row>(self.reach.organization, id, from).await?;
        self.note(object).await
    }

    /// Notes that the sums of the object's node and time are outdated.
    async fn note(&mut self, object: &T) -> Result<()> {
        let area = Area::Node(object.node());
        self.run.production_changed(self.reach.organization, area, object.time()).await
    }
}

/// The objects with one subject: those that prevent its deletion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Users {
    /// How many there are.
    pub count: i64,
    /// The ids and beginnings of the first of them.
    pub first: Vec<(Uuid, Timestamp)>,
}

/// `FROM … WHERE` the objects with one subject.
fn of_subject<T: OfNode>(
    select: &'static str,
    organization: OrganizationId,
    subject: &T::Subject,
) -> Statement {
    let mut statement = Statement::new(select);
    statement.push(" FROM ").push(T::Row::TABLE).push(" WHERE organization_id = ");
    statement.push_value(organization.as_uuid()).push(" AND ").push(T::SUBJECT).push(" = ");
    statement.push_value(subject.value());
    statement
}

impl Users {
    /// Finds the objects with a subject, the first `most` of them by their beginnings.
    pub(crate) async fn find<T: OfNode>(
        mut run: impl Run,
        organization: OrganizationId,
        subject: &T::Subject,
        most: u32,
    ) -> Result<Self> {
        let count = of_subject::<T>("SELECT count(*)", organization, subject);
        let (count,) = run.row(StatementName::OfNodesCountUsers, count).await?.unwrap_or_default();
        let mut first = of_subject::<T>("SELECT id, start_at", organization, subject);
        first.push(" ORDER BY start_at, id LIMIT ").push_number(most);
        let rows: Vec<(Uuid, i64)> = run.rows(StatementName::OfNodesFirstUsers, first).await?;
        let first = rows.into_iter().map(|(id, at)| (id, Timestamp::from_micros(at))).collect();
        Ok(Self { count, first })
    }
}

impl Tx {
    /// Notes that the times of all objects that last and have one subject are outdated: for each node, from the first
    /// beginning to the last end.
    pub(crate) async fn subject_changed<T: OfNode>(
        &mut self,
        organization: OrganizationId,
        subject: &T::Subject,
    ) -> Result<()> {
        const TIMES: &str = "SELECT node_id, min(start_at) AS first_at, \
             max(coalesce(end_at - 1, 9223372036854775807)) AS last_at";
        let mut times = of_subject::<T>(TIMES, organization, subject);
        times.push(" GROUP BY node_id");
        self.production_changed_of(organization, &times).await
    }
}
