//! The names and relations that the catalogue does not say: what lists are called in GraphQL, and which of their
//! members refer to which others.

use Renamed::{Member, Never, Number, Text, Through, Words};

use crate::scalars::ScalarType;

/// A list that has other names in GraphQL than the ones made from REST's.
pub(crate) struct Named {
    /// The operation that lists the objects.
    pub(crate) operation: &'static str,
    /// The root field.
    pub(crate) root: &'static str,
    /// The type of one object.
    pub(crate) object: &'static str,
}

/// Lists whose names are not those of REST.
pub(crate) const NAMED: &[Named] = &[
    Named { operation: "machines.status", root: "machineStatuses", object: "MachineStatus" },
    Named { operation: "audit.list", root: "auditEntries", object: "AuditEntry" },
    Named { operation: "commands.list", root: "commands", object: "Command" },
    Named { operation: "job_runs.list", root: "jobRuns", object: "JobRun" },
    Named { operation: "operator_runs.list", root: "operatorRunRecords", object: "OperatorRun" },
    Named { operation: "part_corrections.list", root: "partCorrections", object: "PartCorrection" },
    Named { operation: "rejects.list", root: "rejectRecords", object: "RejectRecord" },
    Named { operation: "annotations.list", root: "annotationRecords", object: "Annotation" },
    Named { operation: "state_intervals.list", root: "stateIntervalRecords", object: "StateIntervalRecord" },
    Named { operation: "alarm_intervals.list", root: "alarmIntervalRecords", object: "AlarmIntervalRecord" },
    Named {
        operation: "aggregated_quantities.list",
        root: "aggregatedQuantityRecords",
        object: "AggregatedQuantityRecord",
    },
    Named { operation: "positions.list", root: "positionRecords", object: "PositionRecord" },
    Named { operation: "scripts.list", root: "scripts", object: "Script" },
    Named { operation: "updates.list", root: "updates", object: "Update" },
];

/// A reference from the objects of one list to those of another.
pub(crate) struct Reference {
    /// The list with the member.
    pub(crate) from: &'static str,
    /// The member that holds the other object's id.
    pub(crate) member: &'static str,
    /// The field with the other object.
    pub(crate) field: &'static str,
    /// The list of the other objects.
    pub(crate) to: &'static str,
    /// The field of the other object with those that refer to it.
    pub(crate) back: &'static str,
}

const fn reference(
    from: &'static str,
    member: &'static str,
    field: &'static str,
    to: &'static str,
    back: &'static str,
) -> Reference {
    Reference { from, member, field, to, back }
}

/// References between lists with REST's members.
pub(crate) const REFERENCES: &[Reference] = &[
    reference("nodes.list", "site_id", "site", "sites.list", "nodes"),
    reference("nodes.list", "host_id", "host", "nodes.list", "hosted"),
    reference("agents.list", "runs_on", "node", "nodes.list", "agents"),
    reference("annotations.list", "node_id", "node", "nodes.list", "annotations"),
    reference("annotations.list", "reason_id", "downtimeReason", "downtime_reasons.list", "annotations"),
    reference("job_runs.list", "node_id", "node", "nodes.list", "jobRuns"),
    reference("job_runs.list", "job_operation_id", "jobOperation", "job_operations.list", "jobRuns"),
    reference("operator_runs.list", "node_id", "node", "nodes.list", "operatorRuns"),
    reference("operator_runs.list", "operator_id", "operator", "operators.list", "operatorRuns"),
    reference("rejects.list", "node_id", "node", "nodes.list", "rejects"),
    reference("part_corrections.list", "node_id", "node", "nodes.list", "partCorrections"),
    reference("goals.list", "node_id", "node", "nodes.list", "goals"),
    reference("goals.list", "site_id", "site", "sites.list", "goals"),
    reference("goals.list", "job_operation_id", "jobOperation", "job_operations.list", "goals"),
    reference("calendars.list", "node_id", "node", "nodes.list", "calendars"),
    reference("calendars.list", "site_id", "site", "sites.list", "calendars"),
    reference("maintenance_windows.list", "site_id", "site", "sites.list", "maintenanceWindows"),
    reference("machines.status", "node_id", "node", "nodes.list", "machineStatuses"),
    reference("observations.list", "node_id", "node", "nodes.list", "observations"),
    reference("state_intervals.list", "node_id", "node", "nodes.list", "stateIntervals"),
    reference("alarm_intervals.list", "node_id", "node", "nodes.list", "alarmIntervals"),
    reference("aggregated_quantities.list", "node_id", "node", "nodes.list", "aggregatedQuantities"),
    reference("positions.list", "node_id", "node", "nodes.list", "positions"),
    reference("series.list", "node_id", "node", "nodes.list", "series"),
    reference("updates.list", "node_id", "node", "nodes.list", "updates"),
    reference("commands.list", "schedule_id", "schedule", "schedules.list", "commands"),
    reference("sessions.list", "user_id", "user", "users.list", "sessions"),
];

