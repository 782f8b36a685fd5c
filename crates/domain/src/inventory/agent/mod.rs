//! Agents: programs that report on nodes and services.

mod agent_ref;
mod attachment;
mod destination;
mod health;
mod secret;
mod setting;
mod setting_schema;

use std::collections::BTreeSet;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::id::{AgentId, NodeId, OrganizationId, ServiceId};
use crate::inventory::presence::{NodeStatus, Presence};
use crate::revision::Revision;
use crate::text::label::Labels;
use crate::text::name::Description;
use crate::text::port::Port;
use crate::time::Timestamp;

pub use agent_ref::AgentRef;
pub use attachment::{Attachment, Mismatch, OBSERVED_MAX, Object};
pub use destination::{Route, withheld};
pub use health::{
    LOG_BYTES_MAX, LOG_LINE_BYTES_MAX, LOG_LINES_MAX, PROGRAMS_MAX, ProgramHealth, REPORTED_MAX, Reported,
};
pub use secret::{BadSecret, SECRET_MAX, SecretChanges, SecretName, SecretText, Secrets};
pub use setting::{BadSetting, SETTING_MAX, Setting, SettingKind, SettingValue, Settings};
pub use setting_schema::SettingChanges;

/// The type of an agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AgentType {
    /// Bailiwick's own agent on an enrolled node, which starts and supervises the exporters there.
    BailiwickAgent,
    /// Metrics of the node it runs on.
    NodeExporter,
    /// Metrics of `MySQL`.
    MysqldExporter,
    /// Metrics of `MongoDB`.
    MongodbExporter,
    /// Metrics of `PostgreSQL`.
    PostgresExporter,
    /// Metrics of `ProxySQL`.
    ProxysqlExporter,
    /// Metrics of Valkey or Redis.
    ValkeyExporter,
    /// Metrics of Amazon RDS.
    RdsExporter,
    /// Metrics of Azure databases.
    AzureDatabaseExporter,
    /// Observations of machine tools that speak `MTConnect`.
    MtconnectAdapter,
    /// An `OpAMP` client of another vendor.
    Opamp,
    /// An exporter that is not started by Bailiwick.
    ExternalExporter,
}

impl AgentType {
    /// Every type.
    pub const ALL: [Self; 12] = [
        Self::BailiwickAgent,
        Self::NodeExporter,
        Self::MysqldExporter,
        Self::MongodbExporter,
        Self::PostgresExporter,
        Self::ProxysqlExporter,
        Self::ValkeyExporter,
        Self::RdsExporter,
        Self::AzureDatabaseExporter,
        Self::MtconnectAdapter,
        Self::Opamp,
        Self::ExternalExporter,
    ];

    /// The type as text.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::BailiwickAgent => "bailiwick_agent",
            Self::NodeExporter => "node_exporter",
            Self::MysqldExporter => "mysqld_exporter",
            Self::MongodbExporter => "mongodb_exporter",
            Self::PostgresExporter => "postgres_exporter",
            Self::ProxysqlExporter => "proxysql_exporter",
            Self::ValkeyExporter => "valkey_exporter",
            Self::RdsExporter => "rds_exporter",
            Self::AzureDatabaseExporter => "azure_database_exporter",
            Self::MtconnectAdapter => "mtconnect_adapter",
            Self::Opamp => "opamp",
            Self::ExternalExporter => "external_exporter",
        }
    }
}

impl std::fmt::Display for AgentType {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}

/// The error for a text that names no type of agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "expected one of bailiwick_agent, node_exporter, mysqld_exporter, mongodb_exporter, postgres_exporter, \
     proxysql_exporter, valkey_exporter, rds_exporter, azure_database_exporter, mtconnect_adapter, opamp, \
     external_exporter"
)]
pub struct NotAnAgentType;

impl FromStr for AgentType {
    type Err = NotAnAgentType;

    fn from_str(text: &str) -> Result<Self, NotAnAgentType> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text).ok_or(NotAnAgentType)
    }
}

