//! Operators: people at machines, and when they were there.

use bailiwick_domain::id::{NodeId, OperatorId, OperatorRunId, OrganizationId};
use bailiwick_domain::meaning::operator::{Operator, OperatorRef, SavedOperatorRun};
use bailiwick_domain::name::{Code, Name};
use bailiwick_domain::page::Page;
use bailiwick_domain::reach::OrganizationReach;
use bailiwick_domain::revision::Revision;
use bailiwick_domain::time::Timestamp;

use super::of_nodes::{self, OfNode, Users};
use crate::database::run::Run;
use crate::database::store::{Store, Tx};
use crate::error::Result;
use crate::production_changes::Outdated;
use crate::row_query::RowTable;
use crate::sql::name::StatementName;
use crate::sql::query::{Expression as _, Field, Select};
use crate::sql::statement::Statement;
use crate::table::columns::{Columns as _, columns};
use crate::table::list::{List, PageRequest};
use crate::table::only::{SAME_MAX, only};
use crate::table::order::listed;

columns! {
    OperatorRow: Operator by OperatorId in "operators" named OperatorsCreate, OperatorsUpdate, OperatorsDelete;
    edited { name: Name, number: Option<Code> }
}

listed! {
    /// What operators can be sorted by.
    pub OperatorsBy: OperatorRow by OperatorId in "id";
    /// The name.
    Name = "name": Text in name,
    /// The time of creation.
    CreatedAt = "created_at": Number in created_at,
}

columns! {
    /// A row of the operator runs.
    pub OperatorRunRow: SavedOperatorRun by OperatorRunId in "operator_runs"
        named OperatorRunsCreate, OperatorRunsUpdate, OperatorRunsDelete;
    fixed { node_id: NodeId, operator_id: OperatorId }
    edited { start_at: Timestamp, end_at: Option<Timestamp> }
}

listed! {
    /// What operator runs can be sorted by.
    pub OperatorRunsBy: OperatorRunRow by OperatorRunId in "id";
    /// The beginning.
    StartAt = "start_at": Number in start_at,
    /// The time of creation.
    CreatedAt = "created_at": Number in created_at,
}

impl OfNode for SavedOperatorRun {
    type Id = OperatorRunId;
    type By = OperatorRunsBy;
    type Subject = OperatorId;
    type Row = OperatorRunRow;

    const START: &'static str = "start_at";
    const LASTS: bool = true;
    const SUBJECT: &'static str = "operator_id";

