//! Why machines were down: reasons, and annotations that give them.

use bailiwick_domain::history::Reason;
use bailiwick_domain::id::{AnnotationId, DowntimeReasonId, NodeId, OrganizationId};
use bailiwick_domain::meaning::downtime::{DowntimeReason, DowntimeReasonRef, SavedAnnotation};
use bailiwick_domain::name::Description;
use bailiwick_domain::page::Page;
use bailiwick_domain::reach::OrganizationReach;
use bailiwick_domain::revision::Revision;
use bailiwick_domain::time::Timestamp;

use super::of_nodes::{self, OfNode, Users};
use crate::database::run::Run;
use crate::database::store::{Store, Tx};
use crate::error::Result;
use crate::production_changes::Outdated;
use crate::row_query::{Member, RowTable, StoredAs};
use crate::sql::name::StatementName;
use crate::sql::query::{Expression as _, Field, Select};
use crate::sql::statement::Statement;
use crate::table::columns::{Columns as _, columns};
use crate::table::list::{List, PageRequest};
use crate::table::order::listed;

columns! {
    ReasonRow: DowntimeReason by DowntimeReasonId in "downtime_reasons"
        named DowntimeReasonsCreate, DowntimeReasonsUpdate, DowntimeReasonsDelete;
    edited { reason: Reason, planned: bool, description: Option<Description> }
}

listed! {
    /// What reasons of downtime can be sorted by.
    pub DowntimeReasonsBy: ReasonRow by DowntimeReasonId in "id";
    /// The reason.
    Reason = "reason": Text in reason,
    /// The time of creation.
    CreatedAt = "created_at": Number in created_at,
}

columns! {
    /// A row of the annotations.
    pub AnnotationRow: SavedAnnotation by AnnotationId in "annotations"
        named AnnotationsCreate, AnnotationsUpdate, AnnotationsDelete;
    fixed { node_id: NodeId }
    edited {
        reason_id: DowntimeReasonId,
        start_at: Timestamp,
        end_at: Option<Timestamp>,
        note: Option<Description>,
    }
}

listed! {
    /// What annotations can be sorted by.
    pub AnnotationsBy: AnnotationRow by AnnotationId in "id";
    /// The beginning of the downtime.
    StartAt = "start_at": Number in start_at,
    /// The time of creation.
    CreatedAt = "created_at": Number in created_at,
}

impl OfNode for SavedAnnotation {
    type Id = AnnotationId;
    type By = AnnotationsBy;
    type Subject = DowntimeReasonId;
    type Row = AnnotationRow;

    const START: &'static str = "start_at";
    const LASTS: bool = true;
    const SUBJECT: &'static str = "reason_id";

    fn id(&self) -> AnnotationId {
        self.id
    }

    fn node(&self) -> NodeId {
        self.node_id
    }

    fn time(&self) -> Outdated {
        Outdated::between(self.start_at, self.end_at)
    }

    fn revision(&self) -> Revision {
        self.revision
    }
}

const ID: Field<DowntimeReasonId> = Field::new("id");
const REASON: Field<Reason> = Field::new("reason");
const PLANNED: Field<bool> = Field::new("planned");

/// The reasons of downtime, for row queries.
pub const REASON_ROWS: RowTable = RowTable::of::<ReasonRow>("downtime_reasons.reason", |_| Vec::new());

/// The annotations, for row queries.
pub const ANNOTATION_ROWS: RowTable = of_nodes::rows::<SavedAnnotation>("annotations.start_at DESC").with(&[
    Member::new(
        "reason",
        "(SELECT r.reason FROM downtime_reasons r WHERE r.id = annotations.reason_id)",
        StoredAs::Text,
    ),
    Member::new(
        "planned",
        "(SELECT r.planned FROM downtime_reasons r WHERE r.id = annotations.reason_id)",
        StoredAs::Bool,
    ),
]);

/// Access to the reasons of downtime of one organization.
pub struct DowntimeReasons<R> {
    run: R,
    organization: OrganizationId,
}

impl Store {
    /// Reads the reasons of downtime of the reach's organization.
    pub const fn downtime_reasons(&self, reach: &OrganizationReach) -> DowntimeReasons<&Self> {
        DowntimeReasons::new(self, reach.organization)
    }
}

