//! Goals: what a figure of a report should reach.

use crate::jobs::named::one_operation;
use crate::jobs::named::operation_of;
use bailiwick_domain::cursor::Cursor;
use bailiwick_domain::id::{GoalId, JobOperationId};
use bailiwick_domain::meaning::goal::{GOALS_MAX, Goal, GoalMetric, Ratio};
use bailiwick_domain::meaning::job::JobOperationRef;
use bailiwick_domain::node::NodeRef;
use bailiwick_domain::page::{Page, PageLimit};
use bailiwick_domain::reach::OrganizationReach;
use bailiwick_domain::revision::Revision;
use bailiwick_domain::site::SiteRef;
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::{Dependant, Error, Result};
use bailiwick_engine::noun::{BuiltIn, Noun, NounSpec, asked};
use bailiwick_engine::operation::{Operation, erase};
use bailiwick_engine::shape::patch::Named;
use bailiwick_engine::shape::removal::Removal;
use bailiwick_engine::shape::spec::Spec;
use bailiwick_engine::sort_orders;
use bailiwick_store::goals::{GoalFilter, GoalsBy};
use bailiwick_store::{List, Tx};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::places::{area_of, node_of, site_of};
use crate::{PRODUCTION as TAG, ids, noun};

const NOUN: Noun = noun::GOAL;

/// What is said of this noun once.
pub(crate) const SPEC: NounSpec = NounSpec::new(
    NOUN,
    &[
        erase::<ListGoals>().answers_rows(&bailiwick_store::goals::ROWS),
        erase::<CreateGoal>(),
        erase::<GetGoal>(),
        erase::<UpdateGoal>(),
        erase::<DeleteGoal>(),
    ],
)
.asked_by(|cx, text| {
    Box::pin(async move {
        let Some((id, reach)) = asked(cx, text)? else { return Ok(false) };
        Ok(cx.store().goals(&reach).get(id).await?.is_some())
    })
})
.owned()
.built_in(BuiltIn::Reads);

sort_orders! {
    /// A sort order of goals.
    pub(crate) GoalSort of GoalsBy, default CreatedAt,
    CreatedAt / CreatedAtReverse: "created_at" / "-created_at",
}

/// List the goals of an organization.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ListGoals {
    /// Only goals for this site, by id or name.
    site: Option<SiteRef>,
    /// Only goals for this node, by id or name.
    node: Option<NodeRef>,
    /// Only goals for this job operation, by id, or by name if no other has it.
    job_operation: Option<JobOperationRef>,
    /// Only goals for this figure.
    metric: Option<GoalMetric>,
    /// The sort order: a field, or `-` and the field for descending order.
    sort: Option<GoalSort>,
    /// The most goals on a page.
    limit: Option<PageLimit>,
    /// Where the page begins: the `next_cursor` of the page before.
    cursor: Option<Cursor>,
    /// Whether to count the items of all pages, as `total` in the answer: exactly up to 10,000.
    total: Option<bool>,
}

impl Operation for ListGoals {
    const SPEC: Spec = Spec::read(ids::GOALS_LIST, "/v1/goals").tag(TAG).whole_organization().columns(&[
        "metric",
        "warning_ratio",
        "failure_ratio",
        "site_id",
        "node_id",
        "job_operation_id",
        "id",
    ]);
    type Output = Page<Goal>;

    async fn run(self, cx: &Cx) -> Result<Page<Goal>> {
        let reach = cx.organization_reach()?;
        let filter = GoalFilter {
            site: site_of(cx.store(), &reach, self.site.as_ref()).await?,
            node: node_of(cx.store(), &reach, self.node.as_ref()).await?,
            job_operation: operation_of(cx, &reach, self.job_operation.as_ref()).await?,
            metric: self.metric,
        };
        let list = List {
            limit: self.limit.unwrap_or_default(),
            cursor: self.cursor,
            sort: self.sort.unwrap_or_default().into(),
            total: self.total.unwrap_or_default(),
        };
        Ok(cx.store().goals(&reach).list(&filter, list).await?)
    }
}

/// The error for a goal that is there already, with the id of the other.
async fn taken(cx: &Cx, reach: &OrganizationReach, goal: &Goal) -> Result<Error> {
    let other = cx.store().goals(reach).like(goal).await?;
    Ok(NOUN.taken("metric", other.map(|other| other.id)))
}

/// Refuses a goal that fails before there is a warning.
fn check(goal: &Goal) -> Result<()> {
    if goal.failure_ratio <= goal.warning_ratio {
        return Ok(());
    }
    let (warning, failure) = (goal.warning_ratio.as_f64(), goal.failure_ratio.as_f64());
    let detail = format!("expected at most the warning ratio, which is {warning}, found {failure}");
    Err(Error::invalid("failure_ratio", detail))
}

/// Create a goal.
///
/// It is for a site, a node or a job operation or, if none is named, for the organization. For each of these and each
/// figure, there can be one.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("examples" = [{ "metric": "oee", "warning_ratio": 0.8, "failure_ratio": 0.6 }]))]
struct CreateGoal {
    /// The site whose nodes it is for, by id or name.
    site: Option<SiteRef>,
    /// The node that it is for, by id or name.
    node: Option<NodeRef>,
    /// The job operation that it is for, by id, or by name if no other has it.
    job_operation: Option<JobOperationRef>,
    /// The figure.
    metric: GoalMetric,
    /// Below this there is a warning.
    warning_ratio: Ratio,
    /// Below this the goal has failed; at most `warning_ratio`.
    failure_ratio: Ratio,
}

