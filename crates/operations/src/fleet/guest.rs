//! Whoever comes to the link: with the key of an agent, with one that enrols, or with one of an
//! organization, for somebody else's client.

use std::net::IpAddr;
use std::sync::Arc;

use bailiwick_domain::audit::{Event, Outcome, Target};
use bailiwick_domain::facts::Facts;
use bailiwick_domain::id::{AgentId, OrganizationId, RequestId};
use bailiwick_domain::key::{Actor, KeyId, KeyKind, KeyText};
use bailiwick_domain::name::Detail;
use bailiwick_domain::party::{Parties, Party};
use tokio::sync::mpsc;
use uuid::Uuid;

use super::{Connection, Told};
use crate::admission::{Credential, Request};
use crate::control::Control;
use crate::cx::Cx;
use crate::error::{Error, Result};
use crate::keyring::KeyEntry;
use crate::streams::Stream;
use crate::who::Who;

/// What a use of a key at the link is called, in the audit trail and as its last use.
const CONNECT: &str = "agents.connect";
/// What it is to enrol.
pub(super) const ENROL: &str = "agents.enrol";
/// How long after its last use a used-up key may still come, in seconds: a machine whose answer was
/// lost asks for it again.
const LOST_ANSWER_SECONDS: i64 = 600;
/// The operation that somebody else's client is registered by.
const CREATE: &str = "agents.create";

/// Whoever comes to the link, with a credential that is right.
pub struct Guest {
    pub(super) control: Arc<Control>,
    pub(super) address: IpAddr,
    pub(super) request_id: RequestId,
    kind: Kind,
}

enum Kind {
    /// An agent of ours, with its own key.
    Agent { entry: Arc<KeyEntry>, agent: AgentId },
    /// One that is to become an agent, with a key that enrols.
    Newcomer { entry: Arc<KeyEntry>, organization: OrganizationId },
    /// Somebody else's client, with a key that may create agents.
    Other(Box<Cx>),
}

/// What a client says of itself first.
#[derive(Clone, Debug)]
pub struct Hello {
    /// Who it is; `None` if it asks to be told.
    pub instance: Option<Uuid>,
    /// What program it is.
    pub program: Option<String>,
    /// What tells its machine from others.
    pub machine_id: Option<Detail>,
    /// What it tells of its machine.
    pub facts: Facts,
}

/// A client that is known.
pub struct Connected {
    /// The connection.
    pub connection: Arc<Connection>,
    /// What it is told.
    pub told: mpsc::Receiver<Told>,
    /// Who it is from now on, if that is not who it said.
    pub instance: Option<Uuid>,
    /// Ends the connection when its key may not any more.
    pub stream: Stream,
}

/// A credential that is offered.
pub struct Offer {
    /// Who the agent is from now on, if that is not who it said.
    pub instance: Option<Uuid>,
    /// Its key.
    pub key: KeyText,
}

/// What becomes of whoever said hello.
pub enum Greeting {
    /// It is known.
    Connected(Box<Connected>),
    /// It is to come again with a credential of its own.
    Enrolled(Box<Offer>),
    /// It is to come again as somebody else: who it says it is, is connected.
    Renamed(Uuid),
}

impl Control {
    /// Receives whoever comes to the link with a key, or refuses. No I/O.
    pub fn receive(self: &Arc<Self>, request: Request) -> Result<Guest> {
        if self.is_isolated() {
            return Err(Error::Unavailable);
        }
        let (address, request_id) = (request.address, request.id);
        let kind = match &request.credential {
            Credential::Key(key) if matches!(key.kind(), KeyKind::Agent | KeyKind::Enrol) => {
                let now = self.clock.now();
                let entry = self.keyring.identify(key, now).ok_or(Error::CredentialUnknown)?;
                let is_spent = entry.is_spent(now.plus_seconds(-LOST_ANSWER_SECONDS));
                let refused = if is_spent { Err(Error::EnrolmentUsedUp) } else { Ok(()) };
                let state = entry.check_state(now, address).and_then(|()| self.check_not_refused(&entry));
                if let Err(error) = state.and(refused) {
                    self.audit_refusal(CONNECT, &Who::Key(entry), address, request_id, &error);
                    return Err(error);
                }
                self.kind_of(entry)?
            }
            Credential::Session(_) => return Err(Error::CredentialMissing),
            _ => {
                let create = self.listings.get(CREATE);
                let create = create.ok_or_else(|| Error::internal("nothing creates agents"))?;
                Kind::Other(Box::new(self.admit(create, request)?))
            }
        };
        Ok(Guest { control: Arc::clone(self), address, request_id, kind })
    }

    fn kind_of(&self, entry: Arc<KeyEntry>) -> Result<Kind> {
        let organization = entry.organization.ok_or(Error::CredentialUnknown)?;
        if self.directory.by_id(organization).is_none() {
            return Err(Error::CredentialUnknown);
        }
        Ok(match (entry.key().agent, &entry.key().enrolment) {
            (Some(agent), _) => Kind::Agent { entry, agent },
            (None, Some(_)) => Kind::Newcomer { entry, organization },
            (None, None) => return Err(Error::internal("the key is of no agent and enrols none")),
        })
    }
}

impl Guest {
    /// Whether it is known who comes, whatever they say of themselves.
    pub const fn is_known(&self) -> bool {
        matches!(self.kind, Kind::Agent { .. })
    }

    /// Whether it comes with a key that enrols machines.
    pub const fn enrols(&self) -> bool {
        matches!(self.kind, Kind::Newcomer { .. })
    }

    /// Its key and who it is, if it is an agent of ours.
    pub(super) const fn as_agent(&self) -> Option<(&Arc<KeyEntry>, AgentId)> {
        match &self.kind {
            Kind::Agent { entry, agent } => Some((entry, *agent)),
            Kind::Newcomer { .. } | Kind::Other(_) => None,
        }
    }

    /// The key that came.
    pub fn key(&self) -> Option<KeyId> {
        match &self.kind {
            Kind::Agent { entry, .. } | Kind::Newcomer { entry, .. } => Some(entry.id()),
            Kind::Other(cx) => cx.key().map(|entry| entry.id()),
        }
    }

    /// Those who answer for it.
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

    /// Greets a client that said hello.
    pub async fn greet(&self, hello: &Hello) -> Result<Greeting> {
        let greeting = match &self.kind {
            Kind::Agent { entry, agent } => self.connect(entry, *agent, hello).await,
            Kind::Newcomer { entry, organization } => self.enrol(entry, *organization, hello).await,
            Kind::Other(cx) => {
                let greeting = self.welcome(cx, hello).await;
                // It stays, and holds no connection to the database meanwhile.
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
            let now = self.control.clock.now();
            // Enrolling reads the key into memory again, and the use belongs to what is there now.
            let current = self.control.keyring.get(entry.id());
            self.control.keyring.note_use(current.as_ref().unwrap_or(entry), now, self.address, operation);
        }
        if let (Err(error), Kind::Newcomer { entry, .. }) = (&greeting, &self.kind)
            && error.status() < 500
        {
            let who = Who::Key(Arc::clone(entry));
            self.control.audit_refusal(ENROL, &who, self.address, self.request_id, error);
        }
        greeting
    }

    /// What was done here, for the audit trail.
    pub(super) fn event(
        &self,
        actor: Actor,
        organization: OrganizationId,
        operation: &'static str,
        targets: Vec<Target>,
        note: Option<String>,
    ) -> Event {
        Event {
            at: self.control.clock.now(),
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
