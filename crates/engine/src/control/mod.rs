//! State that every request handler shares: the database, the keys and people in memory, the clock and
//! the random source.

mod isolation;
pub mod readiness;
mod revocation;
mod stream_ends;

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, OnceLock, Weak};
use std::time::Duration;

use bailiwick_domain::audit::Event;
use bailiwick_domain::id::{CommandId, OrganizationId, RequestId};
use bailiwick_domain::key::{Key, KeyDigests, Peppers};
use bailiwick_domain::organization::{Organization, OrganizationRef};
use bailiwick_domain::outside::{Clock, Entropy};
use bailiwick_domain::reach::Reach;
use bailiwick_domain::role::{Role, RoleRef};
use bailiwick_domain::session::Session;
use bailiwick_domain::time::Timestamp;
use bailiwick_domain::user::User;
use bailiwick_store::Store;
use bailiwick_store::change::Change;
use tokio::sync::{Mutex, mpsc};
use tokio_util::sync::CancellationToken;

use crate::build::Build;
use crate::error::{Error, Result};
use crate::health::contact::Contact;
use crate::health::trouble::Troubles;
use crate::limiter::Limiter;
use crate::listener::Agents;
use crate::memory::attempts::Attempts;
use crate::memory::bounds::Bounds;
use crate::memory::directory::Directory;
use crate::memory::keyring::{AUDITED_REFUSALS, KeyEntry, Keyring};
use crate::memory::passwords::Passwords;
use crate::memory::people::People;
use crate::memory::refused::Refused;
use crate::memory::streams::{Opener, Stream, Streams};
use crate::memory::watchers::{Watched, Watchers};
use crate::outside::IdEntropy;
use crate::shape::listing::Listings;

/// How many refusals may wait to be written to the audit trail. Further refusals are logged, not
/// audited.
const REFUSALS_WAITING: usize = 4_096;
/// Default for how many days after it stopped working a key is deleted.
pub const FORGET_KEYS_DAYS: u32 = 90;
/// Time limit for reading changed rows again. After that, this server removes these rows from its
/// memory.
const REFRESH_PATIENCE: Duration = Duration::from_secs(5);
/// How many keys are read per query when the memory is filled.
const KEYS_AT_ONCE: u32 = 10_000;
/// How many users, roles or sessions are read per query when the memory is filled.
const ROWS_AT_ONCE: u32 = 1_000;

/// The clock and the random source of a control plane; tests replace them.
#[derive(Clone)]
pub struct Outside {
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The random source.
    pub entropy: Arc<dyn Entropy>,
}

/// State that every request handler shares.
pub struct Control {
    pub(crate) store: Store,
    pub(crate) keyring: Keyring,
    pub(crate) directory: Directory,
    pub(crate) people: People,
    pub(crate) passwords: Passwords,
    /// The agents that are connected; they are told of changes.
    agents: OnceLock<Weak<dyn Agents>>,
    watchers: Watchers,
    pub(crate) streams: Arc<Streams>,
    /// Keys, sessions, users and organizations that are refused before their removal is written to the
    /// database.
    pub(crate) refused: Refused,
    pub(crate) attempts: Attempts,
    /// Limits how many failed logins go to the audit trail.
    audited_logins: Limiter,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
    /// Random source for the ids of requests only.
    id_entropy: IdEntropy,
    pub(crate) build: Build,
    pub(crate) listings: &'static Listings,
    pub(crate) refusals: mpsc::Sender<Event>,
    pub(crate) refusals_waiting: Mutex<mpsc::Receiver<Event>>,
    /// Held while rows are read from the database and applied to the memory, so that an older row never
    /// overwrites a newer one.
    refresh: Mutex<()>,
    ready: AtomicBool,
    /// Other reasons why the server is not ready.
    pub(crate) troubles: Troubles,
    /// How many days after it stopped working a key is deleted.
    forget_keys_days: AtomicU32,
    /// When this server last proved that it receives the changes of other servers.
    pub(crate) contact: Contact,
    /// Whether the memory may be older than the database.
    stale: AtomicBool,
}

