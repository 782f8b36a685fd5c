//! The desired state of an agent (the programs that it should keep running) as a message, and when it is
//! sent.

use bailiwick_domain::address::Address;
use bailiwick_domain::name::Detail;
use bailiwick_domain::node::Node;
use bailiwick_domain::port::Port;
use bailiwick_domain::service::{Service, SocketPath};
use bailiwick_fleet::{Connection, Desired, Fleet, Program};
use bailiwick_link::desired as wire;
use bailiwick_link::frame::TO_AGENT_MAX;
use bailiwick_link::opamp::{AgentRemoteConfig, RemoteConfigStatus};
use bailiwick_operations::front::Offered;
use prost::Message as _;

/// The largest size of a configuration in bytes. The message that contains it is a little larger.
const BYTES_MAX: usize = TO_AGENT_MAX - 65_536;

/// Which configuration a client has, as hashes.
pub(crate) struct Configuration {
    /// The last that the client reported or was sent; empty for none.
    last: Vec<u8>,
    /// The last that the client reported.
    reported: Vec<u8>,
    is_due: bool,
}

impl Default for Configuration {
    fn default() -> Self {
        Self { last: Vec::new(), reported: Vec::new(), is_due: true }
    }
}

impl Configuration {
    /// Whether to check which configuration the client should have: at first, after it reported a different
    /// one, and as long as the check fails.
    pub(crate) const fn is_due(&self) -> bool {
        self.is_due
    }

    /// Handles the client's report about its configuration.
    pub(crate) fn told(&mut self, told: RemoteConfigStatus) {
        // A repeated report changes nothing: a client that insists on another configuration would otherwise
        // be sent ours forever.
        if told.last_remote_config_hash != self.reported {
            self.is_due |= told.last_remote_config_hash != self.last;
            self.reported.clone_from(&told.last_remote_config_hash);
            self.last = told.last_remote_config_hash;
        }
    }

    /// The configuration that the client should have, if it has a different one.
    pub(crate) async fn next(&mut self, fleet: &Fleet, connection: &Connection) -> Option<AgentRemoteConfig> {
        // Reset before the state is read, so that a change in the meantime is noticed later.
        let _ = connection.has_desired_changed();
        let desired = match fleet.desired_of(connection).await {
            Ok(desired) => desired,
            Err(error) => {
                self.is_due = true;
                let error = &error as &dyn std::error::Error;
                tracing::error!(agent = %connection.agent, error, "the programs that a node's agent should run could not be read");
                return None;
            }
        };
        self.is_due = false;
        let is_empty = desired.programs.is_empty();
        let config = match self::desired(desired).to_remote_config() {
            Ok(config) if config.encoded_len() <= BYTES_MAX => config,
            _ => {
                tracing::error!(agent = %connection.agent, "the programs of a node, with their settings and secrets, are too large to send to its agent: disable some of them or shorten their settings");
                return None;
            }
        };
        // A client that never had a configuration does not need an empty one.
        if config.config_hash == self.last || is_empty && self.last.is_empty() {
            return None;
        }
        self.last.clone_from(&config.config_hash);
        Some(config)
    }
}

/// The desired state in its wire format.
fn desired(desired: Desired) -> wire::Desired {
    let programs = desired.programs.into_iter().map(|(id, program)| (id, self::program(program)));
    let front = desired.front.map(|Offered { port, label }| wire::Front { port, label });
    wire::Desired { programs: programs.collect(), front }
}

fn program(program: Program) -> wire::Program {
    let Program { kind, settings, secrets, withheld, listen_port, service, nodes } = program;
    wire::Program {
        kind,
        settings: settings.iter().map(|(name, value)| (name.to_owned(), value.clone())).collect(),
        secrets: secrets.iter().map(|(name, text)| (name.as_str().to_owned(), text.to_string())).collect(),
        withheld,
        listen_port: listen_port.map(Port::get),
        service: service.as_ref().map(watched),
        nodes: nodes.iter().map(watched_node).collect(),
    }
}

fn watched(service: &Service) -> wire::ObservedService {
    wire::ObservedService {
        name: service.name.to_string(),
        address: service.address.as_ref().map(Address::to_string),
        port: service.port.map(Port::get),
        socket: service.socket.as_ref().map(SocketPath::to_string),
        database: service.database_name.as_ref().map(Detail::to_string),
    }
}

fn watched_node(node: &Node) -> wire::WatchedNode {
    wire::WatchedNode {
        name: node.name.to_string(),
        address: node.address.as_ref().map(Address::to_string),
        region: node.region.as_ref().map(Detail::to_string),
    }
}
