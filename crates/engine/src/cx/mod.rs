//! The context that an operation runs in. Having one proves that the caller was admitted.

pub mod internal;
pub(crate) mod visitor;
pub(crate) mod who;
mod write;

use std::future::Future;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use bailiwick_domain::command::CommandLimits;
use bailiwick_domain::id::RequestId;
use bailiwick_domain::key::{Actor, KeyId, KeyKind};
use bailiwick_domain::organization::Organization;
use bailiwick_domain::outside::{Clock, Entropy};
use bailiwick_domain::party::{Parties, Party};
use bailiwick_domain::reach::{OrganizationReach, Reach};
use bailiwick_domain::revision::Revision;
use bailiwick_domain::time::Timestamp;
use bailiwick_domain::user::User;
use bailiwick_store::change::Change;
use bailiwick_store::{Observations, Store, Tx, long_work};
use serde::Serialize;
use tokio_util::sync::CancellationToken;
use zeroize::Zeroizing;

pub use self::write::Write;
use crate::control::Control;
use crate::cx::visitor::Visitor;
use crate::cx::who::Who;
use crate::error::{Error, Result};
use crate::internal::AnyOperation;
use crate::limiter::RateState;
use crate::memory::keyring::KeyEntry;
use crate::memory::people::Standing;
use crate::memory::streams::{OpenStream, Opener};
use crate::rights::authority::{Authority, require_extent};
use crate::rights::grants::Grants;
use crate::shape::listing::{Listing, Listings};
use crate::shape::operation_id::OperationId;
use crate::shape::spec::{Access, Spec};

/// Identifies a request that a client may send again with the same `Idempotency-Key`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Idempotency {
    /// The value of the `Idempotency-Key` header.
    pub key: String,
    /// A digest of the input.
    pub fingerprint: String,
}

/// The caller of an operation.
pub(crate) enum Caller {
    /// Unknown: the operation is open, or its input is the proof.
    Anybody,
    /// A key that was admitted.
    Key { entry: Arc<KeyEntry>, organization: Option<Arc<Organization>>, rate: Option<RateState> },
    /// A user with a session, who was admitted.
    Person { visitor: Box<Visitor>, organization: Option<Arc<Organization>> },
    /// The server itself, acting for a user with that user's rights, as when a schedule is due.
    Deputy { deputy: Box<Deputy>, organization: Arc<Organization> },
    /// The server itself, for itself.
    Server,
}

/// A user for whom the server acts, with their rights in the organization concerned.
pub(crate) struct Deputy {
    pub(crate) user: Arc<User>,
    pub(crate) grants: Grants,
    pub(crate) authority: Authority,
    /// The revision of the user's role, if it is a custom role of the organization.
    pub(crate) role: Option<Revision>,
}

/// Where a request comes from, and what its headers say.
#[derive(Clone)]
pub(crate) struct Origin {
    /// `None` if the server acts for itself. When it acts for an owner, it makes an id.
    pub(crate) request_id: Option<RequestId>,
    /// `None` if the server acts, for itself or for an owner.
    pub(crate) address: Option<IpAddr>,
    pub(crate) if_match: Option<Vec<Revision>>,
    pub(crate) user_agent: Option<String>,
}

fn parties(caller: &Caller, address: Option<IpAddr>) -> Parties {
    let own = match caller {
        Caller::Key { entry, .. } => Party::Key(entry.id()),
        Caller::Person { visitor, .. } => Party::Person(visitor.user.id),
        Caller::Deputy { deputy, .. } => Party::Person(deputy.user.id),
        // The server's own work takes no turn, so that its share is never asked for.
        Caller::Anybody | Caller::Server => {
            Party::Network(address.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED)).into())
        }
    };
    let organization = match caller {
        Caller::Key { entry, organization, .. } => {
            organization.as_ref().map(|o| o.id).or(entry.key().organization_id)
        }
        Caller::Person { organization, .. } => organization.as_ref().map(|o| o.id),
        Caller::Deputy { organization, .. } => Some(organization.id),
        // Strangers from many networks together leave something to callers who are known.
        Caller::Anybody => return Parties { caller: own, organization: Some(Party::Strangers) },
        Caller::Server => None,
    };
    Parties { caller: own, organization: organization.map(Party::Organization) }
}

