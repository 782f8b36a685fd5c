//! MachineMetrics' reports: both generations of the request, and its answers nested, flat or as CSV.

use bailiwick_domain::calendar::LocalDate;
use bailiwick_domain::metrics::{METRICS, Metric};
use bailiwick_engine::error::{Error, FieldError};
use bailiwick_engine::shape::input::without_types;
use bailiwick_engine::shape::operation_id::OperationId;
use bailiwick_machines::ids;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::super::call::{Call, Reply, fields};
use super::super::fields::Fields;
use crate::problem::HttpError;

/// The members of the body of a report.
pub(super) const MEMBERS: [&str; 14] = [
    "start",
    "end",
    "startDay",
    "endDay",
    "data",
    "groupBy",
    "filter",
    "filter.machine",
    "filter.machineGroup",
    "filter.jobOperation",
    "filter.shift",
    "filter.operator",
    "flatten",
    "csv",
];

/// What a report is grouped by, in their words and ours, and whether it has an id.
const GROUPS: &[(&str, &str, bool)] = &[
    ("machine", "node", true),
    ("machineGroup", "site", true),
    ("jobOperation", "job_operation", true),
    ("shift", "shift", true),
    ("operator", "operator", true),
    ("reason", "reason", false),
    ("hour", "hour", false),
    ("day", "day", false),
    ("week", "week", false),
    ("month", "month", false),
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object such as {\"metric\": \"allTime\"}")]
struct DataItem {
    metric: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object such as {\"group\": \"machine\"}")]
struct GroupItem {
    group: String,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "camelCase", expecting = "an object of lists")]
struct Filter {
    machine: Vec<Value>,
    machine_group: Vec<Value>,
    job_operation: Vec<Value>,
    shift: Vec<Value>,
    operator: Vec<Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body {
    start: Option<Value>,
    end: Option<Value>,
    start_day: Option<Value>,
    end_day: Option<Value>,
    #[serde(default)]
    data: Vec<DataItem>,
    #[serde(default)]
    group_by: Vec<GroupItem>,
    #[serde(default)]
    filter: Filter,
    #[serde(default)]
    flatten: bool,
    #[serde(default)]
    csv: bool,
}

/// A report of ours that is to be translated.
struct Translation {
    /// The metrics, by their names.
    metrics: Vec<(&'static str, &'static Metric)>,
    groups: Vec<(&'static str, &'static str, bool)>,
}

/// The name of the metric of the report on downtime, which reports on production call `downtime`.
const DOWNTIME: &str = "downtimeMs";

impl Translation {
    fn of(data: &[DataItem], group_by: &[GroupItem]) -> Result<Self, HttpError> {
        let (mut metrics, mut groups, mut errors) = (Vec::new(), Vec::new(), Vec::new());
        for DataItem { metric: name } in data {
            let metric = match name.as_str() {
                DOWNTIME => Metric::named("downtime_ms").map(|metric| (DOWNTIME, metric)),
                _ => Metric::named_in_machinemetrics(name)
                    .map(|metric| (metric.machinemetrics.unwrap_or_default(), metric)),
            };
            match metric {
                Some(metric) => metrics.push(metric),
                None => {
                    let known: Vec<&str> =
                        METRICS.iter().filter_map(|metric| metric.machinemetrics).collect();
                    let known = known.join(", ");
                    let detail = format!("Metric '{name}' is not valid; the metrics are: {known}");
                    errors.push(FieldError::new("data", detail));
                }
            }
        }
        if data.is_empty() {
            errors.push(FieldError::new(
                "data",
                "expected at least one item such as {\"metric\": \"allTime\"}",
            ));
        }
        for GroupItem { group: name } in group_by {
            match GROUPS.iter().find(|(theirs, _, _)| theirs == name) {
                Some(group) => groups.push(*group),
                None => {
                    let known: Vec<&str> = GROUPS.iter().map(|(theirs, _, _)| *theirs).collect();
                    let detail = format!("Group '{name}' is not valid; the groups are: {}", known.join(", "));
                    errors.push(FieldError::new("groupBy", detail));
                }
            }
        }
        if !errors.is_empty() {
            return Err(Error::Invalid(errors).into());
        }
        // All time is recorded time, so the time without data is beside it.
        let has = |name| metrics.iter().any(|(_, metric): &(&str, &Metric)| metric.name == name);
        if has("recorded_ms") && !has("no_data_ms") {
            metrics.extend(Metric::named("no_data_ms").map(|metric| ("noDataTime", metric)));
        }
        Ok(Self { metrics, groups })
    }

