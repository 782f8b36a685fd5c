//! Agent descriptions: what an agent reports about itself and its machine, as attributes. Their names
//! are those of OpenTelemetry's resource conventions; attributes that the conventions do not name start
//! with `bailiwick.`.

use bailiwick_domain::facts::{Disk, Facts};
use bailiwick_domain::front::FrontState;
use bailiwick_domain::port::Port;
use bailiwick_domain::time::Timestamp;

use crate::opamp::{AgentDescription, AnyValue, ArrayValue, KeyValue, KeyValueList, Value};

/// The `service.name` of Bailiwick's agent.
pub const OUR_NAME: &str = "dev.bailiwick.agent";

/// The attribute with the name of the program.
pub const SERVICE_NAME: &str = "service.name";
/// The attribute with the version of the program.
pub const SERVICE_VERSION: &str = "service.version";
/// The attribute that distinguishes instances of the same program.
pub const SERVICE_INSTANCE_ID: &str = "service.instance.id";
/// The attribute that identifies the machine.
pub const HOST_ID: &str = "host.id";
/// The attribute with the machine's host name.
pub const HOST_NAME: &str = "host.name";

/// A text attribute, and the fact that it holds.
type Text = (&'static str, fn(&mut Facts) -> &mut Option<String>);

const TEXTS: [Text; 11] = [
    (HOST_NAME, |f| &mut f.hostname),
    ("os.type", |f| &mut f.os),
    ("os.description", |f| &mut f.os_description),
    ("os.version", |f| &mut f.os_version),
    ("host.arch", |f| &mut f.architecture),
    ("host.cpu.model.name", |f| &mut f.cpu_model),
    (SERVICE_VERSION, |f| &mut f.agent_version),
    ("bailiwick.kernel", |f| &mut f.kernel),
    ("bailiwick.virtualization", |f| &mut f.virtualization),
    ("bailiwick.time_zone", |f| &mut f.time_zone),
    ("bailiwick.transport", |f| &mut f.transport),
];
const CORES: &str = "bailiwick.cpu.cores";
const MEMORY: &str = "bailiwick.memory.bytes";
const BOOTED: &str = "bailiwick.booted_at";
const REBOOT: &str = "bailiwick.reboot_required";
const ADDRESSES: &str = "host.ip";
const FRONT_PORT: &str = "bailiwick.front.port";
const FRONT_LISTENS: &str = "bailiwick.front.listens";
const FRONT_EXPIRES: &str = "bailiwick.front.certificate_expires_at";
const FRONT_ERROR: &str = "bailiwick.front.last_error";
const SHELLS: &str = "bailiwick.shells";
const DISKS: &str = "bailiwick.disks";
const DEVICE: &str = "device";
const MOUNT_POINT: &str = "mount_point";
const FILE_SYSTEM: &str = "file_system";
const TOTAL: &str = "total_bytes";

fn pair(key: &str, value: Value) -> KeyValue {
    KeyValue { key: key.to_owned(), value: Some(AnyValue { value: Some(value) }) }
}

fn texts(values: impl IntoIterator<Item = String>) -> Value {
    let values = values.into_iter().map(|text| AnyValue { value: Some(Value::String(text)) });
    Value::Array(ArrayValue { values: values.collect() })
}

fn whole(number: u64) -> Value {
    Value::Int(i64::try_from(number).unwrap_or(i64::MAX))
}

/// The description of Bailiwick's agent on a machine with these facts. `machine_id` identifies the
/// machine, `instance` the agent.
pub fn describe(facts: &Facts, machine_id: &str, instance: &str) -> AgentDescription {
    let mut facts = facts.clone();
    let identifying_attributes = vec![
        pair(SERVICE_NAME, Value::String(OUR_NAME.into())),
        pair(SERVICE_INSTANCE_ID, Value::String(instance.into())),
    ];
    let mut others = vec![pair(HOST_ID, Value::String(machine_id.into()))];
    for (name, text) in TEXTS {
        others.extend(text(&mut facts).take().map(|text| pair(name, Value::String(text))));
    }
    others.extend(facts.cpu_cores.map(|cores| pair(CORES, Value::Int(cores.into()))));
    others.extend(facts.memory_bytes.map(|bytes| pair(MEMORY, whole(bytes))));
    others.extend(facts.booted_at.map(|at| pair(BOOTED, Value::Int(at.as_micros()))));
    others.extend(facts.reboot_required.map(|required| pair(REBOOT, Value::Bool(required))));
    if let Some(front) = facts.front {
        let FrontState { port, listens, certificate_expires_at, last_error } = front;
        others.push(pair(FRONT_PORT, Value::Int(port.get().into())));
        others.push(pair(FRONT_LISTENS, Value::Bool(listens)));
        others.extend(certificate_expires_at.map(|at| pair(FRONT_EXPIRES, Value::Int(at.as_micros()))));
        others.extend(last_error.map(|error| pair(FRONT_ERROR, Value::String(error))));
    }
    if !facts.addresses.is_empty() {
        others.push(pair(ADDRESSES, texts(facts.addresses.iter().map(ToString::to_string))));
    }
    if !facts.shells.is_empty() {
        others.push(pair(SHELLS, texts(facts.shells)));
    }
    if !facts.disks.is_empty() {
        let disk = |disk: Disk| {
            let values = vec![
                pair(DEVICE, Value::String(disk.device)),
                pair(MOUNT_POINT, Value::String(disk.mount_point)),
                pair(FILE_SYSTEM, Value::String(disk.file_system)),
                pair(TOTAL, whole(disk.total_bytes)),
            ];
            AnyValue { value: Some(Value::Map(KeyValueList { values })) }
        };
        let values = facts.disks.into_iter().map(disk).collect();
        others.push(pair(DISKS, Value::Array(ArrayValue { values })));
    }
    AgentDescription { identifying_attributes, non_identifying_attributes: others }
}

fn find<'a>(pairs: &'a [KeyValue], key: &str) -> Option<&'a Value> {
    pairs.iter().find(|pair| pair.key == key)?.value.as_ref()?.value.as_ref()
}

