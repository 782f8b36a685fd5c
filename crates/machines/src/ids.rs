//! The ids of the operations of this crate. Code that means an operation of another noun names it by its constant
//! here, so that it need not import that noun. This module imports nothing of any noun.

use bailiwick_engine::operation_ids;

operation_ids! {
    CALENDARS_CREATE = "calendars.create", CALENDARS_DELETE = "calendars.delete", CALENDARS_GET = "calendars.get",
    CALENDARS_LIST = "calendars.list", CALENDARS_UPDATE = "calendars.update",
    ANNOTATIONS_CREATE = "annotations.create", ANNOTATIONS_DELETE = "annotations.delete",
    ANNOTATIONS_GET = "annotations.get", ANNOTATIONS_LIST = "annotations.list",
    ANNOTATIONS_UPDATE = "annotations.update",
    DOWNTIME_REASONS_CREATE = "downtime_reasons.create", DOWNTIME_REASONS_DELETE = "downtime_reasons.delete",
    DOWNTIME_REASONS_GET = "downtime_reasons.get", DOWNTIME_REASONS_LIST = "downtime_reasons.list",
    DOWNTIME_REASONS_UPDATE = "downtime_reasons.update",
    OBSERVATIONS_CREATE = "observations.create", OBSERVATIONS_LIST = "observations.list",
    OBSERVATIONS_EXPORT = "observations.export",
    JOB_OPERATIONS_CREATE = "job_operations.create", JOB_OPERATIONS_DELETE = "job_operations.delete",
    JOB_OPERATIONS_GET = "job_operations.get", JOB_OPERATIONS_LIST = "job_operations.list",
    JOB_OPERATIONS_UPDATE = "job_operations.update",
    JOB_RUNS_CREATE = "job_runs.create", JOB_RUNS_DELETE = "job_runs.delete",
    JOB_RUNS_GET = "job_runs.get", JOB_RUNS_LIST = "job_runs.list",
    JOB_RUNS_UPDATE = "job_runs.update",
    OPERATORS_CREATE = "operators.create", OPERATORS_DELETE = "operators.delete",
    OPERATORS_GET = "operators.get", OPERATORS_LIST = "operators.list",
    OPERATORS_UPDATE = "operators.update",
    OPERATOR_RUNS_CREATE = "operator_runs.create", OPERATOR_RUNS_DELETE = "operator_runs.delete",
    OPERATOR_RUNS_GET = "operator_runs.get", OPERATOR_RUNS_LIST = "operator_runs.list",
    OPERATOR_RUNS_UPDATE = "operator_runs.update",
    REJECTS_CREATE = "rejects.create", REJECTS_DELETE = "rejects.delete",
    REJECTS_GET = "rejects.get", REJECTS_LIST = "rejects.list",
    REJECTS_UPDATE = "rejects.update",
    PART_CORRECTIONS_CREATE = "part_corrections.create", PART_CORRECTIONS_DELETE = "part_corrections.delete",
    PART_CORRECTIONS_GET = "part_corrections.get", PART_CORRECTIONS_LIST = "part_corrections.list",
    PART_CORRECTIONS_UPDATE = "part_corrections.update",
    GOALS_CREATE = "goals.create", GOALS_DELETE = "goals.delete",
    GOALS_GET = "goals.get", GOALS_LIST = "goals.list",
    GOALS_UPDATE = "goals.update",
    SERIES_GET = "series.get", SERIES_LIST = "series.list",
}
