//! The caller's own identity and rights.

use std::collections::BTreeSet;

use bailiwick_domain::command::CommandLimits;
use bailiwick_domain::id::{OrganizationId, UserId};
use bailiwick_domain::key::{KeyId, KeyKind};
use bailiwick_domain::name::Name;
use bailiwick_domain::organization::OrganizationSummary;
use bailiwick_domain::rate::RateLimit;
use bailiwick_domain::reach::Reach;
use bailiwick_domain::role::RoleRef;
use bailiwick_domain::scope::Scope;
use bailiwick_domain::time::Timestamp;
use bailiwick_domain::user::{Email, Membership, User};
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::{Dependant, Error, Result};
use bailiwick_engine::operation::{Erased, Operation, erase};
use bailiwick_engine::shape::answer::SessionChange;
use bailiwick_engine::shape::removal::Removal;
use bailiwick_engine::shape::spec::{Access, Spec};
use bailiwick_store::change::Change;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids;
use crate::noun;
use crate::uses::end_key;

/// The heading under which the documentation lists these operations.
pub const TAG: &str = "Who am I";

/// The operations about the caller.
pub(crate) const OPERATIONS: &[Erased] = &[erase::<WhoAmI>(), erase::<RevokeMyself>()];

/// Show the caller: its identity, its rights, and what is left of its limits.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct WhoAmI {}

/// The caller.
#[derive(Serialize, JsonSchema)]
struct Myself {
    /// The key; null for a logged-in user.
    key: Option<MyKey>,
    /// The logged-in user, or the user that the key acts for; null for a key that acts for nobody.
    user: Option<MyUser>,
    /// The organization of the request: the one it names, or the caller's own; null if there is
    /// neither.
    organization: Option<OrganizationSummary>,
    /// The operations that the caller may run. If a key's user, role or organization limits its scopes,
    /// the operations that are left are listed one by one.
    scopes: BTreeSet<Scope>,
    /// The objects in the caller's reach.
    reach: Reach,
    /// Its limits, and what is left of them.
    limits: MyLimits,
}

/// The calling key.
#[derive(Serialize, JsonSchema)]
struct MyKey {
    /// Its public id.
    id: KeyId,
    /// Its kind.
    kind: KeyKind,
    /// Its name.
    name: Name,
    /// The organization that it belongs to; null for a root key.
    organization_id: Option<OrganizationId>,
    /// The role that limits it; null if none does.
    role: Option<RoleRef>,
    /// When it expires; null if never.
    expires_at: Option<Timestamp>,
}

/// The user.
#[derive(Serialize, JsonSchema)]
struct MyUser {
    /// Their id.
    id: UserId,
    /// Their e-mail address.
    email: Email,
    /// Their name.
    name: Name,
    /// Whether they are a server administrator.
    server_administrator: bool,
    /// Whether they use a second factor.
    second_factor: bool,
    /// Their roles in organizations; for a key only the one in the key's organization.
    memberships: Vec<Membership>,
}

impl MyUser {
    fn of(user: &User, organization: Option<OrganizationId>) -> Self {
        let is_shown = |m: &&Membership| organization.is_none_or(|id| m.organization_id == id);
        Self {
            id: user.id,
            email: user.email.clone(),
            name: user.name.clone(),
            server_administrator: user.server_administrator,
            second_factor: user.second_factor,
            memberships: user.memberships.iter().filter(is_shown).copied().collect(),
        }
    }
}

/// Limits, and what is left of them.
#[derive(Serialize, JsonSchema)]
struct MyLimits {
    /// How often the key may be used; null for no limit.
    rate_limit: Option<RateLimit>,
    /// How many units can be used at once now; null without a limit.
    remaining: Option<u32>,
    /// Limits on the key's commands, in addition to its scopes and reach; null for none.
    commands: Option<CommandLimits>,
}