/// What an agent was doing according to the last report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AgentStatus {
    /// It is being started.
    Starting,
    /// It runs.
    Running,
    /// It failed and will be restarted.
    Waiting,
    /// It is being stopped.
    Stopping,
    /// It ended, and will not be restarted.
    Done,
    /// There is no report, or the agent that would report is not connected.
    Unknown,
}

impl AgentStatus {
    /// Every status.
    pub const ALL: [Self; 6] =
        [Self::Starting, Self::Running, Self::Waiting, Self::Stopping, Self::Done, Self::Unknown];

    /// The status as text.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::Running => "running",
            Self::Waiting => "waiting",
            Self::Stopping => "stopping",
            Self::Done => "done",
            Self::Unknown => "unknown",
        }
    }

    /// The status that a text from the database names.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == text)
    }
}

/// The nodes and services that an agent observes, as far as they are in the caller's reach.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "AgentObserves")]
pub struct Observed {
    /// Nodes.
    pub nodes: BTreeSet<NodeId>,
    /// Services.
    pub services: BTreeSet<ServiceId>,
}

/// A program that reports on nodes and services. Its type determines its settings and secrets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "AgentRecord")]
pub struct Agent {
    /// Its id.
    pub id: AgentId,
    /// The organization it belongs to.
    pub organization_id: OrganizationId,
    /// Its type, which never changes.
    #[serde(rename = "type")]
    pub kind: AgentType,
    /// The node it runs on. Null for an exporter that is started elsewhere, and if the node is not in
    /// the caller's reach.
    pub runs_on: Option<NodeId>,
    /// The nodes and services that it observes.
    pub observes: Observed,
    /// Whether it should run.
    pub enabled: bool,
    /// What it is for, in a few sentences.
    pub description: Option<Description>,
    /// Its settings, by name.
    pub settings: Settings,
    /// The names of its secrets. Their values are never shown.
    pub secrets: BTreeSet<SecretName>,
    /// The port where its metrics are fetched; null until it is known.
    pub listen_port: Option<Port>,
    /// The port on which an exporter that the node's agent starts should listen; null if the agent
    /// chooses one.
    pub configured_port: Option<Port>,
    /// What it was doing according to the last report.
    pub status: AgentStatus,
    /// Since when it has this status.
    pub status_since: Timestamp,
    /// Its version and its last error, as reported.
    pub reported: Reported,
    /// Its labels.
    pub labels: Labels,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// How many times it was written; the number in its `ETag`.
    pub revision: Revision,
}

/// An error in an agent's settings, secrets or port. (For what it runs on and observes, see
/// [`Mismatch`].)
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Misfit {
    /// A setting that agents of the type do not have, or a wrong value.
    #[error("{error}")]
    Setting {
        /// The setting's name.
        name: String,
        /// What is wrong.
        error: BadSetting,
    },
    /// A secret that agents of the type do not have.
    #[error("{error}")]
    Secret {
        /// The secret's name.
        name: String,
        /// What is wrong.
        error: BadSecret,
    },
    /// The port is missing, and only the client knows it.
    #[error("expected the port from which the metrics are fetched")]
    NoListenPort,
    /// A port was given, and agents of the type have none.
    #[error("expected no `listen_port`: agents of type {0} have none")]
    ListenPort(AgentType),
}

impl Misfit {
    /// The field of the request that the error is about.
    pub fn field(&self) -> String {
        match self {
            Self::Setting { name, .. } => format!("settings.{name}"),
            Self::Secret { name, .. } => format!("secrets.{name}"),
            Self::NoListenPort | Self::ListenPort(_) => "listen_port".to_owned(),
        }
    }
}

impl AgentType {
    /// Whether Bailiwick's agent on the node starts and supervises agents of this type. The others are
    /// started by something else, or are part of Bailiwick's agent.
    pub const fn is_supervised(self) -> bool {
        matches!(
            self,
            Self::NodeExporter
                | Self::MysqldExporter
                | Self::MongodbExporter
                | Self::PostgresExporter
                | Self::ProxysqlExporter
                | Self::ValkeyExporter
                | Self::RdsExporter
                | Self::AzureDatabaseExporter
        )
    }

    /// Whether agents of this type are exporters, from which metrics are fetched.
    pub const fn is_exporter(self) -> bool {
        self.is_supervised() || matches!(self, Self::ExternalExporter)
    }

