//! The messages of OpAMP, as far as the product reads or writes them. Field numbers are those of the
//! specification's `opamp/v1/opamp.proto` and `anyvalue.proto`; fields that are left out here are
//! skipped when they arrive, as Protocol Buffers have it.

use std::collections::HashMap;

use prost::{Enumeration, Message, Oneof};

/// What a client tells the server.
#[derive(Clone, PartialEq, Message)]
pub struct AgentToServer {
    /// Which client it is: 16 bytes, a UUID.
    #[prost(bytes = "vec", tag = "1")]
    pub instance_uid: Vec<u8>,
    /// One more than that of the message before.
    #[prost(uint64, tag = "2")]
    pub sequence_num: u64,
    /// What it is and where it runs; absent if that is as it was.
    #[prost(message, optional, tag = "3")]
    pub agent_description: Option<AgentDescription>,
    /// The bits of [`capability::agent`](crate::capability::agent).
    #[prost(uint64, tag = "4")]
    pub capabilities: u64,
    /// How it is; absent if that is as it was.
    #[prost(message, optional, tag = "5")]
    pub health: Option<ComponentHealth>,
    /// The configuration that holds; absent if that is as it was.
    #[prost(message, optional, tag = "6")]
    pub effective_config: Option<EffectiveConfig>,
    /// What became of the last offered configuration; absent if that is as it was.
    #[prost(message, optional, tag = "7")]
    pub remote_config_status: Option<RemoteConfigStatus>,
    /// That it leaves.
    #[prost(message, optional, tag = "9")]
    pub agent_disconnect: Option<AgentDisconnect>,
    /// The bits of [`capability::agent_flags`](crate::capability::agent_flags).
    #[prost(uint64, tag = "10")]
    pub flags: u64,
    /// Which custom capabilities it has; absent if that is as it was.
    #[prost(message, optional, tag = "12")]
    pub custom_capabilities: Option<CustomCapabilities>,
    /// A message of a custom capability.
    #[prost(message, optional, tag = "13")]
    pub custom_message: Option<CustomMessage>,
    /// What became of the last offered connection settings; absent if that is as it was.
    #[prost(message, optional, tag = "15")]
    pub connection_settings_status: Option<ConnectionSettingsStatus>,
}

/// What the server tells a client.
#[derive(Clone, PartialEq, Message)]
pub struct ServerToAgent {
    /// The client that it is for.
    #[prost(bytes = "vec", tag = "1")]
    pub instance_uid: Vec<u8>,
    /// That its last message could not be taken.
    #[prost(message, optional, tag = "2")]
    pub error_response: Option<ServerErrorResponse>,
    /// The configuration that it should have.
    #[prost(message, optional, tag = "3")]
    pub remote_config: Option<AgentRemoteConfig>,
    /// How it should connect from now on.
    #[prost(message, optional, tag = "4")]
    pub connection_settings: Option<ConnectionSettingsOffers>,
    /// The bits of [`capability::server_flags`](crate::capability::server_flags).
    #[prost(uint64, tag = "6")]
    pub flags: u64,
    /// The bits of [`capability::server`](crate::capability::server).
    #[prost(uint64, tag = "7")]
    pub capabilities: u64,
    /// Who it is from now on.
    #[prost(message, optional, tag = "8")]
    pub agent_identification: Option<AgentIdentification>,
    /// Which custom capabilities the server has.
    #[prost(message, optional, tag = "10")]
    pub custom_capabilities: Option<CustomCapabilities>,
    /// A message of a custom capability.
    #[prost(message, optional, tag = "11")]
    pub custom_message: Option<CustomMessage>,
}

/// That a client leaves.
#[derive(Clone, PartialEq, Message)]
pub struct AgentDisconnect {}

