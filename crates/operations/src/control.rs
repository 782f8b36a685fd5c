//! The control plane: the database, the keys in memory, and the outside, in one place.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use bailiwick_domain::audit::Event;
use bailiwick_domain::id::{OrganizationId, RequestId};
use bailiwick_domain::key::{Key, KeyDigests, KeyId, Peppers};
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

use crate::attempts::Attempts;
use crate::bounds::Bounds;
use crate::build::Build;
use crate::connections::{Dispatcher, Fleet, Heard, Holders, Told};
use crate::contact::Contact;
use crate::directory::Directory;
use crate::error::{Error, Result};
use crate::keyring::{AUDITED_REFUSALS, KeyEntry, Keyring};
use crate::limiter::Limiter;
use crate::listing::Listings;
use crate::outside::IdEntropy;
use crate::passwords::Passwords;
use crate::people::People;
use crate::refused::Refused;
use crate::streams::Streams;
use crate::timekeeper::Timekeeper;
use crate::trouble::Troubles;

/// How many refusals wait to be written to the audit trail; more are counted and dropped.
const REFUSALS_WAITING: usize = 4_096;
/// How many days after they worked last keys are forgotten, if nothing else is configured.
pub const FORGET_KEYS_DAYS: u32 = 90;
/// How long it may take to read again what changed. Then it is not believed any more.
const REFRESH_PATIENCE: Duration = Duration::from_secs(5);
/// How many keys are read at once to fill the memory.
const KEYS_AT_ONCE: u32 = 10_000;
/// How many users, roles or sessions are.
const ROWS_AT_ONCE: u32 = 1_000;

/// What the outside gives to a control plane.
#[derive(Clone)]
pub struct Outside {
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
}

/// The control plane.
pub struct Control {
    pub(crate) store: Store,
    pub(crate) keyring: Keyring,
    pub(crate) directory: Directory,
    pub(crate) people: People,
    pub(crate) passwords: Passwords,
    pub(crate) fleet: Fleet,
    /// Which servers hold the connections of agents.
    pub(crate) holders: Holders,
    /// When this server began: what was heard of before that, it did not hear itself.
    pub(crate) opened_at: Timestamp,
    /// What agents told and is not written down yet.
    pub(crate) heard: Heard,
    pub(crate) streams: Arc<Streams>,
    /// Who is refused before it is written.
    pub(crate) refused: Refused,
    pub(crate) dispatcher: Dispatcher,
    pub(crate) timekeeper: Timekeeper,
    pub(crate) attempts: Attempts,
    /// How many failed logins go to the audit trail.
    pub(crate) audited_logins: Limiter,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
    /// For the ids of requests only.
    id_entropy: IdEntropy,
    pub(crate) build: Build,
    pub(crate) listings: &'static Listings,
    pub(crate) refusals: mpsc::Sender<Event>,
    pub(crate) refusals_waiting: Mutex<mpsc::Receiver<Event>>,
    /// Whoever brings the memory up to the database holds this, so that what was read later is
    /// taken in later.
    refresh: Mutex<()>,
    ready: AtomicBool,
    /// What else keeps the server from being ready.
    pub(crate) troubles: Troubles,
    /// How many days after they worked last keys are forgotten.
    forget_keys_days: AtomicU32,
    /// When it last proved that it hears of what other servers change.
    pub(crate) contact: Contact,
    /// Whether the memory may be older than the database.
    stale: AtomicBool,
}

