//! What narrows a key beside itself: its role, its user, its organization's policy.

use std::collections::BTreeSet;

use bailiwick_domain::key::{Key, KeyKind, KeyStatus};
use bailiwick_domain::network;
use bailiwick_domain::policy::KeyPolicy;
use bailiwick_domain::reach::Reach;
use bailiwick_domain::revision::Revision;
use bailiwick_domain::scope::Scope;
use bailiwick_domain::time::Timestamp;
use bailiwick_store::keys::KeyStamp;

use crate::directory::Directory;
use crate::people::{Held, People, Standing};

/// What narrows a key beside itself.
pub(crate) struct Bounds {
    /// The scopes of its role and of its user's role.
    pub(crate) scopes: Vec<BTreeSet<Scope>>,
    /// What both reach.
    pub(crate) reach: Reach,
    /// What its organization asks.
    pub(crate) policy: KeyPolicy,
    /// Whether its user has no access any more, or its role is gone.
    pub(crate) is_over: bool,
    role: Option<Revision>,
    user: Option<Revision>,
    user_role: Option<Revision>,
}

impl Bounds {
    /// What narrows a key; `None` if nothing does.
    pub(crate) fn of(key: &Key, people: &People, directory: &Directory) -> Option<Box<Self>> {
        if key.kind == KeyKind::Agent {
            // A machine's identity, which nobody hands on; a policy is for what people hold.
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

    /// Whether a key that has nothing against itself works within them.
    pub(crate) fn status(&self, key: &Key, now: Timestamp) -> KeyStatus {
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

    /// What a key is compared with in the database, to know that nothing changed.
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
