//! Users, roles and sessions, in memory: what a request must know of them costs no I/O.

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

/// A role that somebody holds.
#[derive(Clone, Debug)]
pub(crate) struct Held {
    pub(crate) scopes: BTreeSet<Scope>,
    /// The objects; its organization included.
    pub(crate) reach: Reach,
    /// That of a role of an organization's own.
    pub(crate) revision: Option<Revision>,
}

/// What a user is in an organization, or above them all.
pub(crate) enum Standing {
    /// Above organizations.
    Administrator,
    /// A member, with a role.
    Member(Held),
    /// Nobody: not a member, or disabled, or gone.
    Nobody,
}

/// A session, with what was counted of it.
pub(crate) struct SessionEntry {
    pub(crate) session: Session,
    /// Made when the session is first refused something.
    pub(crate) refusals: Mutex<Option<Arc<Limiter>>>,
}

#[derive(Default)]
struct Maps {
    roles: HashMap<RoleId, Arc<Role>>,
    users: HashMap<UserId, Arc<User>>,
    sessions: HashMap<TokenDigest, Arc<SessionEntry>>,
    tokens: HashMap<SessionId, TokenDigest>,
}

/// Users, roles and sessions.
#[derive(Default)]
pub(crate) struct People(RwLock<Maps>);

impl People {
    /// The user with an id.
    pub(crate) fn user(&self, id: UserId) -> Option<Arc<User>> {
        self.0.read().users.get(&id).cloned()
    }

    /// Takes in the state of a user; `None` if they are gone.
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

    /// Takes in the state of a role; `None` if it is gone.
    pub(crate) fn apply_role(&self, id: RoleId, role: Option<Role>) {
        let mut maps = self.0.write();
        match role {
            Some(role) => maps.roles.insert(id, Arc::new(role)),
            None => maps.roles.remove(&id),
        };
    }

    /// Takes in the state of a session; `None` if it has ended.
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

    /// Takes in the state of all.
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

    /// Forgets the roles of an organization that is gone, and what anybody was there.
    pub(crate) fn remove_organization(&self, organization: OrganizationId) {
        let mut maps = self.0.write();
        maps.roles.retain(|_, role| role.organization_id != organization);
        for user in maps.users.values_mut() {
            if user.role_in(organization).is_some() {
                Arc::make_mut(user).memberships.retain(|m| m.organization_id != organization);
            }
        }
    }

    /// The session that a token is of, and whose it is; `None` if it has ended, or they may not
    /// log in.
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

    /// Whose session it is, as far as it has not ended and they may log in.
    pub(crate) fn user_of(&self, session: SessionId, now: Timestamp) -> Option<Arc<User>> {
        let token = *self.0.read().tokens.get(&session)?;
        self.session(token, now).map(|(_, user)| user)
    }

    /// What a role of an organization opens; `None` if the organization has no such role.
    pub(crate) fn held(&self, role: RoleRef, organization: OrganizationId) -> Option<Held> {
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

    /// What a user is in an organization; above them all, if none is named.
    pub(crate) fn standing(&self, user: UserId, organization: Option<OrganizationId>) -> Standing {
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
