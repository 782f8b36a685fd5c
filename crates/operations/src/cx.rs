//! What an operation runs with, and the proof that its caller may.

use std::future::Future;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use bailiwick_domain::audit::{Event, Outcome, Target};
use bailiwick_domain::command::CommandLimits;
use bailiwick_domain::id::{OrganizationId, RequestId};
use bailiwick_domain::key::{Actor, KeyId, KeyKind};
use bailiwick_domain::organization::Organization;
use bailiwick_domain::outside::{Clock, Entropy};
use bailiwick_domain::party::{Parties, Party};
use bailiwick_domain::reach::{OrganizationReach, Reach};
use bailiwick_domain::revision::Revision;
use bailiwick_domain::time::Timestamp;
use bailiwick_domain::user::User;
use bailiwick_store::change::Change;
use bailiwick_store::holds::Holds;
use bailiwick_store::idempotency::{Known, Request as KnownRequest};
use bailiwick_store::{Store, Tx, apart};
use serde::Serialize;
use tokio_util::sync::CancellationToken;

use crate::authority::Authority;
use crate::control::Control;
use crate::error::{Error, Result};
use crate::grants::Grants;
use crate::keyring::KeyEntry;
use crate::limiter::RateState;
use crate::listing::{Listing, Listings};
use crate::people::Standing;
use crate::spec::{Access, Spec};
use crate::streams::{Opener, Stream};
use crate::visitor::Visitor;
use crate::who::Who;

/// How a request is known again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Idempotency {
    /// What the client sent as `Idempotency-Key`.
    pub key: String,
    /// A digest of the input.
    pub fingerprint: String,
}

/// Who is asking.
pub(crate) enum Caller {
    /// Anybody: the operation is open.
    Anybody,
    /// A key that may.
    Key { entry: Arc<KeyEntry>, organization: Option<Arc<Organization>>, rate: Option<RateState> },
    /// A person who may.
    Person { visitor: Box<Visitor>, organization: Option<Arc<Organization>> },
    /// Nobody just now: something is done for a person, with what they may.
    Deputy { deputy: Box<Deputy>, organization: Arc<Organization> },
}

/// A person for whom something is done, and what they may do in the organization of it.
pub(crate) struct Deputy {
    pub(crate) user: Arc<User>,
    pub(crate) grants: Grants,
    pub(crate) authority: Authority,
    /// The revision of the role they act in, if it is one of the organization's own.
    pub(crate) role: Option<Revision>,
}

/// Where a request comes from, and what it says beside its input.
pub(crate) struct Origin {
    pub(crate) request_id: RequestId,
    /// None for what the server does by itself.
    pub(crate) address: Option<IpAddr>,
    pub(crate) if_match: Option<Vec<Revision>>,
    pub(crate) user_agent: Option<String>,
}

fn parties(caller: &Caller, address: Option<IpAddr>) -> Parties {
    let own = match caller {
        Caller::Key { entry, .. } => Party::Key(entry.id()),
        Caller::Person { visitor, .. } => Party::Person(visitor.user.id),
        Caller::Deputy { deputy, .. } => Party::Person(deputy.user.id),
        Caller::Anybody => Party::Network(address.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED)).into()),
    };
    let organization = match caller {
        Caller::Key { entry, organization, .. } => {
            organization.as_ref().map(|o| o.id).or(entry.key().organization_id)
        }
        Caller::Person { organization, .. } => organization.as_ref().map(|o| o.id),
        Caller::Deputy { organization, .. } => Some(organization.id),
        Caller::Anybody => None,
    };
    Parties { caller: own, organization: organization.map(Party::Organization) }
}

/// What an operation runs with. It is made only by [admission](Control::admit), for one operation,
/// so to have one is to be allowed.
pub struct Cx {
    control: Arc<Control>,
    spec: &'static Spec,
    caller: Caller,
    origin: Origin,
    idempotency: Option<Idempotency>,
    /// The database, with the turn of this request.
    store: Store,
}

impl Cx {
    pub(crate) fn new(control: Arc<Control>, spec: &'static Spec, caller: Caller, origin: Origin) -> Self {
        let parties = parties(&caller, origin.address);
        let store = control.store.for_request(parties);
        Self { control, spec, caller, origin, idempotency: None, store }
    }

    /// The same for a request that is known again if it is sent twice. Where nobody is known, no
    /// request is: one could otherwise be answered what another was.
    #[must_use]
    pub fn known_by(self, idempotency: Idempotency) -> Self {
        match self.caller {
            Caller::Anybody => self,
            _ => Self { idempotency: Some(idempotency), ..self },
        }
    }

