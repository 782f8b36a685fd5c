//! Clients that connect to the agents' endpoint: with an agent's key, with an enrolment key, or, for
//! other OpAMP clients, with an organization key.

use std::net::IpAddr;
use std::sync::Arc;

use bailiwick_domain::audit::{Event, Outcome, Target};
use bailiwick_domain::facts::Facts;
use bailiwick_domain::id::{AgentId, OrganizationId, RequestId};
use bailiwick_domain::key::{Actor, KeyId, KeyKind, KeyText};
use bailiwick_domain::name::Detail;
use bailiwick_domain::party::{Parties, Party};
use bailiwick_engine::admission::{Credential, Request};
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::{Error, Result};
use bailiwick_engine::memory::keyring::KeyEntry;
use bailiwick_engine::memory::streams::Stream;
use tokio::sync::mpsc;
use uuid::Uuid;

use crate::connections::{Connection, Told};
use crate::fleet::Fleet;

/// The operation's name, in the audit trail and in a key's last use, when a client connects.
const CONNECT: &str = "agents.connect";
/// The operation's name when a machine enrols.
pub(crate) const ENROL: &str = "agents.enrol";
/// The operation that registers other OpAMP clients.
const CREATE: &str = "agents.create";

/// A client that connects, whose credential is valid.
pub struct Guest {
    pub(crate) fleet: Arc<Fleet>,
    pub(crate) address: IpAddr,
    pub(crate) request_id: RequestId,
    kind: Kind,
}

enum Kind {
    /// Bailiwick's own agent, with its own key.
    Agent { entry: Arc<KeyEntry>, agent: AgentId },
    /// A machine with an enrolment key.
    Newcomer { entry: Arc<KeyEntry>, organization: OrganizationId },
    /// Another OpAMP client, with a key that may create agents.
    Other(Box<Cx>),
}

/// The first message of a client.
#[derive(Clone, Debug)]
pub struct Hello {
    /// Its instance id; `None` if it asks for one.
    pub instance: Option<Uuid>,
    /// The name of the program.
    pub program: Option<String>,
    /// The id of its machine.
    pub machine_id: Option<Detail>,
    /// The facts about its machine.
    pub facts: Facts,
}

/// A client that is connected.
pub struct Connected {
    /// The connection.
    pub connection: Arc<Connection>,
    /// The messages to send to it.
    pub told: mpsc::Receiver<Told>,
    /// Its new instance id; `None` if it keeps the one that it sent.
    pub instance: Option<Uuid>,
    /// Ends the connection when its key loses the right to it.
    pub stream: Stream,
}

/// A new credential for a client.
pub struct Offer {
    /// Its new instance id; `None` if it keeps the one that it sent.
    pub instance: Option<Uuid>,
    /// Its key.
    pub key: KeyText,
}

/// The answer to a hello.
pub enum Greeting {
    /// The client is connected.
    Connected(Box<Connected>),
    /// The client must connect again, with a credential of its own.
    Enrolled(Box<Offer>),
    /// The client must connect again with this instance id: it asked for one, or the one that it sent
    /// belongs to another client.
    Renamed(Uuid),
}

impl Guest {
    /// The id of the request with which the client connected.
    pub const fn request_id(&self) -> RequestId {
        self.request_id
    }
}

impl Fleet {
    /// Admits a client to the agents' endpoint by its key, or refuses it. Does no I/O.
    pub fn receive(self: &Arc<Self>, request: Request) -> Result<Guest> {
        let control = &self.control;
        control.check_admits()?;
        let (address, request_id) = (request.address, request.id);
        let kind = match &request.credential {
            Credential::Key(key) if matches!(key.kind(), KeyKind::Agent | KeyKind::Enrol) => {
                kind_of(control.admit_agent(key, address, request_id, CONNECT)?)?
            }
            Credential::Session(_) => return Err(Error::CredentialMissing),
            _ => {
                let create = control.listings().get(CREATE);
                let create =
                    create.ok_or_else(|| Error::internal("there is no operation that creates agents"))?;
                Kind::Other(Box::new(control.admit(create, request)?))
            }
        };
        Ok(Guest { fleet: Arc::clone(self), address, request_id, kind })
    }
}

