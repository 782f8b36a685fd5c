//! Schedules: commands that are given repeatedly.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::authority::key::Actor;
use crate::id::{CommandId, OrganizationId, ScheduleId};
use crate::revision::Revision;
use crate::text::name::{Description, NAME_MAX, Name};
use crate::text::reference::reference_type;
use crate::time::Timestamp;
use crate::time::cron::{Cron, Zone};
use crate::work::command::{
    ARGUMENTS_MAX, COMMAND_MAX, INSTALL_TIMEOUT_DEFAULT, SCAN_TIMEOUT_DEFAULT, Shell, TIMEOUT_DEFAULT,
    Targets, UpdateChoice,
};
use crate::work::script::ScriptRef;

/// The most schedules of one organization.
pub const SCHEDULES_MAX: i64 = 1_000;
/// The smallest `max_lateness_seconds`. The server checks schedules every second, and may be delayed.
pub const LATENESS_MIN: u32 = 10;
/// The largest `max_lateness_seconds`: thirty days.
pub const LATENESS_MAX: u32 = 2_592_000;
/// The default lateness is one period of the schedule, but at most this many seconds: an hour.
pub const LATENESS_DEFAULT: u32 = 3_600;

/// What a schedule does. It stores no secrets, so its commands get no additional environment variables.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
#[schemars(extend("examples" = [{ "kind": "command", "shell": "sh", "command": "uptime" }]))]
pub enum Work {
    /// Runs a text in a shell.
    Command {
        /// The shell that runs the text.
        shell: Shell,
        /// The text.
        #[schemars(length(min = 1, max = COMMAND_MAX))]
        command: String,
        /// The arguments, which the text can read as `$1`, `$2`, …
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        #[schemars(length(max = ARGUMENTS_MAX))]
        arguments: Vec<String>,
        /// The user to run as; the agent's own user if absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        run_as: Option<String>,
        /// The working directory; the home directory of the user it runs as if absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        working_directory: Option<String>,
    },
    /// Runs a saved script.
    Script {
        /// The script, by id or name. It is stored and shown by its id.
        script: ScriptRef,
        /// The version of the script. If absent, the version that is the latest when the schedule is
        /// written; it does not change when the script is changed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schemars(range(min = 1))]
        version: Option<u32>,
        /// The values of its parameters, by name.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        parameters: BTreeMap<String, String>,
        /// The user to run as; the agent's own user if absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        run_as: Option<String>,
        /// The working directory; the home directory of the user it runs as if absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        working_directory: Option<String>,
    },
    /// Scans for updates.
    ScanUpdates,
    /// Installs updates.
    InstallUpdates {
        /// Which updates: `all`, `security` for security updates only, or some by `names`.
        #[schemars(extend("examples" = ["security", { "names": ["openssl"] }]))]
        updates: UpdateChoice,
    },
}

impl Work {
    /// How long its commands may run on a node by default, in seconds.
    pub const fn default_timeout_seconds(&self) -> u32 {
        match self {
            Self::Command { .. } | Self::Script { .. } => TIMEOUT_DEFAULT,
            Self::ScanUpdates => SCAN_TIMEOUT_DEFAULT,
            Self::InstallUpdates { .. } => INSTALL_TIMEOUT_DEFAULT,
        }
    }
}

/// A schedule: work that is done repeatedly on a selection of nodes.
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
    /// Whether it is switched on.
    pub enabled: bool,
    /// When it runs: minute, hour, day of the month, month, day of the week.
    pub cron: Cron,
    /// The time zone of `cron`.
    pub time_zone: Zone,
    /// What it does.
    pub run: Work,
    /// The nodes it goes to. They are selected anew for each run.
    pub targets: Targets,
    /// How long each command may run on a node, in seconds.
    pub timeout_seconds: u32,
    /// How long each command waits for a node that is offline, in seconds.
    pub ttl_seconds: u32,
    /// The most bytes that are kept of each of a command's two output streams.
    pub output_limit_bytes: u32,
    /// How late it may run, in seconds; later runs are skipped. Null for the time until the next run,
    /// but at most an hour.
    pub max_lateness_seconds: Option<u32>,
    /// Whether it goes to nodes outside their maintenance windows too.
    pub ignore_maintenance_windows: bool,
    /// Who created or last changed it. Each run may do what the owner may do at that time, and no more.
    pub owner: Actor,
    /// When it runs next; null if never.
    pub next_run_at: Option<Timestamp>,
    /// When it last ran; null if never.
    pub last_run_at: Option<Timestamp>,
    /// The command that it last gave.
    pub last_command_id: Option<CommandId>,
    /// Why its last run gave no command; null if it gave one.
    pub last_error: Option<String>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// How many times it was changed; the number in its `ETag`.
    pub revision: Revision,
}

reference_type! {
    /// A reference to a schedule: its id or its name. A text that looks like an id is taken as one.
    ScheduleRef: ScheduleId, Name(Name), expected "a schedule's id or name",
    "minLength": 1, "maxLength": NAME_MAX, "examples": ["nightly"],
}

impl Schedule {
    /// The time of its next run after `now`; `None` if it is switched off.
    pub fn next_after(&self, now: Timestamp) -> Option<Timestamp> {
        if self.enabled { self.cron.next_after(now, &self.time_zone) } else { None }
    }

    /// The time of the run that is due now, if any. If several runs were missed, it is the last of
    /// them.
    pub fn due_at(&self, now: Timestamp) -> Option<Timestamp> {
        let first = self.next_run_at.filter(|first| *first <= now)?;
        let last = if self.enabled { self.cron.last_until(now, &self.time_zone) } else { None };
        Some(last.map_or(first, |last| last.max(first)))
    }

    /// How late a run that is due at `due` may be, in seconds.
    pub fn lateness_allowed(&self, due: Timestamp) -> i64 {
        if let Some(seconds) = self.max_lateness_seconds {
            return seconds.into();
        }
        let next = self.cron.next_after(due, &self.time_zone);
        let period = next.map(|next| (next.as_micros() - due.as_micros()) / 1_000_000);
        period.unwrap_or(i64::MAX).min(LATENESS_DEFAULT.into())
    }

    /// Why a run that is due is skipped: it would be too late. `None` if it is not skipped.
    pub fn too_late(&self, now: Timestamp) -> Option<String> {
        let due = self.due_at(now)?;
        let late = (now.as_micros() - due.as_micros()) / 1_000_000;
        let most = self.lateness_allowed(due);
        (late > most).then(|| {
            format!(
                "the run was skipped: it was due at {due}, {late} s ago, and may start at most {most} s late"
            )
        })
    }
}
