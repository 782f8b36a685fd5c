//! Make and change schedules.

use bailiwick_domain::audit::Target;
use bailiwick_domain::command::{OUTPUT_DEFAULT, OUTPUT_MAX, TIMEOUT_MAX, TTL_DEFAULT, TTL_MAX, Targets};
use bailiwick_domain::cron::{Cron, Zone};
use bailiwick_domain::id::ScheduleId;
use bailiwick_domain::name::{Description, Name};
use bailiwick_domain::reach::OrganizationReach;
use bailiwick_domain::revision::Revision;
use bailiwick_domain::schedule::{LATENESS_MAX, LATENESS_MIN, SCHEDULES_MAX, Schedule, Work};
use bailiwick_store::Error as StoreError;
use schemars::JsonSchema;
use serde::Deserialize;

use super::draft::check;
use super::pin::{pin_targets, pin_work};
use super::{NOUN, TAG};
use crate::commands::issue::OUTPUT_MIN;
use crate::cx::Cx;
use crate::error::{Error, Result};
use crate::operation::Operation;
use crate::patch::{Named, Patch};
use crate::spec::Spec;

/// Who has a name.
async fn name_taken(cx: &Cx, reach: &OrganizationReach, name: &Name) -> Result<Error> {
    let other = cx.store().schedules(reach).named(name).await?;
    Ok(Error::Taken { field: "name", noun: NOUN, other: other.map(|schedule| schedule.id.to_string()) })
}

/// Make a schedule.
///
/// It gives a command each time it is time, to the nodes that are chosen then. It does so as whoever made
/// or last changed it, with what they may at that time, and no more: for that, the scope
/// `commands.create` (for updates `updates.scan` or `updates.install`) is needed too. If they may not any
/// more, it gives none and says why. Where clocks are put forward or back it does as cron(8) does: with `*`
/// or a step over it in the hour field it goes by the clock on the wall, with fixed hours a time that comes
/// twice counts once, and one that is left out is that much later. What was missed while no server ran is
/// done once, if that is not later than `max_lateness_seconds`. Scripts, nodes and sites are kept by their
/// ids, and a script in one version. A schedule keeps no secrets, so its commands have no `env`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("examples" = [{ "name": "Nightly", "cron": "30 2 * * *", "time_zone": "Europe/Berlin", "run": { "kind": "command", "shell": "sh", "command": "uptime" }, "targets": { "labels": "env=prod" } }]))]
pub(crate) struct CreateSchedule {
    /// Its name, unique in its organization.
    name: Name,
    /// What it is for.
    description: Option<Description>,
    /// Whether it runs; true if absent.
    enabled: Option<bool>,
    /// When it runs: minute, hour, day of the month, month, day of the week, as in a `crontab`.
    cron: Cron,
    /// The time zone of that; UTC if absent.
    time_zone: Option<Zone>,
    /// What it does.
    #[schemars(example = serde_json::json!({ "kind": "command", "shell": "sh", "command": "uptime" }))]
    run: Work,
    /// The nodes it goes to, chosen anew each time.
    targets: Targets,
    /// How long each command may run on a node, in seconds; if absent 60, for a scan for updates 600, for
    /// an installation of updates 3,600.
    #[schemars(range(min = 1, max = TIMEOUT_MAX))]
    timeout_seconds: Option<u32>,
    /// How long each command waits for a node that is offline, in seconds; 3,600 if absent.
    #[schemars(range(min = 1, max = TTL_MAX), extend("default" = TTL_DEFAULT))]
    ttl_seconds: Option<u32>,
    /// The most bytes that are kept of each stream; 65,536 if absent.
    #[schemars(range(min = OUTPUT_MIN, max = OUTPUT_MAX), extend("default" = OUTPUT_DEFAULT))]
    output_limit_bytes: Option<u32>,
    /// How late it may run, in seconds; what would be later is left out, and `last_error` says so. If
    /// absent, as long as it is to its next run, and at most an hour.
    #[schemars(range(min = LATENESS_MIN, max = LATENESS_MAX))]
    max_lateness_seconds: Option<u32>,
}

