//! The thresholds of goals, and on which of them a group agrees.

use std::collections::HashMap;

use bailiwick_domain::id::{JobOperationId, NodeId, OrganizationId, SiteId};
use bailiwick_domain::meaning::goal::{Goal, GoalMetric, Ratio};
use bailiwick_engine::error::Result;
use bailiwick_store::Store;

/// The number of figures that goals are about.
const FIGURES: usize = GoalMetric::ALL.len();

/// Below these ratios there is a warning, and the goal has failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Thresholds {
    pub(super) warning: Ratio,
    pub(super) failure: Ratio,
}

/// The thresholds of each figure, in the order of [`GoalMetric::ALL`]. `None` where there is no goal.
pub(super) type OfFigures = [Option<Thresholds>; FIGURES];

/// What goals are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Subject {
    Organization,
    Site(SiteId),
    Node(NodeId),
    JobOperation(JobOperationId),
}

impl Subject {
    fn of(goal: &Goal) -> Self {
        let node = goal.node_id.map(Self::Node).or_else(|| goal.site_id.map(Self::Site));
        goal.job_operation_id.map(Self::JobOperation).or(node).unwrap_or(Self::Organization)
    }
}

/// The goals of an organization.
#[derive(Default)]
pub(super) struct Goals(HashMap<Subject, OfFigures>);

impl Goals {
    /// Reads the goals of an organization.
    pub(super) async fn read(store: &Store, organization: OrganizationId) -> Result<Self> {
        Ok(Self::of(&store.meaning(organization).goals().await?))
    }

    fn of(goals: &[Goal]) -> Self {
        let mut of: HashMap<Subject, OfFigures> = HashMap::new();
        for goal in goals {
            let figure = GoalMetric::ALL.iter().position(|metric| *metric == goal.metric);
            let thresholds = Thresholds { warning: goal.warning_ratio, failure: goal.failure_ratio };
            let figures = of.entry(Subject::of(goal)).or_default();
            if let Some(place) = figure.and_then(|figure| figures.get_mut(figure)) {
                *place = Some(thresholds);
            }
        }
        Self(of)
    }

    /// The thresholds for a job operation on a node. Of several goals, the most specific one decides: that of the job
    /// operation, then of the node, of the site, of the organization.
    pub(super) fn thresholds(
        &self,
        node: NodeId,
        site: Option<SiteId>,
        job_operation: Option<JobOperationId>,
    ) -> OfFigures {
        let subjects = [
            job_operation.map(Subject::JobOperation),
            Some(Subject::Node(node)),
            site.map(Subject::Site),
            Some(Subject::Organization),
        ];
        let found: Vec<&OfFigures> =
            subjects.into_iter().flatten().filter_map(|subject| self.0.get(&subject)).collect();
        std::array::from_fn(|figure| found.iter().find_map(|figures| figures.get(figure).copied().flatten()))
    }
}

/// The thresholds on which all pieces of a group agree.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Agreed(Option<OfFigures>);

impl Agreed {
    /// Adds a piece with these thresholds: where they differ, the group has none.
    pub(super) fn add(&mut self, piece: &OfFigures) {
        self.0 = Some(match self.0 {
            None => *piece,
            Some(known) => std::array::from_fn(|n| {
                known.get(n).filter(|one| piece.get(n) == Some(*one)).copied().flatten()
            }),
        });
    }

    /// Adds the pieces of another group.
    pub(super) fn join(&mut self, other: &Self) {
        other.0.iter().for_each(|figures| self.add(figures));
    }

    /// The thresholds of a figure.
    pub(super) fn of(&self, metric: GoalMetric) -> Option<Thresholds> {
        let figure = GoalMetric::ALL.iter().position(|other| *other == metric)?;
        self.0?.get(figure).copied().flatten()
    }
}

#[cfg(test)]
mod tests {
    use bailiwick_domain::id::GoalId;
    use bailiwick_domain::revision::Revision;
    use bailiwick_domain::time::Timestamp;
    use uuid::Uuid;

    use super::*;

    fn ratio(value: f64) -> Ratio {
        Ratio::from_f64(value).unwrap()
    }

    fn goal(warning: f64) -> Goal {
        let at = Timestamp::from_micros(0);
        Goal {
            id: GoalId::from_uuid(Uuid::nil()),
            organization_id: OrganizationId::from_uuid(Uuid::nil()),
            site_id: None,
            node_id: None,
            job_operation_id: None,
            metric: GoalMetric::Oee,
            warning_ratio: ratio(warning),
            failure_ratio: ratio(0.1),
            created_at: at,
            updated_at: at,
            revision: Revision::FIRST,
        }
    }

    #[test]
    fn the_most_specific_goal_decides() {
        let node = NodeId::from_uuid(Uuid::from_u128(1));
        let other = NodeId::from_uuid(Uuid::from_u128(2));
        let site = SiteId::from_uuid(Uuid::from_u128(3));
        let job = JobOperationId::from_uuid(Uuid::from_u128(4));
        let goals = Goals::of(&[
            goal(0.5),
            Goal { site_id: Some(site), ..goal(0.6) },
            Goal { node_id: Some(node), ..goal(0.7) },
            Goal { job_operation_id: Some(job), ..goal(0.8) },
        ]);
        let warning = |node, site, job| {
            let mut agreed = Agreed::default();
            agreed.add(&goals.thresholds(node, site, job));
            agreed.of(GoalMetric::Oee).map(|found| found.warning)
        };
        assert_eq!(warning(other, None, None), Some(ratio(0.5)));
        assert_eq!(warning(other, Some(site), None), Some(ratio(0.6)));
        assert_eq!(warning(node, Some(site), None), Some(ratio(0.7)));
        assert_eq!(warning(node, Some(site), Some(job)), Some(ratio(0.8)));
        let mut agreed = Agreed::default();
        assert_eq!(agreed.of(GoalMetric::Oee), None);
        for _ in 0..2 {
            agreed.add(&goals.thresholds(node, None, None));
        }
        assert_eq!(agreed.of(GoalMetric::Oee).map(|found| found.failure), Some(ratio(0.1)));
        assert_eq!(agreed.of(GoalMetric::Parts), None);
        // Nodes with different goals have none together.
        agreed.add(&goals.thresholds(other, None, None));
        assert_eq!(agreed.of(GoalMetric::Oee), None);
    }
}
