//! Health reports: the programs that an agent runs, as the components of its OpAMP health. Each
//! component is named by the id of the program's agent record.

use std::collections::{BTreeMap, HashMap};

use bailiwick_domain::agent::{AgentStatus, LOG_LINES_MAX, PROGRAMS_MAX, ProgramHealth, Reported};
use bailiwick_domain::id::AgentId;
use bailiwick_domain::port::Port;

use crate::opamp::{AnyValue, ArrayValue, ComponentHealth, KeyValue, Value, from_unix_nanos, unix_nanos};

/// The attribute with the port where a program's metrics are fetched.
const PORT: &str = "server.port";
/// The attribute with a program's version.
const VERSION: &str = crate::description::SERVICE_VERSION;
/// The attribute with the last lines that a program wrote.
const LOG: &str = "bailiwick.log";

fn value(value: Value) -> AnyValue {
    AnyValue { value: Some(value) }
}

fn pair(key: &str, of: Value) -> KeyValue {
    KeyValue { key: key.to_owned(), value: Some(value(of)) }
}

/// Converts the health of a program to an OpAMP component.
pub fn component(program: ProgramHealth) -> ComponentHealth {
    let ProgramHealth { status, since, started_at, listen_port, reported, log } = program;
    let mut attributes = Vec::new();
    attributes.extend(listen_port.map(|port| pair(PORT, Value::Int(port.get().into()))));
    attributes.extend(reported.version.map(|version| pair(VERSION, Value::String(version))));
    if !log.is_empty() {
        let values = log.into_iter().map(|line| value(Value::String(line))).collect();
        attributes.push(pair(LOG, Value::Array(ArrayValue { values })));
    }
    ComponentHealth {
        healthy: status == AgentStatus::Running,
        start_time_unix_nano: started_at.map_or(0, unix_nanos),
        last_error: reported.last_error.unwrap_or_default(),
        status: status.as_str().to_owned(),
        status_time_unix_nano: unix_nanos(since),
        component_health_map: HashMap::new(),
        attributes,
    }
}

/// Converts an OpAMP component to the health of a program, cut to its bounds. A status that is not one
/// of Bailiwick's becomes `Unknown`.
pub fn program(component: &ComponentHealth) -> ProgramHealth {
    let find = |key| {
        let pair = component.attributes.iter().find(|pair| pair.key == key)?;
        pair.value.as_ref()?.value.as_ref()
    };
    let text = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        _ => None,
    };
    let listen_port = match find(PORT) {
        Some(Value::Int(port)) => Port::try_from(*port).ok(),
        _ => None,
    };
    let log = match find(LOG) {
        Some(Value::Array(lines)) => {
            let newest = &lines.values[lines.values.len().saturating_sub(LOG_LINES_MAX)..];
            newest.iter().filter_map(|line| text(line.value.as_ref()?)).collect()
        }
        _ => Vec::new(),
    };
    let mut program = ProgramHealth {
        status: AgentStatus::parse(&component.status).unwrap_or(AgentStatus::Unknown),
        since: from_unix_nanos(component.status_time_unix_nano),
        started_at: Some(component.start_time_unix_nano).filter(|nanos| *nanos > 0).map(from_unix_nanos),
        listen_port,
        reported: Reported {
            version: find(VERSION).and_then(text),
            last_error: Some(component.last_error.clone()).filter(|error| !error.is_empty()),
        },
        log,
    };
    program.bound();
    program
}

/// The programs in a client's health, by the id of their agent record. Components with other names are
/// skipped.
pub fn programs(health: &ComponentHealth) -> BTreeMap<AgentId, ProgramHealth> {
    let parts = health.component_health_map.iter();
    parts.filter_map(|(id, part)| Some((id.parse().ok()?, program(part)))).take(PROGRAMS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use bailiwick_domain::time::Timestamp;

    use super::*;

    #[test]
    fn the_health_of_a_program_is_sent_and_read() {
        let at = Timestamp::from_micros;
        let told = ProgramHealth {
            status: AgentStatus::Waiting,
            since: at(1_700_000_000_000_000),
            started_at: Some(at(1_600_000_000_000_000)),
            listen_port: Port::try_from(9_187).ok(),
            reported: Reported {
                version: Some("1.5.0".into()),
                last_error: Some("exited with code 1".into()),
            },
            log: vec!["a".into(), "b".into()],
        };
        assert_eq!(program(&component(told.clone())), told);
        let id: AgentId = "01932f4e-7b5a-7c3d-8e9f-0a1b2c3d4e5f".parse().unwrap();
        let component_health_map =
            [(id.to_string(), component(told.clone())), ("disk".into(), ComponentHealth::default())].into();
        let health = ComponentHealth { component_health_map, ..Default::default() };
        assert_eq!(programs(&health), [(id, told)].into());
    }

    #[test]
    fn health_reported_by_other_clients_is_bounded() {
        let lines = vec![value(Value::String("x".repeat(10_000))), value(Value::Int(1))];
        let attributes = vec![
            pair(PORT, Value::Int(70_000)),
            pair(VERSION, Value::Bool(true)),
            pair(LOG, Value::Array(ArrayValue { values: lines })),
        ];
        let odd = ComponentHealth { status: "StatusOK".into(), attributes, ..Default::default() };
        let program = program(&odd);
        assert_eq!((program.status, program.listen_port), (AgentStatus::Unknown, None));
        assert_eq!((program.started_at, program.reported), (None, Reported::default()));
        assert_eq!(program.log, ["x".repeat(bailiwick_domain::agent::LOG_LINE_BYTES_MAX)]);
    }
}
