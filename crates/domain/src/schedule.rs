//! Schedules: commands that are given again and again.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::command::{
    ARGUMENTS_MAX, COMMAND_MAX, INSTALL_TIMEOUT_DEFAULT, SCAN_TIMEOUT_DEFAULT, Shell, TIMEOUT_DEFAULT,
    Targets, UpdateChoice,
};
use crate::cron::{Cron, Zone};
use crate::id::{CommandId, OrganizationId, ScheduleId};
use crate::key::Actor;
use crate::name::{Description, Name};
use crate::revision::Revision;
use crate::script::ScriptRef;
use crate::time::Timestamp;

/// The most schedules of one organization.
pub const SCHEDULES_MAX: i64 = 1_000;
/// The least that `max_lateness_seconds` can be: the server looks every second, and may be busy.
pub const LATENESS_MIN: u32 = 10;
/// The most that `max_lateness_seconds` can be: thirty days.
pub const LATENESS_MAX: u32 = 2_592_000;
/// The lateness that is allowed if nobody says is one period of the schedule, and at most this: an hour.
pub const LATENESS_DEFAULT: u32 = 3_600;

/// What a schedule does. It keeps no secrets, so its commands have no environment of their own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
#[schemars(extend("examples" = [{ "kind": "command", "shell": "sh", "command": "uptime" }]))]
pub enum Work {
    /// Gives a text to a shell.
    Command {
        /// What the text is given to.
        shell: Shell,
        /// The text.
        #[schemars(length(min = 1, max = COMMAND_MAX))]
        command: String,
        /// Arguments, which the text finds as `$1`, `$2`, …
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        #[schemars(length(max = ARGUMENTS_MAX))]
        arguments: Vec<String>,
        /// The user to run it as; the agent's own if absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        run_as: Option<String>,
        /// Where it runs; the home of whoever runs it if absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        working_directory: Option<String>,
    },
    /// Runs a saved script.
    Script {
        /// The script, by id or name. It is kept and shown by its id.
        script: ScriptRef,
        /// Its version. If absent, the latest version at the time the schedule is written; it stays the
        /// same when the script is changed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schemars(range(min = 1))]
        version: Option<u32>,
        /// The values of its parameters, by name.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        parameters: BTreeMap<String, String>,
        /// The user to run it as; the agent's own if absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        run_as: Option<String>,
        /// Where it runs; the home of whoever runs it if absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        working_directory: Option<String>,
    },
    /// Finds out which updates there are.
    ScanUpdates,
    /// Installs updates.
    InstallUpdates {
        /// Which: `all`, `security` for those that close holes, or some by `names`.
        #[schemars(extend("examples" = ["security", { "names": ["openssl"] }]))]
        updates: UpdateChoice,
    },
}

impl Work {
    /// How long its command may run on a node if nobody says, in seconds.
    pub const fn default_timeout_seconds(&self) -> u32 {
        match self {
            Self::Command { .. } | Self::Script { .. } => TIMEOUT_DEFAULT,
            Self::ScanUpdates => SCAN_TIMEOUT_DEFAULT,
            Self::InstallUpdates { .. } => INSTALL_TIMEOUT_DEFAULT,
        }
    }
}

/// A schedule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Schedule {
    /// Its id.
    pub id: ScheduleId,
    /// The organization it belongs to.
    pub organization_id: OrganizationId,
    /// Its name, unique in its organization.
    pub name: Name,
    /// What it is for.
    pub description: Option<Description>,
    /// Whether it runs.
    pub enabled: bool,
    /// When it runs: minute, hour, day of the month, month, day of the week.
    pub cron: Cron,
    /// The time zone of that.
    pub time_zone: Zone,
    /// What it does.
    pub run: Work,
    /// The nodes it goes to, as they are chosen at each time.
    pub targets: Targets,
    /// How long each command may run on a node, in seconds.
    pub timeout_seconds: u32,
    /// How long each command waits for a node that is offline, in seconds.
    pub ttl_seconds: u32,
    /// The most bytes that are kept of each stream.
    pub output_limit_bytes: u32,
    /// How late it may run, in seconds; what would be later is left out. Null for the time to its next
    /// run, and at most an hour.
    pub max_lateness_seconds: Option<u32>,
    /// Who made or last changed it: it does what they may at each time, and no more.
    pub owner: Actor,
    /// When it runs next; null if it does not.
    pub next_run_at: Option<Timestamp>,
    /// When it ran last.
    pub last_run_at: Option<Timestamp>,
    /// The command that it gave last.
    pub last_command_id: Option<CommandId>,
    /// Why it gave none when it ran last; null if it did.
    pub last_error: Option<String>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// How often it was changed; the number in its `ETag`.
    pub revision: Revision,
}

impl Schedule {
    /// When it runs next after a time.
    pub fn next_after(&self, now: Timestamp) -> Option<Timestamp> {
        if self.enabled { self.cron.next_after(now, &self.time_zone) } else { None }
    }

    /// The time for which it is run now, if its time has come: of several that were missed, the last.
    pub fn due_at(&self, now: Timestamp) -> Option<Timestamp> {
        let first = self.next_run_at.filter(|first| *first <= now)?;
        let last = if self.enabled { self.cron.last_until(now, &self.time_zone) } else { None };
        Some(last.map_or(first, |last| last.max(first)))
    }

    /// How late it may run that is due at a time, in seconds.
    pub fn lateness_allowed(&self, due: Timestamp) -> i64 {
        if let Some(seconds) = self.max_lateness_seconds {
            return seconds.into();
        }
        let next = self.cron.next_after(due, &self.time_zone);
        let period = next.map(|next| (next.as_micros() - due.as_micros()) / 1_000_000);
        period.unwrap_or(i64::MAX).min(LATENESS_DEFAULT.into())
    }

    /// Why it is not run now although its time has come: it is too late for that.
    pub fn too_late(&self, now: Timestamp) -> Option<String> {
        let due = self.due_at(now)?;
        let late = (now.as_micros() - due.as_micros()) / 1_000_000;
        let most = self.lateness_allowed(due);
        (late > most).then(|| {
            format!("it was left out: it was due at {due}, {late} s ago, and may run at most {most} s late")
        })
    }
}
