//! The OpAMP messages, as far as Bailiwick reads or writes them. Field numbers are those of the
//! specification's `opamp/v1/opamp.proto` and `anyvalue.proto`. Fields that are left out here are
//! skipped when they arrive, as Protocol Buffers require.

use std::collections::HashMap;

use prost::{Enumeration, Message, Oneof};

/// A message from a client to the server.
#[derive(Clone, PartialEq, Message)]
pub struct AgentToServer {
    /// The client's instance UID: 16 bytes, a UUID.
    #[prost(bytes = "vec", tag = "1")]
    pub instance_uid: Vec<u8>,
    /// The sequence number: one more than in the message before.
    #[prost(uint64, tag = "2")]
    pub sequence_num: u64,
    /// What the client is and where it runs; absent if unchanged.
    #[prost(message, optional, tag = "3")]
    pub agent_description: Option<AgentDescription>,
    /// The bits of [`capability::agent`](crate::capability::agent).
    #[prost(uint64, tag = "4")]
    pub capabilities: u64,
    /// The client's health; absent if unchanged.
    #[prost(message, optional, tag = "5")]
    pub health: Option<ComponentHealth>,
    /// The configuration that is in effect; absent if unchanged.
    #[prost(message, optional, tag = "6")]
    pub effective_config: Option<EffectiveConfig>,
    /// Whether the last offered configuration was applied; absent if unchanged.
    #[prost(message, optional, tag = "7")]
    pub remote_config_status: Option<RemoteConfigStatus>,
    /// Present if the client disconnects.
    #[prost(message, optional, tag = "9")]
    pub agent_disconnect: Option<AgentDisconnect>,
    /// The bits of [`capability::agent_flags`](crate::capability::agent_flags).
    #[prost(uint64, tag = "10")]
    pub flags: u64,
    /// The client's custom capabilities; absent if unchanged.
    #[prost(message, optional, tag = "12")]
    pub custom_capabilities: Option<CustomCapabilities>,
    /// A message of a custom capability.
    #[prost(message, optional, tag = "13")]
    pub custom_message: Option<CustomMessage>,
    /// Whether the last offered connection settings were applied; absent if unchanged.
    #[prost(message, optional, tag = "15")]
    pub connection_settings_status: Option<ConnectionSettingsStatus>,
}

/// A message from the server to a client.
#[derive(Clone, PartialEq, Message)]
pub struct ServerToAgent {
    /// The instance UID of the client that it is for.
    #[prost(bytes = "vec", tag = "1")]
    pub instance_uid: Vec<u8>,
    /// Present if the client's last message was refused.
    #[prost(message, optional, tag = "2")]
    pub error_response: Option<ServerErrorResponse>,
    /// The configuration that the client should apply.
    #[prost(message, optional, tag = "3")]
    pub remote_config: Option<AgentRemoteConfig>,
    /// How the client should connect from now on.
    #[prost(message, optional, tag = "4")]
    pub connection_settings: Option<ConnectionSettingsOffers>,
    /// The bits of [`capability::server_flags`](crate::capability::server_flags).
    #[prost(uint64, tag = "6")]
    pub flags: u64,
    /// The bits of [`capability::server`](crate::capability::server).
    #[prost(uint64, tag = "7")]
    pub capabilities: u64,
    /// The client's new instance UID.
    #[prost(message, optional, tag = "8")]
    pub agent_identification: Option<AgentIdentification>,
    /// The server's custom capabilities.
    #[prost(message, optional, tag = "10")]
    pub custom_capabilities: Option<CustomCapabilities>,
    /// A message of a custom capability.
    #[prost(message, optional, tag = "11")]
    pub custom_message: Option<CustomMessage>,
}

/// The announcement that a client disconnects.
#[derive(Clone, PartialEq, Message)]
pub struct AgentDisconnect {}

/// What a client is and where it runs.
#[derive(Clone, PartialEq, Message)]
pub struct AgentDescription {
    /// Attributes that distinguish it from other clients.
    #[prost(message, repeated, tag = "1")]
    pub identifying_attributes: Vec<KeyValue>,
    /// Attributes that describe it.
    #[prost(message, repeated, tag = "2")]
    pub non_identifying_attributes: Vec<KeyValue>,
}

/// A named value.
#[derive(Clone, PartialEq, Message)]
pub struct KeyValue {
    /// Its name.
    #[prost(string, tag = "1")]
    pub key: String,
    /// Its value.
    #[prost(message, optional, tag = "2")]
    pub value: Option<AnyValue>,
}

/// A value of any type.
#[derive(Clone, PartialEq, Message)]
pub struct AnyValue {
    /// The value.
    #[prost(oneof = "Value", tags = "1, 2, 3, 4, 5, 6, 7")]
    pub value: Option<Value>,
}

