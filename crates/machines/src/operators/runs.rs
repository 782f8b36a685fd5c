//! Operator runs: when operators were at nodes.

use bailiwick_domain::cursor::Cursor;
use bailiwick_domain::id::{OperatorId, OperatorRunId};
use bailiwick_domain::meaning::operator::OperatorRef;
use bailiwick_domain::meaning::operator::{OPERATOR_RUNS_MAX, SavedOperatorRun};
use bailiwick_domain::node::NodeRef;
use bailiwick_domain::page::{Page, PageLimit};
use bailiwick_domain::reach::OrganizationReach;
use bailiwick_domain::revision::Revision;
use bailiwick_domain::time::Timestamp;
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::{Error, Result};
use bailiwick_engine::noun::{BuiltIn, Noun, NounSpec, asked};
use bailiwick_engine::operation::{Operation, erase};
use bailiwick_engine::shape::patch::{Named, Patch};
use bailiwick_engine::shape::removal::Removal;
use bailiwick_engine::shape::spec::Spec;
use bailiwick_engine::sort_orders;
use bailiwick_operations::references::missing;
use bailiwick_store::List;
use bailiwick_store::Run;
use bailiwick_store::of_nodes::OfNodeFilter;
use bailiwick_store::operators::OperatorRunsBy;
use bailiwick_store::operators::Operators;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::of_nodes::{check_time, remove, require_room};
use crate::places::{node_of, one_node};
use crate::{PRODUCTION as TAG, ids, noun};

const NOUN: Noun = noun::OPERATOR_RUN;

/// What is said of this noun once.
pub(crate) const SPEC: NounSpec = NounSpec::new(
    NOUN,
    &[
        erase::<ListOperatorRuns>().answers_rows(&bailiwick_store::operators::RUN_ROWS),
        erase::<CreateOperatorRun>(),
        erase::<GetOperatorRun>(),
        erase::<UpdateOperatorRun>(),
        erase::<DeleteOperatorRun>(),
    ],
)
.asked_by(|cx, text| {
    Box::pin(async move {
        let Some((id, reach)) = asked(cx, text)? else { return Ok(false) };
        Ok(cx.store().of_nodes::<SavedOperatorRun>(&reach).get(id).await?.is_some())
    })
})
.owned()
.built_in(BuiltIn::ReadsAndWrites);

sort_orders! {
    /// A sort order of operator runs.
    pub(crate) OperatorRunSort of OperatorRunsBy, default StartAtReverse,
    StartAt / StartAtReverse: "start_at" / "-start_at",
    CreatedAt / CreatedAtReverse: "created_at" / "-created_at",
}

/// The operator that the field `operator` names.
async fn one_operator<R: Run>(run: R, reach: &OrganizationReach, named: &OperatorRef) -> Result<OperatorId> {
    let found = Operators::new(run, reach.organization).find(named).await?;
    Ok(found.ok_or_else(|| Error::Invalid(vec![missing("operator", noun::OPERATOR, named)]))?.id)
}

/// List operator runs at nodes that the caller reaches.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ListOperatorRuns {
    /// Only those at this node, by id or name.
    node: Option<NodeRef>,
    /// Only those of this operator: the id, or the name or number if no other operator has it.
    operator: Option<OperatorRef>,
    /// Only those that do not end before this time.
    from: Option<Timestamp>,
    /// Only those that begin before this time.
    until: Option<Timestamp>,
    /// Only those of operators who are there, or with `false` only those that have ended.
    open: Option<bool>,
    /// The sort order: a field, or `-` and the field for descending order.
    sort: Option<OperatorRunSort>,
    /// The most runs on a page.
    limit: Option<PageLimit>,
    /// Where the page begins: the `next_cursor` of the page before.
    cursor: Option<Cursor>,
    /// Whether to count the items of all pages, as `total` in the answer: exactly up to 10,000.
    total: Option<bool>,
}

impl Operation for ListOperatorRuns {
    const SPEC: Spec = Spec::read(ids::OPERATOR_RUNS_LIST, "/v1/operator_runs").tag(TAG).columns(&[
        "start_at",
        "end_at",
        "node_id",
        "operator_id",
        "id",
    ]);
    type Output = Page<SavedOperatorRun>;

    async fn run(self, cx: &Cx) -> Result<Page<SavedOperatorRun>> {
        let reach = cx.organization_reach()?;
        let operator = match &self.operator {
            // No object has the id of one that was deleted, and that is a good answer.
            Some(OperatorRef::Id(id)) => Some(*id),
            Some(named) => {
                // A caller who may not list operators learns no names and numbers.
                cx.require_operation(ids::OPERATORS_LIST)?;
                Some(one_operator(cx.store(), &reach, named).await?)
            }
            None => None,
        };
        let filter = OfNodeFilter {
            node: node_of(cx.store(), &reach, self.node.as_ref()).await?,
            subject: operator,
            from: self.from,
            until: self.until,
            is_open: self.open,
        };
        let list = List {
            limit: self.limit.unwrap_or_default(),
            cursor: self.cursor,
            sort: self.sort.unwrap_or_default().into(),
            total: self.total.unwrap_or_default(),
        };
        Ok(cx.store().of_nodes(&reach).list(&filter, list).await?)
    }
}

