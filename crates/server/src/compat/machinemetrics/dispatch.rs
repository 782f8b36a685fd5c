//! MachineMetrics' job dispatch: another system starts and stops jobs on machines.

use bailiwick_machines::ids;
use serde_json::{Value, json};

use super::super::call::{Call, Reply};
use super::super::fields::{Fields, Names};
use crate::problem::HttpError;

/// The members of the body that starts a job: their names, and ours.
pub(super) const START: Names = &[
    ("erpJobOperationRunId", "external_id"),
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
];

/// The members of the body that stops a job: their names, and ours.
pub(super) const STOP: Names = &[("erpJobOperationRunId", "job_dispatch"), ("endAt", "end_at")];

/// Members with ids, which other systems often send as numbers.
const TEXTS: [&str; 7] = ["job_dispatch", "external_id", "erp_machine_id", "job", "name", "part", "lot"];

/// The fields of our operation that a body means. Null counts as absent.
fn translated(sent: Fields, names: Names) -> Fields {
    let mut fields = Fields::new();
    for (theirs, value) in sent {
        let ours = names.iter().find(|(name, _)| *name == theirs).map_or(theirs.as_str(), |(_, ours)| *ours);
        let value = match value {
            Value::Null => continue,
            Value::Number(number) if TEXTS.contains(&ours) => Value::String(number.to_string()),
            other => other,
        };
        fields.insert(ours.to_owned(), value);
    }
    fields
}

/// Starts a job.
pub(super) async fn start(call: &mut Call) -> Result<Reply, HttpError> {
    let organization = call.organization();
    let admitted = call.admit(ids::JOB_DISPATCHES_START, organization.as_deref())?;
    let sent = call.body(&admitted).await?;
    let dispatch: Value = call.run(admitted, translated(sent, START)).await?;
    shown(&dispatch)
}

/// Stops a job.
pub(super) async fn stop(call: &mut Call) -> Result<Reply, HttpError> {
    let organization = call.organization();
    let admitted = call.admit(ids::JOB_DISPATCHES_STOP, organization.as_deref())?;
    let sent = call.body(&admitted).await?;
    let dispatch: Value = call.run(admitted, translated(sent, STOP)).await?;
    shown(&dispatch)
}

/// Shows a job, and the parts that were made.
pub(super) async fn show(call: &mut Call) -> Result<Reply, HttpError> {
    let organization = call.organization();
    let run = call.path("run").to_owned();
    let fields = Fields::from_iter([("job_dispatch".to_owned(), Value::String(run))]);
    let dispatch: Value = call.ask(ids::JOB_DISPATCHES_GET, organization.as_deref(), fields).await?;
    shown(&dispatch)
}

/// A job in their words.
fn shown(dispatch: &Value) -> Result<Reply, HttpError> {
    let member = |object: &str, name: &str| dispatch.get(object).and_then(|object| object.get(name)).cloned();
    let run = |name: &str| member("run", name).unwrap_or_default();
    let operation = |name: &str| member("job_operation", name).unwrap_or_default();
    let mut shown = json!({
        "erpJobOperationRunId": run("external_id"),
        "machineId": run("node_id"),
        "jobOperationId": operation("id"),
        "jobName": operation("job"),
        "operationName": operation("name"),
        "partName": operation("part"),
        "lotName": operation("lot"),
        "startAt": run("start_at"),
        "endAt": run("end_at"),
        "startInSetup": run("in_setup"),
    });
    if let (Some(parts), Some(shown)) = (dispatch.get("parts"), shown.as_object_mut()) {
        let part = |name: &str| parts.get(name).cloned().unwrap_or_default();
        let metrics = json!({
            "totalParts": part("total"),
            "goodParts": part("good"),
            "scrapParts": part("scrap"),
            "nonconformParts": part("nonconforming"),
        });
        shown.insert("metrics".into(), metrics);
        shown.insert("complete".into(), dispatch.get("complete").cloned().unwrap_or_default());
    }
    Reply::json(200, &shown)
}
