//! Create and change schedules.

use bailiwick_domain::command::{OUTPUT_DEFAULT, OUTPUT_MAX, TIMEOUT_MAX, TTL_DEFAULT, TTL_MAX, Targets};
use bailiwick_domain::cron::{Cron, Zone};
use bailiwick_domain::id::ScheduleId;
use bailiwick_domain::name::{Description, Name};
use bailiwick_domain::reach::OrganizationReach;
use bailiwick_domain::revision::Revision;
use bailiwick_domain::schedule::ScheduleRef;
use bailiwick_domain::schedule::{LATENESS_MAX, LATENESS_MIN, SCHEDULES_MAX, Schedule, Work};
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::{Error, Result};
use bailiwick_engine::operation::Operation;
use bailiwick_engine::shape::patch::{Named, Patch};
use bailiwick_engine::shape::spec::Spec;
use schemars::JsonSchema;
use serde::Deserialize;

use super::draft::check;
use super::pin::{pin_targets, pin_work};
use super::{NOUN, TAG, ids};
use crate::commands::issue::OUTPUT_MIN;

/// The error for a name that is taken, with the id of the other schedule.
async fn name_taken(cx: &Cx, reach: &OrganizationReach, name: &Name) -> Result<Error> {
    let other = cx.store().schedules(reach).named(name).await?;
    Ok(NOUN.taken("name", other.map(|schedule| schedule.id)))
}

/// Create a schedule.
///
/// Each time it is due, it gives a command to the nodes that its targets select then. It runs as the
/// caller that created or last changed it, with the rights that this caller has at that time; creating
/// it needs the scope `commands.create` too (for updates `updates.scan` or `updates.install`). If the
/// owner has lost these rights, it gives no command and says why.
///
/// At a change of daylight saving time it behaves like cron(8): with `*` or a step over it in the hour
/// field, it follows the local clock; with fixed hours, a time that occurs twice counts once, and a
/// time that does not occur runs that much later. Runs that were missed while no server ran are made up
/// for once, if that is not later than `max_lateness_seconds`. Nodes that are outside their maintenance
/// windows are left out; if no node is left, the run is skipped, and `last_error` says so. Scripts, nodes and sites are stored by
/// id, and a script with its version. A schedule stores no secrets, so its commands have no `env`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("examples" = [{ "name": "Nightly", "cron": "30 2 * * *", "time_zone": "Europe/Berlin", "run": { "kind": "command", "shell": "sh", "command": "uptime" }, "targets": { "labels": "env=prod" } }]))]
pub(crate) struct CreateSchedule {
    /// Its name, unique in its organization.
    name: Name,
    /// What it is for, in a few sentences.
    description: Option<Description>,
    /// Whether it is enabled; true if absent.
    enabled: Option<bool>,
    /// When it is due: minute, hour, day of the month, month and day of the week, as in a `crontab`.
    cron: Cron,
    /// The time zone of `cron`; UTC if absent.
    time_zone: Option<Zone>,
    /// What its command does.
    #[schemars(example = serde_json::json!({ "kind": "command", "shell": "sh", "command": "uptime" }))]
    run: Work,
    /// The nodes that it goes to, selected anew each time.
    targets: Targets,
    /// How long each command may run on a node, in seconds. If absent: 60, for scans for updates 600,
    /// for installations of updates 3,600.
    #[schemars(range(min = 1, max = TIMEOUT_MAX))]
    timeout_seconds: Option<u32>,
    /// How long each command waits for a node that is offline, in seconds; 3,600 if absent.
    #[schemars(range(min = 1, max = TTL_MAX), extend("default" = TTL_DEFAULT))]
    ttl_seconds: Option<u32>,
    /// The most bytes that are kept of each output stream; 65,536 if absent.
    #[schemars(range(min = OUTPUT_MIN, max = OUTPUT_MAX), extend("default" = OUTPUT_DEFAULT))]
    output_limit_bytes: Option<u32>,
    /// How late it may run, in seconds. A run that would be later is skipped, and `last_error` says so.
    /// If absent, the time until its next run, but at most an hour.
    #[schemars(range(min = LATENESS_MIN, max = LATENESS_MAX))]
    max_lateness_seconds: Option<u32>,
    /// Whether it goes to nodes outside their maintenance windows too; false if absent. This needs the
    /// scope `maintenance_windows.update`, whenever it runs too.
    ignore_maintenance_windows: Option<bool>,
}

impl Operation for CreateSchedule {
    const SPEC: Spec =
        Spec::create(ids::SCHEDULES_CREATE, "/v1/schedules").tag(TAG).whole_organization().versioned();
    const REVISION: fn(&Schedule) -> Option<Revision> = |output| Some(output.revision);
    type Output = Schedule;

