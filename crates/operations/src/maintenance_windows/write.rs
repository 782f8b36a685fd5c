//! Create and change maintenance windows.

use bailiwick_domain::cron::{Cron, Zone};
use bailiwick_domain::id::{MaintenanceWindowId, SiteId};
use bailiwick_domain::maintenance_window::MaintenanceWindowRef;
use bailiwick_domain::maintenance_window::{
    DURATION_MAX, DURATION_MIN, MAINTENANCE_WINDOWS_MAX, MaintenanceWindow as Record, OPENINGS_A_DAY_MAX,
};
use bailiwick_domain::name::{Description, Name};
use bailiwick_domain::reach::OrganizationReach;
use bailiwick_domain::revision::Revision;
use bailiwick_domain::selector::Selector;
use bailiwick_domain::site::SiteRef;
use bailiwick_domain::targets::Targets;
use bailiwick_domain::time::Timestamp;
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::{Error, FieldError, Result, require_valid};
use bailiwick_engine::operation::Operation;
use bailiwick_engine::shape::patch::{Named, Patch};
use bailiwick_engine::shape::spec::Spec;
use bailiwick_store::Tx;
use schemars::JsonSchema;
use serde::Deserialize;

use super::view::MaintenanceWindow;
use super::{NOUN, TAG, ids};
use crate::targets;

/// The error for a name that is taken, with the id of the other window.
async fn name_taken(cx: &Cx, reach: &OrganizationReach, name: &Name) -> Result<Error> {
    let other = cx.store().maintenance_windows(reach).named(name).await?;
    Ok(NOUN.taken("name", other.map(|window| window.id)))
}

/// The site that the field `site` names.
async fn find_site(tx: &mut Tx, reach: &OrganizationReach, named: &SiteRef) -> Result<SiteId> {
    let found = tx.sites(reach).find(named).await?;
    Ok(found.ok_or_else(|| Error::invalid("site", format!("there is no site {named}")))?.id)
}

/// Makes a window cover the nodes that the field `targets` means. The status is refused: a node would leave its
/// window by going offline.
async fn set_targets(
    tx: &mut Tx,
    reach: &OrganizationReach,
    window: &mut Record,
    mut targets: Targets,
    now: Timestamp,
) -> Result<()> {
    targets::check_lasting(&targets, targets::FIELD)?;
    if targets.status.is_some() {
        let detail = "expected no status: whether a window covers a node must not depend on its connection";
        return Err(Error::invalid(targets::member(targets::FIELD, "status"), detail));
    }
    targets::resolve(tx, reach, &targets, targets::FIELD, now).await?.pin(&mut targets);
    window.set_targets(targets);
    Ok(())
}

/// Refuses two ways of saying which nodes a window covers.
fn check_ways(targets: bool, selector: bool, site: bool) -> Result<()> {
    let fields = [("selector", selector), ("site", site)].into_iter();
    let both = fields.filter(|(_, is_there)| targets && *is_there);
    let detail = "expected either `targets`, or `selector` and `site`";
    require_valid(both.map(|(field, _)| FieldError::new(field, detail)).collect())
}

/// Refuses a window that names no nodes, is open for too short or too long a time, or opens too often.
fn check(window: &Record) -> Result<()> {
    if window.targets().is_unlimited() && window.others.all != Some(true) {
        let detail = "expected a requirement, or a site: an empty selector alone selects no node; `targets` has more ways to choose nodes";
        return Err(Error::invalid("selector", detail));
    }
    if !(DURATION_MIN..=DURATION_MAX).contains(&window.duration_seconds) {
        let detail =
            format!("expected {DURATION_MIN} to {DURATION_MAX} seconds, found {}", window.duration_seconds);
        return Err(Error::invalid("duration_seconds", detail));
    }
    let times = window.cron.times_a_day();
    if times > OPENINGS_A_DAY_MAX {
        let detail = format!(
            "expected at most {OPENINGS_A_DAY_MAX} openings a day, found {times}; let it open less often, and stay open longer"
        );
        return Err(Error::invalid("cron", detail));
    }
    Ok(())
}