    fn fields(&self) -> Fields {
        let metrics: Vec<&str> = self.metrics.iter().map(|(_, metric)| metric.name).collect();
        let groups: Vec<&str> = self.groups.iter().map(|(_, ours, _)| *ours).collect();
        fields([("metrics", json!(metrics)), ("group_by", json!(groups))])
    }

    /// The values of a group, by their names.
    fn aggregate(&self, group: &Value) -> Value {
        let values = group.get("values");
        let value = |(name, metric): &(&str, &Metric)| {
            (
                (*name).to_owned(),
                values.and_then(|values| values.get(metric.name)).cloned().unwrap_or_default(),
            )
        };
        Value::Object(self.metrics.iter().map(value).collect())
    }

    /// The groups of one level.
    fn items(&self, groups: &[Value], level: usize) -> Vec<Value> {
        let Some((theirs, _, is_entity)) = self.groups.get(level) else { return Vec::new() };
        let item = |group: &Value| {
            let mut item = Map::new();
            let key = group.get("key").cloned().unwrap_or_default();
            if *is_entity {
                item.insert("entity".into(), json!({ "id": key }));
            } else {
                item.insert((*theirs).to_owned(), named(theirs, key));
            }
            item.insert("aggregate".into(), self.aggregate(group));
            if level + 1 < self.groups.len() {
                item.insert("items".into(), self.items(groups_of(group), level + 1).into());
            }
            Value::Object(item)
        };
        groups.iter().map(item).collect()
    }

    /// The names of what is named by an id, by dimension.
    fn entities(&self, report: &Value) -> Value {
        let mut entities = Map::new();
        for (theirs, ours, _) in self.groups.iter().filter(|(_, _, is_entity)| *is_entity) {
            let named = report.get("names").and_then(|names| names.get(format!("{ours}s")));
            let mut of_dimension = Map::new();
            for (id, name) in named.and_then(Value::as_object).into_iter().flatten() {
                of_dimension.insert(id.clone(), json!({ "name": name }));
            }
            entities.insert((*theirs).to_owned(), of_dimension.into());
        }
        entities.into()
    }

    /// A row for each of the smallest groups.
    fn rows(&self, report: &Value, groups: &[Value], level: usize, above: &Map<String, Value>) -> Vec<Value> {
        let Some((theirs, ours, is_entity)) = self.groups.get(level) else { return Vec::new() };
        let mut rows = Vec::new();
        for group in groups {
            let mut row = above.clone();
            let key = group.get("key").cloned().unwrap_or_default();
            if *is_entity {
                let names = report.get("names").and_then(|names| names.get(format!("{ours}s")));
                let name = key.as_str().and_then(|id| names?.get(id)).cloned();
                let none = || match *theirs {
                    "shift" => json!("No Shift"),
                    _ => Value::Null,
                };
                // A shift is named by its name.
                let name = name.unwrap_or_else(|| if key.is_null() { none() } else { key.clone() });
                row.insert((*theirs).to_owned(), name);
                row.insert(format!("{theirs}Id"), key);
            } else {
                row.insert((*theirs).to_owned(), named(theirs, key));
            }
            if level + 1 < self.groups.len() {
                rows.extend(self.rows(report, groups_of(group), level + 1, &row));
            } else {
                if let Value::Object(values) = self.aggregate(group) {
                    row.extend(values);
                }
                rows.push(row.into());
            }
        }
        rows
    }

    fn reply(&self, report: &Value, flatten: bool, csv: bool) -> Result<Reply, HttpError> {
        let total = report.get("total").cloned().unwrap_or_default();
        let (groups, aggregate) = (groups_of(report), self.aggregate(&total));
        if csv {
            let rows = match self.groups.is_empty() {
                true => vec![aggregate],
                false => self.rows(report, groups, 0, &Map::new()),
            };
            return Ok(Reply { status: 200, media: "text/csv", body: self.csv(&rows)? });
        }
        let items = match (flatten, self.groups.is_empty()) {
            (_, true) => Vec::new(),
            (true, false) => self.rows(report, groups, 0, &Map::new()),
            (false, false) => self.items(groups, 0),
        };
        // Ours, so that nobody takes an outdated figure for a current one.
        let (complete, outdated) = (report.get("complete"), report.get("outdated_node_days"));
        Reply::json(
            200,
            &json!({
                "aggregate": aggregate, "items": items, "entities": self.entities(report),
                "complete": complete, "outdatedMachineDays": outdated,
            }),
        )
    }