/// Create an operator run: an operator comes to a node, or was there.
///
/// Several operators may be at a node. In reports, the one who came last counts.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("examples" = [{
    "node": "db-1", "operator": "01932f4e-7b5a-7c3d-8e9f-0a1b2c3d4e5f", "start_at": "2030-01-31T06:00:00Z",
}]))]
struct CreateOperatorRun {
    /// The node, by id or name.
    node: NodeRef,
    /// The operator: the id, or the name or number if no other operator has it.
    #[schemars(example = &"01932f4e-7b5a-7c3d-8e9f-0a1b2c3d4e5f")]
    operator: OperatorRef,
    /// When the operator came; now if absent.
    start_at: Option<Timestamp>,
    /// When the operator left; absent or null while there.
    end_at: Option<Timestamp>,
}

impl Operation for CreateOperatorRun {
    const SPEC: Spec = Spec::create(ids::OPERATOR_RUNS_CREATE, "/v1/operator_runs").tag(TAG).versioned();
    const REVISION: fn(&SavedOperatorRun) -> Option<Revision> = |output| Some(output.revision);
    type Output = SavedOperatorRun;

    async fn run(self, cx: &Cx) -> Result<SavedOperatorRun> {
        let (reach, now) = (cx.organization_reach()?, cx.now());
        let start_at = self.start_at.unwrap_or(now);
        check_time(start_at, self.end_at)?;
        let mut write = cx.write().await?;
        let run = SavedOperatorRun {
            id: OperatorRunId::new(cx.clock(), cx.entropy()),
            organization_id: reach.organization,
            node_id: one_node(write.tx(), &reach, &self.node).await?,
            operator_id: one_operator(write.tx(), &reach, &self.operator).await?,
            start_at,
            end_at: self.end_at,
            created_at: now,
            updated_at: now,
            revision: Revision::FIRST,
        };
        write.tx().lock_node(reach.organization, run.node_id).await?;
        require_room::<SavedOperatorRun>(write.tx(), &reach, NOUN, run.node_id, OPERATOR_RUNS_MAX).await?;
        write.tx().of_nodes(&reach).create(&run).await?;
        write.commit(vec![NOUN.target(run.id)], run).await
    }
}

/// Show one operator run.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct GetOperatorRun {
    /// Its id.
    operator_run: OperatorRunId,
}

impl Operation for GetOperatorRun {
    const SPEC: Spec =
        Spec::read(ids::OPERATOR_RUNS_GET, "/v1/operator_runs/{operator_run}").tag(TAG).versioned();
    const REVISION: fn(&SavedOperatorRun) -> Option<Revision> = |output| Some(output.revision);
    type Output = SavedOperatorRun;

    async fn run(self, cx: &Cx) -> Result<SavedOperatorRun> {
        let found = cx.store().of_nodes(&cx.organization_reach()?).get(self.operator_run).await?;
        NOUN.found(found, self.operator_run)
    }
}

/// Change the times of an operator run, for example end it.
///
/// Fields that are absent stay as they are. Node and operator cannot be changed: delete the run, and create another.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("examples" = [{ "end_at": "2030-01-31T14:00:00Z" }]))]
struct UpdateOperatorRun {
    /// Its id.
    operator_run: OperatorRunId,
    /// When the operator came.
    #[serde(default)]
    start_at: Named<Timestamp>,
    /// When the operator left; null while there.
    #[serde(default)]
    end_at: Patch<Timestamp>,
}

impl Operation for UpdateOperatorRun {
    const SPEC: Spec =
        Spec::update(ids::OPERATOR_RUNS_UPDATE, "/v1/operator_runs/{operator_run}").tag(TAG).versioned();
    const REVISION: fn(&SavedOperatorRun) -> Option<Revision> = |output| Some(output.revision);
    type Output = SavedOperatorRun;

    async fn run(self, cx: &Cx) -> Result<SavedOperatorRun> {
        let (reach, id) = (cx.organization_reach()?, self.operator_run);
        let mut write = cx.write().await?;
        let before: SavedOperatorRun = NOUN.found(write.tx().of_nodes(&reach).get(id).await?, id)?;
        cx.require_match(&before, before.revision)?;
        let mut run = before.clone();
        self.start_at.apply(&mut run.start_at);
        self.end_at.apply(&mut run.end_at);
        check_time(run.start_at, run.end_at)?;
        cx.revise(before.revision, &mut run.revision, &mut run.updated_at);
        write.tx().of_nodes(&reach).update(&run, &before).await?;
        write.commit(vec![NOUN.target(id)], run).await
    }
}

/// Delete an operator run.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct DeleteOperatorRun {
    /// Its id.
    operator_run: OperatorRunId,
    /// Delete nothing; only answer what would be deleted.
    dry_run: Option<bool>,
}

impl Operation for DeleteOperatorRun {
    const SPEC: Spec = Spec::delete(ids::OPERATOR_RUNS_DELETE, "/v1/operator_runs/{operator_run}").tag(TAG);
    type Output = Removal;

    async fn run(self, cx: &Cx) -> Result<Removal> {
        let named = |run: &SavedOperatorRun| run.start_at.to_string();
        remove::<SavedOperatorRun>(cx, NOUN, self.operator_run, self.dry_run, named).await
    }
}