impl Operation for WhoAmI {
    const SPEC: Spec = Spec::read(ids::WHOAMI_GET, "/v1/whoami").tag(TAG).any_key().across_organizations();
    type Output = Myself;

    async fn run(self, cx: &Cx) -> Result<Myself> {
        let key = cx.key().map(|entry| entry.key());
        let user = match (key, cx.visitor()) {
            (_, Some(visitor)) => Some(MyUser::of(&visitor.user, None)),
            (Some(key), None) => {
                let user = key.user.and_then(|id| cx.control().people().user(id));
                user.map(|user| MyUser::of(&user, key.organization_id))
            }
            (None, None) => None,
        };
        Ok(Myself {
            key: key.map(|key| MyKey {
                id: key.id,
                kind: key.kind,
                name: key.name.clone(),
                organization_id: key.organization_id,
                role: key.role,
                expires_at: key.expires_at,
            }),
            user,
            organization: cx.organization().map(|o| OrganizationSummary::from(&**o)),
            scopes: scopes(cx)?,
            reach: cx.reach()?,
            limits: MyLimits {
                rate_limit: key.and_then(|key| key.rate_limit),
                remaining: cx.rate().map(|r| r.remaining),
                commands: cx.command_limits().cloned(),
            },
        })
    }
}

fn scopes(cx: &Cx) -> Result<BTreeSet<Scope>> {
    let authority = cx.authority()?;
    match authority.scopes.as_slice() {
        [own]
            if authority.withheld.is_empty()
                && (cx.key().is_some() || cx.organization().is_some() || cx.is_root()) =>
        {
            Ok(own.clone())
        }
        _ => Ok(cx
            .listings()
            .iter()
            .filter(|o| matches!(o.spec.access, Access::Scoped | Access::Root) && cx.may(o))
            .map(|o| o.spec.scope())
            .collect()),
    }
}

/// Delete the calling key, or log out.
///
/// The key or session is refused from the next request on.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct RevokeMyself {}

impl Operation for RevokeMyself {
    const SPEC: Spec = Spec::delete(ids::WHOAMI_REVOKE, "/v1/whoami").tag(TAG).any_key();
    type Output = Removal;

    async fn run(self, cx: &Cx) -> Result<Removal> {
        let own = match (cx.key(), cx.visitor()) {
            (Some(entry), _) => Change::Key(entry.id()),
            (None, Some(visitor)) => Change::Session(visitor.session.session.id),
            (None, None) => return Err(Error::CredentialMissing),
        };
        cx.refusing([own.clone()], revoke(cx, own)).await
    }

    fn session(output: &Removal) -> SessionChange {
        match output.removed.first() {
            Some(removed) if removed.noun == "sessions" => SessionChange::End,
            _ => SessionChange::None,
        }
    }
}

async fn revoke(cx: &Cx, own: Change) -> Result<Removal> {
    let mut write = cx.write_rights([own]).await?;
    match (cx.key(), cx.visitor()) {
        (Some(entry), _) => {
            let found = write.tx().keys(&Reach::EVERYTHING).get(entry.id()).await?;
            let key = found.ok_or(Error::CredentialUnknown)?;
            end_key(write.tx(), &key, &Reach::EVERYTHING, cx.now()).await?;
            let target = noun::KEY.target(key.id);
            let object = Dependant::new(key.id, key.name.as_str());
            let removal = noun::KEY.removal(cx, object, Vec::new(), false);
            write.commit_in(key.organization_id, vec![target], removal).await
        }
        (None, Some(visitor)) => {
            let id = visitor.session.session.id;
            write.tx().end_session(visitor.user.id, id).await?;
            let target = noun::SESSION.target(id);
            let object = Dependant::new(id, visitor.session.session.address);
            let removal = noun::SESSION.removal(cx, object, Vec::new(), false);
            write.commit_in(None, vec![target], removal).await
        }
        (None, None) => Err(Error::CredentialMissing),
    }
}
