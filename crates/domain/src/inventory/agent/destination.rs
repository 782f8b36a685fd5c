//! Destinations of agent secrets: a secret is bound to the destination that it was set for, and is sent
//! nowhere else.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

use super::{AgentType, SecretName, SettingValue, Settings};
use crate::id::NodeId;
use crate::inventory::service::{Service, SocketPath};
use crate::text::address::Address;
use crate::text::port::Port;

/// How many bytes of a SHA-256 digest stand for a long value.
const DIGEST_BYTES: usize = 16;

/// The properties of an agent that decide where its secrets go.
#[derive(Clone, Debug)]
pub struct Route<'a> {
    /// The agent's type.
    pub kind: AgentType,
    /// The agent's settings.
    pub settings: &'a Settings,
    /// The node it runs on.
    pub runs_on: Option<NodeId>,
    /// The address of that node, where the server fetches the metrics of an agent that is started
    /// elsewhere.
    pub address: Option<&'a str>,
    /// The port where the server fetches those metrics.
    pub listen_port: Option<Port>,
    /// The service that the agent observes.
    pub service: Option<&'a Service>,
    /// The regions of the cloud databases that the agent observes.
    pub regions: BTreeSet<&'a str>,
}

impl Route<'_> {
    /// The destination of a secret, in words for people. Two routes have the same words only if the
    /// secret goes to the same address on both, protected in the same way.
    pub fn destination(&self, secret: SecretName) -> String {
        let node = self.runs_on.map_or_else(|| "no node".to_owned(), |node| format!("node {node}"));
        if secret.stays_on_its_node() {
            return format!("the agent of {node}");
        }
        match self.kind {
            AgentType::ExternalExporter => self.exporter(),
            AgentType::RdsExporter => {
                let mut place = format!("Amazon Web Services from {node}, ");
                if self.regions.is_empty() {
                    place.push_str("no region");
                } else {
                    // Most agents have few regions, and the text must stay short. Free text is always
                    // quoted, so that nothing in it can be mistaken for another part.
                    let regions: Vec<String> = self.regions.iter().map(|r| format!("{r:?}")).collect();
                    let regions = regions.join(" ");
                    place.push_str(&if regions.len() > 200 { digest(&regions) } else { regions });
                }
                if let Some(role) = self.text("aws_role_arn") {
                    let _ = write!(place, ", role {role:?}");
                }
                place
            }
            AgentType::AzureDatabaseExporter => {
                format!(
                    "Microsoft Azure from {node}, tenant {:?}",
                    self.text("azure_tenant_id").unwrap_or("unknown")
                )
            }
            _ => self.database(&node),
        }
    }

    /// The destination of an exporter from which the server fetches metrics itself.
    fn exporter(&self) -> String {
        let Some(address) = self.address else { return "a node without an address".to_owned() };
        let scheme = self.text("scheme").unwrap_or("http");
        let path = self.text("metrics_path").unwrap_or("/metrics");
        let port = self.listen_port.map(|port| format!(":{}", port.get())).unwrap_or_default();
        let host = if address.contains(':') { format!("[{address}]") } else { address.to_owned() };
        let unverified =
            if scheme == "https" && self.flag("tls_skip_verify") { ", TLS not verified" } else { "" };
        format!("{scheme}://{host}{port}{path}{unverified}")
    }

    /// The destination of a database that a program on a node queries.
    fn database(&self, node: &str) -> String {
        let mut place = String::new();
        match self.service {
            None => place.push_str("no service"),
            Some(service) => {
                let _ = write!(place, "{} at ", service.kind);
                match (&service.socket, &service.address) {
                    (Some(socket), _) => {
                        let _ = write!(place, "{:?}", SocketPath::as_str(socket));
                    }
                    (None, Some(address)) => {
                        let port =
                            service.port.map(|port| format!(" port {}", port.get())).unwrap_or_default();
                        let _ = write!(place, "{}{port}", Address::as_str(address));
                    }
                    (None, None) => place.push_str("no address"),
                }
            }
        }
        let _ = write!(place, " from {node}");
        if !self.flag("tls") {
            place.push_str(", without TLS");
        } else if self.flag("tls_skip_verify") {
            place.push_str(", TLS not verified");
        } else if let Some(authority) = self.text("tls_ca") {
            let _ = write!(place, ", TLS verified by {}", digest(authority));
        } else {
            place.push_str(", TLS verified by the system's authorities");
        }
        if let Some(mechanism) = self.text("authentication_mechanism") {
            let _ = write!(place, ", mechanism {mechanism:?}");
        }
        if let Some(SettingValue::Map(parameters)) = self.settings.get("extra_dsn_params")
            && !parameters.is_empty()
        {
            let parameters: String =
                parameters.iter().map(|(name, value)| format!("{name}\n{value}\n")).collect();
            let _ = write!(place, ", parameters {}", digest(&parameters));
        }
        place
    }

    fn text(&self, name: &str) -> Option<&str> {
        match self.settings.get(name) {
            Some(SettingValue::Text(text)) => Some(text),
            _ => None,
        }
    }

    fn flag(&self, name: &str) -> bool {
        self.settings.get(name) == Some(&SettingValue::Flag(true))
    }
}

