//! Delete a schedule.

use bailiwick_domain::schedule::ScheduleRef;
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::{Dependant, Result};
use bailiwick_engine::operation::Operation;
use bailiwick_engine::shape::removal::Removal;
use bailiwick_engine::shape::spec::Spec;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{NOUN, TAG, ids};

/// Delete a schedule.
///
/// The commands that it gave stay.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DeleteSchedule {
    /// Its id or name.
    schedule: ScheduleRef,
    /// Delete nothing; only answer what would be deleted.
    dry_run: Option<bool>,
}

impl Operation for DeleteSchedule {
    const SPEC: Spec =
        Spec::delete(ids::SCHEDULES_DELETE, "/v1/schedules/{schedule}").tag(TAG).whole_organization();
    type Output = Removal;

    async fn run(self, cx: &Cx) -> Result<Removal> {
        let reach = cx.organization_reach()?;
        if self.dry_run.unwrap_or_default() {
            let schedule =
                NOUN.found(cx.store().schedules(&reach).find(&self.schedule).await?, &self.schedule)?;
            return Ok(NOUN.removal(cx, Dependant::new(schedule.id, schedule.name), Vec::new(), true));
        }
        let mut write = cx.write().await?;
        let schedule =
            NOUN.found(write.tx().schedules(&reach).find(&self.schedule).await?, &self.schedule)?;
        cx.require_match(&schedule, schedule.revision)?;
        write.tx().schedules(&reach).delete(schedule.id, schedule.revision).await?;
        let targets = vec![NOUN.target(schedule.id)];
        let object = Dependant::new(schedule.id, schedule.name);
        write.commit(targets, NOUN.removal(cx, object, Vec::new(), false)).await
    }
}