    fn id(&self) -> OperatorRunId {
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

const ID: Field<OperatorId> = Field::new("id");
const NAME: Field<Name> = Field::new("name");
const NUMBER: Field<Code> = Field::new("number");

/// The operators, for row queries.
pub const OPERATOR_ROWS: RowTable = RowTable::of::<OperatorRow>("operators.name", |_| Vec::new());

/// The operator runs, for row queries.
pub const RUN_ROWS: RowTable = of_nodes::rows::<SavedOperatorRun>("operator_runs.start_at DESC");

/// Access to the operators of one organization.
pub struct Operators<R> {
    run: R,
    organization: OrganizationId,
}

impl Store {
    /// Reads the operators of the reach's organization.
    pub const fn operators(&self, reach: &OrganizationReach) -> Operators<&Self> {
        Operators::new(self, reach.organization)
    }
}

impl Tx {
    /// Reads and writes the operators of the reach's organization.
    pub const fn operators(&mut self, reach: &OrganizationReach) -> Operators<&mut Self> {
        Operators::new(self, reach.organization)
    }
}

impl<R: Run> Operators<R> {
    /// Reads the operators of an organization on a store or in a transaction.
    pub const fn new(run: R, organization: OrganizationId) -> Self {
        Self { run, organization }
    }

    fn select(&self) -> Select {
        OperatorRow::select_of(self.organization)
    }

    /// The operator with this id.
    pub async fn get(&mut self, id: OperatorId) -> Result<Option<Operator>> {
        let statement = self.select().and(ID.is(&id)).statement();
        let row = self.run.row::<OperatorRow>(StatementName::OperatorsGet, statement).await?;
        row.map(Operator::try_from).transpose()
    }

    /// The operator with this id, or the only one with this name or number. [`Error::Ambiguous`](crate::Error::Ambiguous)
    /// if there are several.
    pub async fn find(&mut self, operator: &OperatorRef) -> Result<Option<Operator>> {
        let name = match operator {
            OperatorRef::Id(id) => return self.get(*id).await,
            OperatorRef::Name(name) => name,
        };
        // Two queries, so that each reads its index.
        let mut statement = self.select().and(NAME.is(name)).statement();
        statement.push(" ORDER BY id LIMIT ").push_value(SAME_MAX);
        let same: Vec<OperatorRow> = self.run.rows(StatementName::OperatorsNamed, statement).await?;
        let mut same = same.into_iter().map(Operator::try_from).collect::<Result<Vec<_>>>()?;
        if let Ok(number) = name.as_str().parse() {
            let numbered = self.numbered(&number).await?;
            same.extend(numbered.filter(|operator| operator.name != *name));
        }
        only(same, |operator| operator.id.to_string())
    }

    /// The operators with these ids, in any order.
    pub async fn all_of(&mut self, ids: &[OperatorId]) -> Result<Vec<Operator>> {
        let (statement, ids) = (self.select().statement(), ids.iter().map(|id| id.as_uuid()));
        let rows: Vec<OperatorRow> =
            statement.among(StatementName::OperatorsByIds, &mut self.run, " AND id IN ", ids).await?;
        rows.into_iter().map(Operator::try_from).collect()
    }

    /// The operators whose names or numbers are among these, in any order.
    pub async fn all_named(&mut self, names: &[&str]) -> Result<Vec<Operator>> {
        let (select, run) = (self.select().statement(), &mut self.run);
        let all = || names.iter().copied();
        let mut found: Vec<OperatorRow> =
            select.clone().among(StatementName::OperatorsByNames, run, " AND name IN ", all()).await?;
        found.extend(
            select
                .among::<OperatorRow>(StatementName::OperatorsByNumbers, run, " AND number IN ", all())
                .await?,
        );
        found.into_iter().map(Operator::try_from).collect()
    }

    /// The number of operators.
    pub async fn count(&mut self) -> Result<i64> {
        let mut statement = Statement::new("SELECT count(*) FROM operators WHERE organization_id = ");
        statement.push_value(self.organization.as_uuid());
        let (count,) = self.run.row(StatementName::OperatorsCount, statement).await?.unwrap_or_default();
        Ok(count)
    }

    /// A page of the operators: all, or the one with a number.
    pub async fn list(&mut self, number: Option<&Code>, list: List<OperatorsBy>) -> Result<Page<Operator>> {
        let select = self.select().and_all(number.map(|number| NUMBER.is(number)));
        let page = PageRequest::of(&list)?.page_of(select);
        page.page::<_, OperatorRow, _>(StatementName::OperatorsList, &mut self.run).await
    }

    /// The operator with this number.
    pub async fn numbered(&mut self, number: &Code) -> Result<Option<Operator>> {
        let statement = self.select().and(NUMBER.is(number)).statement();
        let row = self.run.row::<OperatorRow>(StatementName::OperatorsNumbered, statement).await?;
        row.map(Operator::try_from).transpose()
    }

    /// The runs of an operator.
    pub async fn runs(&mut self, id: OperatorId, most: u32) -> Result<Users> {
        Users::find::<SavedOperatorRun>(&mut self.run, self.organization, &id, most).await
    }
}

impl Operators<&mut Tx> {
    /// Inserts an operator. [`Error::Taken`](crate::Error::Taken) if the number is taken.
    pub async fn create(&mut self, operator: &Operator) -> Result<()> {
        self.run.create_rows::<OperatorRow>(self.organization, std::slice::from_ref(operator)).await
    }

    /// Updates an operator that was read at revision `from`. [`Error::Changed`](crate::Error::Changed) if the revision
    /// is another by now.
    pub async fn update(&mut self, operator: &Operator, from: Revision) -> Result<()> {
        self.run.update_rows::<OperatorRow>(self.organization, &[(operator, from)]).await
    }

    /// Deletes an operator that was read at revision `from`. [`Error::InUse`](crate::Error::InUse) while there are runs
    /// of this operator.
    pub async fn delete(&mut self, id: OperatorId, from: Revision) -> Result<()> {
        self.run.delete_row::<OperatorRow>(self.organization, id.as_uuid(), from).await
    }
}