/// Create a maintenance window.
///
/// Schedules and installations of updates leave out a node that at least one window covers, except while
/// one of its windows is open. A node that no window covers may be worked on at any time. Commands that are
/// given directly are not limited.
///
/// A window covers the nodes that meet all members of `targets`: those of the list of nodes, except the status.
/// `selector` and `site` are an older way to write the members `labels` and `site`. It opens
/// at the times of `cron` and closes `duration_seconds` later. If it opens again before that, it stays
/// open. At a change of daylight saving time it opens like a schedule runs; it is open equally long
/// every time.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("examples" = [{ "name": "Production at night", "targets": { "labels": "env=prod" }, "cron": "0 2 * * *", "time_zone": "Europe/Berlin", "duration_seconds": 10800 }]))]
pub(crate) struct CreateMaintenanceWindow {
    /// Its name, unique in its organization.
    name: Name,
    /// What it is for, in a few sentences.
    description: Option<Description>,
    /// Whether it is switched on; true if absent.
    enabled: Option<bool>,
    /// The nodes that it covers. Nodes, the site and the host are stored by their ids.
    targets: Option<Targets>,
    /// Instead of `targets`: the labels of the nodes that it covers, as in `env=prod,!legacy`. Without a site, an empty
    /// selector is refused.
    selector: Option<Selector>,
    /// Instead of `targets`: the site of the nodes that it covers, by id or name.
    site: Option<SiteRef>,
    /// When it opens: minute, hour, day of the month, month and day of the week, as in a `crontab`; at most 24 times on
    /// one day.
    cron: Cron,
    /// The time zone of `cron`; UTC if absent.
    time_zone: Option<Zone>,
    /// How long it is open each time, in seconds.
    #[schemars(range(min = DURATION_MIN, max = DURATION_MAX), example = 10_800)]
    duration_seconds: u32,
}

impl Operation for CreateMaintenanceWindow {
    const SPEC: Spec = Spec::create(ids::MAINTENANCE_WINDOWS_CREATE, "/v1/maintenance_windows")
        .tag(TAG)
        .whole_organization()
        .versioned();
    const REVISION: fn(&MaintenanceWindow) -> Option<Revision> = |output| Some(output.record.revision);
    type Output = MaintenanceWindow;

    async fn run(self, cx: &Cx) -> Result<MaintenanceWindow> {
        let reach = cx.organization_reach()?;
        let now = cx.now();
        check_ways(self.targets.is_some(), self.selector.is_some(), self.site.is_some())?;
        let mut write = cx.write().await?;
        let site_id = match &self.site {
            Some(named) => Some(find_site(write.tx(), &reach, named).await?),
            None => None,
        };
        let mut window = Record {
            id: MaintenanceWindowId::new(cx.clock(), cx.entropy()),
            organization_id: reach.organization,
            name: self.name,
            description: self.description,
            enabled: self.enabled.unwrap_or(true),
            selector: self.selector.unwrap_or_default(),
            site_id,
            others: Targets::default(),
            cron: self.cron,
            time_zone: self.time_zone.unwrap_or_else(Zone::utc),
            duration_seconds: self.duration_seconds,
            created_at: now,
            updated_at: now,
            revision: Revision::FIRST,
        };
        if let Some(targets) = self.targets {
            set_targets(write.tx(), &reach, &mut window, targets, now).await?;
        }
        check(&window)?;
        if write.tx().maintenance_windows(&reach).count().await? >= MAINTENANCE_WINDOWS_MAX {
            let detail = format!(
                "an organization can have at most {MAINTENANCE_WINDOWS_MAX} maintenance windows; delete one first"
            );
            return Err(Error::invalid("", detail));
        }
        let written = write.tx().maintenance_windows(&reach).create(&window).await;
        let write = write.unless_taken(written, name_taken(cx, &reach, &window.name)).await?;
        write.commit(vec![NOUN.target(window.id)], MaintenanceWindow::at(window, now)).await
    }
}

