//! The names of the nouns of this crate. This module imports nothing of any noun.

use bailiwick_engine::noun::Noun;

/// `aggregated_quantities`: the readings in buckets of time.
pub const AGGREGATED_QUANTITY: Noun = Noun::new("aggregated_quantity", "aggregated_quantities");
/// `alarm_intervals`: the times in which alarms were on.
pub const ALARM_INTERVAL: Noun = Noun::new("alarm_interval", "alarm_intervals");
/// `annotations`.
pub const ANNOTATION: Noun = Noun::new("annotation", "annotations");
/// `calendars`.
pub const CALENDAR: Noun = Noun::new("calendar", "calendars");
/// `downtime_reasons`.
pub const DOWNTIME_REASON: Noun = Noun::new("downtime_reason", "downtime_reasons");
/// `observations`.
pub const OBSERVATION: Noun = Noun::new("observation", "observations");
/// `retention`, of which an organization has one.
pub const RETENTION: Noun = Noun::new("observation_retention", "retention");
/// `positions`: the values of the metrics `KEY.x`, `KEY.y` and `KEY.z` at each time.
pub const POSITION: Noun = Noun::new("position", "positions");
/// `job_operations`.
pub const JOB_OPERATION: Noun = Noun::new("job_operation", "job_operations");
/// `job_runs`.
pub const JOB_RUN: Noun = Noun::new("job_run", "job_runs");
/// `job_dispatches`.
pub const JOB_DISPATCH: Noun = Noun::new("job_dispatch", "job_dispatches");
/// `machines`: nodes with machine data.
pub const MACHINE: Noun = Noun::new("machine", "machines");
/// `operators`.
pub const OPERATOR: Noun = Noun::new("operator", "operators");
/// `operator_runs`.
pub const OPERATOR_RUN: Noun = Noun::new("operator_run", "operator_runs");
/// `rejects`.
pub const REJECT: Noun = Noun::new("reject", "rejects");
/// `part_corrections`.
pub const PART_CORRECTION: Noun = Noun::new("part_correction", "part_corrections");
/// `goals`.
pub const GOAL: Noun = Noun::new("goal", "goals");
/// `state_intervals`: the times in which states had one value.
pub const STATE_INTERVAL: Noun = Noun::new("state_interval", "state_intervals");
/// `series`. One series and several have the same name.
pub const SERIES: Noun = Noun::new("one_series", "series");
/// `reports`.
pub const REPORT: Noun = Noun::new("report", "reports");