fn kind_of(entry: Arc<KeyEntry>) -> Result<Kind> {
    let organization = entry.organization.ok_or(Error::CredentialUnknown)?;
    Ok(match (entry.key().agent, &entry.key().enrolment) {
        (Some(agent), _) => Kind::Agent { entry, agent },
        (None, Some(_)) => Kind::Newcomer { entry, organization },
        (None, None) => return Err(Error::internal("the key is neither an agent key nor an enrolment key")),
    })
}

impl Guest {
    /// Whether the key alone says which agent it is.
    pub const fn is_known(&self) -> bool {
        matches!(self.kind, Kind::Agent { .. })
    }

    /// Whether it uses an enrolment key.
    pub const fn enrols(&self) -> bool {
        matches!(self.kind, Kind::Newcomer { .. })
    }

    /// Its key and agent id, if it is Bailiwick's own agent.
    pub(crate) const fn as_agent(&self) -> Option<(&Arc<KeyEntry>, AgentId)> {
        match &self.kind {
            Kind::Agent { entry, agent } => Some((entry, *agent)),
            Kind::Newcomer { .. } | Kind::Other(_) => None,
        }
    }

    /// The key that it uses.
    pub fn key(&self) -> Option<KeyId> {
        match &self.kind {
            Kind::Agent { entry, .. } | Kind::Newcomer { entry, .. } => Some(entry.id()),
            Kind::Other(cx) => cx.key().map(|entry| entry.id()),
        }
    }

    /// The parties that share places and connections on behalf of this client: its key and its organization.
    pub fn parties(&self) -> Parties {
        let of_key = |entry: &KeyEntry| Parties {
            caller: Party::Key(entry.id()),
            organization: entry.organization.map(Party::Organization),
        };
        match &self.kind {
            Kind::Agent { entry, .. } | Kind::Newcomer { entry, .. } => of_key(entry),
            Kind::Other(cx) => cx.parties(),
        }
    }

    /// Answers the hello of a client.
    pub async fn greet(&self, hello: &Hello) -> Result<Greeting> {
        let greeting = match &self.kind {
            Kind::Agent { entry, agent } => self.connect(entry, *agent, hello).await,
            Kind::Newcomer { entry, organization } => self.enrol(entry, *organization, hello).await,
            Kind::Other(cx) => {
                let greeting = self.welcome(cx, hello).await;
                // The connection lasts, and must not keep a connection to the database meanwhile.
                cx.end_turn();
                greeting
            }
        };
        let used = match (&greeting, &self.kind) {
            (Ok(_), Kind::Agent { entry, .. }) => Some((entry, CONNECT)),
            (Ok(_), Kind::Newcomer { entry, .. }) => Some((entry, ENROL)),
            _ => None,
        };
        if let Some((entry, operation)) = used {
            let (keyring, now) = (self.fleet.control.keyring(), self.fleet.control.now());
            // Enrolling reads the key again, so note the use in the new entry.
            let current = keyring.get(entry.id());
            keyring.note_use(current.as_ref().unwrap_or(entry), now, self.address, operation);
        }
        if let (Err(error), Kind::Newcomer { entry, .. }) = (&greeting, &self.kind)
            && error.status() < 500
        {
            self.fleet.control.audit_refusal_of_agent(ENROL, entry, self.address, self.request_id, error);
        }
        greeting
    }

    /// An audit event about this client.
    pub(crate) fn event(
        &self,
        actor: Actor,
        organization: OrganizationId,
        operation: &'static str,
        targets: Vec<Target>,
        note: Option<String>,
    ) -> Event {
        Event {
            at: self.fleet.control.now(),
            actor,
            organization_id: Some(organization),
            operation: operation.into(),
            targets,
            outcome: Outcome::Allowed,
            reason: note,
            address: Some(self.address),
            request_id: Some(self.request_id),
        }
    }
}