/// Change a maintenance window.
///
/// Fields that are absent stay as they are. Commands that were given before keep the end of the window that
/// they were given in.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("examples" = [{ "enabled": false }]))]
pub(crate) struct UpdateMaintenanceWindow {
    /// Its id or name.
    maintenance_window: MaintenanceWindowRef,
    /// A new name, unique in its organization.
    #[serde(default)]
    name: Named<Name>,
    /// A new description; null removes it.
    #[serde(default)]
    description: Patch<Description>,
    /// Whether it is switched on.
    #[serde(default)]
    enabled: Named<bool>,
    /// The nodes that it covers.
    #[serde(default)]
    targets: Named<Targets>,
    /// Only the member `labels` of `targets`: the labels of the nodes that it covers.
    #[serde(default)]
    selector: Named<Selector>,
    /// Only the member `site` of `targets`, by id or name; null for nodes anywhere.
    #[serde(default)]
    site: Patch<SiteRef>,
    /// When it opens.
    #[serde(default)]
    cron: Named<Cron>,
    /// The time zone of `cron`.
    #[serde(default)]
    time_zone: Named<Zone>,
    /// How long it is open each time, in seconds.
    #[serde(default)]
    #[schemars(range(min = DURATION_MIN, max = DURATION_MAX))]
    duration_seconds: Named<u32>,
}

impl UpdateMaintenanceWindow {
    /// Applies the changes to a window, except for its site.
    fn apply(self, window: &mut Record) {
        self.name.apply(&mut window.name);
        self.description.apply(&mut window.description);
        self.enabled.apply(&mut window.enabled);
        self.selector.apply(&mut window.selector);
        self.cron.apply(&mut window.cron);
        self.time_zone.apply(&mut window.time_zone);
        self.duration_seconds.apply(&mut window.duration_seconds);
    }
}

impl Operation for UpdateMaintenanceWindow {
    const SPEC: Spec =
        Spec::update(ids::MAINTENANCE_WINDOWS_UPDATE, "/v1/maintenance_windows/{maintenance_window}")
            .tag(TAG)
            .whole_organization()
            .versioned();
    const REVISION: fn(&MaintenanceWindow) -> Option<Revision> = |output| Some(output.record.revision);
    type Output = MaintenanceWindow;

    async fn run(mut self, cx: &Cx) -> Result<MaintenanceWindow> {
        let (reach, now) = (cx.organization_reach()?, cx.now());
        let mut write = cx.write().await?;
        let window = write.tx().maintenance_windows(&reach).find(&self.maintenance_window).await?;
        let mut window = NOUN.found(window, &self.maintenance_window)?;
        let from = window.revision;
        cx.require_match(&MaintenanceWindow::at(window.clone(), now), from)?;
        check_ways(self.targets.0.is_some(), self.selector.0.is_some(), !matches!(self.site, Patch::Leave))?;
        if let Some(targets) = self.targets.0.take() {
            set_targets(write.tx(), &reach, &mut window, targets, now).await?;
        }
        match &self.site {
            Patch::Leave => {}
            Patch::Clear => window.site_id = None,
            Patch::Set(named) => window.site_id = Some(find_site(write.tx(), &reach, named).await?),
        }
        self.apply(&mut window);
        check(&window)?;
        cx.revise(from, &mut window.revision, &mut window.updated_at);
        let written = write.tx().maintenance_windows(&reach).update(&window, from).await;
        let write = write.unless_taken(written, name_taken(cx, &reach, &window.name)).await?;
        write.commit(vec![NOUN.target(window.id)], MaintenanceWindow::at(window, now)).await
    }
}
