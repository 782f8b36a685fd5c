//! Services: programs that are useful in themselves, such as databases, and run on nodes.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::id::{NodeId, OrganizationId, ServiceId};
use crate::revision::Revision;
use crate::text::address::Address;
use crate::text::label::Labels;
use crate::text::name::{BadName, Detail, NAME_MAX, Name, refuse_id};
use crate::text::port::Port;
use crate::text::reference::reference_type;
use crate::text::search::searchable;
use crate::text::text_type::text_type;
use crate::time::Timestamp;

/// The most nodes that one service runs on.
pub const SERVICE_NODES_MAX: usize = 100;
/// The most characters of a socket's path.
pub const SOCKET_MAX: usize = 255;
/// The default database of a PostgreSQL service.
const POSTGRESQL_DATABASE: &str = "postgres";
/// The default group of an external service.
const EXTERNAL_GROUP: &str = "external";

/// The type of a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ServiceType {
    /// `MySQL`, or a database that speaks its protocol.
    Mysql,
    /// `MongoDB`.
    Mongodb,
    /// `PostgreSQL`.
    Postgresql,
    /// Valkey, or Redis.
    Valkey,
    /// `ProxySQL`.
    Proxysql,
    /// `HAProxy`.
    Haproxy,
    /// Anything else that exports metrics.
    External,
}

impl ServiceType {
    /// Every type.
    pub const ALL: [Self; 7] = [
        Self::Mysql,
        Self::Mongodb,
        Self::Postgresql,
        Self::Valkey,
        Self::Proxysql,
        Self::Haproxy,
        Self::External,
    ];

    /// The type as text.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Mysql => "mysql",
            Self::Mongodb => "mongodb",
            Self::Postgresql => "postgresql",
            Self::Valkey => "valkey",
            Self::Proxysql => "proxysql",
            Self::Haproxy => "haproxy",
            Self::External => "external",
        }
    }

    /// Whether services of this type must, may or must not have a value for a field.
    pub fn rule(self, field: ServiceField) -> Rule {
        let (_, rules) = TABLE[field as usize];
        rules[self as usize]
    }
}

impl std::fmt::Display for ServiceType {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}

/// The error for a text that names no type of services.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected one of mysql, mongodb, postgresql, valkey, proxysql, haproxy, external")]
pub struct NotAServiceType;

impl FromStr for ServiceType {
    type Err = NotAServiceType;

    fn from_str(text: &str) -> Result<Self, NotAServiceType> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text).ok_or(NotAServiceType)
    }
}

/// A field that not all types of services have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ServiceField {
    /// The host name or IP address.
    Address,
    /// The TCP port.
    Port,
    /// The Unix domain socket, instead of address and port.
    Socket,
    /// The database to connect to.
    DatabaseName,
    /// How many databases are discovered automatically.
    AutoDiscoveryLimit,
    /// The group of external services.
    Group,
}

/// Whether services of a type must, may or must not have a value for a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// They must have an address with a port, or a socket.
    Endpoint,
    /// They may have a value.
    Optional,
    /// They have a value; this one by default.
    Default(&'static str),
    /// They must not have a value.
    Absent,
}

use Rule::{Absent as N, Default as D, Endpoint as E, Optional as O};

/// Each field with one rule for each type, in the order of [`ServiceType::ALL`].
const TABLE: [(ServiceField, [Rule; 7]); 6] = [
    //                            mysql, mongodb, postgresql, valkey, proxysql, haproxy, external
    (ServiceField::Address, [E, E, E, E, E, N, N]),
    (ServiceField::Port, [E, E, E, E, E, N, N]),
    (ServiceField::Socket, [E, E, E, E, E, N, N]),
    (ServiceField::DatabaseName, [N, N, D(POSTGRESQL_DATABASE), O, N, N, N]),
    (ServiceField::AutoDiscoveryLimit, [N, N, O, N, N, N, N]),
    (ServiceField::Group, [N, N, N, N, N, N, D(EXTERNAL_GROUP)]),
];

impl ServiceField {
    /// Every field.
    pub fn all() -> impl Iterator<Item = Self> {
        TABLE.iter().map(|(field, _)| *field)
    }

    /// Its name in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Address => "address",
            Self::Port => "port",
            Self::Socket => "socket",
            Self::DatabaseName => "database_name",
            Self::AutoDiscoveryLimit => "auto_discovery_limit",
            Self::Group => "group",
        }
    }
}