impl CreateGoal {
    /// The job operation. Refuses one beside a site or node.
    async fn operation(&self, tx: &mut Tx, reach: &OrganizationReach) -> Result<Option<JobOperationId>> {
        let Some(named) = &self.job_operation else { return Ok(None) };
        if self.site.is_some() || self.node.is_some() {
            let detail = "expected a site, a node, a job operation or none of them, found several";
            return Err(Error::invalid("job_operation", detail));
        }
        one_operation(tx, reach, named).await.map(Some)
    }
}

impl Operation for CreateGoal {
    const SPEC: Spec = Spec::create(ids::GOALS_CREATE, "/v1/goals").tag(TAG).whole_organization().versioned();
    const REVISION: fn(&Goal) -> Option<Revision> = |output| Some(output.revision);
    type Output = Goal;

    async fn run(self, cx: &Cx) -> Result<Goal> {
        let (reach, now) = (cx.organization_reach()?, cx.now());
        let mut write = cx.write().await?;
        let job_operation_id = self.operation(write.tx(), &reach).await?;
        let area = area_of(write.tx(), &reach, self.site.as_ref(), self.node.as_ref()).await?;
        let goal = Goal {
            id: GoalId::new(cx.clock(), cx.entropy()),
            organization_id: reach.organization,
            site_id: area.site(),
            node_id: area.node(),
            job_operation_id,
            metric: self.metric,
            warning_ratio: self.warning_ratio,
            failure_ratio: self.failure_ratio,
            created_at: now,
            updated_at: now,
            revision: Revision::FIRST,
        };
        check(&goal)?;
        if write.tx().goals(&reach).count().await? >= GOALS_MAX {
            let detail = format!("an organization can have at most {GOALS_MAX} goals; delete one first");
            return Err(Error::invalid("", detail));
        }
        let written = write.tx().goals(&reach).create(&goal).await;
        let write = write.unless_taken(written, taken(cx, &reach, &goal)).await?;
        write.commit(vec![NOUN.target(goal.id)], goal).await
    }
}

/// Show one goal.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct GetGoal {
    /// Its id.
    goal: GoalId,
}

impl Operation for GetGoal {
    const SPEC: Spec =
        Spec::read(ids::GOALS_GET, "/v1/goals/{goal}").tag(TAG).whole_organization().versioned();
    const REVISION: fn(&Goal) -> Option<Revision> = |output| Some(output.revision);
    type Output = Goal;

    async fn run(self, cx: &Cx) -> Result<Goal> {
        NOUN.found(cx.store().goals(&cx.organization_reach()?).get(self.goal).await?, self.goal)
    }
}

/// Change the ratios of a goal.
///
/// Fields that are absent stay as they are.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("examples" = [{ "warning_ratio": 0.75 }]))]
struct UpdateGoal {
    /// Its id.
    goal: GoalId,
    /// Below this there is a warning.
    #[serde(default)]
    warning_ratio: Named<Ratio>,
    /// Below this the goal has failed; at most `warning_ratio`.
    #[serde(default)]
    failure_ratio: Named<Ratio>,
}

impl Operation for UpdateGoal {
    const SPEC: Spec =
        Spec::update(ids::GOALS_UPDATE, "/v1/goals/{goal}").tag(TAG).whole_organization().versioned();
    const REVISION: fn(&Goal) -> Option<Revision> = |output| Some(output.revision);
    type Output = Goal;

    async fn run(self, cx: &Cx) -> Result<Goal> {
        let reach = cx.organization_reach()?;
        let mut write = cx.write().await?;
        let mut goal = NOUN.found(write.tx().goals(&reach).get(self.goal).await?, self.goal)?;
        let from = goal.revision;
        cx.require_match(&goal, from)?;
        self.warning_ratio.apply(&mut goal.warning_ratio);
        self.failure_ratio.apply(&mut goal.failure_ratio);
        check(&goal)?;
        cx.revise(from, &mut goal.revision, &mut goal.updated_at);
        write.tx().goals(&reach).update(&goal, from).await?;
        write.commit(vec![NOUN.target(goal.id)], goal).await
    }
}

/// Delete a goal.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct DeleteGoal {
    /// Its id.
    goal: GoalId,
    /// Delete nothing; only answer what would be deleted.
    dry_run: Option<bool>,
}

impl Operation for DeleteGoal {
    const SPEC: Spec = Spec::delete(ids::GOALS_DELETE, "/v1/goals/{goal}").tag(TAG).whole_organization();
    type Output = Removal;

    async fn run(self, cx: &Cx) -> Result<Removal> {
        let (reach, id) = (cx.organization_reach()?, self.goal);
        let object = |goal: &Goal| Dependant::new(id, goal.metric.as_str());
        if self.dry_run.unwrap_or_default() {
            let goal = NOUN.found(cx.store().goals(&reach).get(id).await?, id)?;
            return Ok(NOUN.removal(cx, object(&goal), Vec::new(), true));
        }
        let mut write = cx.write().await?;
        let goal = NOUN.found(write.tx().goals(&reach).get(id).await?, id)?;
        cx.require_match(&goal, goal.revision)?;
        write.tx().goals(&reach).delete(id, goal.revision).await?;
        write.commit(vec![NOUN.target(id)], NOUN.removal(cx, object(&goal), Vec::new(), false)).await
    }
}
