//! The exporters among the supervised programs, as those who fetch their metrics name them.

use bailiwick_domain::agent::AgentType;
use bailiwick_domain::id::AgentId;
use bailiwick_domain::port::Port;
use zeroize::Zeroizing;

use super::Supervisor;
use super::recipe::{METRICS_USER, metrics_path};

/// An exporter that should run.
pub struct Exporter {
    /// The id of its agent record.
    pub id: AgentId,
    /// The port on the loopback address; `None` while it does not run.
    pub port: Option<u16>,
    /// The URL path of its metrics.
    pub path: &'static str,
    /// The password that it demands.
    pub password: Option<Zeroizing<String>>,
}

impl Exporter {
    /// The user name that belongs to the password.
    pub const USER: &'static str = METRICS_USER;
}

/// Which exporter a name means.
pub enum Found {
    /// None that should run.
    None,
    /// This one.
    One(Exporter),
    /// More than one.
    Several,
}

impl Supervisor {
    /// The exporter with this id, or the only one of this type.
    pub fn exporter(&self, name: &str) -> Found {
        let state = self.state.lock();
        let programs = &state.desired.programs;
        let id =
            match (name.parse::<AgentId>(), AgentType::ALL.into_iter().find(|kind| kind.as_str() == name)) {
                (Ok(id), _) => id,
                (_, Some(kind)) => {
                    let mut of_kind = programs.iter().filter(|(_, program)| program.kind == kind);
                    match (of_kind.next(), of_kind.next()) {
                        (Some((id, _)), None) => *id,
                        (Some(_), Some(_)) => return Found::Several,
                        (None, _) => return Found::None,
                    }
                }
                _ => return Found::None,
            };
        let Some(program) = programs.get(&id) else { return Found::None };
        let health = self.shared.health.borrow();
        let port = health.get(&id).and_then(|health| health.listen_port).map(Port::get);
        let password = program.secrets.get("agent_password").cloned().map(Zeroizing::new);
        Found::One(Exporter { id, port, path: metrics_path(program.kind), password })
    }
}