/// An error in a service's fields: they do not fit its type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Misfit {
    /// There is a value for a field that services of the type do not have.
    #[error("expected no `{}`: services of type {kind} have none", field.as_str())]
    Surplus {
        /// The field.
        field: ServiceField,
        /// The service's type.
        kind: ServiceType,
    },
    /// There is neither an address nor a socket.
    #[error("expected an address and a port, or a socket")]
    NoEndpoint,
    /// There are both an address and a socket.
    #[error("expected either a socket or an address with a port, found a socket and an address")]
    SocketAndAddress,
    /// There is an address without a port.
    #[error("expected the port of the address")]
    NoPort,
    /// There are both a port and a socket.
    #[error("expected no port: a socket has none")]
    SocketAndPort,
    /// There are too many nodes.
    #[error("expected at most {SERVICE_NODES_MAX} nodes, found {0}")]
    TooManyNodes(usize),
}

impl Misfit {
    /// The field of the request that the error is about.
    pub const fn field(self) -> &'static str {
        match self {
            Self::Surplus { field, .. } => field.as_str(),
            Self::NoEndpoint => "address",
            Self::SocketAndAddress => "socket",
            Self::NoPort | Self::SocketAndPort => "port",
            Self::TooManyNodes(_) => "nodes",
        }
    }
}

/// A service's name: like a [`Name`], but never one that looks like an id.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ServiceName(Name);

impl ServiceName {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    fn as_text(&self) -> Cow<'_, str> {
        self.as_str().into()
    }
}

impl FromStr for ServiceName {
    type Err = BadName;

    fn from_str(text: &str) -> Result<Self, BadName> {
        refuse_id(text)?;
        text.parse().map(Self)
    }
}

text_type!(in_addresses ServiceName, "minLength": 1, "maxLength": NAME_MAX, "examples": ["orders-db"]);

reference_type! {
    /// A reference to a service in a URL path: its id or its name. A service that has the name of an
    /// operation at the same path, such as `export`, can be addressed only by its id; such names are
    /// refused for new services.
    ServiceRef: ServiceId, Name(ServiceName), expected "a service's id or name",
    "minLength": 1, "maxLength": NAME_MAX, "examples": ["orders-db"],
}

/// The path of a Unix domain socket: absolute, at most 255 characters, no control characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SocketPath(String);

/// The error for a text that is not the path of a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected an absolute path of at most {SOCKET_MAX} characters, such as /run/mysqld/mysqld.sock")]
pub struct NotASocket;

impl SocketPath {
    /// The path as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn as_text(&self) -> Cow<'_, str> {
        self.as_str().into()
    }
}

impl FromStr for SocketPath {
    type Err = NotASocket;

    fn from_str(text: &str) -> Result<Self, NotASocket> {
        let fits = text.starts_with('/') && text.chars().count() <= SOCKET_MAX;
        if fits && !text.chars().any(char::is_control) { Ok(Self(text.to_owned())) } else { Err(NotASocket) }
    }
}

text_type!(
    SocketPath,
    "minLength": 1,
    "maxLength": SOCKET_MAX,
    "pattern": "^/",
    "examples": ["/run/mysqld/mysqld.sock"],
);

/// A useful program, such as a database, that runs on zero, one or several nodes. Its type determines
/// its fields; those that it does not have are null.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "ServiceRecord")]
pub struct Service {
    /// Its id.
    pub id: ServiceId,
    /// The organization it belongs to.
    pub organization_id: OrganizationId,
    /// Its type, which never changes.
    #[serde(rename = "type")]
    pub kind: ServiceType,
    /// Its name, unique in its organization.
    pub name: ServiceName,
    /// The nodes it runs on, as far as they are in the caller's reach.
    pub nodes: BTreeSet<NodeId>,
    /// Its host name or IP address.
    pub address: Option<Address>,
    /// The TCP port at that address.
    pub port: Option<Port>,
    /// The Unix domain socket, instead of address and port.
    pub socket: Option<SocketPath>,
    /// The environment it belongs to, such as `production`.
    pub environment: Option<Detail>,
    /// The cluster it belongs to.
    pub cluster: Option<Detail>,
    /// The replication set it belongs to.
    pub replication_set: Option<Detail>,
    /// Its version, as an agent reported it.
    pub version: Option<Detail>,
    /// The database to connect to.
    pub database_name: Option<Detail>,
    /// How many databases are discovered automatically; -1 for none, 0 for any number.
    pub auto_discovery_limit: Option<i32>,
    /// The group of external services it belongs to.
    pub group: Option<Detail>,
    /// Its labels.
    pub labels: Labels,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// How many times it was written; the number in its `ETag`.
    pub revision: Revision,
}

