//! Clients that connect to the agents' endpoint: with an agent's key, with an enrolment key, or, for
//! other OpAMP clients, with an organization key.

use std::sync::Arc;

use bailiwick_domain::facts::Facts;
use bailiwick_domain::id::{AgentId, RequestId};
use bailiwick_domain::key::{KeyId, KeyKind, KeyText};
use bailiwick_domain::name::Detail;
use bailiwick_domain::party::Parties;
use bailiwick_engine::admission::{By, Credential, Request};
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::{Error, Result};
use bailiwick_engine::internal::{self, Internal};
use bailiwick_engine::memory::keyring::KeyEntry;
use bailiwick_engine::memory::streams::OpenStream;
use bailiwick_operations::ids;
use tokio::sync::mpsc;
use uuid::Uuid;

use crate::connections::{AgentMessage, Connection};
use crate::fleet::Fleet;

/// A client that connects, whose credential is valid.
pub struct Guest {
    pub(crate) fleet: Arc<Fleet>,
    /// The proof that it was admitted: to connect, or to create agents if it is another client.
    pub(crate) cx: Box<Cx>,
    kind: GuestKind,
}

enum GuestKind {
    /// Bailiwick's own agent, with its own key.
    Agent { entry: Arc<KeyEntry>, agent: AgentId },
    /// A machine with an enrolment key.
    Newcomer { entry: Arc<KeyEntry> },
    /// Another OpAMP client, with a key that may create agents.
    Other,
}

/// The first message of a client.
#[derive(Clone, Debug, Default)]
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
    pub told: mpsc::Receiver<AgentMessage>,
    /// Its new instance id; `None` if it keeps the one that it sent.
    pub instance: Option<Uuid>,
    /// Ends the connection when its key loses the right to it.
    pub stream: OpenStream,
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
    pub const fn request_id(&self) -> Option<RequestId> {
        self.cx.request_id()
    }
}

impl Fleet {
    /// Admits a client to the agents' endpoint by its key, or refuses it. Does no I/O.
    pub fn receive(self: &Arc<Self>, request: Request) -> Result<Guest> {
        let control = &self.control;
        let (cx, kind) = match &request.credential {
            Credential::Key(key) if matches!(key.kind(), KeyKind::Agent | KeyKind::Enrol) => {
                let by = By::Agent { key, address: request.address, request_id: request.id };
                let cx = control.authorize(by, &internal::CONNECT)?;
                let kind = kind_of(cx.key().ok_or(Error::CredentialUnknown)?)?;
                (cx, kind)
            }
            Credential::Session(_) => {
                control.check_admits()?;
                return Err(Error::CredentialMissing);
            }
            _ => {
                let create = control.listings().require(ids::AGENTS_CREATE)?;
                (control.authorize(By::Request(request), create)?, GuestKind::Other)
            }
        };
        Ok(Guest { fleet: Arc::clone(self), cx: Box::new(cx), kind })
    }
}

fn kind_of(entry: &Arc<KeyEntry>) -> Result<GuestKind> {
    let entry = Arc::clone(entry);
    Ok(match (entry.key().agent, &entry.key().enrolment) {
        (Some(agent), _) => GuestKind::Agent { entry, agent },
        (None, Some(_)) => GuestKind::Newcomer { entry },
        (None, None) => return Err(Error::internal("the key is neither an agent key nor an enrolment key")),
    })
}

impl Guest {
    /// Whether the key alone says which agent it is.
    pub const fn is_known(&self) -> bool {
        matches!(self.kind, GuestKind::Agent { .. })
    }

    /// Whether it uses an enrolment key.
    pub const fn enrols(&self) -> bool {
        matches!(self.kind, GuestKind::Newcomer { .. })
    }

    /// Its key and agent id, if it is Bailiwick's own agent.
    pub(crate) const fn as_agent(&self) -> Option<(&Arc<KeyEntry>, AgentId)> {
        match &self.kind {
            GuestKind::Agent { entry, agent } => Some((entry, *agent)),
            GuestKind::Newcomer { .. } | GuestKind::Other => None,
        }
    }

    /// The key that it uses.
    pub fn key(&self) -> Option<KeyId> {
        self.cx.key().map(|entry| entry.id())
    }

    /// The parties that share places and connections on behalf of this client: its key and its organization.
    pub fn parties(&self) -> Parties {
        self.cx.parties()
    }

    /// Its context for an internal operation that its connection leads to.
    pub(crate) fn further(&self, operation: &'static Internal) -> Result<Cx> {
        self.fleet.control.authorize(By::Admitted(&self.cx), operation)
    }

    /// Answers the hello of a client.
    pub async fn greet(&self, hello: &Hello) -> Result<Greeting> {
        let (greeting, used) = match &self.kind {
            GuestKind::Agent { entry, agent } => {
                (self.connect(entry, *agent, hello).await, Some((entry, &internal::CONNECT)))
            }
            GuestKind::Newcomer { entry } => {
                let cx = self.further(&internal::ENROL)?;
                let greeting = self.enrol(&cx, entry, hello).await;
                if let Err(error) = &greeting
                    && error.status() < 500
                {
                    cx.audit_refusal(error);
                }
                (greeting, Some((entry, &internal::ENROL)))
            }
            GuestKind::Other => {
                let greeting = self.welcome(&self.cx, hello).await;
                // The connection lasts, and must not keep a connection to the database meanwhile.
                self.cx.end_turn();
                (greeting, None)
            }
        };
        if let (Ok(_), Some((entry, operation))) = (&greeting, used) {
            let (keyring, now) = (self.fleet.control.keyring(), self.fleet.control.now());
            // Enrolling reads the key again, so note the use in the new entry.
            let current = keyring.get(entry.id());
            keyring.note_connection(current.as_ref().unwrap_or(entry), now, self.cx.address(), operation.id);
        }
        greeting
    }
}