fn text_of(pairs: &[KeyValue], key: &str) -> Option<String> {
    match find(pairs, key)? {
        Value::String(text) => Some(text.clone()),
        _ => None,
    }
}

fn int_of(pairs: &[KeyValue], key: &str) -> Option<i64> {
    match find(pairs, key)? {
        Value::Int(number) => Some(*number),
        _ => None,
    }
}

fn flag_of(pairs: &[KeyValue], key: &str) -> Option<bool> {
    match find(pairs, key)? {
        Value::Bool(flag) => Some(*flag),
        _ => None,
    }
}

fn array_of<'a>(pairs: &'a [KeyValue], key: &str) -> impl Iterator<Item = &'a Value> {
    let values = match find(pairs, key) {
        Some(Value::Array(array)) => array.values.as_slice(),
        _ => &[],
    };
    values.iter().filter_map(|value| value.value.as_ref())
}

/// The text attribute `key` of a description, identifying or not.
pub fn attribute(description: &AgentDescription, key: &str) -> Option<String> {
    text_of(&description.identifying_attributes, key)
        .or_else(|| text_of(&description.non_identifying_attributes, key))
}

/// The facts in a description, [cut to their bounds](Facts::bound). Attributes of an unexpected type
/// are skipped.
pub fn facts(description: &AgentDescription) -> Facts {
    let AgentDescription { identifying_attributes, non_identifying_attributes: others } = description;
    let mut facts = Facts::default();
    for (name, text) in TEXTS {
        *text(&mut facts) = text_of(others, name).or_else(|| text_of(identifying_attributes, name));
    }
    facts.cpu_cores = int_of(others, CORES).and_then(|cores| u32::try_from(cores).ok());
    facts.memory_bytes = int_of(others, MEMORY).and_then(|bytes| u64::try_from(bytes).ok());
    facts.booted_at = int_of(others, BOOTED).map(Timestamp::from_micros);
    facts.reboot_required = flag_of(others, REBOOT);
    facts.front =
        int_of(others, FRONT_PORT).and_then(|port| Port::try_from(port).ok()).map(|port| FrontState {
            port,
            listens: flag_of(others, FRONT_LISTENS).unwrap_or_default(),
            certificate_expires_at: int_of(others, FRONT_EXPIRES).map(Timestamp::from_micros),
            last_error: text_of(others, FRONT_ERROR),
        });
    let text = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        _ => None,
    };
    facts.addresses = array_of(others, ADDRESSES).filter_map(|value| text(value)?.parse().ok()).collect();
    facts.shells = array_of(others, SHELLS).filter_map(text).collect();
    facts.disks = array_of(others, DISKS)
        .filter_map(|value| {
            let Value::Map(KeyValueList { values }) = value else { return None };
            Some(Disk {
                device: text_of(values, DEVICE)?,
                mount_point: text_of(values, MOUNT_POINT)?,
                file_system: text_of(values, FILE_SYSTEM)?,
                total_bytes: int_of(values, TOTAL).and_then(|bytes| u64::try_from(bytes).ok())?,
            })
        })
        .collect();
    facts.bound();
    facts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_are_sent_and_read_as_attributes() {
        let told = Facts {
            hostname: Some("db-1".into()),
            os: Some("linux".into()),
            os_description: Some("Debian GNU/Linux 13".into()),
            os_version: Some("13".into()),
            kernel: Some("6.12.0".into()),
            architecture: Some("amd64".into()),
            cpu_model: Some("EPYC".into()),
            cpu_cores: Some(2),
            memory_bytes: Some(1 << 34),
            disks: vec![Disk {
                device: "/dev/vda1".into(),
                mount_point: "/".into(),
                file_system: "ext4".into(),
                total_bytes: 1 << 40,
            }],
            addresses: vec!["192.0.2.7".parse().unwrap(), "2001:db8::7".parse().unwrap()],
            booted_at: Some(Timestamp::from_micros(1_700_000_000_000_000)),
            virtualization: Some("kvm".into()),
            time_zone: Some("Europe/Berlin".into()),
            agent_version: Some("0.1.0".into()),
            transport: Some("websocket".into()),
            shells: vec!["bash".into(), "sh".into()],
            reboot_required: Some(true),
            front: Some(FrontState {
                port: Port::try_from(9_443).unwrap(),
                listens: true,
                certificate_expires_at: Some(Timestamp::from_micros(1_800_000_000_000_000)),
                last_error: Some("the port is taken".into()),
            }),
        };
        let description = describe(&told, "machine", "instance");
        assert_eq!(facts(&description), told);
        assert_eq!(attribute(&description, HOST_ID).as_deref(), Some("machine"));
        assert_eq!(attribute(&description, SERVICE_NAME).as_deref(), Some(OUR_NAME));
        assert_eq!(facts(&describe(&Facts::default(), "m", "i")), Facts::default());
    }

    #[test]
    fn attributes_of_the_wrong_type_are_ignored() {
        let description = AgentDescription {
            identifying_attributes: Vec::new(),
            non_identifying_attributes: vec![
                pair(HOST_NAME, Value::Int(7)),
                pair(CORES, Value::Int(-1)),
                pair(ADDRESSES, texts(["nowhere".into(), "192.0.2.1".into()])),
                pair(DISKS, Value::Array(ArrayValue { values: vec![AnyValue { value: None }] })),
            ],
        };
        let expected = Facts { addresses: vec!["192.0.2.1".parse().unwrap()], ..Facts::default() };
        assert_eq!(facts(&description), expected);
    }
}
