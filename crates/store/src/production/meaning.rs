//! What is said about nodes, in the form in which sums are made from it.

use std::collections::HashMap;

use bailiwick_domain::history::{
    Annotation, JobRun, OperatorRun, PartCorrection, PartTime, Reason, Reject, RejectKind,
};
use bailiwick_domain::id::{JobOperationId, JobRunId, NodeId, OperatorId, OrganizationId};
use bailiwick_domain::meaning::calendar::SavedCalendar;
use bailiwick_domain::meaning::goal::Goal;
use bailiwick_domain::meaning::job::SavedJobRun;
use bailiwick_domain::meaning::part::SavedReject;
use bailiwick_domain::span::Span;
use bailiwick_domain::time::Timestamp;
use uuid::Uuid;

use super::calendars::Calendars;
use super::goals::Goals;
use super::of_nodes::within;
use crate::database::store::Store;
use crate::error::{Error, OrCorrupt as _, Result};
use crate::sql::column::Column as _;
use crate::sql::name::StatementName;
use crate::sql::statement::{Row, Statement};

/// Microseconds in a millisecond.
const MICROS: u64 = 1_000;

/// What is said about one node for a span of time, in no order. What lasts is there as a whole, also if it begins
/// before the span or ends after it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Meaning {
    /// Which job operations ran.
    pub runs: Vec<JobRun>,
    /// Who operated it.
    pub operators: Vec<OperatorRun>,
    /// Why it was down.
    pub annotations: Vec<Annotation>,
    /// Parts that were rejected.
    pub rejects: Vec<Reject>,
    /// Parts that a person added or took away.
    pub corrections: Vec<PartCorrection>,
}

/// Reads what is said about the nodes of one organization.
pub struct Meanings<'a> {
    store: &'a Store,
    organization: OrganizationId,
}

impl Store {
    /// Reads what is said about the nodes of an organization, for reports. Who may see it is decided by who may see
    /// the nodes.
    pub const fn meaning(&self, organization: OrganizationId) -> Meanings<'_> {
        Meanings { store: self, organization }
    }
}

/// From a start to an end; without an end if there is none yet.
fn span(start: i64, end: Option<i64>) -> Span {
    let start = Timestamp::from_micros(start);
    end.map_or_else(|| Span::since(start), |end| Span::new(start, Timestamp::from_micros(end)))
}

/// The time of one part; `None` if nobody said how long it is.
fn part_time(ms: Option<i64>) -> Result<Option<PartTime>> {
    let time = |ms: i64| {
        let micros = u64::try_from(ms).ok().and_then(|ms| ms.checked_mul(MICROS));
        micros.and_then(|micros| PartTime::from_micros(micros).ok()).or_corrupt("job_operations", "part time")
    };
    ms.map(time).transpose()
}