impl Service {
    /// Whether the service has a value for a field.
    pub const fn has(&self, field: ServiceField) -> bool {
        match field {
            ServiceField::Address => self.address.is_some(),
            ServiceField::Port => self.port.is_some(),
            ServiceField::Socket => self.socket.is_some(),
            ServiceField::DatabaseName => self.database_name.is_some(),
            ServiceField::AutoDiscoveryLimit => self.auto_discovery_limit.is_some(),
            ServiceField::Group => self.group.is_some(),
        }
    }

    /// Adds the default values of the service's type where a value is absent.
    pub fn complete(&mut self) {
        for (field, value) in
            [(ServiceField::DatabaseName, &mut self.database_name), (ServiceField::Group, &mut self.group)]
        {
            if let (Rule::Default(text), None) = (self.kind.rule(field), &value) {
                *value = text.parse().ok();
            }
        }
    }

    /// All fields that do not fit the service's type; empty if it is valid.
    pub fn misfits(&self) -> Vec<Misfit> {
        let kind = self.kind;
        let mut misfits: Vec<Misfit> = ServiceField::all()
            .filter(|field| kind.rule(*field) == Rule::Absent && self.has(*field))
            .map(|field| Misfit::Surplus { field, kind })
            .collect();
        if kind.rule(ServiceField::Address) == Rule::Endpoint {
            misfits.extend(match (&self.address, self.port, &self.socket) {
                (None, _, None) => Some(Misfit::NoEndpoint),
                (Some(_), _, Some(_)) => Some(Misfit::SocketAndAddress),
                (Some(_), None, None) => Some(Misfit::NoPort),
                (None, Some(_), Some(_)) => Some(Misfit::SocketAndPort),
                (Some(_), Some(_), None) | (None, None, Some(_)) => None,
            });
        }
        if self.nodes.len() > SERVICE_NODES_MAX {
            misfits.push(Misfit::TooManyNodes(self.nodes.len()));
        }
        misfits
    }