impl Control {
    /// Opens the control plane on a database that has this version's schema, and fills the memory.
    /// `listings` are the ones of the [catalogue](crate::catalogue::Catalogue::listings).
    pub async fn open(
        store: Store,
        peppers: Peppers,
        outside: Outside,
        build: Build,
        listings: &'static Listings,
    ) -> Result<Arc<Self>> {
        let Outside { clock, entropy } = outside;
        let (refusals, refusals_waiting) = mpsc::channel(REFUSALS_WAITING);
        let control = Self {
            keyring: Keyring::new(peppers, Arc::clone(&clock), listings),
            listings,
            directory: Directory::default(),
            people: People::default(),
            passwords: Passwords::default(),
            agents: OnceLock::new(),
            watchers: Watchers::default(),
            streams: Arc::default(),
            refused: Refused::default(),
            attempts: Attempts::default(),
            audited_logins: Limiter::new(AUDITED_REFUSALS, Arc::clone(&clock)),
            store,
            clock,
            id_entropy: IdEntropy::new(Arc::clone(&entropy)),
            entropy,
            build,
            refusals,
            refusals_waiting: Mutex::new(refusals_waiting),
            refresh: Mutex::new(()),
            ready: AtomicBool::new(false),
            troubles: Troubles::default(),
            forget_keys_days: AtomicU32::new(FORGET_KEYS_DAYS),
            contact: Contact::default(),
            stale: AtomicBool::new(false),
        };
        control.reload().await?;
        control.ready.store(true, Ordering::Release);
        Ok(Arc::new(control))
    }

    /// Sets how many days after it stopped working a key is deleted.
    pub fn forget_keys_after(&self, days: u32) {
        self.forget_keys_days.store(days, Ordering::Relaxed);
    }

    /// How many days after it stopped working a key is deleted.
    pub(crate) fn forget_keys_days(&self) -> u32 {
        self.forget_keys_days.load(Ordering::Relaxed)
    }

    /// The keys in memory.
    pub const fn keyring(&self) -> &Keyring {
        &self.keyring
    }

    /// The organizations in memory.
    pub const fn directory(&self) -> &Directory {
        &self.directory
    }

    /// The users, roles and sessions in memory.
    pub const fn people(&self) -> &People {
        &self.people
    }

    /// The failed logins in memory.
    pub const fn attempts(&self) -> &Attempts {
        &self.attempts
    }

