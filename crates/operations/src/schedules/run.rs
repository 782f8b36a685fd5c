//! Run a schedule now.

use bailiwick_domain::schedule::Schedule;
use bailiwick_domain::schedule::ScheduleRef;
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::{Error, FieldError, Result};
use bailiwick_engine::operation::Operation;
use bailiwick_engine::shape::spec::Spec;
use schemars::JsonSchema;
use serde::Deserialize;

use super::draft::runs;
use super::{NOUN, TAG, ids};
use crate::commands::issue::require_may_ignore_windows;

/// Run a schedule now, even if it is disabled.
///
/// It gives its command within a second or two, as its owner and with the owner's rights. The caller
/// needs the scope `commands.create` (for updates `updates.scan` or `updates.install`) too, and for a
/// schedule that ignores maintenance windows `maintenance_windows.update`. A key with
/// command limits can only run schedules that it owns. `last_command_id` or `last_error` show the
/// result.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("examples" = [{}]))]
pub(crate) struct RunSchedule {
    /// Its id or name.
    schedule: ScheduleRef,
}

impl Operation for RunSchedule {
    const SPEC: Spec = Spec::act(ids::SCHEDULES_RUN, "/v1/schedules/{schedule}/run")
        .tag(TAG)
        .whole_organization()
        .accepted();
    type Output = Schedule;

    async fn run(self, cx: &Cx) -> Result<Schedule> {
        let reach = cx.organization_reach()?;
        let now = cx.now();
        let mut write = cx.write().await?;
        let found = write.tx().schedules(&reach).find(&self.schedule).await?;
        let mut schedule = NOUN.found(found, &self.schedule)?;
        cx.require_operation(runs(&schedule.run))?;
        if schedule.ignore_maintenance_windows {
            require_may_ignore_windows(cx)?;
        }
        if cx.command_limits().is_some() && schedule.owner != cx.actor() {
            let detail = "the calling key has command limits, but the schedule runs with the permissions \
                          of its owner: use a key without command limits";
            return Err(Error::CommandLimited(vec![FieldError::new("schedule", detail)]));
        }
        write.tx().schedules(&reach).run_at(schedule.id, now).await?;
        schedule.next_run_at = Some(now);
        write.commit(vec![NOUN.target(schedule.id)], schedule).await
    }
}
