//! The types of services that PMM adds in one call, and what happens with the members of each.

use bailiwick_domain::agent::{AgentType, SecretName, Setting};
use serde_json::{Value, json};

use crate::compat::members::{Member, as_it_is, honoured, refused};
use crate::compat::pmm::nodes;

/// Why query analytics is refused.
const NO_ANALYTICS: &str = "Bailiwick has no query analytics: send false, or leave this out (`pmm-admin` does so with `--query-source=none`)";
/// Why settings of query analytics are refused.
const NOT_ANALYSED: &str = "Bailiwick has no query analytics, for which this is a setting";
/// Why databases of Amazon are refused.
const NO_RDS: &str = "Bailiwick does not look up databases of Amazon RDS: add a node of type `remote_rds` with POST /v1/inventory/nodes, its service, and an `rds_exporter`";
/// Why time limits of connections are refused.
const NO_LIMIT: &str = "the exporter of this type has no time limit for connections";

/// A type of services, and how PMM adds it.
pub(super) struct Added {
    /// The member of the body, and of the answer.
    pub(super) bucket: &'static str,
    /// The type of the exporter that is added.
    pub(super) exporter: AgentType,
    /// The members of the exporter that PMM documents, but that differ from our settings, and those that are refused.
    members: &'static [Member],
    /// The members of the answer that are always empty.
    pub(super) empty: &'static [(&'static str, Empty)],
}

/// What is written for a member of an answer that is always empty.
#[derive(Clone, Copy)]
pub(super) enum Empty {
    Null,
    Zero,
    Text,
}

impl Empty {
    pub(super) fn value(self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Zero => json!(0),
            Self::Text => json!(""),
        }
    }
}

const MYSQL: &[Member] = &[
    honoured("disable_collectors"),
    refused("qan_mysql_perfschema", NO_ANALYTICS),
    refused("qan_mysql_slowlog", NO_ANALYTICS),
    refused("disable_comments_parsing", NOT_ANALYSED),
    refused("disable_query_examples", NOT_ANALYSED),
    refused("max_query_length", NOT_ANALYSED),
    refused("max_slowlog_file_size", NOT_ANALYSED),
];
const MONGODB: &[Member] = &[
    honoured("disable_collectors"),
    refused("qan_mongodb_profiler", NO_ANALYTICS),
    refused("qan_mongodb_mongolog", NO_ANALYTICS),
    refused("rta_mongodb_agent", NO_ANALYTICS),
    refused("max_query_length", NOT_ANALYSED),
];
const POSTGRESQL: &[Member] = &[
    honoured("database"),
    honoured("disable_collectors"),
    refused("qan_postgresql_pgstatements_agent", NO_ANALYTICS),
    refused("qan_postgresql_pgstatmonitor_agent", NO_ANALYTICS),
    refused("disable_comments_parsing", NOT_ANALYSED),
    refused("disable_query_examples", NOT_ANALYSED),
    refused("max_query_length", NOT_ANALYSED),
];
const PROXYSQL: &[Member] = &[honoured("disable_collectors"), refused("connection_timeout", NO_LIMIT)];
const EXTERNAL: &[Member] = &[
    honoured("runs_on_node_id"),
    honoured("group"),
    honoured("listen_port"),
    refused("connection_timeout", NO_LIMIT),
];

/// The types of services that can be added.
pub(super) const ADDED: &[Added] = &[
    Added {
        bucket: "mysql",
        exporter: AgentType::MysqldExporter,
        members: MYSQL,
        empty: &[
            ("qan_mysql_perfschema", Empty::Null),
            ("qan_mysql_slowlog", Empty::Null),
            ("table_count", Empty::Zero),
        ],
    },
    Added {
        bucket: "mongodb",
        exporter: AgentType::MongodbExporter,
        members: MONGODB,
        empty: &[
            ("qan_mongodb_profiler", Empty::Null),
            ("qan_mongodb_mongolog", Empty::Null),
            ("rta_mongodb_agent", Empty::Null),
        ],
    },
    Added {
        bucket: "postgresql",
        exporter: AgentType::PostgresExporter,
        members: POSTGRESQL,
        empty: &[
            ("qan_postgresql_pgstatements_agent", Empty::Null),
            ("qan_postgresql_pgstatmonitor_agent", Empty::Null),
            ("warning", Empty::Text),
        ],
    },
    Added { bucket: "proxysql", exporter: AgentType::ProxysqlExporter, members: PROXYSQL, empty: &[] },
    Added {
        bucket: "valkey",
        exporter: AgentType::ValkeyExporter,
        members: &[refused("connection_timeout", NO_LIMIT)],
        empty: &[],
    },
    Added {
        bucket: "haproxy",
        exporter: AgentType::ExternalExporter,
        members: &[honoured("listen_port")],
        empty: &[],
    },
    Added { bucket: "external", exporter: AgentType::ExternalExporter, members: EXTERNAL, empty: &[] },
];

/// Our settings that have another name or no place in these bodies.
const OTHER_SETTINGS: [&str; 3] = ["disabled_collectors", "metrics_resolutions", "push_metrics"];

impl Added {
    fn members(&self) -> Vec<Member> {
        let place: &[&str] = match self.exporter {
            AgentType::ExternalExporter => &["node_id", "node_name", "add_node", "address"],
            _ => &["node_id", "node_name", "add_node", "address", "port", "socket", "pmm_agent_id"],
        };
        let common =
            ["service_name", "environment", "cluster", "replication_set", "custom_labels", "metrics_mode"];
        let settings = Setting::all(self.exporter).map(|setting| setting.name);
        let settings = settings.filter(|name| !OTHER_SETTINGS.contains(name));
        let secrets = SecretName::all(self.exporter).map(SecretName::as_str);
        let named = place.iter().copied().chain(common).chain(settings).chain(secrets).map(honoured);
        let mut members: Vec<Member> = named.chain(self.members.iter().cloned()).collect();
        members.push(honoured("add_node.node_type"));
        let of_node = nodes::FIELDS.iter().filter(|(name, ..)| *name != "address");
        members.extend(of_node.map(|(name, ..)| honoured(name).within("add_node")));
        let why = "Bailiwick does not test the connection to the database when a service is added";
        members.push(as_it_is("skip_connection_check", &["true", "null"], why));
        members
    }
}

/// What happens with the members of a service that is added.
pub(super) fn members() -> Vec<Member> {
    let of = |added: &'static Added| {
        let inner = added.members().into_iter().map(|member| member.within(added.bucket));
        std::iter::once(honoured(added.bucket)).chain(inner)
    };
    let mut members: Vec<Member> = ADDED.iter().flat_map(of).collect();
    members.push(refused("rds", NO_RDS));
    members
}