    /// Every operation, as data.
    pub const fn listings(&self) -> &'static Listings {
        self.listings
    }

    /// Version information of the running program.
    pub const fn build(&self) -> &Build {
        &self.build
    }

    /// The clock.
    pub fn clock(&self) -> &dyn Clock {
        &*self.clock
    }

    /// The random source.
    pub fn entropy(&self) -> &dyn Entropy {
        &*self.entropy
    }

    /// Whether one more failed login may go to the audit trail. Limited, so that nobody can fill the disk by
    /// failing.
    pub fn may_audit_login(&self) -> bool {
        self.audited_logins.take(1).is_ok()
    }

    /// Registers the part that speaks with agents, once, at start. It is not kept alive by this.
    pub fn register(&self, agents: Weak<dyn Agents>) {
        let is_first = self.agents.set(agents).is_ok();
        debug_assert!(is_first, "two parts that speak with agents");
    }

    /// The agents that are connected; `None` in a program that speaks with none.
    pub fn agents(&self) -> Option<Arc<dyn Agents>> {
        self.agents.get()?.upgrade()
    }

    /// Watches a command.
    pub fn watch(&self, command: CommandId) -> Watched {
        self.watchers.watch(command)
    }

    /// Registers something that lasts beyond a request, and is ended when its opener loses the right to it.
    /// `ended` is cancelled when it must end.
    pub fn open_stream(
        &self,
        opener: Opener,
        organization: Option<OrganizationId>,
        ended: CancellationToken,
    ) -> Stream {
        self.streams.open(opener, organization, ended)
    }

    /// The database.
    pub const fn store(&self) -> &Store {
        &self.store
    }

    /// The time now.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// A new id for a request.
    pub fn new_request_id(&self) -> RequestId {
        RequestId::new(&*self.clock, &self.id_entropy)
    }

    /// Whether the database answered the last ping, and this server receives the changes of other
    /// servers.
    pub fn is_ready(&self) -> bool {
        self.ready.load(Ordering::Acquire) && !self.store.is_away() && self.hears()
    }

    pub(crate) fn set_ready(&self, ready: bool) {
        self.store.set_away(!ready);
        self.ready.store(ready, Ordering::Release);
    }

    /// Finds an organization by id or slug, in memory. Skips organizations that are being refused.
    pub(crate) fn organization(&self, name: &OrganizationRef) -> Option<Arc<Organization>> {
        self.directory.get(name).filter(|organization| !self.is_refused_organization(organization.id))
    }

    /// The key as read from the database, with its last use as this server knows it, if that is newer.
    pub fn with_last_use(&self, mut key: Key) -> Key {
        let here = self.keyring.get(key.id).and_then(|entry| entry.last_used());
        if here.as_ref().map(|u| u.at) > key.last_used.as_ref().map(|u| u.at) {
            key.last_used = here;
        }
        key
    }

    /// Tells those who wait for changed rows that they were changed. The rows that this server holds in memory
    /// stay as they are, so this is only for changes of other rows.
    pub fn note(&self, changes: &BTreeSet<Change>) {
        for change in changes {
            if let Change::Command(id) | Change::Results(id) = change {
                self.watchers.note(*id);
            }
        }
        if let Some(agents) = self.agents() {
            agents.committed(changes);
        }
    }

    /// Wakes all who watch commands, because changes may have been missed.
    pub fn wake_watchers(&self) {
        self.watchers.note_all();
    }

    /// Passes on that changes of other servers may have been missed.
    pub(crate) fn note_missed(&self) {
        self.wake_watchers();
        if let Some(agents) = self.agents() {
            agents.missed();
        }
    }

    /// Reads changed rows again and applies them to the memory. If that fails, the changed rows are
    /// removed from memory until it works, so that no key keeps rights that were taken from it.
    pub async fn refresh(&self, changes: &BTreeSet<Change>) -> Result<()> {
        self.note(changes);
        let refreshed = tokio::time::timeout(REFRESH_PATIENCE, self.try_refresh(changes)).await;
        let refreshed = refreshed.unwrap_or(Err(Error::Unavailable));
        if refreshed.is_err() {
            // Remove the rows at once, even while another task holds the lock; and again with the lock,
            // because that task may have applied an older state in between.
            self.disbelieve_all(changes);
            let turn = tokio::time::timeout(REFRESH_PATIENCE, self.refresh.lock()).await;
            self.disbelieve_all(changes);
            self.stale.store(true, Ordering::Release);
            drop(turn);
        }
        refreshed
    }

    fn disbelieve_all(&self, changes: &BTreeSet<Change>) {
        let agents = self.agents();
        for change in changes {
            self.disbelieve(change);
            if let Some(agents) = &agents {
                agents.disbelieved(change);
            }
        }
    }

    /// Removes a changed row, and everything that depends on it, from memory.
    fn disbelieve(&self, change: &Change) {
        match change {
            Change::Key(id) => self.keyring.remove(*id),
            Change::Session(id) => self.people.apply_session(*id, None),
            Change::User(id) => {
                self.people.apply_user(*id, None);
                self.bound_again(|key| key.user == Some(*id));
            }
            Change::Role(id) => {
                self.people.apply_role(*id, None);
                let role = RoleRef::Own(*id);
                self.bound_again(|key| key.role == Some(role) || self.acts_in(key, role));
            }
            // Its policy may have changed, so none of its keys can be trusted.
            Change::Organization(id) => self.keyring.remove_organization(*id),
            // These rows are in no memory.
            Change::Agent(_)
            | Change::KeyMoved(_)
            | Change::Node(_)
            | Change::Rotate(_)
            | Change::Command(_)
            | Change::Results(_)
            | Change::HolderAsked(_)
            | Change::HolderAnswered(..) => {}
        }
    }

    /// Reads everything again if the memory may be older than the database.
    pub(crate) async fn reload_if_stale(&self) -> Result<()> {
        if self.stale.swap(false, Ordering::AcqRel)
            && let Err(error) = self.reload().await
        {
            self.stale.store(true, Ordering::Release);
            return Err(error);
        }
        Ok(())
    }

    async fn try_refresh(&self, changes: &BTreeSet<Change>) -> Result<()> {
        let is_in_no_memory = |change: &Change| {
            matches!(
                change,
                Change::Command(_) | Change::Results(_) | Change::HolderAsked(_) | Change::HolderAnswered(..)
            )
        };
        if changes.iter().all(is_in_no_memory) {
            return Ok(());
        }
        let turn = self.refresh.lock().await;
        let mut users = BTreeSet::new();
        for change in changes {
            self.refused.forget(change);
            match change {
                Change::Organization(id) => {
                    let name = OrganizationRef::Id(*id);
                    let organization = self.store.organizations(&Reach::EVERYTHING).get(&name).await?;
                    if organization.is_none() {
                        self.keyring.remove_organization(*id);
                        self.people.remove_organization(*id);
                    }
                    let policy = self.directory.by_id(*id).map(|o| o.key_policy.clone());
                    let is_same = policy == organization.as_ref().map(|o| o.key_policy.clone());
                    self.directory.apply(*id, organization);
                    if !is_same {
                        self.bound_again(|key| key.organization_id == Some(*id));
                    }
                }
                Change::Role(id) => {
                    self.people.apply_role(*id, self.store.role(*id).await?);
                    let role = RoleRef::Own(*id);
                    self.bound_again(|key| key.role == Some(role) || self.acts_in(key, role));
                }
                Change::User(id) => {
                    let user = self.store.users(&Reach::EVERYTHING).get(*id).await?;
                    self.people.apply_user(*id, user);
                    users.insert(*id);
                }
                Change::Session(id) => self.people.apply_session(*id, self.store.session(*id).await?),
                Change::Key(id) => match self.store.key_digests(*id).await? {
                    Some(digests) => self.take_in(digests),
                    None => self.keyring.remove(*id),
                },
                Change::Agent(_)
                | Change::KeyMoved(_)
                | Change::Node(_)
                | Change::Rotate(_)
                | Change::Command(_)
                | Change::Results(_)
                | Change::HolderAsked(_)
                | Change::HolderAnswered(..) => {}
            }
        }
        if !users.is_empty() {
            // Once for all users, because every key is looked at.
            self.bound_again(|key| key.user.is_some_and(|user| users.contains(&user)));
        }
        drop(turn);
        if let Some(agents) = self.agents() {
            agents.refreshed(changes);
        }
        Ok(())
    }

    /// Whether a key acts for a user who holds a role.
    fn acts_in(&self, key: &Key, role: RoleRef) -> bool {
        let held = key.user.and_then(|user| self.people.user(user)?.role_in(key.organization_id?));
        held == Some(role)
    }

    /// Limits on a key that come from its role, its user and its organization's policy; `None` if there
    /// are none.
    pub fn bounds(&self, key: &Key) -> Option<Box<Bounds>> {
        Bounds::of(key, &self.people, &self.directory)
    }

    /// The rows that a key's rights come from: the key, its role, its user, the user's role, its
    /// organization.
    pub fn rights_of(&self, entry: &KeyEntry) -> Vec<Change> {
        let key = entry.key();
        let mut rights = vec![Change::Key(key.id)];
        rights.extend(key.organization_id.map(Change::Organization));
        if let Some(RoleRef::Own(role)) = key.role {
            rights.push(Change::Role(role));
        }
        if let Some(id) = key.user {
            rights.push(Change::User(id));
            if let Some(user) = self.people.user(id) {
                rights.extend(self.rights_of_user(&user, key.organization_id));
            }
        }
        rights
    }

    /// The rows that a user's rights in an organization come from: the user and their role.
    pub(crate) fn rights_of_user(&self, user: &User, organization: Option<OrganizationId>) -> Vec<Change> {
        let mut rights = vec![Change::User(user.id)];
        if let Some(RoleRef::Own(role)) = organization.and_then(|id| user.role_in(id)) {
            rights.push(Change::Role(role));
        }
        rights
    }

    fn take_in(&self, digests: KeyDigests) {
        let bounds = self.bounds(&digests.key);
        self.keyring.apply_within(digests, bounds);
    }

    /// Applies the chosen keys again, because the limits on them have changed.
    fn bound_again(&self, chosen: impl Fn(&Key) -> bool) {
        self.keyring.apply_again(chosen, |key| self.bounds(key));
    }

    async fn reload_people(&self) -> Result<()> {
        let now = self.clock.now();
        let (mut roles, mut users, mut sessions) = (Vec::new(), Vec::new(), Vec::new());
        loop {
            let after = roles.last().map(|role: &Role| role.id);
            let more = self.store.roles_after(after, ROWS_AT_ONCE).await?;
            if more.is_empty() {
                break;
            }
            roles.extend(more);
        }
        loop {
            let after = users.last().map(|user: &User| user.id);
            let more = self.store.users_after(after, ROWS_AT_ONCE).await?;
            if more.is_empty() {
                break;
            }
            users.extend(more);
        }
        loop {
            let after = sessions.last().map(|(session, _): &(Session, _)| session.id);
            let more = self.store.sessions_after(now, after, ROWS_AT_ONCE).await?;
            if more.is_empty() {
                break;
            }
            sessions.extend(more);
        }
        self.people.replace(roles, users, sessions);
        Ok(())
    }

    /// Reads everything again from the database.
    pub async fn reload(&self) -> Result<()> {
        let _turn = self.refresh.lock().await;
        self.directory.replace(self.store.organizations(&Reach::EVERYTHING).all().await?);
        self.reload_people().await?;
        let mut gone: std::collections::HashSet<_> = self.keyring.ids().into_iter().collect();
        let mut after = None;
        loop {
            let keys = self.store.key_digests_after(after, KEYS_AT_ONCE).await?;
            let Some(last) = keys.last() else { break };
            after = Some(last.key.id);
            for digests in keys {
                gone.remove(&digests.key.id);
                self.take_in(digests);
            }
        }
        for id in gone {
            self.keyring.remove(id);
        }
        Ok(())
    }
}