/// A short digest that stands for a long text; different texts have different digests.
fn digest(text: &str) -> String {
    let mut short = "sha256:".to_owned();
    for byte in &Sha256::digest(text)[..DIGEST_BYTES] {
        let _ = write!(short, "{byte:02x}");
    }
    short
}

/// Why an agent's secret is withheld, in words for people. `is_known` tells whether the destination
/// that the secret was given for is known. The text names neither destination: a caller who sees the
/// agent may not be allowed to see its node or its service.
pub fn withheld(name: SecretName, is_known: bool) -> String {
    let name = name.as_str();
    if is_known {
        format!(
            "the secret {name} is withheld: its destination changed since it was set; set the secret again"
        )
    } else {
        format!(
            "the secret {name} is withheld: the destination that it was given for is unknown; set the secret again"
        )
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::{Value, json};
    use uuid::Uuid;

    use super::*;
    use crate::id::{OrganizationId, ServiceId};
    use crate::inventory::service::ServiceType;
    use crate::revision::Revision;
    use crate::text::label::Labels;
    use crate::time::Timestamp;

    fn settings(settings: Value) -> Settings {
        serde_json::from_value(settings).unwrap()
    }

    fn service() -> Service {
        Service {
            id: ServiceId::from_uuid(Uuid::from_u128(1)),
            organization_id: OrganizationId::from_uuid(Uuid::from_u128(2)),
            kind: ServiceType::Postgresql,
            name: "orders".parse().unwrap(),
            nodes: BTreeSet::new(),
            address: Some("10.0.0.1".parse().unwrap()),
            port: Some(5_432.try_into().unwrap()),
            socket: None,
            environment: None,
            cluster: None,
            replication_set: None,
            version: None,
            database_name: Some("postgres".parse().unwrap()),
            auto_discovery_limit: None,
            group: None,
            labels: Labels::default(),
            created_at: Timestamp::from_micros(0),
            updated_at: Timestamp::from_micros(0),
            revision: Revision::FIRST,
        }
    }

    fn secret(kind: AgentType, name: &str) -> SecretName {
        SecretName::of(kind, name).unwrap()
    }

    fn database(service: Option<&Service>, node: u128, with: Value) -> String {
        let kind = AgentType::PostgresExporter;
        let settings = settings(with);
        let runs_on = Some(NodeId::from_uuid(Uuid::from_u128(node)));
        let route = Route {
            kind,
            settings: &settings,
            runs_on,
            address: Some("10.9.9.9"),
            listen_port: None,
            service,
            regions: BTreeSet::new(),
        };
        route.destination(secret(kind, "password"))
    }

    #[test]
    fn every_setting_that_decides_who_gets_a_secret_is_in_its_destination() {
        let tls = json!({ "username": "m", "tls": true });
        let before = database(Some(&service()), 7, tls.clone());
        assert_eq!(
            before,
            "postgresql at 10.0.0.1 port 5432 from node 00000000-0000-0000-0000-000000000007, \
             TLS verified by the system's authorities"
        );
        let changed = |change: fn(&mut Service)| {
            let mut service = service();
            change(&mut service);
            database(Some(&service), 7, tls.clone())
        };
        let others = [
            changed(|service| service.address = Some("10.0.0.2".parse().unwrap())),
            changed(|service| service.port = Some(5_433.try_into().unwrap())),
            changed(|service| {
                (service.address, service.port) = (None, None);
                service.socket = Some("/run/pg".parse().unwrap());
            }),
            database(None, 7, tls.clone()),
            database(Some(&service()), 8, tls.clone()),
            database(Some(&service()), 7, json!({ "tls": false })),
            database(Some(&service()), 7, json!({ "tls": true, "tls_skip_verify": true })),
            database(Some(&service()), 7, json!({ "tls": true, "tls_ca": "-----BEGIN A" })),
            database(Some(&service()), 7, json!({ "tls": true, "tls_ca": "-----BEGIN B" })),
            database(Some(&service()), 7, json!({ "tls": true, "extra_dsn_params": { "a": "b" } })),
            database(Some(&service()), 7, json!({ "tls": true, "extra_dsn_params": { "a": "c" } })),
            database(Some(&service()), 7, json!({ "tls": true, "authentication_mechanism": "PLAIN" })),
        ];
        let all: BTreeSet<&String> = others.iter().chain([&before]).collect();
        assert_eq!(all.len(), others.len() + 1, "{others:#?}");
        // None of these changes who receives the secret, or how it is protected on the way.
        assert_eq!(changed(|service| service.name = "other".parse().unwrap()), before);
        assert_eq!(changed(|service| service.database_name = Some("shop".parse().unwrap())), before);
        assert_eq!(changed(|service| service.id = ServiceId::from_uuid(Uuid::from_u128(9))), before);
        let same = json!({ "username": "other", "tls": true, "tls_skip_verify": false, "log_level": "debug",
            "extra_dsn_params": {} });
        assert_eq!(database(Some(&service()), 7, same), before);
        // Without TLS, no server is verified anyway.
        let plain = database(Some(&service()), 7, json!({}));
        assert_eq!(database(Some(&service()), 7, json!({ "tls_skip_verify": true })), plain);
    }

    #[test]
    fn the_destination_of_an_exporter_has_its_url_and_tls_verification() {
        let of = |address: Option<&str>, port: i64, with: Value| {
            let kind = AgentType::ExternalExporter;
            let settings = settings(with);
            let route = Route {
                kind,
                settings: &settings,
                runs_on: None,
                address,
                listen_port: Some(port.try_into().unwrap()),
                service: None,
                regions: BTreeSet::new(),
            };
            route.destination(secret(kind, "password"))
        };
        let https = json!({ "scheme": "https", "metrics_path": "/metrics" });
        let before = of(Some("web-1"), 9_100, https.clone());
        assert_eq!(before, "https://web-1:9100/metrics");
        let others = [
            of(None, 9_100, https.clone()),
            of(Some("web-2"), 9_100, https.clone()),
            of(Some("fe80::1"), 9_100, https.clone()),
            of(Some("web-1"), 9_101, https.clone()),
            of(Some("web-1"), 9_100, json!({ "scheme": "http", "metrics_path": "/metrics" })),
            of(Some("web-1"), 9_100, json!({ "scheme": "https", "metrics_path": "/other" })),
            of(Some("web-1"), 9_100, json!({ "scheme": "https", "tls_skip_verify": true })),
        ];
        let all: BTreeSet<&String> = others.iter().chain([&before]).collect();
        assert_eq!(all.len(), others.len() + 1, "{others:#?}");
        assert_eq!(of(Some("web-1"), 9_100, json!({ "scheme": "https", "username": "x" })), before);
    }

    #[test]
    fn the_destination_of_a_cloud_has_its_regions_and_role() {
        let of = |kind, name, regions: &[&'static str], with: Value| {
            let settings = settings(with);
            let route = Route {
                kind,
                settings: &settings,
                runs_on: Some(NodeId::from_uuid(Uuid::from_u128(7))),
                address: None,
                listen_port: None,
                service: None,
                regions: regions.iter().copied().collect(),
            };
            route.destination(secret(kind, name))
        };
        let rds =
            |regions: &[&'static str], with| of(AgentType::RdsExporter, "aws_secret_key", regions, with);
        let before = rds(&["eu-west-1"], json!({}));
        assert!(before.ends_with(", \"eu-west-1\""), "{before}");
        for other in [
            rds(&[], json!({})),
            rds(&["eu-west-2"], json!({})),
            rds(&["eu-west-1", "eu-west-2"], json!({})),
            rds(&["eu-west-1 eu-west-2"], json!({})),
            rds(&["eu-west-1"], json!({ "aws_role_arn": "arn:x" })),
        ] {
            assert_ne!(other, before);
        }
        let azure = |with| of(AgentType::AzureDatabaseExporter, "azure_client_secret", &[], with);
        assert_ne!(azure(json!({ "azure_tenant_id": "a" })), azure(json!({ "azure_tenant_id": "b" })));
        // The password of an exporter's own metrics never leaves its node.
        let own = |with| of(AgentType::MysqldExporter, "agent_password", &[], with);
        assert_eq!(own(json!({ "tls": true })), own(json!({})));
    }

    #[test]
    fn the_reason_for_a_withheld_secret_says_what_to_do() {
        let name = secret(AgentType::PostgresExporter, "password");
        assert_eq!(
            withheld(name, true),
            "the secret password is withheld: its destination changed since it was set; set the secret again"
        );
        assert!(withheld(name, false).ends_with("it was given for is unknown; set the secret again"));
    }
}
