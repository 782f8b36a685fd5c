//! Create and change calendars.

use bailiwick_domain::calendar::{Calendar as Checked, CalendarRules};
use bailiwick_domain::id::CalendarId;
use bailiwick_domain::meaning::area::Area;
use bailiwick_domain::meaning::calendar::CalendarRef;
use bailiwick_domain::meaning::calendar::{CALENDARS_MAX, RULES_BYTES_MAX, SavedCalendar};
use bailiwick_domain::name::{Description, Name};
use bailiwick_domain::node::NodeRef;
use bailiwick_domain::reach::OrganizationReach;
use bailiwick_domain::revision::Revision;
use bailiwick_domain::site::SiteRef;
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::{Error, Result};
use bailiwick_engine::operation::Operation;
use bailiwick_engine::shape::patch::{Named, Patch};
use bailiwick_engine::shape::spec::Spec;
use schemars::JsonSchema;
use serde::Deserialize;

use super::NOUN;
use super::view::Calendar;
use crate::places::area_of;
use crate::{PRODUCTION as TAG, ids};

/// The error for a name that is taken, or an area that has a calendar, with the id of the other calendar.
async fn taken(cx: &Cx, reach: &OrganizationReach, calendar: &SavedCalendar) -> Result<Error> {
    let other = cx.store().calendars(reach).named(&calendar.name).await?;
    if let Some(other) = other.filter(|other| other.id != calendar.id) {
        return Ok(NOUN.taken("name", Some(other.id)));
    }
    let field = match calendar.area() {
        Area::Organization => "organization",
        Area::Site(_) => "site",
        Area::Node(_) => "node",
    };
    let other = cx.store().calendars(reach).of(calendar.area()).await?;
    Ok(NOUN.taken(field, other.map(|other| other.id)))
}

/// Refuses rules that contradict each other or are too long.
fn check(rules: &CalendarRules) -> Result<()> {
    Checked::new(rules).map_err(|error| Error::invalid("rules", error.to_string()))?;
    let bytes = serde_json::to_vec(rules).map_err(Error::internal)?.len();
    if bytes > RULES_BYTES_MAX {
        let detail = format!("expected at most {RULES_BYTES_MAX} bytes of rules, found {bytes}");
        return Err(Error::invalid("rules", detail));
    }
    Ok(())
}

/// Create a calendar.
///
/// It is for a site, for a node or, if neither is named, for the organization. Each of them can have one. For a node,
/// the most specific calendar holds: its own, that of its site, or that of the organization. Without any, all time is
/// scheduled, and days begin at midnight in the organization's time zone.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("examples" = [{
    "name": "Two shifts",
    "rules": {
        "time_zone": "Europe/Berlin",
        "day_starts_at": "06:00",
        "shifts": [
            { "name": "Early", "starts_at": "06:00", "ends_at": "14:00", "weekdays": ["monday", "tuesday", "wednesday", "thursday", "friday"] },
            { "name": "Night", "starts_at": "22:00", "ends_at": "06:00", "weekdays": ["monday", "tuesday", "wednesday", "thursday"] },
        ],
        "holidays": [{ "date": "2030-12-25", "name": "Christmas" }],
    },
}]))]
pub(crate) struct CreateCalendar {
    /// Its name, unique in its organization.
    name: Name,
    /// What it is for, in a few sentences.
    description: Option<Description>,
    /// The site whose nodes it is for, by id or name.
    site: Option<SiteRef>,
    /// The node that it is for, by id or name.
    node: Option<NodeRef>,
    /// Its time zone, shifts, holidays and exceptions.
    #[schemars(extend("examples" = [{ "time_zone": "Europe/Berlin", "day_starts_at": "06:00" }]))]
    rules: CalendarRules,
}

impl Operation for CreateCalendar {
    const SPEC: Spec =
        Spec::create(ids::CALENDARS_CREATE, "/v1/calendars").tag(TAG).whole_organization().versioned();
    const REVISION: fn(&Calendar) -> Option<Revision> = |output| Some(output.record.revision);
    type Output = Calendar;

    async fn run(self, cx: &Cx) -> Result<Calendar> {
        let (reach, now) = (cx.organization_reach()?, cx.now());
        check(&self.rules)?;
        let mut write = cx.write().await?;
        let area = area_of(write.tx(), &reach, self.site.as_ref(), self.node.as_ref()).await?;
        let calendar = SavedCalendar {
            id: CalendarId::new(cx.clock(), cx.entropy()),
            organization_id: reach.organization,
            name: self.name,
            description: self.description,
            site_id: area.site(),
            node_id: area.node(),
            rules: self.rules,
            created_at: now,
            updated_at: now,
            revision: Revision::FIRST,
        };
        if write.tx().calendars(&reach).count().await? >= CALENDARS_MAX {
            let detail =
                format!("an organization can have at most {CALENDARS_MAX} calendars; delete one first");
            return Err(Error::invalid("", detail));
        }
        let written = write.tx().calendars(&reach).create(&calendar).await;
        let write = write.unless_taken(written, taken(cx, &reach, &calendar)).await?;
        write.commit(vec![NOUN.target(calendar.id)], Calendar::at(calendar, now)?).await
    }
}

/// Change a calendar.
///
/// Fields that are absent stay as they are; rules are replaced as a whole. Reports on the past follow the new rules.
/// What a calendar is for cannot be changed: delete it, and create another.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("examples" = [{ "rules": { "time_zone": "Europe/Berlin", "day_starts_at": "05:00" } }]))]
pub(crate) struct UpdateCalendar {
    /// Its id or name.
    calendar: CalendarRef,
    /// A new name, unique in its organization.
    #[serde(default)]
    name: Named<Name>,
    /// A new description; null removes it.
    #[serde(default)]
    description: Patch<Description>,
    /// New rules; they replace all old ones.
    #[serde(default)]
    rules: Named<CalendarRules>,
}

impl Operation for UpdateCalendar {
    const SPEC: Spec = Spec::update(ids::CALENDARS_UPDATE, "/v1/calendars/{calendar}")
        .tag(TAG)
        .whole_organization()
        .versioned();
    const REVISION: fn(&Calendar) -> Option<Revision> = |output| Some(output.record.revision);
    type Output = Calendar;

    async fn run(self, cx: &Cx) -> Result<Calendar> {
        let (reach, now) = (cx.organization_reach()?, cx.now());
        self.rules.0.as_ref().map_or(Ok(()), check)?;
        let mut write = cx.write().await?;
        let mut calendar =
            NOUN.found(write.tx().calendars(&reach).find(&self.calendar).await?, &self.calendar)?;
        let from = calendar.revision;
        cx.require_match(&Calendar::at(calendar.clone(), now)?, from)?;
        self.name.apply(&mut calendar.name);
        self.description.apply(&mut calendar.description);
        self.rules.apply(&mut calendar.rules);
        cx.revise(from, &mut calendar.revision, &mut calendar.updated_at);
        let written = write.tx().calendars(&reach).update(&calendar, from).await;
        let write = write.unless_taken(written, taken(cx, &reach, &calendar)).await?;
        write.commit(vec![NOUN.target(calendar.id)], Calendar::at(calendar, now)?).await
    }
}