/// Objects of two lists that belong together in any number.
pub(crate) struct Pairing {
    /// The one list, and the field of its objects with those of the other.
    pub(crate) one: (&'static str, &'static str),
    /// The other list, and the field of its objects with those of the one.
    pub(crate) other: (&'static str, &'static str),
    /// The member by which objects of the other list are found by an id of the one.
    pub(crate) by_one: &'static str,
    /// The member by which objects of the one list are found by an id of the other.
    pub(crate) by_other: &'static str,
}

/// Lists whose objects belong together in any number.
pub(crate) const PAIRINGS: &[Pairing] = &[Pairing {
    one: ("nodes.list", "services"),
    other: ("services.list", "nodes"),
    by_one: "node_id",
    by_other: "service_id",
}];

/// A member of an object under another name.
pub(crate) enum Renamed {
    /// A member of the list.
    Member(&'static str, &'static str),
    /// A text that the list has as JSON.
    Text(&'static str, &'static str),
    /// A number that the list has as JSON.
    Number(&'static str, &'static str),
    /// A text whose words are others: field, member, and for each of the list's words the one of the field.
    Words(&'static str, &'static str, &'static [(&'static str, &'static str)]),
    /// A member of the object that a relation leads to: field, relation, member there.
    Through(&'static str, &'static str, &'static str),
    /// A member that Bailiwick does not have: always null.
    Never(&'static str, ScalarType),
}

/// The number of objects that a relation leads to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum To {
    One,
    Many,
}

/// A relation to another type.
pub(crate) struct Related {
    pub(crate) field: &'static str,
    pub(crate) to: To,
    /// The type.
    pub(crate) object: &'static str,
    /// The member of this object, and the equal member of the other.
    pub(crate) own: &'static str,
    pub(crate) theirs: &'static str,
}

const fn one(field: &'static str, object: &'static str, own: &'static str, theirs: &'static str) -> Related {
    Related { field, to: To::One, object, own, theirs }
}

const fn many(field: &'static str, object: &'static str, own: &'static str, theirs: &'static str) -> Related {
    Related { field, to: To::Many, object, own, theirs }
}

/// A type that has the names of MachineMetrics, over a list of ours.
pub(crate) struct View {
    pub(crate) object: &'static str,
    pub(crate) description: &'static str,
    /// The root fields: none if objects are only reached through others.
    pub(crate) roots: &'static [&'static str],
    pub(crate) operation: &'static str,
    /// Parameters that the list is always asked with.
    pub(crate) fixed: &'static [(&'static str, &'static str)],
    /// The member of the list's items that holds the objects, if each item holds several.
    pub(crate) within: Option<&'static str>,
    /// Whether the root fields take the arguments `args` of MachineMetrics: a machine, a metric and a window.
    pub(crate) takes_window: bool,
    pub(crate) members: &'static [Renamed],
    pub(crate) relations: &'static [Related],
}

const fn view(object: &'static str, description: &'static str, operation: &'static str) -> View {
    View {
        object,
        description,
        roots: &[],
        operation,
        fixed: &[],
        within: None,
        takes_window: false,
        members: &[],
        relations: &[],
    }
}

const MACHINE: Related = one("machine", "MachineTP", "node_id", "id");
const MACHINE_REF: Renamed = Through("machineRef", "machine", "number");

/// The types of MachineMetrics.
pub(crate) const VIEWS: &[View] = &[
    View {
        roots: &["machines"],
        members: &[
            Member("machineId", "id"),
            Member("machineRef", "number"),
            Member("name", "name"),
            Member("make", "manufacturer"),
            Member("model", "model"),
            Member("serialNumber", "serial_number"),
            Member("description", "description"),
            Member("createdAt", "created_at"),
            Member("updatedAt", "updated_at"),
            Never("decommissionedAt", ScalarType::Timestamptz),
        ],
        relations: &[
            one("node", "Node", "id", "id"),
            one("site", "Site", "site_id", "id"),
            many("metrics", "Metric", "id", "node_id"),
            many("currentStates", "CurrentState", "id", "node_id"),
            many("currentAlarms", "CurrentAlarm", "id", "node_id"),
            many("latestQuantities", "LatestQuantity", "id", "node_id"),
            many("annotations", "AnnotationTP", "id", "node_id"),
            many("activitySets", "ActivitySet", "id", "node_id"),
            many("operatorRuns", "OperatorRunTP", "id", "node_id"),
            many("rejects", "Reject", "id", "node_id"),
        ],
        ..view("MachineTP", "A machine: a node, with the names of MachineMetrics.", "nodes.list")
    },
    View {
        roots: &["metrics"],
        members: &[
            MACHINE_REF,
            Member("metricKey", "metric"),
            Member("category", "kind"),
            Member("type", "type"),
            Member("subtype", "subtype"),
            Member("units", "unit"),
        ],
        relations: &[MACHINE],
        ..view("Metric", "A metric that a machine sends.", "series.list")
    },
    View {
        roots: &["currentStatesByMachine"],
        fixed: &[("kind", "state")],
        members: &[
            MACHINE_REF,
            Member("metricKey", "metric"),
            Text("value", "latest_value"),
            Member("eventTime", "latest_at"),
        ],
        relations: &[MACHINE],
        ..view("CurrentState", "The latest value of a state of a machine.", "series.list")
    },
    View {
        roots: &["latestQuantitiesByMachine"],
        fixed: &[("kind", "quantity")],
        members: &[
            MACHINE_REF,
            Member("metricKey", "metric"),
            Number("value", "latest_value"),
            Member("eventTime", "latest_at"),
            Member("units", "unit"),
        ],
        relations: &[MACHINE],
        ..view("LatestQuantity", "The latest value of a quantity of a machine.", "series.list")
    },
    View {
        roots: &["currentAlarmsByMachine"],
        within: Some("alarms"),
        members: &[
            MACHINE_REF,
            Member("metricKey", "metric"),
            Member("nativeCode", "code"),
            Member("label", "code"),
            Member("level", "level"),
            Member("startAt", "since"),
            Never("description", ScalarType::String),
        ],
        relations: &[MACHINE],
        ..view("CurrentAlarm", "An alarm that is on.", "machines.status")
    },
    View {
        roots: &["quantities"],
        fixed: &[],
        takes_window: true,
        members: &[
            MACHINE_REF,
            Member("metricKey", "metric"),
            Member("eventTime", "at"),
            Member("sequence", "sequence"),
            Number("value", "value"),
        ],
        relations: &[MACHINE],
        ..view("Quantity", "An observation of a number.", "observations.list")
    },
    View {
        roots: &["aggregatedQuantities"],
        takes_window: true,
        members: &[
            MACHINE_REF,
            Member("metricKey", "metric"),
            Member("startAt", "start_at"),
            Member("endAt", "end_at"),
            Member("count", "count"),
            Member("min", "min"),
            Member("max", "max"),
            Member("mean", "mean"),
            Member("first", "first"),
            Member("last", "last"),
        ],
        relations: &[MACHINE],
        ..view(
            "AggregatedQuantity",
            "The readings of a metric in a bucket of time.",
            "aggregated_quantities.list",
        )
    },
    View {
        roots: &["positions"],
        takes_window: true,
        members: &[
            MACHINE_REF,
            Member("metricKey", "metric"),
            Member("eventTime", "at"),
            Member("x", "x"),
            Member("y", "y"),
            Member("z", "z"),
        ],
        relations: &[MACHINE],
        ..view("Position", "A position of a machine at a time.", "positions.list")
    },
    View {
        roots: &["stateIntervals"],
        takes_window: true,
        members: &[
            MACHINE_REF,
            Member("metricKey", "metric"),
            Member("startAt", "start_at"),
            Member("endAt", "end_at"),
            Member("value", "value"),
        ],
        relations: &[MACHINE],
        ..view(
            "StateInterval",
            "An interval in which a state of a machine had one value.",
            "state_intervals.list",
        )
    },
    View {
        roots: &["alarmIntervals"],
        takes_window: true,
        members: &[
            MACHINE_REF,
            Member("metricKey", "metric"),
            Member("nativeCode", "code"),
            Member("label", "code"),
            Member("level", "level"),
            Member("startAt", "start_at"),
            Member("endAt", "end_at"),
        ],
        relations: &[MACHINE],
        ..view("AlarmInterval", "An interval in which an alarm was on.", "alarm_intervals.list")
    },
    View {
        roots: &["annotations"],
        members: &[
            Member("annotationRef", "id"),
            Member("startAt", "start_at"),
            Member("endAt", "end_at"),
            Member("description", "note"),
            Member("isPlanned", "planned"),
            MACHINE_REF,
        ],
        relations: &[MACHINE, one("annotationType", "AnnotationType", "reason_id", "id")],
        ..view("AnnotationTP", "A downtime, and the reason for it.", "annotations.list")
    },
    View {
        roots: &["annotationTypes"],
        members: &[
            Member("annotationTypeRef", "id"),
            Member("name", "reason"),
            Member("isPlanned", "planned"),
            Member("description", "description"),
        ],
        relations: &[many("annotations", "AnnotationTP", "id", "reason_id")],
        ..view("AnnotationType", "A reason of downtime.", "downtime_reasons.list")
    },
    View {
        roots: &["activitySets"],
        members: &[
            Member("activitySetRef", "id"),
            Member("startAt", "start_at"),
            Member("closedAt", "end_at"),
            Member("workOrderId", "external_id"),
            MACHINE_REF,
        ],
        relations: &[
            MACHINE,
            one("operation", "OperationTP", "job_operation_id", "id"),
            one("workOrderOperation", "WorkOrderOperation", "job_operation_id", "id"),
            many("activities", "Activity", "id", "id"),
        ],
        ..view("ActivitySet", "A run of a job on a machine.", "job_runs.list")
    },
    View {
        roots: &["activities"],
        members: &[
            Member("activityRef", "id"),
            Member("inSetup", "in_setup"),
            Member("startAt", "start_at"),
            Member("endAt", "end_at"),
            MACHINE_REF,
        ],
        relations: &[MACHINE, one("activitySet", "ActivitySet", "id", "id")],
        ..view("Activity", "A phase of a run of a job. A run has one phase here.", "job_runs.list")
    },
    View {
        members: &[Member("operationRef", "id"), Member("name", "name"), Member("partNumber", "part")],
        relations: &[many("activitySets", "ActivitySet", "id", "job_operation_id")],
        ..view("OperationTP", "A step of a job.", "job_operations.list")
    },
    View {
        roots: &["workOrderOperations"],
        members: &[
            Member("workOrderOperationRef", "id"),
            Member("name", "name"),
            Never("sequenceNumber", ScalarType::Int),
            Never("status", ScalarType::String),
        ],
        relations: &[
            one("workOrder", "WorkOrder", "id", "id"),
            many("activitySets", "ActivitySet", "id", "job_operation_id"),
        ],
        ..view("WorkOrderOperation", "A step of a job.", "job_operations.list")
    },
    View {
        members: &[Member("workOrderId", "job"), Member("partNumber", "part"), Member("lot", "lot")],
        ..view("WorkOrder", "A job.", "job_operations.list")
    },
    View {
        roots: &["operatorRuns"],
        members: &[
            Member("operatorRunRef", "id"),
            Member("startAt", "start_at"),
            Member("endAt", "end_at"),
            MACHINE_REF,
        ],
        relations: &[MACHINE, one("operator", "OperatorTP", "operator_id", "id")],
        ..view(
            "OperatorRunTP",
            "An interval in which an operator was signed in at a machine.",
            "operator_runs.list",
        )
    },
    View {
        members: &[Member("operatorRef", "id"), Member("name", "name"), Member("employeeId", "number")],
        relations: &[many("operatorRuns", "OperatorRunTP", "id", "operator_id")],
        ..view("OperatorTP", "An operator.", "operators.list")
    },
    View {
        roots: &["rejects"],
        members: &[
            Member("rejectRef", "id"),
            Words("rejectType", "kind", &[("scrap", "SCRAP"), ("nonconforming", "NONCONFORM")]),
            Member("value", "parts"),
            Member("rejectedAt", "at"),
            MACHINE_REF,
        ],
        relations: &[MACHINE, one("rejectReason", "RejectReason", "id", "id")],
        ..view("Reject", "Parts that were rejected.", "rejects.list")
    },
    View {
        roots: &["rejectReasons"],
        members: &[Member("rejectReasonRef", "id"), Member("name", "note")],
        relations: &[many("rejects", "Reject", "id", "id")],
        ..view(
            "RejectReason",
            "Why parts were rejected, in the words of the person who said so.",
            "rejects.list",
        )
    },
];