impl Tx {
    /// Reads and writes the reasons of downtime of the reach's organization.
    pub const fn downtime_reasons(&mut self, reach: &OrganizationReach) -> DowntimeReasons<&mut Self> {
        DowntimeReasons::new(self, reach.organization)
    }
}

impl<R: Run> DowntimeReasons<R> {
    /// Reads the reasons of an organization on a store or in a transaction.
    pub const fn new(run: R, organization: OrganizationId) -> Self {
        Self { run, organization }
    }

    fn select(&self) -> Select {
        ReasonRow::select_of(self.organization)
    }

    /// The reason with this id or path.
    pub async fn find(&mut self, named: &DowntimeReasonRef) -> Result<Option<DowntimeReason>> {
        let select = self.select().and(match named {
            DowntimeReasonRef::Id(id) => ID.is(id),
            DowntimeReasonRef::Reason(reason) => REASON.is(reason),
        });
        let row = self.run.row::<ReasonRow>(StatementName::DowntimeReasonsFind, select.statement()).await?;
        row.map(DowntimeReason::try_from).transpose()
    }

    /// The reasons with these ids, in any order.
    pub async fn some(
        &mut self,
        ids: impl IntoIterator<Item = DowntimeReasonId>,
    ) -> Result<Vec<DowntimeReason>> {
        let (select, ids) = (self.select().statement(), ids.into_iter().map(DowntimeReasonId::as_uuid));
        let name = StatementName::DowntimeReasonsSome;
        let rows: Vec<ReasonRow> = select.among(name, &mut self.run, " AND id IN ", ids).await?;
        rows.into_iter().map(DowntimeReason::try_from).collect()
    }

    /// The number of reasons.
    pub async fn count(&mut self) -> Result<i64> {
        let mut statement = Statement::new("SELECT count(*) FROM downtime_reasons WHERE organization_id = ");
        statement.push_value(self.organization.as_uuid());
        let name = StatementName::DowntimeReasonsCount;
        let (count,) = self.run.row(name, statement).await?.unwrap_or_default();
        Ok(count)
    }

    /// A page of the reasons: all, or only those that are planned, or only those that are not.
    pub async fn list(
        &mut self,
        planned: Option<bool>,
        list: List<DowntimeReasonsBy>,
    ) -> Result<Page<DowntimeReason>> {
        let select = self.select().and_all(planned.map(|planned| PLANNED.is(&planned)));
        let page = PageRequest::of(&list)?.page_of(select);
        page.page::<_, ReasonRow, _>(StatementName::DowntimeReasonsList, &mut self.run).await
    }

    /// The annotations that give a reason.
    pub async fn annotations(&mut self, id: DowntimeReasonId, most: u32) -> Result<Users> {
        Users::find::<SavedAnnotation>(&mut self.run, self.organization, &id, most).await
    }
}

impl DowntimeReasons<&mut Tx> {
    /// Inserts a reason. [`Error::Taken`](crate::Error::Taken) if the organization has it already.
    pub async fn create(&mut self, reason: &DowntimeReason) -> Result<()> {
        self.run.create_rows::<ReasonRow>(self.organization, std::slice::from_ref(reason)).await
    }

    /// Updates a reason that was read as `before`. [`Error::Changed`](crate::Error::Changed) if its revision is
    /// another by now. The times of its annotations are outdated if the reason or whether it is planned changes.
    pub async fn update(&mut self, reason: &DowntimeReason, before: &DowntimeReason) -> Result<()> {
        self.run.update_rows::<ReasonRow>(self.organization, &[(reason, before.revision)]).await?;
        if (reason.planned, &reason.reason) == (before.planned, &before.reason) {
            return Ok(());
        }
        self.run.subject_changed::<SavedAnnotation>(self.organization, &reason.id).await
    }

    /// Deletes a reason in the revision in which it was read. [`Error::InUse`](crate::Error::InUse) while annotations
    /// give it.
    pub async fn delete(&mut self, reason: &DowntimeReason) -> Result<()> {
        let (id, from) = (reason.id.as_uuid(), reason.revision);
        self.run.delete_row::<ReasonRow>(self.organization, id, from).await
    }
}