/// The context that an operation runs in. Only [admission](Control::authorize) makes one, for one operation, so
/// having one proves that the caller may run that operation.
pub struct Cx {
    control: Arc<Control>,
    operation: AnyOperation,
    caller: Arc<Caller>,
    origin: Origin,
    idempotency: Option<Idempotency>,
    /// The database, with this request's turn.
    store: Store,
}

impl Cx {
    pub(crate) fn new(
        control: Arc<Control>,
        operation: AnyOperation,
        caller: Caller,
        origin: Origin,
    ) -> Self {
        let store = match operation {
            AnyOperation::Public(_) => control.store.for_request(parties(&caller, origin.address)),
            // Agents and the server itself take no turn: of agents only so many may connect at the same time.
            AnyOperation::Internal(_) => control.store.clone(),
        };
        Self { control, operation, caller: Arc::new(caller), origin, idempotency: None, store }
    }

    /// A context in which the caller of this one runs another operation.
    pub(crate) fn for_other(&self, operation: AnyOperation) -> Option<Self> {
        let caller = match &*self.caller {
            Caller::Key { entry, organization, rate } => {
                Caller::Key { entry: Arc::clone(entry), organization: organization.clone(), rate: *rate }
            }
            _ => return None,
        };
        Some(Self::new(Arc::clone(&self.control), operation, caller, self.origin.clone()))
    }

    /// The operation that the caller was admitted to.
    pub(crate) const fn operation(&self) -> AnyOperation {
        self.operation
    }

    /// Makes the request recognizable if it is sent again. Not for unknown callers: one of them could
    /// otherwise get the answer that was meant for another.
    #[must_use]
    pub fn known_by(self, idempotency: Idempotency) -> Self {
        match *self.caller {
            Caller::Anybody => self,
            _ => Self { idempotency: Some(idempotency), ..self },
        }
    }

    /// Whether this context was made for the given operation.
    pub(crate) fn is_for(&self, spec: &'static Spec) -> bool {
        matches!(self.operation, AnyOperation::Public(listing) if listing.spec.id == spec.id)
    }