/// What a client is and where it runs.
#[derive(Clone, PartialEq, Message)]
pub struct AgentDescription {
    /// Attributes that tell it from others.
    #[prost(message, repeated, tag = "1")]
    pub identifying_attributes: Vec<KeyValue>,
    /// Attributes that tell of it.
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
    /// A number.
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

/// How a client, or a part of it, is.
#[derive(Clone, PartialEq, Message)]
pub struct ComponentHealth {
    /// Whether it is well.
    #[prost(bool, tag = "1")]
    pub healthy: bool,
    /// When it was started, in nanoseconds since 1970; 0 if it does not run.
    #[prost(fixed64, tag = "2")]
    pub start_time_unix_nano: u64,
    /// What is wrong.
    #[prost(string, tag = "3")]
    pub last_error: String,
    /// What it is doing, in its own words.
    #[prost(string, tag = "4")]
    pub status: String,
    /// When it was seen to do so, in nanoseconds since 1970.
    #[prost(fixed64, tag = "5")]
    pub status_time_unix_nano: u64,
    /// How its parts are, by name.
    #[prost(map = "string, message", tag = "6")]
    pub component_health_map: HashMap<String, ComponentHealth>,
    /// More of it.
    #[prost(message, repeated, tag = "7")]
    pub attributes: Vec<KeyValue>,
}

/// The configuration that holds.
#[derive(Clone, PartialEq, Message)]
pub struct EffectiveConfig {
    /// The files.
    #[prost(message, optional, tag = "1")]
    pub config_map: Option<AgentConfigMap>,
}

/// What became of an offered configuration.
#[derive(Clone, PartialEq, Message)]
pub struct RemoteConfigStatus {
    /// The hash of the last one that arrived.
    #[prost(bytes = "vec", tag = "1")]
    pub last_remote_config_hash: Vec<u8>,
    /// What became of it.
    #[prost(enumeration = "Applied", tag = "2")]
    pub status: i32,
    /// What went wrong.
    #[prost(string, tag = "3")]
    pub error_message: String,
}

/// What became of offered connection settings.
#[derive(Clone, PartialEq, Message)]
pub struct ConnectionSettingsStatus {
    /// The hash of the last ones that arrived.
    #[prost(bytes = "vec", tag = "1")]
    pub last_connection_settings_hash: Vec<u8>,
    /// What became of them.
    #[prost(enumeration = "Applied", tag = "2")]
    pub status: i32,
    /// What went wrong.
    #[prost(string, tag = "3")]
    pub error_message: String,
}

/// What became of something that was offered: `RemoteConfigStatuses` and
/// `ConnectionSettingsStatuses`, which have the same values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Enumeration)]
#[repr(i32)]
pub enum Applied {
    /// Nothing was offered.
    Unset = 0,
    /// It holds.
    Applied = 1,
    /// It is being applied.
    Applying = 2,
    /// It could not be applied.
    Failed = 3,
}

/// A configuration that a client should have.
#[derive(Clone, PartialEq, Message)]
pub struct AgentRemoteConfig {
    /// The files.
    #[prost(message, optional, tag = "1")]
    pub config: Option<AgentConfigMap>,
    /// What it is known by.
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
    /// What is in it.
    #[prost(bytes = "vec", tag = "1")]
    pub body: Vec<u8>,
    /// Its media type.
    #[prost(string, tag = "2")]
    pub content_type: String,
}

impl std::fmt::Debug for AgentConfigFile {
    /// Without what is in it: there are secrets of programs.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { body, content_type } = self;
        f.debug_struct("AgentConfigFile")
            .field("content_type", content_type)
            .field("bytes", &body.len())
            .finish()
    }
}

/// Connections that a client should make. Only that to the OpAMP server is offered.
#[derive(Clone, PartialEq, Message)]
pub struct ConnectionSettingsOffers {
    /// What they are known by.
    #[prost(bytes = "vec", tag = "1")]
    pub hash: Vec<u8>,
    /// How it should connect to the server.
    #[prost(message, optional, tag = "2")]
    pub opamp: Option<OpAmpConnectionSettings>,
}

/// How a client should connect to the server.
#[derive(Clone, PartialEq, Message)]
pub struct OpAmpConnectionSettings {
    /// Where; empty for where it is connected to.
    #[prost(string, tag = "1")]
    pub destination_endpoint: String,
    /// What it sends along: here is its credential.
    #[prost(message, optional, tag = "2")]
    pub headers: Option<Headers>,
    /// How often it is to be heard of, in seconds.
    #[prost(uint64, tag = "4")]
    pub heartbeat_interval_seconds: u64,
}

/// Headers of HTTP.
#[derive(Clone, PartialEq, Message)]
pub struct Headers {
    /// The headers.
    #[prost(message, repeated, tag = "1")]
    pub headers: Vec<Header>,
}

/// A header of HTTP.
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
    /// Without the value: it is a credential.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Header").field("key", &self.key).finish_non_exhaustive()
    }
}

/// That a client's last message could not be taken.
#[derive(Clone, PartialEq, Message)]
pub struct ServerErrorResponse {
    /// Why.
    #[prost(enumeration = "ErrorType", tag = "1")]
    pub r#type: i32,
    /// Why, for people.
    #[prost(string, tag = "2")]
    pub error_message: String,
    /// When to try again.
    #[prost(message, optional, tag = "3")]
    pub retry_info: Option<RetryInfo>,
}

/// Why a message could not be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Enumeration)]
#[repr(i32)]
pub enum ErrorType {
    /// Nobody knows.
    Unknown = 0,
    /// It is wrong, and will be the next time.
    BadRequest = 1,
    /// The server has too much to do.
    Unavailable = 2,
}

/// When to try again.
#[derive(Clone, PartialEq, Message)]
pub struct RetryInfo {
    /// After so many nanoseconds.
    #[prost(uint64, tag = "1")]
    pub retry_after_nanoseconds: u64,
}

/// Who a client is from now on.
#[derive(Clone, PartialEq, Message)]
pub struct AgentIdentification {
    /// Its new UUID, 16 bytes.
    #[prost(bytes = "vec", tag = "1")]
    pub new_instance_uid: Vec<u8>,
}

/// Which custom capabilities there are.
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
    /// What kind of message of it.
    #[prost(string, tag = "2")]
    pub r#type: String,
    /// What it says.
    #[prost(bytes = "vec", tag = "3")]
    pub data: Vec<u8>,
}

impl std::fmt::Debug for CustomMessage {
    /// Without what it says: that of a command may hold secrets.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { capability, r#type, data } = self;
        f.debug_struct("CustomMessage")
            .field("capability", capability)
            .field("type", r#type)
            .field("bytes", &data.len())
            .finish()
    }
}

/// Nanoseconds since 1970 of a time, as OpAMP writes times.
pub const fn unix_nanos(at: bailiwick_domain::time::Timestamp) -> u64 {
    (at.as_micros() as u64).saturating_mul(1_000)
}

/// The time that nanoseconds since 1970 are.
pub const fn from_unix_nanos(nanos: u64) -> bailiwick_domain::time::Timestamp {
    bailiwick_domain::time::Timestamp::from_micros((nanos / 1_000) as i64)
}