impl Operation for CreateSchedule {
    const SPEC: Spec =
        Spec::create("schedules.create", "/v1/schedules").tag(TAG).whole_organization().versioned();
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
        if write.tx.schedules(&reach).count().await? >= SCHEDULES_MAX {
            let detail = format!("an organization has at most {SCHEDULES_MAX} schedules; delete one first");
            return Err(Error::invalid("", detail));
        }
        match write.tx.schedules(&reach).create(&schedule).await {
            Ok(()) => {}
            Err(StoreError::Taken) => {
                drop(write);
                return Err(name_taken(cx, &reach, &schedule.name).await?);
            }
            Err(error) => return Err(error.into()),
        }
        write.commit(vec![Target::new(NOUN, schedule.id)], schedule).await
    }

    fn revision(output: &Schedule) -> Option<Revision> {
        Some(output.revision)
    }
}

/// Change a schedule.
///
/// What is not named stays as it is. Whoever changes it becomes its owner: from then on it does what they
/// may, and no more.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("examples" = [{ "enabled": false }]))]
pub(crate) struct UpdateSchedule {
    /// Its id.
    schedule: ScheduleId,
    /// A new name, unique in its organization.
    #[serde(default)]
    name: Named<Name>,
    /// A new description; null for none.
    #[serde(default)]
    description: Patch<Description>,
    /// Whether it runs.
    #[serde(default)]
    enabled: Named<bool>,
    /// When it runs.
    #[serde(default)]
    cron: Named<Cron>,
    /// The time zone of that.
    #[serde(default)]
    time_zone: Named<Zone>,
    /// What it does.
    #[serde(default)]
    run: Named<Work>,
    /// The nodes it goes to.
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
    /// The most bytes that are kept of each stream.
    #[serde(default)]
    #[schemars(range(min = OUTPUT_MIN, max = OUTPUT_MAX))]
    output_limit_bytes: Named<u32>,
    /// How late it may run, in seconds; null for as long as it is to its next run, and at most an hour.
    #[serde(default)]
    #[schemars(range(min = LATENESS_MIN, max = LATENESS_MAX))]
    max_lateness_seconds: Patch<u32>,
}

impl Operation for UpdateSchedule {
    const SPEC: Spec = Spec::update("schedules.update", "/v1/schedules/{schedule}")
        .tag(TAG)
        .whole_organization()
        .versioned();
    type Output = Schedule;

    async fn run(self, cx: &Cx) -> Result<Schedule> {
        fn take<T>(named: Named<T>, field: &mut T) {
            if let Some(value) = named.0 {
                *field = value;
            }
        }
        let reach = cx.organization_reach()?;
        let now = cx.now();
        let found = cx.store().schedules(&reach).get(self.schedule).await?;
        let mut schedule = found.ok_or_else(|| Error::not_found(NOUN, self.schedule))?;
        let from = schedule.revision;
        cx.require_match(&schedule, from)?;
        take(self.name, &mut schedule.name);
        self.description.apply(&mut schedule.description);
        take(self.enabled, &mut schedule.enabled);
        take(self.cron, &mut schedule.cron);
        take(self.time_zone, &mut schedule.time_zone);
        if let Some(mut run) = self.run.0 {
            pin_work(cx, &mut run).await?;
            // What nobody said is as usual for what it does now.
            if schedule.timeout_seconds == schedule.run.default_timeout_seconds() {
                schedule.timeout_seconds = run.default_timeout_seconds();
            }
            schedule.run = run;
        }
        if let Some(mut targets) = self.targets.0 {
            pin_targets(cx, &mut targets).await?;
            schedule.targets = targets;
        }
        take(self.timeout_seconds, &mut schedule.timeout_seconds);
        take(self.ttl_seconds, &mut schedule.ttl_seconds);
        take(self.output_limit_bytes, &mut schedule.output_limit_bytes);
        self.max_lateness_seconds.apply(&mut schedule.max_lateness_seconds);
        schedule.owner = cx.actor();
        schedule.next_run_at = schedule.next_after(now);
        schedule.updated_at = now;
        schedule.revision = from.next();
        check(cx, &schedule).await?;
        let mut write = cx.write().await?;
        match write.tx.schedules(&reach).update(&schedule, from).await {
            Ok(()) => {}
            Err(StoreError::Taken) => {
                drop(write);
                return Err(name_taken(cx, &reach, &schedule.name).await?);
            }
            Err(error) => return Err(error.into()),
        }
        write.commit(vec![Target::new(NOUN, schedule.id)], schedule).await
    }

    fn revision(output: &Schedule) -> Option<Revision> {
        Some(output.revision)
    }
}
