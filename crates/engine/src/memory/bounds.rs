//! Limits on a key that come from its role, its user and its organization's policy.

use std::collections::BTreeSet;

use bailiwick_domain::key::{Key, KeyKind, KeyStatus};
use bailiwick_domain::network;
use bailiwick_domain::policy::KeyPolicy;
use bailiwick_domain::reach::Reach;
use bailiwick_domain::revision::Revision;
use bailiwick_domain::scope::Scope;
use bailiwick_domain::time::Timestamp;
use bailiwick_store::keys::KeyStamp;

use crate::memory::directory::Directory;
use crate::memory::people::{Held, People, Standing};

/// Limits on a key that come from its role, its user and its organization's policy.
pub struct Bounds {
    /// The scopes of its role and of its user's role, as separate sets.
    pub(crate) scopes: Vec<BTreeSet<Scope>>,
    /// The intersection of the reach of both roles.
    pub(crate) reach: Reach,
    /// The key policy of its organization.
    pub(crate) policy: KeyPolicy,
    /// Whether its user has lost access, or its role is deleted.
    pub(crate) is_over: bool,
    role: Option<Revision>,
    user: Option<Revision>,
    user_role: Option<Revision>,
}

impl Bounds {
    /// The limits on a key; `None` if there are none.
    pub(crate) fn of(key: &Key, people: &People, directory: &Directory) -> Option<Box<Self>> {
        if key.kind == KeyKind::Agent {
            // An agent's key is a machine's identity. A key policy is for keys that people hold.
            return None;
        }
        let organization = key.organization_id.and_then(|id| directory.by_id(id));
        let policy = organization.as_ref().map(|o| o.key_policy.clone()).unwrap_or_default();
        if key.user.is_none() && key.role.is_none() && policy == KeyPolicy::default() {
            return None;
        }
        let mut bounds = Self {
            scopes: Vec::new(),
            reach: Reach::EVERYTHING,
            policy,
            is_over: false,
            role: None,
            user: None,
            user_role: None,
        };
        if let Some(role) = key.role {
            let held = key.organization_id.and_then(|id| people.held(role, id));
            bounds.role = bounds.narrow(held);
        }
        if let Some(id) = key.user {
            bounds.user = people.user(id).map(|user| user.revision);
            match people.standing(id, key.organization_id) {
                Standing::Administrator => {}
                Standing::Member(held) => bounds.user_role = bounds.narrow(Some(held)),
                Standing::Nobody => bounds.is_over = true,
            }
        }
        Some(Box::new(bounds))
    }

    fn narrow(&mut self, held: Option<Held>) -> Option<Revision> {
        let Some(Held { scopes, reach, revision }) = held else {
            self.is_over = true;
            return None;
        };
        self.scopes.push(scopes);
        self.reach = self.reach.and(&reach);
        revision
    }

    /// The status of a key that is neither disabled nor expired by itself, within these limits.
    pub fn status(&self, key: &Key, now: Timestamp) -> KeyStatus {
        let used_at = key.last_used.as_ref().map_or(key.created_at, |used| used.at);
        let is_past = |end: Option<Timestamp>| end.is_some_and(|end| now >= end);
        if is_past(self.policy.life_ends(key.created_at)) {
            KeyStatus::Expired
        } else if self.is_over {
            KeyStatus::AccessOver
        } else if is_past(self.policy.unused_ends(used_at)) {
            KeyStatus::Unused
        } else if self.policy.require_allowed_ips && !network::are_a_place(&key.allowed_ips) {
            KeyStatus::AgainstPolicy
        } else {
            KeyStatus::Active
        }
    }

    /// The revisions that a key's rights come from. Compared with the database to see that nothing has
    /// changed.
    pub(crate) fn stamp(bounds: Option<&Self>, key: Revision) -> KeyStamp {
        match bounds {
            Some(bounds) => KeyStamp {
                key,
                policy: bounds.policy.clone(),
                role: bounds.role,
                user: bounds.user,
                user_role: bounds.user_role,
            },
            None => KeyStamp { key, policy: KeyPolicy::default(), role: None, user: None, user_role: None },
        }
    }
}
