//! Services as lines of text, with the fields of `services.create`, without an agent.

use bailiwick_domain::address::Address;
use bailiwick_domain::label::Labels;
use bailiwick_domain::name::Detail;
use bailiwick_domain::node::NodeRef;
use bailiwick_domain::port::Port;
use bailiwick_domain::service::{Service, ServiceName, ServiceType, SocketPath};
use bailiwick_engine::shape::records::{Cells, Record};
use serde::{Deserialize, Serialize};

use super::create::CreateService;

/// A service as a line.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ServiceLine {
    /// Absent in a line that only changes a service.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub(super) kind: Option<ServiceType>,
    pub(super) name: ServiceName,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) nodes: Option<Vec<NodeRef>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<Address>,
    #[serde(skip_serializing_if = "Option::is_none")]
    port: Option<Port>,
    #[serde(skip_serializing_if = "Option::is_none")]
    socket: Option<SocketPath>,
    #[serde(skip_serializing_if = "Option::is_none")]
    environment: Option<Detail>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cluster: Option<Detail>,
    #[serde(skip_serializing_if = "Option::is_none")]
    replication_set: Option<Detail>,
    #[serde(skip_serializing_if = "Option::is_none")]
    database_name: Option<Detail>,
    #[serde(skip_serializing_if = "Option::is_none")]
    auto_discovery_limit: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    group: Option<Detail>,
    #[serde(skip_serializing_if = "Option::is_none")]
    labels: Option<Labels>,
}

impl Record for ServiceLine {
    const COLUMNS: &'static [(&'static str, Cells)] = &[
        ("type", Cells::Text),
        ("name", Cells::Text),
        ("nodes", Cells::List),
        ("address", Cells::Text),
        ("port", Cells::Json),
        ("socket", Cells::Text),
        ("environment", Cells::Text),
        ("cluster", Cells::Text),
        ("replication_set", Cells::Text),
        ("database_name", Cells::Text),
        ("auto_discovery_limit", Cells::Json),
        ("group", Cells::Text),
        ("labels", Cells::Labels),
    ];
}

impl ServiceLine {
    /// The input that creates such a service.
    pub(super) fn create(self, kind: ServiceType) -> CreateService {
        CreateService {
            r#type: kind,
            name: self.name,
            nodes: self.nodes.unwrap_or_default(),
            address: self.address,
            port: self.port,
            socket: self.socket,
            environment: self.environment,
            cluster: self.cluster,
            replication_set: self.replication_set,
            database_name: self.database_name,
            auto_discovery_limit: self.auto_discovery_limit,
            group: self.group,
            labels: self.labels.unwrap_or_default(),
            agent: None,
        }
    }

    /// Applies the fields that are present to a service, except for its type, name and nodes. A socket
    /// replaces address and port, and the other way round.
    pub(super) fn apply(self, service: &mut Service) {
        if self.socket.is_some() && self.address.is_none() && self.port.is_none() {
            (service.address, service.port) = (None, None);
        }
        if self.socket.is_none() && (self.address.is_some() || self.port.is_some()) {
            service.socket = None;
        }
        for (value, field) in [
            (self.environment, &mut service.environment),
            (self.cluster, &mut service.cluster),
            (self.replication_set, &mut service.replication_set),
            (self.database_name, &mut service.database_name),
            (self.group, &mut service.group),
        ] {
            if value.is_some() {
                *field = value;
            }
        }
        service.address = self.address.or(service.address.take());
        service.port = self.port.or(service.port);
        service.socket = self.socket.or(service.socket.take());
        service.auto_discovery_limit = self.auto_discovery_limit.or(service.auto_discovery_limit);
        if let Some(labels) = self.labels {
            service.labels = labels;
        }
    }

    /// The line that creates a service like this one, on these nodes.
    pub(super) fn of(service: Service, nodes: Vec<NodeRef>) -> Self {
        Self {
            kind: Some(service.kind),
            name: service.name,
            nodes: Some(nodes),
            address: service.address,
            port: service.port,
            socket: service.socket,
            environment: service.environment,
            cluster: service.cluster,
            replication_set: service.replication_set,
            database_name: service.database_name,
            auto_discovery_limit: service.auto_discovery_limit,
            group: service.group,
            labels: Some(service.labels),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_import_columns_of_services_are_the_fields_of_create() {
        let schema = schemars::schema_for!(CreateService).to_value();
        let fields = schema["properties"].as_object().unwrap().keys().map(String::as_str);
        let mut fields: Vec<&str> = fields.filter(|field| *field != "agent").collect();
        let mut columns: Vec<&str> = ServiceLine::COLUMNS.iter().map(|(name, _)| *name).collect();
        fields.sort_unstable();
        columns.sort_unstable();
        assert_eq!(columns, fields);
    }
}
