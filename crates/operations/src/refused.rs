//! Whom this server refuses already, while it is being written that they have no rights any more.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bailiwick_domain::id::{OrganizationId, SessionId, UserId};
use bailiwick_store::change::Change;
use parking_lot::RwLock;

use crate::control::Control;
use crate::error::{Error, Result};
use crate::keyring::KeyEntry;

/// How often something is being refused, and whether it stays so although it could not be written.
#[derive(Default)]
struct State {
    writes: usize,
    is_kept: bool,
}

/// Keys, users, sessions and organizations that are refused before it is written.
#[derive(Default)]
pub(crate) struct Refused {
    /// How many there are. Nearly always none, and then nobody is looked up.
    count: AtomicUsize,
    states: RwLock<BTreeMap<Change, State>>,
}

impl Refused {
    fn contains(&self, what: impl FnOnce() -> Change) -> bool {
        self.count.load(Ordering::Acquire) > 0 && self.states.read().contains_key(&what())
    }

    fn change(&self, what: &Change, change: impl FnOnce(&mut State)) {
        let mut states = self.states.write();
        let state = states.entry(what.clone()).or_default();
        change(state);
        if state.writes == 0 && !state.is_kept {
            states.remove(what);
        }
        self.count.store(states.len(), Ordering::Release);
    }

    /// The database has a newer state of something, and that holds.
    pub(crate) fn forget(&self, what: &Change) {
        if self.contains(|| what.clone()) {
            self.change(what, |state| state.is_kept = false);
        }
    }
}

/// While this lives, something is refused.
struct Refusal<'a> {
    refused: &'a Refused,
    what: Vec<Change>,
}

impl<'a> Refusal<'a> {
    fn begin(refused: &'a Refused, what: Vec<Change>) -> Self {
        for what in &what {
            refused.change(what, |state| state.writes += 1);
        }
        Self { refused, what }
    }

    /// It stays refused after this.
    fn keep(&self) {
        for what in &self.what {
            self.refused.change(what, |state| state.is_kept = true);
        }
    }
}

impl Drop for Refusal<'_> {
    fn drop(&mut self) {
        for what in &self.what {
            self.refused.change(what, |state| state.writes = state.writes.saturating_sub(1));
        }
    }
}

impl Control {
    /// Refuses somebody at once, and then writes that they have no rights any more. If that fails, they
    /// are refused no more; but if the database takes nothing at all, this server goes on refusing
    /// them until it hears otherwise.
    pub(crate) async fn refusing<T>(
        self: &Arc<Self>,
        what: Vec<Change>,
        write: impl Future<Output = Result<T>>,
    ) -> Result<T> {
        if what.is_empty() {
            return write.await;
        }
        let refusal = Refusal::begin(&self.refused, what);
        let is_full = match write.await {
            Err(Error::Busy | Error::Unavailable) => false,
            Err(Error::StorageFull) => true,
            other => return other,
        };
        refusal.keep();
        Err(Error::RefusedUnwritten { is_full })
    }

    /// Refuses a key that is to be refused already.
    pub(crate) fn check_not_refused(&self, entry: &KeyEntry) -> Result<()> {
        if self.refused.contains(|| Change::Key(entry.id())) {
            return Err(Error::KeyDisabled { until: None });
        }
        if entry.key().user.is_some_and(|id| self.refused.contains(|| Change::User(id))) {
            return Err(Error::AccessOver);
        }
        if entry.organization.is_some_and(|id| self.is_refused_organization(id)) {
            return Err(Error::CredentialUnknown);
        }
        Ok(())
    }

    /// Whether an organization is to be refused already.
    pub(crate) fn is_refused_organization(&self, id: OrganizationId) -> bool {
        self.refused.contains(|| Change::Organization(id))
    }

    /// Whether a session or its user is to be refused already.
    pub(crate) fn is_refused_session(&self, session: SessionId, user: UserId) -> bool {
        self.refused.contains(|| Change::Session(session)) || self.refused.contains(|| Change::User(user))
    }
}