/// The types of values.
#[derive(Clone, PartialEq, Oneof)]
pub enum Value {
    /// A text.
    #[prost(string, tag = "1")]
    String(String),
    /// True or false.
    #[prost(bool, tag = "2")]
    Bool(bool),
    /// A whole number.
    #[prost(int64, tag = "3")]
    Int(i64),
    /// A floating-point number.
    #[prost(double, tag = "4")]
    Double(f64),
    /// Several values.
    #[prost(message, tag = "5")]
    Array(ArrayValue),
    /// Several named values.
    #[prost(message, tag = "6")]
    Map(KeyValueList),
    /// Bytes.
    #[prost(bytes = "vec", tag = "7")]
    Bytes(Vec<u8>),
}

/// Several values.
#[derive(Clone, PartialEq, Message)]
pub struct ArrayValue {
    /// The values.
    #[prost(message, repeated, tag = "1")]
    pub values: Vec<AnyValue>,
}

/// Several named values.
#[derive(Clone, PartialEq, Message)]
pub struct KeyValueList {
    /// The values.
    #[prost(message, repeated, tag = "1")]
    pub values: Vec<KeyValue>,
}

/// The health of a client or of one of its components.
#[derive(Clone, PartialEq, Message)]
pub struct ComponentHealth {
    /// Whether it is healthy.
    #[prost(bool, tag = "1")]
    pub healthy: bool,
    /// When it was started, in nanoseconds since 1970; 0 if it does not run.
    #[prost(fixed64, tag = "2")]
    pub start_time_unix_nano: u64,
    /// The error, if it is not healthy.
    #[prost(string, tag = "3")]
    pub last_error: String,
    /// Its status, in its own words.
    #[prost(string, tag = "4")]
    pub status: String,
    /// When the status was observed, in nanoseconds since 1970.
    #[prost(fixed64, tag = "5")]
    pub status_time_unix_nano: u64,
    /// The health of its components, by name.
    #[prost(map = "string, message", tag = "6")]
    pub component_health_map: HashMap<String, ComponentHealth>,
    /// Further attributes.
    #[prost(message, repeated, tag = "7")]
    pub attributes: Vec<KeyValue>,
}

/// The configuration that is in effect.
#[derive(Clone, PartialEq, Message)]
pub struct EffectiveConfig {
    /// The files.
    #[prost(message, optional, tag = "1")]
    pub config_map: Option<AgentConfigMap>,
}

/// Whether an offered configuration was applied.
#[derive(Clone, PartialEq, Message)]
pub struct RemoteConfigStatus {
    /// The hash of the last offered configuration.
    #[prost(bytes = "vec", tag = "1")]
    pub last_remote_config_hash: Vec<u8>,
    /// Whether it was applied.
    #[prost(enumeration = "Applied", tag = "2")]
    pub status: i32,
    /// The error, if it was not applied.
    #[prost(string, tag = "3")]
    pub error_message: String,
}

/// Whether offered connection settings were applied.
#[derive(Clone, PartialEq, Message)]
pub struct ConnectionSettingsStatus {
    /// The hash of the last offered settings.
    #[prost(bytes = "vec", tag = "1")]
    pub last_connection_settings_hash: Vec<u8>,
    /// Whether they were applied.
    #[prost(enumeration = "Applied", tag = "2")]
    pub status: i32,
    /// The error, if they were not applied.
    #[prost(string, tag = "3")]
    pub error_message: String,
}

/// Whether an offer was applied: `RemoteConfigStatuses` and `ConnectionSettingsStatuses`, which have
/// the same values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Enumeration)]
#[repr(i32)]
pub enum Applied {
    /// Nothing was offered.
    Unset = 0,
    /// It was applied.
    Applied = 1,
    /// It is being applied.
    Applying = 2,
    /// It could not be applied.
    Failed = 3,
}

/// A configuration that a client should apply.
#[derive(Clone, PartialEq, Message)]
pub struct AgentRemoteConfig {
    /// The files.
    #[prost(message, optional, tag = "1")]
    pub config: Option<AgentConfigMap>,
    /// The hash that identifies it.
    #[prost(bytes = "vec", tag = "2")]
    pub config_hash: Vec<u8>,
}

/// The files of a configuration, by name.
#[derive(Clone, PartialEq, Message)]
pub struct AgentConfigMap {
    /// The files.
    #[prost(map = "string, message", tag = "1")]
    pub config_map: HashMap<String, AgentConfigFile>,
}

/// A file of a configuration.
#[derive(Clone, PartialEq, Message)]
#[prost(skip_debug)]
pub struct AgentConfigFile {
    /// The content of the file.
    #[prost(bytes = "vec", tag = "1")]
    pub body: Vec<u8>,
    /// Its media type.
    #[prost(string, tag = "2")]
    pub content_type: String,
}

