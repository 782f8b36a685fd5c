//! All keys in memory, so that verifying one costs no I/O.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bailiwick_domain::id::OrganizationId;
use bailiwick_domain::key::{
    DigestedSecret, Key, KeyDigests, KeyId, KeyKind, KeyStatus, KeyText, LastUse, Peppers, SecretDigest,
};
use bailiwick_domain::network::{self, Network};
use bailiwick_domain::outside::Clock;
use bailiwick_domain::rate::RateLimit;
use bailiwick_domain::reach::Reach;
use bailiwick_domain::time::Timestamp;
use bailiwick_store::keys::KeyStamp;
use dashmap::DashMap;
use parking_lot::Mutex;

use crate::error::Error;
use crate::limiter::Limiter;
use crate::memory::bounds::Bounds;
use crate::memory::used_operations::UsedOperations;
use crate::rights::authority::{Authority, require_extent};
use crate::rights::grants::Grants;
use crate::shape::listing::{Listing, Listings};
use crate::shape::operation_id::OperationId;
use crate::shape::spec::Extent;

const DAY_SECONDS: i64 = 86_400;

/// How many refusals per minute go to the audit trail, for each key or session.
pub(crate) const AUDITED_REFUSALS: RateLimit =
    RateLimit { per_minute: std::num::NonZeroU32::new(60).unwrap(), burst: None };

/// A key, with all that a request needs to know of it.
///
/// The fields that every request reads stand here, side by side; the rest is behind `record`. With a
/// million keys, none of it is in a cache, and every further pointer is a cache miss.
pub struct KeyEntry {
    /// The digest of its secret.
    current: DigestedSecret,
    /// The operations that it opens.
    pub(crate) grants: Grants,
    /// When it stops working because it is unused, if its organization's policy says so.
    unused_ends: Option<UnusedEnds>,
    /// Whether its user has lost access, or its role is deleted.
    is_over: bool,
    /// Whether the policy requires allowed networks and the key has none, or too wide ones.
    lacks_networks: bool,
    /// The organization it belongs to; `None` for a root key.
    pub organization: Option<OrganizationId>,
    id: KeyId,
    /// The time from which it works; `expires_at` is the time at which it stops.
    not_before: Option<Timestamp>,
    expires_at: Option<Timestamp>,
    is_disabled: bool,
    allowed_ips: Box<[Network]>,
    denied_ips: Box<[Network]>,
    /// Whether `last_used` is not yet queued for the database.
    use_is_new: AtomicBool,
    pub(crate) limiter: Option<Arc<Limiter>>,
    last_used: Mutex<Option<LastUse>>,
    /// The operations used since the last write to the database. Stored inline: memory that a request takes for its key's
    /// first use would cost more than the whole check of the key.
    used_operations: UsedOperations,
    record: Box<Record>,
}

/// How long a key may go unused.
#[derive(Clone, Copy)]
struct UnusedEnds {
    seconds: i64,
    /// The start of the time, if the key was never used.
    created_at: Timestamp,
}

/// The parts of a key that only some requests read.
struct Record {
    key: Key,
    previous: Option<(DigestedSecret, Timestamp)>,
    bounds: Option<Box<Bounds>>,
    /// Limits audit entries about refusals; made at the first refusal.
    refusals: Mutex<Option<Arc<Limiter>>>,
}

impl KeyEntry {
    /// Whether it opens an operation.
    pub fn may(&self, operation: &Listing) -> bool {
        self.grants.contains(operation.index)
    }

    /// Why it does not open an operation: its organization's policy withholds that, or it lacks the scope. A scope that
    /// the policy withholds would not help it.
    pub(crate) fn lacks(&self, operation: &Listing, listings: &Listings) -> Error {
        let scope = operation.spec.scope();
        let withheld = self.record.bounds.as_ref().map(|bounds| &bounds.policy.withheld_scopes);
        let is_withheld = withheld.is_some_and(|withheld| {
            !withheld.is_empty() && Grants::withheld(withheld, listings).contains(operation.index)
        });
        if is_withheld { Error::ScopeWithheld(scope) } else { Error::ScopeMissing(scope) }
    }

    /// Its id.
    pub const fn id(&self) -> KeyId {
        self.id
    }

    /// The key.
    pub const fn key(&self) -> &Key {
        &self.record.key
    }

    /// The key's reach, including the limit to its own organization.
    pub fn reach(&self) -> Reach {
        let mut reach = self.key().reach.clone();
        if let Some(organization) = self.organization {
            reach.organizations = Some([organization].into());
        }
        match &self.record.bounds {
            Some(bounds) => reach.and(&bounds.reach),
            None => reach,
        }
    }