impl Meanings<'_> {
    /// What is said about some nodes for a span of time. A node of which nothing is said is left out.
    pub async fn of_nodes(&self, nodes: &[NodeId], span: Span) -> Result<HashMap<NodeId, Meaning>> {
        fn of(found: &mut HashMap<NodeId, Meaning>, node: Uuid) -> &mut Meaning {
            found.entry(NodeId::from_uuid(node)).or_default()
        }
        let mut found = HashMap::new();
        for (node, run) in self.runs(nodes, span).await? {
            of(&mut found, node).runs.push(run);
        }
        for (node, run) in self.operators(nodes, span).await? {
            of(&mut found, node).operators.push(run);
        }
        for (node, annotation) in self.annotations(nodes, span).await? {
            of(&mut found, node).annotations.push(annotation);
        }
        for (node, reject) in self.rejects(nodes, span).await? {
            of(&mut found, node).rejects.push(reject);
        }
        for (node, correction) in self.corrections(nodes, span).await? {
            of(&mut found, node).corrections.push(correction);
        }
        Ok(found)
    }

    /// All calendars, sorted by id.
    pub async fn calendars(&self) -> Result<Vec<SavedCalendar>> {
        Calendars::new(self.store, self.organization).all().await
    }

    /// All goals, sorted by id.
    pub async fn goals(&self) -> Result<Vec<Goal>> {
        Goals::new(self.store, self.organization).all().await
    }

    /// Runs a query of the rows of some nodes. `select` ends before its `WHERE`, and has the rows in the table `t`.
    async fn read<T: Row>(
        &self,
        name: StatementName,
        select: &'static str,
        lasts: bool,
        nodes: &[NodeId],
        span: Span,
    ) -> Result<Vec<T>> {
        let (from, until) = (span.start(), span.end());
        let times = if lasts {
            within::<SavedJobRun>(Some(&from), Some(&until))
        } else {
            within::<SavedReject>(Some(&from), Some(&until))
        };
        let mut statement = Statement::new(select);
        statement.push(" WHERE t.organization_id = ").push_value(self.organization.as_uuid());
        statement.and_all(times);
        let ids = nodes.iter().map(|node| node.value());
        let mut run = self.store;
        statement.among(name, &mut run, " AND t.node_id IN ", ids).await
    }

    async fn runs(&self, nodes: &[NodeId], of: Span) -> Result<Vec<(Uuid, JobRun)>> {
        #[derive(sqlx::FromRow)]
        struct RunRow {
            node_id: Uuid,
            id: Uuid,
            job_operation_id: Uuid,
            start_at: i64,
            end_at: Option<i64>,
            ideal_part_ms: Option<i64>,
            expected_part_ms: Option<i64>,
            expected_setup_ms: Option<i64>,
        }
        const SELECT: &str = "SELECT t.node_id, t.id, t.job_operation_id, t.start_at, t.end_at, o.ideal_part_ms, \
             o.expected_part_ms, o.expected_setup_ms FROM job_runs t JOIN job_operations o ON o.id = t.job_operation_id";
        let rows: Vec<RunRow> = self.read(StatementName::MeaningRuns, SELECT, true, nodes, of).await?;
        let run = |row: RunRow| {
            let run = JobRun {
                id: JobRunId::from_uuid(row.id),
                operation: JobOperationId::from_uuid(row.job_operation_id),
                span: span(row.start_at, row.end_at),
                ideal: part_time(row.ideal_part_ms)?,
                expected: part_time(row.expected_part_ms)?,
                expected_setup_micros: row.expected_setup_ms.unwrap_or_default().saturating_mul(1_000),
            };
            Ok::<_, Error>((row.node_id, run))
        };
        rows.into_iter().map(run).collect()
    }

    async fn operators(&self, nodes: &[NodeId], of: Span) -> Result<Vec<(Uuid, OperatorRun)>> {
        const SELECT: &str = "SELECT t.node_id, t.operator_id, t.start_at, t.end_at FROM operator_runs t";
        let rows: Vec<(Uuid, Uuid, i64, Option<i64>)> =
            self.read(StatementName::MeaningOperators, SELECT, true, nodes, of).await?;
        let run = |(node, operator, start, end)| {
            (node, OperatorRun { operator: OperatorId::from_uuid(operator), span: span(start, end) })
        };
        Ok(rows.into_iter().map(run).collect())
    }

    async fn annotations(&self, nodes: &[NodeId], of: Span) -> Result<Vec<(Uuid, Annotation)>> {
        const SELECT: &str = "SELECT t.node_id, t.start_at, t.end_at, r.reason, r.planned \
             FROM annotations t JOIN downtime_reasons r ON r.id = t.reason_id";
        let rows: Vec<(Uuid, i64, Option<i64>, String, bool)> =
            self.read(StatementName::MeaningAnnotations, SELECT, true, nodes, of).await?;
        let annotation = |(node, start, end, reason, is_planned): (_, _, _, String, _)| {
            let reason = Reason::read(reason).or_corrupt("downtime_reasons", "reason")?;
            Ok::<_, Error>((node, Annotation { span: span(start, end), reason, is_planned }))
        };
        rows.into_iter().map(annotation).collect()
    }

    async fn rejects(&self, nodes: &[NodeId], of: Span) -> Result<Vec<(Uuid, Reject)>> {
        const SELECT: &str = "SELECT t.node_id, t.at, t.kind, t.parts FROM rejects t";
        let rows: Vec<(Uuid, i64, String, i64)> =
            self.read(StatementName::MeaningRejects, SELECT, false, nodes, of).await?;
        let reject = |(node, at, kind, parts): (_, _, String, _)| {
            let kind = RejectKind::read(kind).or_corrupt("rejects", "kind")?;
            Ok::<_, Error>((node, Reject { at: Timestamp::from_micros(at), kind, parts }))
        };
        rows.into_iter().map(reject).collect()
    }

    async fn corrections(&self, nodes: &[NodeId], of: Span) -> Result<Vec<(Uuid, PartCorrection)>> {
        const SELECT: &str = "SELECT t.node_id, t.at, t.parts FROM part_corrections t";
        let rows: Vec<(Uuid, i64, i64)> =
            self.read(StatementName::MeaningCorrections, SELECT, false, nodes, of).await?;
        let correction = |(node, at, parts)| (node, PartCorrection { at: Timestamp::from_micros(at), parts });
        Ok(rows.into_iter().map(correction).collect())
    }
}