impl std::fmt::Debug for AgentConfigFile {
    /// Leaves out the content, which may contain secrets of programs.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { body, content_type } = self;
        f.debug_struct("AgentConfigFile")
            .field("content_type", content_type)
            .field("bytes", &body.len())
            .finish()
    }
}

/// Connections that a client should make. Bailiwick offers only the connection to the OpAMP server.
#[derive(Clone, PartialEq, Message)]
pub struct ConnectionSettingsOffers {
    /// The hash that identifies the offer.
    #[prost(bytes = "vec", tag = "1")]
    pub hash: Vec<u8>,
    /// How the client should connect to the OpAMP server.
    #[prost(message, optional, tag = "2")]
    pub opamp: Option<OpAmpConnectionSettings>,
}

/// How a client should connect to the OpAMP server.
#[derive(Clone, PartialEq, Message)]
pub struct OpAmpConnectionSettings {
    /// The server's URL; empty for the present one.
    #[prost(string, tag = "1")]
    pub destination_endpoint: String,
    /// The HTTP headers to send, among them the client's credential.
    #[prost(message, optional, tag = "2")]
    pub headers: Option<Headers>,
    /// How often the client should send a heartbeat, in seconds.
    #[prost(uint64, tag = "4")]
    pub heartbeat_interval_seconds: u64,
}

/// HTTP headers.
#[derive(Clone, PartialEq, Message)]
pub struct Headers {
    /// The headers.
    #[prost(message, repeated, tag = "1")]
    pub headers: Vec<Header>,
}

/// An HTTP header.
#[derive(Clone, PartialEq, Message)]
#[prost(skip_debug)]
pub struct Header {
    /// Its name.
    #[prost(string, tag = "1")]
    pub key: String,
    /// Its value.
    #[prost(string, tag = "2")]
    pub value: String,
}

impl std::fmt::Debug for Header {
    /// Leaves out the value, which is a credential.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Header").field("key", &self.key).finish_non_exhaustive()
    }
}

/// The error that a client's last message caused.
#[derive(Clone, PartialEq, Message)]
pub struct ServerErrorResponse {
    /// The kind of error.
    #[prost(enumeration = "ErrorType", tag = "1")]
    pub r#type: i32,
    /// The error, for people.
    #[prost(string, tag = "2")]
    pub error_message: String,
    /// How long to wait before the next attempt; absent if the server does not say.
    #[prost(message, optional, tag = "3")]
    pub retry_info: Option<RetryInfo>,
}

/// Why a message was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Enumeration)]
#[repr(i32)]
pub enum ErrorType {
    /// The reason is unknown.
    Unknown = 0,
    /// The message is wrong; sending it again will not help.
    BadRequest = 1,
    /// The server is overloaded.
    Unavailable = 2,
}

/// When to retry.
#[derive(Clone, PartialEq, Message)]
pub struct RetryInfo {
    /// How long to wait first, in nanoseconds.
    #[prost(uint64, tag = "1")]
    pub retry_after_nanoseconds: u64,
}

/// The new identity of a client.
#[derive(Clone, PartialEq, Message)]
pub struct AgentIdentification {
    /// Its new instance UID: 16 bytes, a UUID.
    #[prost(bytes = "vec", tag = "1")]
    pub new_instance_uid: Vec<u8>,
}

/// The custom capabilities of a client or server.
#[derive(Clone, PartialEq, Message)]
pub struct CustomCapabilities {
    /// Their names.
    #[prost(string, repeated, tag = "1")]
    pub capabilities: Vec<String>,
}

/// A message of a custom capability.
#[derive(Clone, PartialEq, Message)]
#[prost(skip_debug)]
pub struct CustomMessage {
    /// The capability.
    #[prost(string, tag = "1")]
    pub capability: String,
    /// The type of the message, as the capability defines it.
    #[prost(string, tag = "2")]
    pub r#type: String,
    /// The content of the message.
    #[prost(bytes = "vec", tag = "3")]
    pub data: Vec<u8>,
}

impl std::fmt::Debug for CustomMessage {
    /// Leaves out the content: that of a command may contain secrets.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { capability, r#type, data } = self;
        f.debug_struct("CustomMessage")
            .field("capability", capability)
            .field("type", r#type)
            .field("bytes", &data.len())
            .finish()
    }
}

/// The nanoseconds since 1970 of a time, as OpAMP represents times.
pub const fn unix_nanos(at: bailiwick_domain::time::Timestamp) -> u64 {
    (at.as_micros() as u64).saturating_mul(1_000)
}

/// The time at a number of nanoseconds since 1970.
pub const fn from_unix_nanos(nanos: u64) -> bailiwick_domain::time::Timestamp {
    bailiwick_domain::time::Timestamp::from_micros((nanos / 1_000) as i64)
}