    /// Whether it was made for an operation.
    pub(crate) fn is_for(&self, spec: &'static Spec) -> bool {
        self.spec.id == spec.id
    }

    /// The control plane.
    pub(crate) fn control(&self) -> &Control {
        &self.control
    }

    /// Every operation, as data.
    pub(crate) fn listings(&self) -> &'static Listings {
        self.control.listings
    }

    /// The database, to read. The first statement waits for the turn of this request, which ends with this.
    pub(crate) const fn store(&self) -> &Store {
        &self.store
    }

    /// Ends the turn of this request at the database, before it waits for something else. Its next statement
    /// waits for another one.
    pub(crate) fn end_turn(&self) {
        self.store.end_turn();
    }

    /// Writes something out: apart from the tasks that wait for this thread, if the request has read so much that
    /// this takes long.
    pub(crate) fn write_out<T>(&self, work: impl FnOnce() -> T) -> T {
        if self.store.has_read_much() { apart(work) } else { work() }
    }

    /// The time now.
    pub(crate) fn now(&self) -> Timestamp {
        self.control.clock.now()
    }

    /// The clock.
    pub(crate) fn clock(&self) -> &dyn Clock {
        &*self.control.clock
    }

    /// The random source.
    pub(crate) fn entropy(&self) -> &dyn Entropy {
        &*self.control.entropy
    }

    /// What is left of the caller's rate limit, for the answer's headers.
    pub const fn rate(&self) -> Option<RateState> {
        match &self.caller {
            Caller::Key { rate, .. } => *rate,
            Caller::Person { .. } | Caller::Deputy { .. } | Caller::Anybody => None,
        }
    }

    /// Who is asking, for logs.
    pub fn actor(&self) -> Actor {
        match &self.caller {
            Caller::Key { entry, .. } => Actor::Key { id: entry.id() },
            Caller::Person { visitor, .. } => Actor::User { id: visitor.user.id },
            Caller::Deputy { deputy, .. } => Actor::User { id: deputy.user.id },
            Caller::Anybody => Actor::Anonymous,
        }
    }

    /// Those who answer for the request.
    pub fn parties(&self) -> Parties {
        parties(&self.caller, self.origin.address)
    }

    /// The key that is asking; `None` if it is a person.
    pub(crate) fn key(&self) -> Option<&Arc<KeyEntry>> {
        match &self.caller {
            Caller::Key { entry, .. } => Some(entry),
            Caller::Person { .. } | Caller::Deputy { .. } | Caller::Anybody => None,
        }
    }

    /// What holds for the commands that the caller gives, beside scopes and reach.
    pub(crate) fn command_limits(&self) -> Option<&CommandLimits> {
        self.key()?.key().command_limits.as_ref()
    }

    /// The person who is asking; `None` if it is a key.
    pub(crate) fn visitor(&self) -> Option<&Visitor> {
        match &self.caller {
            Caller::Person { visitor, .. } => Some(visitor),
            Caller::Key { .. } | Caller::Deputy { .. } | Caller::Anybody => None,
        }
    }

    /// The person who is asking.
    pub(crate) fn person(&self) -> Result<&Visitor> {
        self.visitor().ok_or(Error::PersonOnly)
    }

    /// Whether an operation is open to the caller, as far as scopes go.
    pub(crate) fn may(&self, listing: &Listing) -> bool {
        match listing.spec.access {
            Access::Open | Access::ByProof | Access::AnyKey => true,
            Access::Person => self.visitor().is_some(),
            Access::Scoped | Access::Root => match &self.caller {
                Caller::Key { entry, .. } => entry.grants.contains(listing.index),
                Caller::Person { visitor, .. } => visitor.grants.contains(listing.index),
                Caller::Deputy { deputy, .. } => deputy.grants.contains(listing.index),
                Caller::Anybody => false,
            },
        }
    }

    /// Whether the caller is above organizations.
    pub(crate) fn is_root(&self) -> bool {
        match &self.caller {
            Caller::Key { entry, .. } => entry.key().kind == KeyKind::Root,
            Caller::Person { visitor, .. } => visitor.authority.is_root,
            Caller::Deputy { deputy, .. } => deputy.authority.is_root,
            Caller::Anybody => false,
        }
    }

    /// What the caller may do, to hand it on.
    pub(crate) fn authority(&self) -> Result<Authority> {
        match &self.caller {
            Caller::Key { entry, .. } => Ok(entry.authority()),
            Caller::Person { visitor, .. } => Ok(visitor.authority.clone()),
            Caller::Deputy { deputy, .. } => Ok(deputy.authority.clone()),
            Caller::Anybody => Err(Error::CredentialMissing),
        }
    }

    /// The organization that the request is within: named, or the caller's only one.
    pub(crate) fn organization(&self) -> Option<&Arc<Organization>> {
        match &self.caller {
            Caller::Key { organization, .. } | Caller::Person { organization, .. } => organization.as_ref(),
            Caller::Deputy { organization, .. } => Some(organization),
            Caller::Anybody => None,
        }
    }

    fn own_reach(&self) -> Result<Reach> {
        match &self.caller {
            Caller::Key { entry, .. } => Ok(entry.reach()),
            Caller::Person { visitor, .. } => Ok(visitor.authority.reach.clone()),
            Caller::Deputy { deputy, .. } => Ok(deputy.authority.reach.clone()),
            Caller::Anybody => Err(Error::CredentialMissing),
        }
    }

    /// What the caller touches, over organizations; only the one that was named, if one was.
    pub(crate) fn reach(&self) -> Result<Reach> {
        let mut reach = self.own_reach()?;
        if let Some(organization) = self.organization() {
            reach.organizations = Some([organization.id].into());
        }
        Ok(reach)
    }

    /// What the caller touches within the organization of the request.
    pub(crate) fn organization_reach(&self) -> Result<OrganizationReach> {
        let organization = self.organization().ok_or(Error::OrganizationRequired)?;
        self.own_reach()?
            .within(organization.id)
            .ok_or_else(|| Error::not_found("organization", organization.id))
    }

    /// Where the request comes from.
    pub(crate) fn address(&self) -> IpAddr {
        self.origin.address.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED))
    }

    /// The id of the request.
    pub(crate) const fn request_id(&self) -> RequestId {
        self.origin.request_id
    }

    /// What the client calls itself.
    pub(crate) fn user_agent(&self) -> Option<&str> {
        self.origin.user_agent.as_deref()
    }

    /// Refuses if the caller may not do another operation, a part of which this one does.
    pub(crate) fn require_operation(&self, id: &str) -> Result<()> {
        let listing = self.listings().get(id);
        let listing = listing.ok_or_else(|| Error::internal(format!("there is no operation {id}")))?;
        if self.may(listing) {
            return Ok(());
        }
        Err(Error::ScopeMissing(listing.spec.scope()))
    }

    /// Refuses if the request expects another revision than the current one. `current` is what
    /// the caller is then shown.
    pub(crate) fn require_match<T: Serialize>(&self, current: &T, revision: Revision) -> Result<()> {
        match &self.origin.if_match {
            Some(expected) if !expected.contains(&revision) => {
                Err(Error::Changed { current: serde_json::to_value(current).ok(), revision: Some(revision) })
            }
            _ => Ok(()),
        }
    }

    /// Refuses if what the caller may do was changed or taken since it was admitted: the body may
    /// have taken its time to arrive, and the writer before this one too.
    async fn require_same_caller(&self, tx: &mut Tx) -> Result<()> {
        match &self.caller {
            Caller::Key { entry, .. } => {
                match tx.key_stamp(entry.id()).await? {
                    None => return Err(Error::CredentialUnknown),
                    Some(stamp) if stamp != entry.stamp() => return Err(Error::KeyChanged),
                    Some(_) => {}
                }
                entry.check_state(self.now(), self.origin.address)
            }
            Caller::Person { visitor, organization } => {
                if !tx.has_session(visitor.session.session.id, self.now()).await? {
                    return Err(Error::SessionEnded);
                }
                let within = organization.as_ref().map(|o| o.id);
                match tx.user_stamp(visitor.user.id, within).await? {
                    None => Err(Error::SessionEnded),
                    Some(stamp) if stamp != (visitor.user.revision, visitor.role) => Err(Error::RoleChanged),
                    Some(_) => Ok(()),
                }
            }
            Caller::Deputy { deputy, organization } => {
                match tx.user_stamp(deputy.user.id, Some(organization.id)).await? {
                    Some(stamp) if stamp == (deputy.user.revision, deputy.role) => Ok(()),
                    _ => Err(Error::RoleChanged),
                }
            }
            Caller::Anybody if self.spec.access == Access::ByProof => Ok(()),
            Caller::Anybody => Err(Error::CredentialMissing),
        }
    }

    /// Whether the caller may still do what it was admitted to, and nothing of what it may was changed.
    /// No I/O.
    pub(crate) fn still_holds(&self) -> bool {
        let (control, now) = (&self.control, self.now());
        if control.is_isolated() {
            return false;
        }
        let is_there = |organization: &Option<Arc<Organization>>| {
            organization.as_ref().is_none_or(|o| control.directory.by_id(o.id).is_some())
        };
        match &self.caller {
            Caller::Key { entry, organization, .. } => {
                let current = control.keyring.get(entry.id());
                is_there(organization)
                    && current.is_some_and(|current| {
                        current.stamp() == entry.stamp()
                            && current.check_state(now, self.origin.address).is_ok()
                            && control.check_not_refused(&current).is_ok()
                    })
            }
            Caller::Person { visitor, organization } => {
                let within = organization.as_ref().map(|o| o.id);
                let user = control.people.user_of(visitor.session.session.id, now);
                let is_same_role = match control.people.standing(visitor.user.id, within) {
                    Standing::Administrator => visitor.authority.is_root,
                    Standing::Member(held) => !visitor.authority.is_root && held.revision == visitor.role,
                    Standing::Nobody => false,
                };
                is_there(organization)
                    && is_same_role
                    && !control.is_refused_session(visitor.session.session.id, visitor.user.id)
                    && user.is_some_and(|user| user.revision == visitor.user.revision)
            }
            // What is done for somebody is done at once.
            Caller::Deputy { .. } => true,
            Caller::Anybody => self.spec.access == Access::Open,
        }
    }

    /// Whom and what a refusal is to be told of, for the audit trail.
    pub(crate) fn witness(&self) -> Option<Witness> {
        let who = match &self.caller {
            Caller::Key { entry, .. } => Who::Key(Arc::clone(entry)),
            Caller::Person { visitor, .. } => Who::Person(Arc::clone(&visitor.session)),
            Caller::Deputy { .. } | Caller::Anybody => return None,
        };
        let (address, request_id) = (self.address(), self.origin.request_id);
        Some(Witness { control: Arc::clone(&self.control), who, address, request_id })
    }

    /// Watches over an answer that goes on, until the caller may not any more.
    pub fn open_stream(&self) -> Result<Stream> {
        let opener = match &self.caller {
            Caller::Key { entry, .. } => {
                let operation = match self.spec.access {
                    Access::Scoped | Access::Root => self.listings().get(self.spec.id).map(|l| l.index),
                    _ => None,
                };
                Opener::Key { id: entry.id(), address: self.address(), operation }
            }
            Caller::Person { visitor, .. } => Opener::Person { session: visitor.session.session.id },
            Caller::Deputy { .. } | Caller::Anybody => return Err(Error::CredentialMissing),
        };
        let organization = self.organization().map(|o| o.id);
        Ok(self.control.streams.open(opener, organization, CancellationToken::new()))
    }

    /// Begins to write. If the request is a repeated one, it ends here with the answer it had.
    pub(crate) async fn write(&self) -> Result<Write<'_>> {
        self.write_holding(self.holds()).await
    }

    /// Begins to change what gives somebody rights: a key, a session, a user, a role, an organization.
    /// Whoever writes by those rights at this moment ends first, and nobody else begins to.
    pub(crate) async fn write_rights(&self, rights: impl IntoIterator<Item = Change>) -> Result<Write<'_>> {
        self.write_holding(self.holds().changing(rights)).await
    }

    /// Takes rights away: whoever has them is refused at once, and then `write` writes it.
    pub(crate) async fn refusing<T>(
        &self,
        what: impl IntoIterator<Item = Change>,
        write: impl Future<Output = Result<T>>,
    ) -> Result<T> {
        self.control.refusing(what.into_iter().collect(), write).await
    }

    /// A key that the caller may take away, as it is to be refused; nothing if it may not.
    pub(crate) fn key_to_refuse(&self, id: KeyId) -> Result<Option<Change>> {
        let reach = self.reach()?;
        let is_in_reach = |entry: Arc<KeyEntry>| match (&reach.organizations, entry.organization) {
            (None, _) => true,
            (Some(ids), Some(own)) => ids.contains(&own),
            (Some(_), None) => false,
        };
        Ok(self.control.keyring.get(id).is_some_and(is_in_reach).then_some(Change::Key(id)))
    }

    /// The rights by which the caller writes, as locks.
    fn holds(&self) -> Holds {
        let mut rights = Vec::new();
        match &self.caller {
            Caller::Key { entry, .. } => rights.extend(self.control.rights_of(entry)),
            Caller::Person { visitor, organization } => {
                rights.push(Change::Session(visitor.session.session.id));
                rights
                    .extend(self.control.rights_of_user(&visitor.user, organization.as_ref().map(|o| o.id)));
            }
            Caller::Deputy { deputy, organization } => {
                rights.extend(self.control.rights_of_user(&deputy.user, Some(organization.id)));
            }
            Caller::Anybody => {}
        }
        rights.extend(self.organization().map(|o| Change::Organization(o.id)));
        Holds::default().using(rights)
    }

    async fn write_holding(&self, holds: Holds) -> Result<Write<'_>> {
        debug_assert!(self.spec.access != Access::Open, "an open operation writes nothing");
        let store = &self.store;
        let mut tx = if self.spec.takes_away {
            store.begin_taking_away(&holds).await?
        } else {
            store.begin_holding(&holds).await?
        };
        self.require_same_caller(&mut tx).await?;
        let request = match &self.idempotency {
            Some(idempotency) => Some(self.claim(&mut tx, idempotency).await?),
            None => None,
        };
        Ok(Write { cx: self, tx, request, actor: self.actor(), note: None })
    }

    /// Claims a request that is known again, or ends it with the answer it had. What is kept of its
    /// input tells nothing of it: there may be a password in it.
    async fn claim(&self, tx: &mut Tx, idempotency: &Idempotency) -> Result<KnownRequest> {
        let peppers = self.control.keyring.peppers();
        let current = peppers.current();
        // The first time, the pepper may have been an older one.
        for version in [current].into_iter().chain(peppers.versions().filter(|v| *v != current)) {
            // The same request within another organization is another.
            let within = self.organization().map(|o| o.id.to_string()).unwrap_or_default();
            let whole = format!("{within}/{}", idempotency.fingerprint);
            let Some(fingerprint) = peppers.blind(version, &whole) else { continue };
            let request = KnownRequest {
                actor: self.actor(),
                idempotency_key: idempotency.key.clone(),
                operation: self.spec.id,
                fingerprint,
            };
            match tx.claim(&request, self.now()).await? {
                Known::New => return Ok(request),
                Known::Done(Some(answer)) => return Err(Error::Replay(answer)),
                Known::Done(None) => return Err(Error::AnswerShownOnce),
                Known::Other => {}
            }
        }
        Err(Error::IdempotencyKeyReused)
    }
}