    fn csv(&self, rows: &[Value]) -> Result<Vec<u8>, HttpError> {
        let mut header: Vec<String> = Vec::new();
        for (theirs, _, is_entity) in &self.groups {
            header.push((*theirs).to_owned());
            header.extend(is_entity.then(|| format!("{theirs}Id")));
        }
        header.extend(self.metrics.iter().map(|(name, _)| (*name).to_owned()));
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(&header).map_err(Error::internal)?;
        for row in rows {
            let cells = header.iter().map(|name| match row.get(name) {
                None | Some(Value::Null) => String::new(),
                Some(Value::String(text)) => bailiwick_engine::shape::records::to_cell(text).into_owned(),
                Some(other) => other.to_string(),
            });
            writer.write_record(cells).map_err(Error::internal)?;
        }
        Ok(writer.into_inner().map_err(|error| Error::internal(error.to_string()))?)
    }
}

/// The key of a group without an id, or its name if it has no key.
fn named(theirs: &str, key: Value) -> Value {
    if theirs == "reason" && key.is_null() { json!("Uncategorized") } else { key }
}

fn groups_of(group: &Value) -> &[Value] {
    group.get("groups").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// The report on production.
pub(super) async fn production(call: &mut Call) -> Result<Reply, HttpError> {
    report(call, ids::REPORTS_PRODUCTION, None).await
}

/// The report on downtime. Without `data`, it shows how long it was.
pub(super) async fn downtime(call: &mut Call) -> Result<Reply, HttpError> {
    report(call, ids::REPORTS_DOWNTIME, Some(DOWNTIME)).await
}

/// A report. If it names no metric, it shows the default one.
async fn report(call: &mut Call, id: OperationId, default: Option<&str>) -> Result<Reply, HttpError> {
    let organization = call.organization();
    let admitted = call.admit(id, organization.as_deref())?;
    let sent = call.body(&admitted).await?;
    let mut body: Body = serde_path_to_error::deserialize(Value::Object(sent)).map_err(|error| {
        let path = error.path().to_string();
        let field = if path == "." { String::new() } else { path };
        Error::Invalid(vec![FieldError::new(field, without_types(&error.inner().to_string()))])
    })?;
    if body.data.is_empty() {
        body.data.extend(default.map(|metric| DataItem { metric: metric.to_owned() }));
    }
    let translation = Translation::of(&body.data, &body.group_by)?;
    let is_by_days = body.start_day.is_some() || body.end_day.is_some();
    let required = match (&body.start, &body.end) {
        _ if is_by_days => [("startDay", &body.start_day), ("endDay", &body.end_day)],
        _ => [("start", &body.start), ("end", &body.end)],
    };
    let missing = required.into_iter().filter(|(_, value)| value.is_none());
    let missing: Vec<FieldError> =
        missing.map(|(name, _)| FieldError::new(name, "expected a value; the field is required")).collect();
    if !missing.is_empty() {
        return Err(Error::Invalid(missing).into());
    }
    let mut asked = translation.fields();
    for (name, value) in
        [("from", body.start), ("until", body.end), ("first_day", body.start_day), ("last_day", body.end_day)]
    {
        asked.extend(value.map(|value| (name.to_owned(), value)));
    }
    let Filter { machine, machine_group, job_operation, shift, operator } = body.filter;
    for (name, values) in [
        ("nodes", machine),
        ("sites", machine_group),
        ("job_operations", job_operation),
        ("shifts", shift),
        ("operators", operator),
    ] {
        // An empty list means all.
        if !values.is_empty() {
            asked.insert(name.to_owned(), values.into());
        }
    }
    let report: Value = call.run(admitted, asked).await?;
    translation.reply(&report, body.flatten, body.csv)
}

/// The report on the last full production day.
pub(super) async fn last_day(call: &mut Call) -> Result<Reply, HttpError> {
    let item = |metric: &str| DataItem { metric: metric.to_owned() };
    let data = ["timeInCycle", "allTime", "utilizationRate", "totalParts"].map(item);
    let translation = Translation::of(&data, &[])?;
    // Which day is today depends on the organization.
    let mut today = translation.fields();
    today.insert("last_days".into(), 1.into());
    let organization = call.organization();
    let today: Value = call.ask(ids::REPORTS_PRODUCTION, organization.as_deref(), today).await?;
    let day = today.get("query").and_then(|query| query.get("first_day")).and_then(Value::as_str);
    let day = day.and_then(|day| day.parse::<LocalDate>().ok()?.plus_days(-1));
    let day = day.ok_or_else(|| Error::internal("a report without a day"))?.to_string();
    let mut asked = translation.fields();
    asked.insert("first_day".into(), day.clone().into());
    asked.insert("last_day".into(), day.into());
    let report: Value = call.ask(ids::REPORTS_PRODUCTION, organization.as_deref(), asked).await?;
    translation.reply(&report, false, false)
}
