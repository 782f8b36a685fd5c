//! Cells: the sums of many nodes together, in columns.

use bailiwick_domain::id::{NodeId, OrganizationId};
use bailiwick_domain::sums::Sum;
use uuid::Uuid;

use crate::database::run::Run as _;
use crate::database::store::Tx;
use crate::error::{OrCorrupt as _, Result};
use crate::series::column::Column;
use crate::series::observations::Observations;
use crate::sql::name::StatementName;
use crate::sql::statement::{Statement, Value};

/// How many changes one statement writes.
const WRITTEN_AT_ONCE: usize = 5_000;

/// The time of which a cell has the sums.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Resolution {
    /// A production day.
    Day,
    /// A half hour of UTC, as far as it is in a production day.
    HalfHour,
}

impl Resolution {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Day, Self::HalfHour];

    pub(crate) const fn number(self) -> i64 {
        match self {
            Self::Day => 0,
            Self::HalfHour => 1,
        }
    }
}

/// What a column has of each cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CellSum {
    /// 1 for each node whose day is stored. It has one piece, also of half hours.
    Stored,
    /// Parts of which nobody knows when they were made.
    PartsUnattributed,
    /// When the first stretch with data begins, in microseconds; only of whole days. 0 if there is none.
    FirstAt,
    /// When the last stretch with data ends, in microseconds; only of whole days. 0 if there is none.
    LastAt,
    /// One of the sums.
    Of(Sum),
}

impl CellSum {
    /// All, in the order of their numbers.
    pub fn all() -> impl Iterator<Item = Self> {
        let others = [Self::Stored, Self::PartsUnattributed, Self::FirstAt, Self::LastAt];
        others.into_iter().chain(Sum::ALL.iter().map(|sum| Self::Of(*sum)))
    }

    /// The number by which it is stored. Sums begin at 16, so that there is room for others.
    pub(crate) const fn number(self) -> i64 {
        match self {
            Self::Stored => 0,
            Self::PartsUnattributed => 1,
            Self::FirstAt => 2,
            Self::LastAt => 3,
            Self::Of(sum) => 16 + sum as i64,
        }
    }
}

impl Observations {
    /// The days of nodes from one date to another, both included, whose cells are older than their stored sums, or not
    /// there; in the order of days.
    pub async fn cell_changes(
        &self,
        organization: OrganizationId,
        resolution: Resolution,
        (first, last): (i64, i64),
    ) -> Result<Vec<(NodeId, i64)>> {
        let statement = Statement::new(
            "SELECT node_id, day FROM cell_changes WHERE organization_id = $1 AND resolution = $2 \
             AND day >= $3 AND day <= $4 ORDER BY day, node_id",
        )
        .bind(organization.as_uuid())
        .bind(resolution.number())
        .bind(first)
        .bind(last);
        let mut run = &self.store;
        let rows: Vec<(Uuid, i64)> = run.rows(StatementName::CellChangesGet, statement).await?;
        Ok(rows.into_iter().map(|(node, day)| (NodeId::from_uuid(node), day)).collect())
    }

    /// The columns of a sum for the days from one date to another, both included, of all blocks: the day, the number of the
    /// block, and the column. Where all are zero there is none.
    pub async fn cells(
        &self,
        organization: OrganizationId,
        resolution: Resolution,
        sum: CellSum,
        (first, last): (i64, i64),
    ) -> Result<Vec<(i64, i64, Column)>> {
        let statement = Statement::new(
            "SELECT day, block, body FROM cells WHERE organization_id = $1 AND resolution = $2 AND sum = $3 \
             AND day >= $4 AND day <= $5",
        )
        .bind(organization.as_uuid())
        .bind(resolution.number())
        .bind(sum.number())
        .bind(first)
        .bind(last);
        let mut run = &self.store;
        let rows: Vec<(i64, i64, Vec<u8>)> = run.rows(StatementName::CellsGet, statement).await?;
        let column = |(day, block, body): (i64, i64, Vec<u8>)| {
            Ok((day, block, Column::decode(&body).or_corrupt("cells", "body")?))
        };
        rows.into_iter().map(column).collect()
    }
}

/// Notes that the cells of days are older than their stored sums.
pub(crate) async fn note(tx: &mut Tx, organization: OrganizationId, days: &[(NodeId, i64)]) -> Result<()> {
    for resolution in Resolution::ALL {
        for days in days.chunks(WRITTEN_AT_ONCE) {
            let rows = days.iter().map(|(node, day)| -> [Value; 4] {
                [
                    organization.as_uuid().into(),
                    resolution.number().into(),
                    (*day).into(),
                    node.as_uuid().into(),
                ]
            });
            let mut statement = Statement::new(
                "INSERT INTO cell_changes (organization_id, resolution, day, node_id) VALUES ",
            );
            // An existing row is updated without a change, so that PostgreSQL locks it: a transaction that brings the
            // cells up to date then waits for the new sums.
            statement.push_rows(rows).push(
                " ON CONFLICT (organization_id, resolution, day, node_id) DO UPDATE SET day = excluded.day",
            );
            tx.execute(StatementName::CellChangesNote, statement).await?;
        }
    }
    Ok(())
}