    /// Refuses if the key's reach is smaller than an operation requires.
    pub(crate) fn require_extent(&self, extent: Extent) -> Result<(), Error> {
        match extent {
            Extent::Any => Ok(()),
            _ => require_extent(extent, &self.reach()),
        }
    }

    /// The key's rights, to check what it may grant to others.
    pub fn authority(&self) -> Authority {
        let mut scopes = vec![self.key().scopes.clone()];
        let mut withheld = BTreeSet::new();
        if let Some(bounds) = &self.record.bounds {
            scopes.extend(bounds.scopes.iter().cloned());
            withheld.clone_from(&bounds.policy.withheld_scopes);
        }
        let is_root = self.key().kind == KeyKind::Root;
        Authority { scopes, withheld, reach: self.reach(), is_root }
    }

    /// The revisions that the key's rights come from.
    pub fn stamp(&self) -> KeyStamp {
        Bounds::stamp(self.record.bounds.as_deref(), self.key().revision)
    }

    /// Whether its reach includes an organization, or a part of it.
    pub(crate) fn touches(&self, organization: OrganizationId) -> bool {
        let bounds = self.record.bounds.as_ref();
        let own = match self.organization {
            Some(own) => own == organization,
            None => self.key().reach.touches(organization),
        };
        own && bounds.is_none_or(|bounds| bounds.reach.touches(organization))
    }

    /// When it was last used, as far as this server knows.
    pub fn last_used(&self) -> Option<LastUse> {
        self.last_used.lock().clone()
    }

    /// Whether it is an enrolment key without enrolments left that was last used before `since`.
    pub(crate) fn is_spent(&self, since: Timestamp) -> bool {
        self.key().enrolment.as_ref().is_some_and(|enrolment| enrolment.left() == 0)
            && self.last_used().is_none_or(|last| last.at < since)
    }

    /// Whether the key works now and from this address. Without an address, as when the server acts for
    /// the key's owner, networks are not checked.
    pub fn check_state(&self, now: Timestamp, address: impl Into<Option<IpAddr>>) -> Result<(), Error> {
        // A disablement may have ended by now, so ask the record.
        if self.is_disabled && self.key().status(now) == KeyStatus::Disabled {
            return Err(Error::KeyDisabled { until: self.key().disabled.as_ref().and_then(|d| d.until) });
        }
        if let Some(begin) = self.not_before
            && now < begin
        {
            return Err(Error::KeyNotYetValid(begin));
        }
        self.check_standing(now)?;
        match address.into() {
            Some(address) if !network::admits(&self.allowed_ips, &self.denied_ips, address) => {
                Err(Error::AddressNotAllowed(address))
            }
            _ => Ok(()),
        }
    }

    /// Whether the key works now, as far as its expiry, its user, its role and its organization's
    /// policy are concerned.
    fn check_standing(&self, now: Timestamp) -> Result<(), Error> {
        if let Some(end) = self.expires_at
            && now >= end
        {
            return Err(Error::KeyExpired(end));
        }
        if self.is_over {
            return Err(Error::AccessOver);
        }
        if let Some(ends) = self.unused_ends {
            let since = self.last_used.lock().as_ref().map_or(ends.created_at, |used| used.at);
            if since.plus_seconds(ends.seconds) <= now {
                return Err(Error::KeyUnused { since });
            }
        }
        if self.lacks_networks {
            return Err(Error::PolicyForbids(
                "keys without `allowed_ips`, or with networks wider than a /8 (IPv4) or a /16 (IPv6)",
            ));
        }
        Ok(())
    }

    /// Limits the audit entries about its refusals.
    pub(crate) const fn refusals(&self) -> &Mutex<Option<Arc<Limiter>>> {
        &self.record.refusals
    }
}

/// A secret that was verified with an older pepper, and its digest with the current one.
pub(crate) struct Rekey {
    pub(crate) from: DigestedSecret,
    pub(crate) to: DigestedSecret,
}

/// All keys, in memory.
pub struct Keyring {
    keys: DashMap<KeyId, Arc<KeyEntry>>,
    peppers: Peppers,
    clock: Arc<dyn Clock>,
    listings: &'static Listings,
    /// Keys whose last use must be written to the database.
    used: Mutex<Vec<KeyId>>,
    rekeys: Mutex<BTreeMap<KeyId, Rekey>>,
    /// A digest to verify the secrets of unknown keys against, so that they take the same time.
    nobody: DigestedSecret,
}

