//! Users, roles and sessions in memory, so that requests can look them up without I/O.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use bailiwick_domain::id::{OrganizationId, RoleId, SessionId, UserId};
use bailiwick_domain::reach::Reach;
use bailiwick_domain::revision::Revision;
use bailiwick_domain::role::{Role, RoleRef};
use bailiwick_domain::scope::Scope;
use bailiwick_domain::session::{Session, TokenDigest};
use bailiwick_domain::time::Timestamp;
use bailiwick_domain::user::User;
use parking_lot::{Mutex, RwLock};

use crate::limiter::Limiter;

/// The rights that a role gives in an organization.
#[derive(Clone, Debug)]
pub struct Held {
    /// The scopes of the role.
    pub scopes: BTreeSet<Scope>,
    /// The objects in reach, including the limit to the organization.
    pub reach: Reach,
    /// The revision of a custom role; `None` for a built-in role.
    pub revision: Option<Revision>,
}

/// A user's position in an organization, or above all organizations.
pub enum Standing {
    /// A server administrator, who stands above organizations.
    Administrator,
    /// A member, with a role.
    Member(Held),
    /// No access: not a member, disabled, or deleted.
    Nobody,
}

/// A session, with the counter of its refusals.
pub struct SessionEntry {
    /// The session.
    pub session: Session,
    /// Limits audit entries about refusals; made at the first refusal.
    pub(crate) refusals: Mutex<Option<Arc<Limiter>>>,
}

#[derive(Default)]
struct Maps {
    roles: HashMap<RoleId, Arc<Role>>,
    users: HashMap<UserId, Arc<User>>,
    sessions: HashMap<TokenDigest, Arc<SessionEntry>>,
    tokens: HashMap<SessionId, TokenDigest>,
}

/// Users, roles and sessions in memory.
#[derive(Default)]
pub struct People(RwLock<Maps>);

impl People {
    /// The user with an id.
    pub fn user(&self, id: UserId) -> Option<Arc<User>> {
        self.0.read().users.get(&id).cloned()
    }

    /// Applies the state of a user; `None` if the user is deleted.
    pub(crate) fn apply_user(&self, id: UserId, user: Option<User>) {
        let mut maps = self.0.write();
        match user {
            Some(user) => drop(maps.users.insert(id, Arc::new(user))),
            None => {
                maps.users.remove(&id);
                maps.sessions.retain(|_, entry| entry.session.user_id != id);
                let Maps { sessions, tokens, .. } = &mut *maps;
                tokens.retain(|_, token| sessions.contains_key(token));
            }
        }
    }

    /// Applies the state of a role; `None` if the role is deleted.
    pub(crate) fn apply_role(&self, id: RoleId, role: Option<Role>) {
        let mut maps = self.0.write();
        match role {
            Some(role) => maps.roles.insert(id, Arc::new(role)),
            None => maps.roles.remove(&id),
        };
    }

    /// Applies the state of a session; `None` if it has ended.
    pub(crate) fn apply_session(&self, id: SessionId, session: Option<(Session, TokenDigest)>) {
        let mut maps = self.0.write();
        match session {
            Some((session, token)) => {
                let entry = SessionEntry { session, refusals: Mutex::new(None) };
                maps.tokens.insert(id, token);
                maps.sessions.insert(token, Arc::new(entry));
            }
            None => {
                if let Some(token) = maps.tokens.remove(&id) {
                    maps.sessions.remove(&token);
                }
            }
        }
    }

    /// Replaces everything.
    pub(crate) fn replace(&self, roles: Vec<Role>, users: Vec<User>, sessions: Vec<(Session, TokenDigest)>) {
        let mut new = Maps::default();
        new.roles.extend(roles.into_iter().map(|role| (role.id, Arc::new(role))));
        new.users.extend(users.into_iter().map(|user| (user.id, Arc::new(user))));
        for (session, token) in sessions {
            new.tokens.insert(session.id, token);
            let entry = SessionEntry { session, refusals: Mutex::new(None) };
            new.sessions.insert(token, Arc::new(entry));
        }
        *self.0.write() = new;
    }

    /// Removes the roles of a deleted organization, and all memberships in it.
    pub(crate) fn remove_organization(&self, organization: OrganizationId) {
        let mut maps = self.0.write();
        maps.roles.retain(|_, role| role.organization_id != organization);
        for user in maps.users.values_mut() {
            if user.role_in(organization).is_some() {
                Arc::make_mut(user).memberships.retain(|m| m.organization_id != organization);
            }
        }
    }

    /// The session that a token belongs to, with its user; `None` if the session has ended or the user
    /// is disabled.
    pub(crate) fn session(
        &self,
        token: TokenDigest,
        now: Timestamp,
    ) -> Option<(Arc<SessionEntry>, Arc<User>)> {
        let maps = self.0.read();
        let entry = maps.sessions.get(&token).filter(|entry| now < entry.session.expires_at)?;
        let user = maps.users.get(&entry.session.user_id).filter(|user| user.disabled_at.is_none())?;
        Some((Arc::clone(entry), Arc::clone(user)))
    }

    /// The user of a session, unless the session has ended or the user is disabled.
    pub fn user_of(&self, session: SessionId, now: Timestamp) -> Option<Arc<User>> {
        let token = *self.0.read().tokens.get(&session)?;
        self.session(token, now).map(|(_, user)| user)
    }

    /// The rights that a role gives in an organization; `None` if the organization has no such role.
    pub fn held(&self, role: RoleRef, organization: OrganizationId) -> Option<Held> {
        let whole = Reach { organizations: Some([organization].into()), ..Reach::EVERYTHING };
        match role {
            RoleRef::BuiltIn(role) => Some(Held { scopes: role.scopes(), reach: whole, revision: None }),
            RoleRef::Own(id) => {
                let maps = self.0.read();
                let role = maps.roles.get(&id).filter(|role| role.organization_id == organization)?;
                Some(Held {
                    scopes: role.scopes.clone(),
                    reach: role.reach.and(&whole),
                    revision: Some(role.revision),
                })
            }
        }
    }

    /// A user's position in an organization; above all organizations if none is given.
    pub fn standing(&self, user: UserId, organization: Option<OrganizationId>) -> Standing {
        let Some(user) = self.user(user).filter(|user| user.disabled_at.is_none()) else {
            return Standing::Nobody;
        };
        if user.server_administrator {
            return Standing::Administrator;
        }
        let held = organization.and_then(|id| self.held(user.role_in(id)?, id));
        held.map_or(Standing::Nobody, Standing::Member)
    }
}