    async fn run(self, cx: &Cx) -> Result<Schedule> {
        let reach = cx.organization_reach()?;
        let now = cx.now();
        let timeout_seconds = self.timeout_seconds.unwrap_or(self.run.default_timeout_seconds());
        let mut schedule = Schedule {
            id: ScheduleId::new(cx.clock(), cx.entropy()),
            organization_id: reach.organization,
            name: self.name,
            description: self.description,
            enabled: self.enabled.unwrap_or(true),
            cron: self.cron,
            time_zone: self.time_zone.unwrap_or_else(Zone::utc),
            run: self.run,
            targets: self.targets,
            timeout_seconds,
            ttl_seconds: self.ttl_seconds.unwrap_or(TTL_DEFAULT),
            output_limit_bytes: self.output_limit_bytes.unwrap_or(OUTPUT_DEFAULT),
            max_lateness_seconds: self.max_lateness_seconds,
            ignore_maintenance_windows: self.ignore_maintenance_windows.unwrap_or_default(),
            owner: cx.actor(),
            next_run_at: None,
            last_run_at: None,
            last_command_id: None,
            last_error: None,
            created_at: now,
            updated_at: now,
            revision: Revision::FIRST,
        };
        schedule.next_run_at = schedule.next_after(now);
        pin_work(cx, &mut schedule.run).await?;
        pin_targets(cx, &mut schedule.targets).await?;
        check(cx, &schedule).await?;
        let mut write = cx.write().await?;
        if write.tx().schedules(&reach).count().await? >= SCHEDULES_MAX {
            let detail =
                format!("an organization can have at most {SCHEDULES_MAX} schedules; delete one first");
            return Err(Error::invalid("", detail));
        }
        let written = write.tx().schedules(&reach).create(&schedule).await;
        let write = write.unless_taken(written, name_taken(cx, &reach, &schedule.name)).await?;
        write.commit(vec![NOUN.target(schedule.id)], schedule).await
    }
}

/// Change a schedule.
///
/// Fields that are absent stay as they are. The caller that changes it becomes its owner: from then on
/// it runs with that caller's rights.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("examples" = [{ "enabled": false }]))]
pub(crate) struct UpdateSchedule {
    /// Its id or name.
    schedule: ScheduleRef,
    /// A new name, unique in its organization.
    #[serde(default)]
    name: Named<Name>,
    /// A new description; null removes it.
    #[serde(default)]
    description: Patch<Description>,
    /// Whether it is enabled.
    #[serde(default)]
    enabled: Named<bool>,
    /// When it is due.
    #[serde(default)]
    cron: Named<Cron>,
    /// The time zone of `cron`.
    #[serde(default)]
    time_zone: Named<Zone>,
    /// What its command does.
    #[serde(default)]
    run: Named<Work>,
    /// The nodes that it goes to.
    #[serde(default)]
    targets: Named<Targets>,
    /// How long each command may run on a node, in seconds.
    #[serde(default)]
    #[schemars(range(min = 1, max = TIMEOUT_MAX))]
    timeout_seconds: Named<u32>,
    /// How long each command waits for a node that is offline, in seconds.
    #[serde(default)]
    #[schemars(range(min = 1, max = TTL_MAX))]
    ttl_seconds: Named<u32>,
    /// The most bytes that are kept of each output stream.
    #[serde(default)]
    #[schemars(range(min = OUTPUT_MIN, max = OUTPUT_MAX))]
    output_limit_bytes: Named<u32>,
    /// How late it may run, in seconds; null for the time until its next run, but at most an hour.
    #[serde(default)]
    #[schemars(range(min = LATENESS_MIN, max = LATENESS_MAX))]
    max_lateness_seconds: Patch<u32>,
    /// Whether it goes to nodes outside their maintenance windows too. This needs the scope
    /// `maintenance_windows.update`, whenever it runs too.
    #[serde(default)]
    ignore_maintenance_windows: Named<bool>,
}

impl Operation for UpdateSchedule {
    const SPEC: Spec = Spec::update(ids::SCHEDULES_UPDATE, "/v1/schedules/{schedule}")
        .tag(TAG)
        .whole_organization()
        .versioned();
    const REVISION: fn(&Schedule) -> Option<Revision> = |output| Some(output.revision);
    type Output = Schedule;

    async fn run(self, cx: &Cx) -> Result<Schedule> {
        let reach = cx.organization_reach()?;
        let now = cx.now();
        let found = cx.store().schedules(&reach).find(&self.schedule).await?;
        let mut schedule = NOUN.found(found, &self.schedule)?;
        let from = schedule.revision;
        cx.require_match(&schedule, from)?;
        self.name.apply(&mut schedule.name);
        self.description.apply(&mut schedule.description);
        self.enabled.apply(&mut schedule.enabled);
        self.cron.apply(&mut schedule.cron);
        self.time_zone.apply(&mut schedule.time_zone);
        if let Some(mut run) = self.run.0 {
            pin_work(cx, &mut run).await?;
            // A time limit that still has its default gets the default for the new work.
            if schedule.timeout_seconds == schedule.run.default_timeout_seconds() {
                schedule.timeout_seconds = run.default_timeout_seconds();
            }
            schedule.run = run;
        }
        if let Some(mut targets) = self.targets.0 {
            pin_targets(cx, &mut targets).await?;
            schedule.targets = targets;
        }
        self.timeout_seconds.apply(&mut schedule.timeout_seconds);
        self.ttl_seconds.apply(&mut schedule.ttl_seconds);
        self.output_limit_bytes.apply(&mut schedule.output_limit_bytes);
        self.max_lateness_seconds.apply(&mut schedule.max_lateness_seconds);
        self.ignore_maintenance_windows.apply(&mut schedule.ignore_maintenance_windows);
        schedule.owner = cx.actor();
        schedule.next_run_at = schedule.next_after(now);
        cx.revise(from, &mut schedule.revision, &mut schedule.updated_at);
        check(cx, &schedule).await?;
        let mut write = cx.write().await?;
        let written = write.tx().schedules(&reach).update(&schedule, from).await;
        let write = write.unless_taken(written, name_taken(cx, &reach, &schedule.name)).await?;
        write.commit(vec![NOUN.target(schedule.id)], schedule).await
    }
}