/// How many re-digested secrets may wait to be written. A key beyond that is re-digested at a later
/// use.
const REKEYS_MAX: usize = 10_000;

impl Keyring {
    /// A keyring without keys.
    pub fn new(peppers: Peppers, clock: Arc<dyn Clock>, listings: &'static Listings) -> Self {
        let nobody = DigestedSecret { pepper: peppers.current(), digest: SecretDigest([0; 32]) };
        Self {
            keys: DashMap::new(),
            peppers,
            clock,
            listings,
            used: Mutex::default(),
            rekeys: Mutex::default(),
            nobody,
        }
    }

    /// The peppers.
    pub const fn peppers(&self) -> &Peppers {
        &self.peppers
    }

    /// How many keys there are.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether there are no keys.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// The key with an id. Does not verify a secret.
    pub fn get(&self, id: KeyId) -> Option<Arc<KeyEntry>> {
        self.keys.get(&id).map(|entry| Arc::clone(entry.value()))
    }

    /// The ids of all keys.
    pub(crate) fn ids(&self) -> Vec<KeyId> {
        self.keys.iter().map(|entry| *entry.key()).collect()
    }

    /// Applies the state of a key that has no limits besides its own.
    pub fn apply(&self, digests: KeyDigests) {
        self.apply_within(digests, None);
    }

    /// Applies the chosen keys again, because the limits on them have changed.
    pub(crate) fn apply_again(
        &self,
        chosen: impl Fn(&Key) -> bool,
        bounds: impl Fn(&Key) -> Option<Box<Bounds>>,
    ) {
        // Collected first, because iterating locks the map's shards.
        let entries: Vec<_> = self
            .keys
            .iter()
            .filter(|entry| chosen(entry.value().key()))
            .map(|entry| Arc::clone(entry.value()))
            .collect();
        for entry in entries {
            let digests = KeyDigests {
                key: entry.key().clone(),
                current: entry.current,
                previous: entry.record.previous,
            };
            let bounds = bounds(&digests.key);
            self.apply_within(digests, bounds);
        }
    }

    /// Applies the state of a key. Keeps the counters of its rate limit and its last use.
    pub(crate) fn apply_within(&self, digests: KeyDigests, bounds: Option<Box<Bounds>>) {
        let KeyDigests { key, current, previous } = digests;
        let old = self.get(key.id);
        let limiter = key.rate_limit.map(|limit| match old.as_ref().and_then(|old| old.limiter.as_ref()) {
            Some(limiter) if limiter.limit() == limit => Arc::clone(limiter),
            Some(limiter) => Arc::new(limiter.changed_to(limit, Arc::clone(&self.clock))),
            None => Arc::new(Limiter::new(limit, Arc::clone(&self.clock))),
        });
        let used_here = old.as_ref().and_then(|old| old.last_used());
        let last_used = match (used_here, &key.last_used) {
            (Some(here), Some(there)) if here.at < there.at => Some(there.clone()),
            (None, there) => there.clone(),
            (here, _) => here,
        };
        let mut grants = Grants::compile(&key.scopes, key.kind == KeyKind::Root, self.listings);
        let mut expires_at = key.expires_at;
        let (mut unused_ends, mut is_over, mut lacks_networks) = (None, false, false);
        if let Some(bounds) = &bounds {
            for scopes in &bounds.scopes {
                grants = grants.and(Grants::compile(scopes, true, self.listings));
            }
            grants = grants.without(Grants::withheld(&bounds.policy.withheld_scopes, self.listings));
            let ends = [key.expires_at, bounds.policy.life_ends(key.created_at)];
            expires_at = ends.into_iter().flatten().min();
            let days = bounds.policy.disable_unused_days;
            unused_ends = days.map(|days| UnusedEnds {
                seconds: i64::from(days) * DAY_SECONDS,
                created_at: key.created_at,
            });
            is_over = bounds.is_over;
            lacks_networks = bounds.policy.require_allowed_ips && !network::are_a_place(&key.allowed_ips);
        }
        let entry = KeyEntry {
            current,
            grants,
            unused_ends,
            is_over,
            lacks_networks,
            organization: key.organization_id,
            id: key.id,
            not_before: key.not_before,
            expires_at,
            is_disabled: key.disabled.is_some(),
            allowed_ips: key.allowed_ips.as_slice().into(),
            denied_ips: key.denied_ips.as_slice().into(),
            use_is_new: AtomicBool::new(old.as_ref().is_some_and(|o| o.use_is_new.load(Ordering::Acquire))),
            limiter,
            last_used: Mutex::new(last_used),
            used_operations: old.as_ref().map(|old| old.used_operations.copy()).unwrap_or_default(),
            record: Box::new(Record {
                refusals: Mutex::new(old.and_then(|old| old.record.refusals.lock().clone())),
                previous,
                bounds,
                key,
            }),
        };
        self.keys.insert(entry.id, Arc::new(entry));
    }