    /// The interface of the operation. Internal operations have none.
    fn spec(&self) -> Result<&'static Spec> {
        match self.operation {
            AnyOperation::Public(listing) => Ok(listing.spec),
            AnyOperation::Internal(internal) => {
                Err(Error::internal(format!("{} is an internal operation", internal.id)))
            }
        }
    }

    /// Who may run the operation; `None` if it is an internal one.
    const fn access(&self) -> Option<Access> {
        match self.operation {
            AnyOperation::Public(listing) => Some(listing.spec.access),
            AnyOperation::Internal(_) => None,
        }
    }

    /// The control plane.
    pub fn control(&self) -> &Control {
        &self.control
    }

    /// Every operation, as data.
    pub fn listings(&self) -> &'static Listings {
        self.control.listings
    }

    /// The database, for reading. The first statement waits for this request's turn, which ends when
    /// the context is dropped.
    pub const fn store(&self) -> &Store {
        &self.store
    }

    /// The storage of observations, with a turn of its own for this request. Ask for it once in a request.
    #[must_use]
    pub fn observations(&self) -> Observations {
        self.control.observations.for_request_of(&self.store)
    }

    /// Ends this request's turn at the database, before the request waits for something else. Its next
    /// statement waits for a new turn.
    pub fn end_turn(&self) {
        self.store.end_turn();
    }

    /// Hashes a password to a PHC string. This takes long and may wait in line, so the request holds no connection
    /// to the database meanwhile.
    pub async fn hash_password(&self, password: &str) -> Result<Zeroizing<String>> {
        self.end_turn();
        self.control.passwords.hash(password, self.entropy()).await
    }

    /// Verifies a password against a hash; false if there is no hash. As with hashing, the request holds no
    /// connection to the database meanwhile.
    pub async fn verify_password(&self, password: &str, hash: Option<&str>) -> Result<bool> {
        self.end_turn();
        self.control.passwords.verify(password, hash).await
    }

    /// Runs code that serializes data. If the request has read so much that this takes long, it runs so
    /// that other tasks do not wait for this thread.
    pub(crate) fn write_out<T>(&self, work: impl FnOnce() -> T) -> T {
        if self.store.has_read_much() { long_work(work) } else { work() }
    }

    /// The time now.
    pub fn now(&self) -> Timestamp {
        self.control.clock.now()
    }

    /// The clock.
    pub fn clock(&self) -> &dyn Clock {
        &*self.control.clock
    }

    /// The random source.
    pub fn entropy(&self) -> &dyn Entropy {
        &*self.control.entropy
    }

    /// The state of the caller's rate limit, for the response headers.
    pub fn rate(&self) -> Option<RateState> {
        match &*self.caller {
            Caller::Key { rate, .. } => *rate,
            Caller::Person { .. } | Caller::Deputy { .. } | Caller::Anybody | Caller::Server => None,
        }
    }

    /// The caller, for logs and the audit trail.
    pub fn actor(&self) -> Actor {
        match &*self.caller {
            Caller::Key { entry, .. } => Actor::Key { id: entry.id() },
            Caller::Person { visitor, .. } => Actor::User { id: visitor.user.id },
            Caller::Deputy { deputy, .. } => Actor::User { id: deputy.user.id },
            Caller::Anybody => Actor::Anonymous,
            Caller::Server => Actor::System,
        }
    }

    /// The parties that the database's queue counts this request for: the caller, and the organization.
    pub fn parties(&self) -> Parties {
        parties(&self.caller, self.origin.address)
    }

    /// The key that makes the request; `None` for any other caller.
    pub fn key(&self) -> Option<&Arc<KeyEntry>> {
        match &*self.caller {
            Caller::Key { entry, .. } => Some(entry),
            Caller::Person { .. } | Caller::Deputy { .. } | Caller::Anybody | Caller::Server => None,
        }
    }

    /// Limits on the commands that the caller may give, in addition to its scopes and reach.
    pub fn command_limits(&self) -> Option<&CommandLimits> {
        self.key()?.key().command_limits.as_ref()
    }

    /// The logged-in user who makes the request; `None` for any other caller.
    pub fn visitor(&self) -> Option<&Visitor> {
        match &*self.caller {
            Caller::Person { visitor, .. } => Some(visitor),
            Caller::Key { .. } | Caller::Deputy { .. } | Caller::Anybody | Caller::Server => None,
        }
    }

    /// The logged-in user who makes the request. Refuses any other caller.
    pub fn person(&self) -> Result<&Visitor> {
        self.visitor().ok_or(Error::PersonOnly)
    }

    /// Whether the caller's scopes open an operation.
    pub fn may(&self, listing: &Listing) -> bool {
        match listing.spec.access {
            Access::Open | Access::ByProof | Access::AnyKey => true,
            Access::Person => self.visitor().is_some(),
            Access::Scoped | Access::Root => match &*self.caller {
                Caller::Key { entry, .. } => entry.grants.contains(listing.index),
                Caller::Person { visitor, .. } => visitor.grants.contains(listing.index),
                Caller::Deputy { deputy, .. } => deputy.grants.contains(listing.index),
                Caller::Anybody | Caller::Server => false,
            },
        }
    }

    /// Whether the caller stands above organizations: a root key or a server administrator.
    pub fn is_root(&self) -> bool {
        match &*self.caller {
            Caller::Key { entry, .. } => entry.key().kind == KeyKind::Root,
            Caller::Person { visitor, .. } => visitor.authority.is_root,
            Caller::Deputy { deputy, .. } => deputy.authority.is_root,
            Caller::Anybody | Caller::Server => false,
        }
    }

    /// The caller's rights, to check what it may grant to others.
    pub fn authority(&self) -> Result<Authority> {
        match &*self.caller {
            Caller::Key { entry, .. } => Ok(entry.authority()),
            Caller::Person { visitor, .. } => Ok(visitor.authority.clone()),
            Caller::Deputy { deputy, .. } => Ok(deputy.authority.clone()),
            Caller::Anybody | Caller::Server => Err(Error::CredentialMissing),
        }
    }

    /// The organization of the request: the one it names, or the only one of the caller.
    pub fn organization(&self) -> Option<&Arc<Organization>> {
        match &*self.caller {
            Caller::Key { organization, .. } | Caller::Person { organization, .. } => organization.as_ref(),
            Caller::Deputy { organization, .. } => Some(organization),
            Caller::Anybody | Caller::Server => None,
        }
    }

    fn own_reach(&self) -> Result<Reach> {
        match &*self.caller {
            Caller::Key { entry, .. } => Ok(entry.reach()),
            Caller::Person { visitor, .. } => Ok(visitor.authority.reach.clone()),
            Caller::Deputy { deputy, .. } => Ok(deputy.authority.reach.clone()),
            Caller::Anybody | Caller::Server => Err(Error::CredentialMissing),
        }
    }

    /// The caller's reach across organizations; limited to the named organization, if the request names
    /// one.
    pub fn reach(&self) -> Result<Reach> {
        let mut reach = self.own_reach()?;
        if let Some(organization) = self.organization() {
            reach.organizations = Some([organization.id].into());
        }
        Ok(reach)
    }

    /// The caller's reach within the organization of the request.
    pub fn organization_reach(&self) -> Result<OrganizationReach> {
        let organization = self.organization().ok_or(Error::OrganizationRequired)?;
        self.own_reach()?
            .within(organization.id)
            .ok_or_else(|| Error::not_found("organization", organization.id))
    }

    /// The client's address; `0.0.0.0` if the server acts by itself.
    pub fn address(&self) -> IpAddr {
        self.origin.address.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED))
    }

    /// The id of the request; `None` if the server acts for itself.
    pub const fn request_id(&self) -> Option<RequestId> {
        self.origin.request_id
    }

    /// The `User-Agent` header.
    pub fn user_agent(&self) -> Option<&str> {
        self.origin.user_agent.as_deref()
    }

    /// Refuses if the caller may not run another operation that this one includes: its scopes do not open it, or
    /// its reach is smaller than that operation requires.
    pub fn require_operation(&self, id: OperationId) -> Result<()> {
        let listing = self.listings().require(id)?;
        if !self.may(listing) {
            return Err(self.lacks(listing));
        }
        require_extent(listing.spec.extent, &self.own_reach()?)
    }

    /// Why the caller may not run an operation that its scopes do not open.
    pub fn lacks(&self, listing: &Listing) -> Error {
        match &*self.caller {
            Caller::Key { entry, .. } => entry.lacks(listing, self.listings()),
            _ => Error::ScopeMissing(listing.spec.scope()),
        }
    }

    /// Whether the caller may read objects of a noun, one by one or as a list.
    pub fn may_read(&self, noun: &str) -> bool {
        let listings = self.listings();
        let reads = ["get", "list"].into_iter().filter_map(|verb| listings.get(&format!("{noun}.{verb}")));
        reads.into_iter().any(|listing| self.may(listing))
    }

    /// Refuses if the `If-Match` header does not list the current revision. The refusal shows
    /// `current`, the current state, to a caller that may read it.
    pub fn require_match<T: Serialize>(&self, current: &T, revision: Revision) -> Result<()> {
        debug_assert!(
            self.spec().is_ok_and(Spec::takes_if_match),
            "the header is not read for this operation: add `.conditional()` to its spec"
        );
        match &self.origin.if_match {
            Some(expected) if !expected.contains(&revision) => {
                let (spec, listings) = (self.spec()?, self.listings());
                let noun = spec.subject().noun;
                let read =
                    ["get", "show"].into_iter().find_map(|verb| listings.get(&format!("{noun}.{verb}")));
                // People read what is their own without a scope.
                let may_read = read.map_or(spec.access == Access::Person, |read| self.may(read));
                let current = if may_read { serde_json::to_value(current).ok() } else { None };
                Err(Error::Changed { current, revision: Some(revision) })
            }
            _ => Ok(()),
        }
    }

    /// Gives an object that is changed now its next revision, and the time of the change.
    pub fn revise(&self, from: Revision, revision: &mut Revision, updated_at: &mut Timestamp) {
        (*revision, *updated_at) = (from.next(), self.now());
    }

    /// Refuses if the caller's rights have changed since it was admitted. The request's body may have
    /// taken long to arrive, and this transaction may have waited for another one.
    async fn require_same_caller(&self, tx: &mut Tx) -> Result<()> {
        match &*self.caller {
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
            Caller::Anybody if self.access() == Some(Access::ByProof) => Ok(()),
            Caller::Anybody | Caller::Server => Err(Error::CredentialMissing),
        }
    }

    /// Whether the caller may still run this operation, with its rights unchanged since it was
    /// admitted. Does no I/O.
    pub fn still_holds(&self) -> bool {
        let (control, now) = (&self.control, self.now());
        if !control.admits() {
            return false;
        }
        let is_there = |organization: &Option<Arc<Organization>>| {
            organization.as_ref().is_none_or(|o| control.directory.by_id(o.id).is_some())
        };
        match &*self.caller {
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
            // The server's own work is done at once and never lasts.
            Caller::Deputy { .. } | Caller::Server => true,
            Caller::Anybody => self.access() == Some(Access::Open),
        }
    }

    /// The caller and the request, for the audit entry if the operation is refused.
    pub(crate) fn witness(&self) -> Option<Witness> {
        let who = match &*self.caller {
            Caller::Key { entry, .. } => Who::Key(Arc::clone(entry)),
            Caller::Person { visitor, .. } => Who::Person(Arc::clone(&visitor.session)),
            Caller::Deputy { .. } | Caller::Anybody | Caller::Server => return None,
        };
        let (address, request_id) = (self.address(), self.origin.request_id?);
        Some(Witness { control: Arc::clone(&self.control), who, address, request_id })
    }

    /// Notes in the audit trail that the caller was refused after it was admitted.
    pub fn audit_refusal(&self, error: &Error) {
        if let Some(Witness { control, who, address, request_id }) = self.witness() {
            control.audit_refusal(self.operation.id(), &who, address, request_id, error);
        }
    }

    /// Registers a long-lived response, which is ended when the caller loses the right to it.
    pub fn open_stream(&self) -> Result<OpenStream> {
        let opener = match &*self.caller {
            Caller::Key { entry, .. } => {
                let operation = match self.operation {
                    AnyOperation::Public(listing)
                        if matches!(listing.spec.access, Access::Scoped | Access::Root) =>
                    {
                        Some(listing.index)
                    }
                    _ => None,
                };
                Opener::Key { id: entry.id(), address: self.address(), operation }
            }
            Caller::Person { visitor, .. } => Opener::Person { session: visitor.session.session.id },
            Caller::Deputy { .. } | Caller::Anybody | Caller::Server => {
                return Err(Error::CredentialMissing);
            }
        };
        let organization = self.organization().map(|o| o.id);
        Ok(self.control.streams.open(opener, organization, CancellationToken::new()))
    }

    /// Takes rights away: the keys, users or sessions concerned are refused at once, and then `write`
    /// makes it permanent.
    pub async fn refusing<T>(
        &self,
        what: impl IntoIterator<Item = Change>,
        write: impl Future<Output = Result<T>>,
    ) -> Result<T> {
        self.control.refusing(what.into_iter().collect(), write).await
    }

    /// The change by which to refuse a key at once; `None` if the key is not within the caller's reach.
    pub fn key_to_refuse(&self, id: KeyId) -> Result<Option<Change>> {
        let reach = self.reach()?;
        let is_in_reach = |entry: Arc<KeyEntry>| match (&reach.organizations, entry.organization) {
            (None, _) => true,
            (Some(ids), Some(own)) => ids.contains(&own),
            (Some(_), None) => false,
        };
        Ok(self.control.keyring.get(id).is_some_and(is_in_reach).then_some(Change::Key(id)))
    }
}

/// The caller and the request, kept until it is known whether the operation was refused.
pub(crate) struct Witness {
    pub(crate) control: Arc<Control>,
    pub(crate) who: Who,
    pub(crate) address: IpAddr,
    pub(crate) request_id: RequestId,
}