/// Who asked for what is being done, kept until it is known whether it was refused.
pub(crate) struct Witness {
    pub(crate) control: Arc<Control>,
    pub(crate) who: Who,
    pub(crate) address: IpAddr,
    pub(crate) request_id: RequestId,
}

/// A change being made. It becomes true at [`Write::commit`], which audits it, and not before.
pub(crate) struct Write<'a> {
    cx: &'a Cx,
    /// The transaction.
    pub(crate) tx: Tx,
    request: Option<KnownRequest>,
    actor: Actor,
    note: Option<String>,
}

impl Write<'_> {
    /// The same, done by somebody who has proved who they are with the input.
    #[must_use]
    pub(crate) fn by(self, actor: Actor) -> Self {
        Self { actor, ..self }
    }

    /// With a note in the audit trail: what its targets do not tell, as they are too many.
    #[must_use]
    pub(crate) fn noting(self, note: String) -> Self {
        Self { note: Some(note), ..self }
    }

    /// Commits in the organization of the request (or the server as a whole).
    pub(crate) async fn commit<T: Serialize>(self, targets: Vec<Target>, output: T) -> Result<T> {
        let organization = self.cx.organization().map(|o| o.id);
        self.commit_in(organization, targets, output).await
    }

    /// Commits what was done, together with its audit entry and the answer for a repeated request,
    /// and takes it into this server's memory before anybody is answered.
    pub(crate) async fn commit_in<T: Serialize>(
        mut self,
        organization: Option<OrganizationId>,
        targets: Vec<Target>,
        output: T,
    ) -> Result<T> {
        let cx = self.cx;
        if let Some(request) = &self.request {
            let answer = if cx.spec.answers_secret {
                None
            } else {
                Some(serde_json::to_string(&output).map_err(Error::internal)?)
            };
            self.tx.keep_answer(request, answer).await?;
        }
        self.tx
            .append_audit(Event {
                at: cx.now(),
                actor: self.actor,
                organization_id: organization,
                operation: cx.spec.id.into(),
                targets,
                outcome: Outcome::Allowed,
                reason: self.note,
                address: cx.origin.address,
                request_id: Some(cx.origin.request_id),
            })
            .await?;
        let changes = self.tx.commit().await?;
        if let Err(error) = cx.control.refresh(&changes).await {
            // It is done, and the caller is told so; the memory follows as soon as it can.
            tracing::error!(error = &error as &dyn std::error::Error, "the memory could not be refreshed");
        }
        Ok(output)
    }
}
