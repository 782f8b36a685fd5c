//! Reading rows into the memory: all at the start, and later those that were changed; and which rows the rights of a
//! caller come from.

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bailiwick_domain::id::OrganizationId;
use bailiwick_domain::key::{Key, KeyDigests};
use bailiwick_domain::organization::OrganizationRef;
use bailiwick_domain::reach::Reach;
use bailiwick_domain::role::{Role, RoleRef};
use bailiwick_domain::session::Session;
use bailiwick_domain::user::User;
use bailiwick_store::change::Change;

use crate::control::Control;
use crate::error::{Error, Result};
use crate::memory::bounds::Bounds;
use crate::memory::keyring::KeyEntry;

/// Time limit for reading changed rows again. After that, this server removes these rows from its
/// memory.
const REFRESH_PATIENCE: Duration = Duration::from_secs(5);
/// How many keys are read per query when the memory is filled.
const KEYS_AT_ONCE: u32 = 10_000;
/// How many users, roles or sessions are read per query when the memory is filled.
const ROWS_AT_ONCE: u32 = 1_000;

impl Control {
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
            | Change::Front(_)
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
                | Change::Front(_)
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
