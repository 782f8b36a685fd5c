//! The adapter for MachineMetrics: reports, and jobs that another system starts and stops.

mod dispatch;
mod report;

use bailiwick_domain::id::RequestId;
use bailiwick_engine::catalogue::ORGANIZATION;
use bailiwick_engine::error::FieldError;
use bailiwick_machines::ids;
use serde_json::json;

use super::adapter::{Adapter, Method, Route, get, message, post};
use super::members::{Member, honoured};
use crate::problem::HttpError;

/// The routes of the adapter.
pub(super) const ADAPTER: Adapter = Adapter {
    name: "machinemetrics",
    title: "MachineMetrics",
    routes: &[
        get("/reports/production", &[ids::REPORTS_PRODUCTION], |call| Box::pin(report::last_day(call))),
        post("/reports/production", &[ids::REPORTS_PRODUCTION], |call| Box::pin(report::production(call))),
        post("/reports/downtime", &[ids::REPORTS_DOWNTIME], |call| Box::pin(report::downtime(call))),
        post("/erp/jobdispatch/start", &[ids::JOB_DISPATCHES_START], |call| Box::pin(dispatch::start(call))),
        post("/erp/jobdispatch/stop", &[ids::JOB_DISPATCHES_STOP], |call| Box::pin(dispatch::stop(call))),
        get("/erp/jobdispatch/{run}", &[ids::JOB_DISPATCHES_GET], |call| Box::pin(dispatch::show(call))),
    ],
    names: &[
        ("start", "from"),
        ("end", "until"),
        ("startDay", "first_day"),
        ("endDay", "last_day"),
        ("data", "metrics"),
        ("groupBy", "group_by"),
        ("filter.machine", "nodes"),
        ("filter.machineGroup", "sites"),
        ("filter.shift", "shifts"),
        ("filter.jobOperation", "job_operations"),
        ("filter.operator", "operators"),
        ("erpJobOperationRunId", "external_id"),
        ("erpJobOperationRunId", "job_dispatch"),
        ("erpMachineId", "erp_machine_id"),
        ("jobName", "job"),
        ("operationName", "name"),
        ("partName", "part"),
        ("lotName", "lot"),
        ("jobOperationDescription", "description"),
        ("idealPartTime", "ideal_part_ms"),
        ("expectedPartTime", "expected_part_ms"),
        ("expectedSetupTime", "expected_setup_ms"),
        ("quantityRequired", "quantity_required"),
        ("dueAt", "due_at"),
        ("partValue", "part_value"),
        ("startAt", "start_at"),
        ("startInSetup", "in_setup"),
        ("endAt", "end_at"),
    ],
    members,
    everywhere: &[ORGANIZATION],
    empty_is_absent: false,
    unknown: &[],
    error,
    status: HttpError::status,
};

/// What happens with the members that MachineMetrics documents.
fn members(route: &Route) -> Vec<Member> {
    match (route.method, route.path) {
        (Method::Post, "/erp/jobdispatch/start") => {
            dispatch::START.iter().map(|(name, _)| honoured(name)).collect()
        }
        (Method::Post, "/erp/jobdispatch/stop") => {
            dispatch::STOP.iter().map(|(name, _)| honoured(name)).collect()
        }
        (Method::Post, _) => report::MEMBERS.iter().map(|name| honoured(name)).collect(),
        _ => Vec::new(),
    }
}

/// An error in MachineMetrics' format, with our request id added.
fn error(error: &HttpError, request_id: RequestId) -> Vec<u8> {
    let fields = error.field_errors();
    let is_invalid = !fields.is_empty();
    let of_field = |wrong: FieldError| {
        let code = if wrong.field.starts_with("data") { "InvalidDataItem" } else { "InvalidValue" };
        json!({ "field": wrong.field, "code": code, "message": wrong.detail })
    };
    let body = json!({
        "code": if is_invalid { "ValidationError" } else { error.code() },
        "message": if is_invalid { "Validation Error".to_owned() } else { message(error) },
        "errors": fields.into_iter().map(of_field).collect::<Vec<_>>(),
        "request_id": request_id.to_string(),
    });
    serde_json::to_vec(&body).unwrap_or_default()
}