    /// Removes a key.
    pub(crate) fn remove(&self, id: KeyId) {
        self.keys.remove(&id);
    }

    /// Removes the keys of an organization.
    pub(crate) fn remove_organization(&self, organization: OrganizationId) {
        self.keys.retain(|_, entry| entry.organization != Some(organization));
    }

    /// Finds the key and verifies its secret. Takes the same time if the key is unknown.
    pub(crate) fn identify(&self, presented: &KeyText, now: Timestamp) -> Option<Arc<KeyEntry>> {
        let Some(entry) = self.get(presented.id()) else {
            self.peppers.verify(presented, &self.nobody);
            return None;
        };
        if self.peppers.verify(presented, &entry.current) {
            if entry.current.pepper != self.peppers.current() {
                self.rekey_later(presented, &entry);
            }
            return Some(entry);
        }
        let (previous, until) = entry.record.previous.as_ref()?;
        (now < *until && self.peppers.verify(presented, previous)).then_some(entry)
    }

    fn rekey_later(&self, presented: &KeyText, entry: &KeyEntry) {
        let mut rekeys = self.rekeys.lock();
        if rekeys.len() < REKEYS_MAX && !rekeys.contains_key(&entry.id) {
            rekeys.insert(entry.id, Rekey { from: entry.current, to: self.peppers.digest(presented) });
        }
    }

    /// Notes that a key was used. Never waits: if another request is noting the same key at this
    /// moment, that note is enough.
    pub(crate) fn note_use(&self, entry: &KeyEntry, at: Timestamp, address: IpAddr, operation: &Listing) {
        entry.used_operations.insert(operation.index);
        self.note_use_from(entry, at, Some(address), operation.spec.id);
    }

    /// Notes that an agent or a machine that enrols connected with a key.
    pub fn note_connection(&self, entry: &KeyEntry, at: Timestamp, address: IpAddr, operation: OperationId) {
        if let Some(listing) = self.listings.get(&operation) {
            entry.used_operations.insert(listing.index);
        }
        self.note_use_from(entry, at, Some(address), operation);
    }

    /// Notes that the server acted with a key's rights. The recorded address stays that of the last use
    /// by a client.
    pub(crate) fn note_use_here(&self, entry: &KeyEntry, at: Timestamp, operation: &Listing) {
        entry.used_operations.insert(operation.index);
        self.note_use_from(entry, at, None, operation.spec.id);
    }

    fn note_use_from(
        &self,
        entry: &KeyEntry,
        at: Timestamp,
        address: Option<IpAddr>,
        operation: OperationId,
    ) {
        let Some(mut last) = entry.last_used.try_lock() else {
            return;
        };
        let before = last.as_ref().map(|last| last.address);
        let address = address.or(before).unwrap_or(Ipv4Addr::LOCALHOST.into());
        *last = Some(LastUse { at, address, operation: operation.as_str().into() });
        drop(last);
        if !entry.use_is_new.load(Ordering::Relaxed) && !entry.use_is_new.swap(true, Ordering::AcqRel) {
            self.used.lock().push(entry.id);
        }
    }

    /// Takes the uses since the last call, sorted by id, so that two servers which write them cannot
    /// deadlock on each other's rows. Each with the operations that were used.
    pub(crate) fn take_uses(&self) -> Vec<(KeyId, LastUse, Vec<usize>)> {
        let mut used = std::mem::take(&mut *self.used.lock());
        used.sort_unstable();
        used.into_iter()
            .filter_map(|id| {
                let entry = self.get(id)?;
                entry.use_is_new.store(false, Ordering::Release);
                let operations = entry.used_operations.take();
                Some((id, entry.last_used()?, operations))
            })
            .collect()
    }

    /// Takes the secrets that were verified with an older pepper since the last call.
    pub(crate) fn take_rekeys(&self) -> BTreeMap<KeyId, Rekey> {
        std::mem::take(&mut *self.rekeys.lock())
    }
}
