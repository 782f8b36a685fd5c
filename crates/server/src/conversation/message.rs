//! The content of a client's message: what the server uses of an OpAMP `AgentToServer`.
//!
//! Reading a large message takes milliseconds. It is done once, right after decoding and where the message
//! was decoded, so that the threads that answer requests only see this small summary.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher as _};

use bailiwick_domain::agent::{ProgramHealth, REPORTED_MAX};
use bailiwick_domain::facts::Facts;
use bailiwick_domain::hidden::is_hidden;
use bailiwick_domain::id::AgentId;
use bailiwick_fleet::Hello;
use bailiwick_link::custom::{Custom, Customs};
use bailiwick_link::opamp::{
    AgentDescription, AgentToServer, ComponentHealth, ConnectionSettingsStatus, CustomMessage,
    RemoteConfigStatus,
};
use bailiwick_link::{description, health};
use uuid::Uuid;

/// A message of a client.
#[derive(Debug)]
pub(crate) struct ClientMessage {
    /// The client's instance id; `None` if it is not a UUID.
    pub(crate) instance: Option<Uuid>,
    pub(crate) sequence: u64,
    pub(crate) capabilities: u64,
    pub(crate) flags: u64,
    pub(crate) description: Option<Description>,
    /// The custom capabilities that the client has, if the message says it.
    pub(crate) customs: Option<Customs>,
    pub(crate) health: Option<Health>,
    pub(crate) remote_config: Option<RemoteConfigStatus>,
    pub(crate) connection_settings: Option<ConnectionSettingsStatus>,
    pub(crate) custom: Option<CustomMessage>,
    /// Whether the client says goodbye.
    pub(crate) is_goodbye: bool,
}

/// A client's description of itself and its machine.
#[derive(Clone, Debug, Default)]
pub(crate) struct Description {
    program: Option<String>,
    machine_id: Option<String>,
    pub(crate) facts: Facts,
}

/// A client's health, and that of the programs that it runs.
#[derive(Clone, Debug, Default, Hash)]
pub(crate) struct Health {
    pub(crate) is_healthy: bool,
    /// When the client started, in nanoseconds since 1970; 0 if it does not say.
    pub(crate) started: u64,
    /// Since when the client has been in this state, in nanoseconds since 1970; 0 if it does not say.
    pub(crate) since: u64,
    pub(crate) last_error: Option<String>,
    pub(crate) programs: BTreeMap<AgentId, ProgramHealth>,
}

impl From<AgentToServer> for ClientMessage {
    fn from(message: AgentToServer) -> Self {
        Self {
            instance: Uuid::from_slice(&message.instance_uid).ok(),
            sequence: message.sequence_num,
            capabilities: message.capabilities,
            flags: message.flags,
            description: message.agent_description.as_ref().map(Description::of),
            customs: message.custom_capabilities.as_ref().map(Customs::announced),
            health: message.health.as_ref().map(Health::of),
            remote_config: message.remote_config_status,
            connection_settings: message.connection_settings_status,
            custom: message.custom_message,
            is_goodbye: message.agent_disconnect.is_some(),
        }
    }
}

impl Description {
    fn of(told: &AgentDescription) -> Self {
        Self {
            program: description::attribute(told, description::SERVICE_NAME).and_then(|name| cut(&name)),
            machine_id: description::attribute(told, description::HOST_ID).and_then(|id| cut(&id)),
            facts: description::facts(told),
        }
    }
}

impl Health {
    fn of(told: &ComponentHealth) -> Self {
        Self {
            is_healthy: told.healthy,
            started: told.start_time_unix_nano,
            since: told.status_time_unix_nano,
            last_error: cut(&told.last_error),
            programs: health::programs(told),
        }
    }
}

impl ClientMessage {
    /// Whether it contains something that is answered soon: readings of the host's own metrics, which are acknowledged
    /// when they are stored, or questions about a front.
    pub(crate) fn awaits_answer(&self) -> bool {
        let custom = self.custom.as_ref().and_then(Custom::of_agent);
        matches!(custom, Some(Custom::Observations | Custom::Front))
    }

    /// The part of a client's first message that identifies it. `instance` is its instance id, `None` if it
    /// asks for one.
    pub(crate) fn hello(&self, instance: Option<Uuid>) -> Hello {
        let Some(told) = &self.description else { return Hello { instance, ..Hello::default() } };
        Hello {
            instance,
            program: told.program.clone(),
            machine_id: told.machine_id.as_ref().and_then(|id| id.parse().ok()),
            facts: told.facts.clone(),
        }
    }
}

/// A hash of what a client said, by which changes are noticed.
pub(crate) fn digest(said: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    said.hash(&mut hasher);
    hasher.finish()
}

/// The beginning of a text that a client sent, without control and hidden characters; `None` if nothing is
/// left.
fn cut(text: &str) -> Option<String> {
    let plain: String =
        text.chars().filter(|c| !c.is_control() && !is_hidden(*c)).take(REPORTED_MAX).collect();
    let plain = plain.trim();
    (!plain.is_empty()).then(|| plain.to_owned())
}
