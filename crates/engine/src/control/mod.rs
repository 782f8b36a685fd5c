//! The engine's object: the database, the keys and people in memory, the clock and the source of randomness.
//! All operations and background tasks share it.

mod isolation;
mod measured;
pub mod readiness;
mod refresh;
mod revocation;
mod stream_ends;

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, OnceLock, Weak};

use bailiwick_domain::audit::Event;
use bailiwick_domain::id::{CommandId, OrganizationId, RequestId};
use bailiwick_domain::key::{Key, Peppers};
use bailiwick_domain::organization::{Organization, OrganizationRef};
use bailiwick_domain::outside::{Clock, Entropy};
use bailiwick_domain::time::Timestamp;
use bailiwick_store::change::Change;
use bailiwick_store::{Databases, Observations, Store};
use tokio::sync::{Mutex, mpsc};
use tokio_util::sync::CancellationToken;

use crate::build::Build;
use crate::computing::Computing;
use crate::error::Result;
use crate::health::contact::Contact;
use crate::health::trouble::Troubles;
use crate::installer::Installer;
use crate::levels::Gauges;
use crate::limiter::Limiter;
use crate::listener::Agents;
use crate::measures::Measures;
use crate::memory::attempts::Attempts;
use crate::memory::directory::Directory;
use crate::memory::keyring::{AUDITED_REFUSALS, Keyring};
use crate::memory::passwords::Passwords;
use crate::memory::people::People;
use crate::memory::refused::Refused;
use crate::memory::streams::{OpenStream, Opener, Streams};
use crate::memory::watchers::{CommandWatch, ObjectsWatch, Watchers};
use crate::outside::IdEntropy;
use crate::shape::listing::Listings;

/// How many refusals may wait to be written to the audit trail. Further refusals are logged, not
/// audited.
const REFUSALS_WAITING: usize = 4_096;
/// Default for how many days after it stopped working a key is deleted.
pub const FORGET_KEYS_DAYS: u32 = 90;

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
    pub(crate) observations: Observations,
    pub(crate) keyring: Keyring,
    pub(crate) directory: Directory,
    pub(crate) people: People,
    pub(crate) passwords: Passwords,
    pub(crate) computing: Computing,
    /// The agents that are connected; they are told of changes.
    agents: OnceLock<Weak<dyn Agents>>,
    /// The part of the server that speaks with clients.
    gauges: parking_lot::Mutex<Option<Weak<dyn Gauges>>>,
    watchers: Watchers<CommandId>,
    /// Those who follow the objects of organizations.
    pub(crate) followers: Watchers<OrganizationId>,
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
    pub(crate) measures: Measures,
    pub(crate) refusals: mpsc::Sender<Event>,
    pub(crate) refusals_waiting: Mutex<mpsc::Receiver<Event>>,
    /// Held while rows are read from the database and applied to the memory, so that an older row never
    /// overwrites a newer one.
    refresh: Mutex<()>,
    ready: AtomicBool,
    /// Other reasons why the server is not ready.
    pub(crate) troubles: Troubles,
    /// What the server hands out to machines that are to be added; set once.
    installer: OnceLock<Installer>,
    /// How many days after it stopped working a key is deleted.
    forget_keys_days: AtomicU32,
    /// When this server last proved that it receives the changes of other servers.
    pub(crate) contact: Contact,
    /// Whether the memory may be older than the database.
    stale: AtomicBool,
}

impl Control {
    /// Opens the control plane on databases that have this version's schema, and fills the memory.
    /// `listings` are the ones of the [catalogue](crate::catalogue::Catalogue::listings).
    pub async fn open(
        databases: Databases,
        peppers: Peppers,
        outside: Outside,
        build: Build,
        listings: &'static Listings,
    ) -> Result<Arc<Self>> {
        let Outside { clock, entropy } = outside;
        let Databases { store, observations } = databases;
        let (refusals, refusals_waiting) = mpsc::channel(REFUSALS_WAITING);
        let control = Self {
            keyring: Keyring::new(peppers, Arc::clone(&clock), listings),
            measures: Measures::new(listings),
            listings,
            directory: Directory::default(),
            people: People::default(),
            passwords: Passwords::default(),
            computing: Computing::default(),
            agents: OnceLock::new(),
            gauges: parking_lot::Mutex::default(),
            watchers: Watchers::default(),
            followers: Watchers::default(),
            streams: Arc::default(),
            refused: Refused::default(),
            attempts: Attempts::default(),
            audited_logins: Limiter::new(AUDITED_REFUSALS, Arc::clone(&clock)),
            store,
            observations,
            clock,
            id_entropy: IdEntropy::new(Arc::clone(&entropy)),
            entropy,
            build,
            refusals,
            refusals_waiting: Mutex::new(refusals_waiting),
            refresh: Mutex::new(()),
            ready: AtomicBool::new(false),
            troubles: Troubles::default(),
            installer: OnceLock::new(),
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

    /// Sets what the server hands out to machines that are to be added. Only the first call has an effect.
    pub fn hand_out(&self, installer: Installer) {
        let _ = self.installer.set(installer);
    }

    /// What the server hands out to machines that are to be added; `None` if that was not set.
    pub fn installer(&self) -> Option<&Installer> {
        self.installer.get()
    }

    /// How many days after it stopped working a key is deleted.
    pub(crate) fn forget_keys_days(&self) -> u32 {
        self.forget_keys_days.load(Ordering::Relaxed)
    }

    /// The storage of observations, for the server's own work.
    pub const fn observations(&self) -> &Observations {
        &self.observations
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
    pub fn watch(&self, command: CommandId) -> CommandWatch {
        self.watchers.watch(command)
    }

    /// Watches the objects of an organization.
    pub fn watch_objects(&self, organization: OrganizationId) -> ObjectsWatch {
        self.followers.watch(organization)
    }

    /// Registers something that lasts beyond a request, and is ended when its opener loses the right to it.
    /// `ended` is cancelled when it must end.
    pub fn open_stream(
        &self,
        opener: Opener,
        organization: Option<OrganizationId>,
        ended: CancellationToken,
    ) -> OpenStream {
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
}