impl Control {
    /// Opens the control plane on a database of this version's schema, and fills its memory.
    /// `listings` are those of the [catalogue](crate::catalogue::Catalogue::listings).
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
            fleet: Fleet::default(),
            holders: Holders::new(&*entropy),
            opened_at: clock.now(),
            heard: Heard::default(),
            streams: Arc::default(),
            refused: Refused::default(),
            dispatcher: Dispatcher::default(),
            timekeeper: Timekeeper::default(),
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
        control.bind_secrets().await?;
        control.reload().await?;
        control.ready.store(true, Ordering::Release);
        Ok(Arc::new(control))
    }

    /// Has keys forgotten so many days after they worked last.
    pub fn forget_keys_after(&self, days: u32) {
        self.forget_keys_days.store(days, Ordering::Relaxed);
    }

    /// The days after which keys that work no more are forgotten.
    pub(crate) fn forget_keys_days(&self) -> u32 {
        self.forget_keys_days.load(Ordering::Relaxed)
    }

    /// The keys in memory.
    pub const fn keyring(&self) -> &Keyring {
        &self.keyring
    }

    /// The agents that are connected to this server.
    pub const fn fleet(&self) -> &Fleet {
        &self.fleet
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

    /// Whether the database answered when it was last asked, and this server hears of its changes.
    pub fn is_ready(&self) -> bool {
        self.ready.load(Ordering::Acquire) && !self.store.is_away() && self.hears()
    }

    pub(crate) fn set_ready(&self, ready: bool) {
        self.store.set_away(!ready);
        self.ready.store(ready, Ordering::Release);
    }

    /// The organization that is named, from memory.
    pub(crate) fn organization(&self, name: &OrganizationRef) -> Option<Arc<Organization>> {
        self.directory.get(name).filter(|organization| !self.is_refused_organization(organization.id))
    }

    /// A key as the database has it, with what this server knows of its last use.
    pub(crate) fn with_last_use(&self, mut key: Key) -> Key {
        let here = self.keyring.get(key.id).and_then(|entry| entry.last_used());
        if here.as_ref().map(|u| u.at) > key.last_used.as_ref().map(|u| u.at) {
            key.last_used = here;
        }
        key
    }

    /// Brings the memory up to the database where it changed. Where that fails, the keys that
    /// changed are forgotten until it works: none keeps what was taken from it.
    pub async fn refresh(&self, changes: &BTreeSet<Change>) -> Result<()> {
        self.note(changes);
        let refreshed = tokio::time::timeout(REFRESH_PATIENCE, self.try_refresh(changes)).await;
        let refreshed = refreshed.unwrap_or(Err(Error::Unavailable));
        if refreshed.is_err() {
            // At once, whoever has the turn; and once more in turn, as they may have taken in what was
            // before.
            self.disbelieve_all(changes);
            let turn = tokio::time::timeout(REFRESH_PATIENCE, self.refresh.lock()).await;
            self.disbelieve_all(changes);
            self.stale.store(true, Ordering::Release);
            drop(turn);
        }
        refreshed
    }

    fn disbelieve_all(&self, changes: &BTreeSet<Change>) {
        for change in changes {
            self.disbelieve(change);
        }
    }

    /// Forgets what changed, and all that depends on it.
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
            // Its policy may be another: none of its keys is believed.
            Change::Organization(id) => self.keyring.remove_organization(*id),
            Change::Agent(id) => self.fleet.end_agent(*id),
            Change::KeyMoved(id) => self.end_moved(*id),
            // These take nothing from anybody.
            Change::Node(_)
            | Change::Rotate(_)
            | Change::Command(_)
            | Change::Results(_)
            | Change::HolderAsked(_)
            | Change::HolderAnswered(..) => {}
        }
    }

    /// Ends the connections of an agent whose key is that of another agent now.
    fn end_moved(&self, key: KeyId) {
        let agent = self.keyring.get(key).and_then(|entry| entry.key().agent);
        for connection in self.fleet.all().into_iter().filter(|connection| connection.key == key) {
            if Some(connection.agent) != agent {
                connection.end();
            }
        }
    }

    /// Brings the whole memory up to the database if it may be older.
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
                Change::Agent(id) => self.fleet.end_agent(*id),
                Change::KeyMoved(id) => self.end_moved(*id),
                Change::Node(_)
                | Change::Rotate(_)
                | Change::Command(_)
                | Change::Results(_)
                | Change::HolderAsked(_)
                | Change::HolderAnswered(..) => {}
            }
        }
        if !users.is_empty() {
            // Once for all of them: every key is looked at.
            self.bound_again(|key| key.user.is_some_and(|user| users.contains(&user)));
        }
        drop(turn);
        for change in changes {
            match change {
                Change::Node(id) => {
                    if let Some(connection) = self.fleet.get(*id) {
                        connection.desired_changed();
                    }
                }
                Change::Rotate(id) => {
                    if let Some(connection) = self.fleet.get(*id) {
                        // Without room it is told nothing now, and can be told again.
                        let _ = connection.tell(Told::Rotate);
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Whether a key acts for a user who holds a role.
    fn acts_in(&self, key: &Key, role: RoleRef) -> bool {
        let held = key.user.and_then(|user| self.people.user(user)?.role_in(key.organization_id?));
        held == Some(role)
    }

    /// What narrows a key beside itself; `None` if nothing does.
    pub(crate) fn bounds(&self, key: &Key) -> Option<Box<Bounds>> {
        Bounds::of(key, &self.people, &self.directory)
    }

    /// What gives a key its rights: itself, its role, its user and their role, its organization.
    pub(crate) fn rights_of(&self, entry: &KeyEntry) -> Vec<Change> {
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

    /// What gives a user their rights in an organization.
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

    /// Takes in again the keys that are chosen, as what narrows them has changed.
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

    /// Brings the whole memory up to the database.
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