    /// The text that free-text search looks through.
    pub fn searchable(&self) -> String {
        searchable([Some(self.name.as_str()), self.address.as_ref().map(Address::as_str)])
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    fn service(kind: ServiceType) -> Service {
        Service {
            id: ServiceId::from_uuid(Uuid::from_u128(1)),
            organization_id: OrganizationId::from_uuid(Uuid::from_u128(2)),
            kind,
            name: "orders-db".parse().unwrap(),
            nodes: BTreeSet::new(),
            address: None,
            port: None,
            socket: None,
            environment: None,
            cluster: None,
            replication_set: None,
            version: None,
            database_name: None,
            auto_discovery_limit: None,
            group: None,
            labels: Labels::default(),
            created_at: Timestamp::from_micros(0),
            updated_at: Timestamp::from_micros(0),
            revision: Revision::FIRST,
        }
    }

    fn give(service: &mut Service, field: ServiceField) {
        match field {
            ServiceField::Address => service.address = Some("db-1".parse().unwrap()),
            ServiceField::Port => service.port = Some(3306.try_into().unwrap()),
            ServiceField::Socket => service.socket = Some("/run/db.sock".parse().unwrap()),
            ServiceField::DatabaseName => service.database_name = Some("orders".parse().unwrap()),
            ServiceField::AutoDiscoveryLimit => service.auto_discovery_limit = Some(10),
            ServiceField::Group => service.group = Some("redis".parse().unwrap()),
        }
    }

    #[test]
    fn the_service_table_has_the_order_of_fields_and_types() {
        for (n, (field, _)) in TABLE.iter().enumerate() {
            assert_eq!(*field as usize, n);
        }
        for (n, kind) in ServiceType::ALL.into_iter().enumerate() {
            assert_eq!(kind as usize, n);
            assert_eq!(kind.as_str().parse(), Ok(kind));
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
        }
        assert_eq!("oracle".parse::<ServiceType>(), Err(NotAServiceType));
    }

    #[test]
    fn a_service_has_an_address_and_port_or_a_socket() {
        use ServiceField::{Address as A, Port as P, Socket as S};
        for (given, expected) in [
            (vec![A, P], None),
            (vec![S], None),
            (vec![], Some("address: expected an address and a port, or a socket")),
            (vec![P], Some("address: expected an address and a port, or a socket")),
            (
                vec![A, S],
                Some(
                    "socket: expected either a socket or an address with a port, found a socket and an address",
                ),
            ),
            (
                vec![A, P, S],
                Some(
                    "socket: expected either a socket or an address with a port, found a socket and an address",
                ),
            ),
            (vec![A], Some("port: expected the port of the address")),
            (vec![P, S], Some("port: expected no port: a socket has none")),
        ] {
            let mut service = service(ServiceType::Mysql);
            given.iter().for_each(|field| give(&mut service, *field));
            let said: Vec<_> = service.misfits().iter().map(|m| format!("{}: {m}", m.field())).collect();
            assert_eq!(said, expected.into_iter().collect::<Vec<_>>(), "{given:?}");
        }
    }

    #[test]
    fn missing_fields_of_a_service_get_their_defaults() {
        for (kind, database, group) in [
            (ServiceType::Postgresql, Some("postgres"), None),
            (ServiceType::External, None, Some("external")),
            (ServiceType::Valkey, None, None),
            (ServiceType::Mysql, None, None),
        ] {
            let mut service = service(kind);
            service.complete();
            assert_eq!(service.database_name.as_ref().map(Detail::as_str), database);
            assert_eq!(service.group.as_ref().map(Detail::as_str), group);
        }
        let mut named = service(ServiceType::External);
        give(&mut named, ServiceField::Group);
        named.complete();
        assert_eq!(named.group.as_ref().map(Detail::as_str), Some("redis"));
    }

    #[test]
    fn the_number_of_nodes_of_a_service_is_bounded() {
        let mut service = service(ServiceType::External);
        service.nodes = (0..101).map(|n| NodeId::from_uuid(Uuid::from_u128(n))).collect();
        assert_eq!(service.misfits(), [Misfit::TooManyNodes(101)]);
    }

    #[test]
    fn a_socket_must_be_an_absolute_path() {
        assert!("/run/mysqld/mysqld.sock".parse::<SocketPath>().is_ok());
        for text in ["", "run/x.sock", "/run/\n", &format!("/{}", "x".repeat(255))] {
            assert_eq!(text.parse::<SocketPath>(), Err(NotASocket), "{text:?}");
        }
    }

    #[test]
    fn a_service_name_is_never_an_id() {
        let id = "01932f4e-7b5a-7c3d-8e9f-0a1b2c3d4e5f";
        assert_eq!(id.parse::<ServiceName>(), Err(BadName::LooksLikeAnId));
        assert!(matches!(id.parse(), Ok(ServiceRef::Id(_))));
        assert!(matches!("orders-db".parse(), Ok(ServiceRef::Name(_))));
    }

    proptest! {
        #[test]
        fn a_valid_service_has_the_fields_of_its_type_and_one_endpoint(
            kind in prop::sample::select(ServiceType::ALL.to_vec()),
            given in prop::collection::vec(any::<bool>(), TABLE.len()),
        ) {
            let mut service = service(kind);
            for (field, given) in ServiceField::all().zip(given) {
                if given {
                    give(&mut service, field);
                }
            }
            service.complete();
            let fits = service.misfits().is_empty();
            let no_surplus = ServiceField::all().all(|f| kind.rule(f) != Rule::Absent || !service.has(f));
            let endpoints = usize::from(service.has(ServiceField::Address) && service.has(ServiceField::Port))
                + usize::from(service.has(ServiceField::Socket));
            let stray = service.has(ServiceField::Address) != service.has(ServiceField::Port);
            let right = kind.rule(ServiceField::Address) == Rule::Absent || (endpoints == 1 && !stray);
            prop_assert_eq!(fits, no_surplus && right);
            for field in ServiceField::all() {
                prop_assert!(!matches!(kind.rule(field), Rule::Default(_)) || service.has(field));
            }
        }
    }
}
