//! Delete a calendar.

use bailiwick_domain::meaning::calendar::CalendarRef;
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::{Dependant, Result};
use bailiwick_engine::operation::Operation;
use bailiwick_engine::shape::removal::Removal;
use bailiwick_engine::shape::spec::Spec;
use schemars::JsonSchema;
use serde::Deserialize;

use super::NOUN;
use super::view::Calendar;
use crate::{PRODUCTION as TAG, ids};

/// Delete a calendar.
///
/// For its nodes, the next less specific calendar then holds. A calendar of a site or a node is also deleted together
/// with it.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DeleteCalendar {
    /// Its id or name.
    calendar: CalendarRef,
    /// Delete nothing; only answer what would be deleted.
    dry_run: Option<bool>,
}

impl Operation for DeleteCalendar {
    const SPEC: Spec =
        Spec::delete(ids::CALENDARS_DELETE, "/v1/calendars/{calendar}").tag(TAG).whole_organization();
    type Output = Removal;

    async fn run(self, cx: &Cx) -> Result<Removal> {
        let (reach, named) = (cx.organization_reach()?, &self.calendar);
        if self.dry_run.unwrap_or_default() {
            let calendar = NOUN.found(cx.store().calendars(&reach).find(named).await?, named)?;
            return Ok(NOUN.removal(cx, Dependant::new(calendar.id, calendar.name), Vec::new(), true));
        }
        let mut write = cx.write().await?;
        let calendar = NOUN.found(write.tx().calendars(&reach).find(named).await?, named)?;
        cx.require_match(&Calendar::at(calendar.clone(), cx.now())?, calendar.revision)?;
        write.tx().calendars(&reach).delete(&calendar).await?;
        let object = Dependant::new(calendar.id, calendar.name);
        write.commit(vec![NOUN.target(calendar.id)], NOUN.removal(cx, object, Vec::new(), false)).await
    }
}