    /// Whether the client must give the port where the metrics are fetched, because Bailiwick does not
    /// start the exporter. For supervised agents, giving a port is optional.
    pub const fn is_told_its_port(self) -> bool {
        matches!(self, Self::ExternalExporter)
    }
}

impl Agent {
    /// Sets or clears the port that the client gave. Fails if agents of this type have no port.
    pub fn tell_port(&mut self, port: Option<Port>) -> Result<(), Misfit> {
        if self.kind.is_told_its_port() {
            self.listen_port = port;
        } else if self.kind.is_supervised() {
            self.configured_port = port;
        } else if port.is_some() {
            return Err(Misfit::ListenPort(self.kind));
        }
        Ok(())
    }

    /// The port that the client gave.
    pub fn told_port(&self) -> Option<Port> {
        if self.kind.is_told_its_port() { self.listen_port } else { self.configured_port }
    }

    /// Whether both agents are supervised exporters on the same node that observe the same object: one
    /// of them does the work twice.
    pub fn is_twin_of(&self, other: &Self) -> bool {
        if self.id == other.id || self.kind != other.kind || !self.kind.is_supervised() {
            return false;
        }
        // A program observes one service only: the one with the lowest id, which was entered first.
        let watches_the_same = match (self.observes.services.first(), other.observes.services.first()) {
            (Some(one), Some(two)) => one == two,
            (None, None) => {
                self.kind == AgentType::NodeExporter
                    || !self.observes.nodes.is_disjoint(&other.observes.nodes)
            }
            _ => false,
        };
        self.runs_on.is_some() && self.runs_on == other.runs_on && watches_the_same
    }

    /// Sets the status to unknown if the agent that reported it is no longer connected: Bailiwick's
    /// agent on the node, whose `presence` this is. A program that has ended keeps its status. A
    /// disabled exporter that is started elsewhere is unknown too, since the server no longer fetches
    /// its metrics.
    pub fn doubt(&mut self, presence: Option<Presence>, now: Timestamp) {
        if self.kind == AgentType::ExternalExporter && !self.enabled && self.status != AgentStatus::Unknown {
            self.status = AgentStatus::Unknown;
            self.status_since = self.status_since.max(self.updated_at);
        }
        let is_told_by_ours = self.kind.is_supervised() || self.kind == AgentType::BailiwickAgent;
        if !is_told_by_ours || matches!(self.status, AgentStatus::Unknown | AgentStatus::Done) {
            return;
        }
        let (node, since) =
            presence.map_or((NodeStatus::Unknown, self.status_since), |presence| presence.status(now));
        if matches!(node, NodeStatus::Offline | NodeStatus::Unknown) {
            self.status = AgentStatus::Unknown;
            self.status_since = since.max(self.status_since);
        }
    }

    /// Adds the default settings of the agent's type where a setting is absent.
    pub fn complete(&mut self) {
        self.settings.complete(self.kind);
    }

    /// All errors in the settings, secrets and port. Where the agent runs and what it observes is
    /// checked by [`Attachment`].
    pub fn misfits(&self) -> Vec<Misfit> {
        let mut misfits: Vec<Misfit> = self.settings.misfits(self.kind);
        for name in &self.secrets {
            if let Err(error) = SecretName::of(self.kind, name.as_str()) {
                misfits.push(Misfit::Secret { name: name.as_str().to_owned(), error });
            }
        }
        if self.kind.is_told_its_port() && self.listen_port.is_none() {
            misfits.push(Misfit::NoListenPort);
        }
        misfits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agent_types_and_statuses_have_one_spelling() {
        for (n, kind) in AgentType::ALL.into_iter().enumerate() {
            assert_eq!(kind as usize, n);
            assert_eq!(kind.as_str().parse(), Ok(kind));
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
            assert!(NotAnAgentType.to_string().contains(kind.as_str()));
        }
        for status in AgentStatus::ALL {
            assert_eq!(AgentStatus::parse(status.as_str()), Some(status));
            assert_eq!(serde_json::to_value(status).unwrap(), status.as_str());
        }
    }
}
