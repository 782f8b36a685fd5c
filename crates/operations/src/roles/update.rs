//! Change a role.

use bailiwick_domain::name::{Description, Name};
use bailiwick_domain::revision::Revision;
use bailiwick_domain::role::NamedRole;
use bailiwick_domain::scope::Scope;
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::Result;
use bailiwick_engine::operation::Operation;
use bailiwick_engine::shape::patch::{Named, Patch};
use bailiwick_engine::shape::spec::Spec;
use bailiwick_store::change::Change;
use schemars::JsonSchema;
use serde::Deserialize;

use super::view::Role;
use super::{NOUN, TAG, check, ids, name_taken, own, require_within_own};
use crate::keys::beyond::require_may_give_people_access;
use crate::keys::given_reach::GivenReach;
use crate::keys::grant::SCOPES_MAX;

/// Change a role.
///
/// Fields that are absent stay as they are. The change takes effect from the next request on, for all
/// users and keys with this role. New scopes or a new reach make unused invitations of its users
/// invalid; `users.invite` makes new ones. A key cannot change scopes or reach if it has limits that
/// would not apply to a person.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("examples" = [{ "scopes": ["sites:read", "nodes:read"] }]))]
pub(crate) struct UpdateRole {
    /// The id or name of a custom role of the organization.
    role: NamedRole,
    /// A new name, unique in its organization.
    #[serde(default)]
    name: Named<Name>,
    /// A new description; null removes it.
    #[serde(default)]
    description: Patch<Description>,
    /// New scopes; they replace all old ones.
    #[serde(default)]
    #[schemars(length(max = SCOPES_MAX))]
    scopes: Named<Vec<Scope>>,
    /// A new reach; it replaces the old one.
    #[serde(default)]
    reach: Named<GivenReach>,
}

impl Operation for UpdateRole {
    const SPEC: Spec =
        Spec::update(ids::ROLES_UPDATE, "/v1/roles/{role}").tag(TAG).whole_organization().versioned();
    const REVISION: fn(&Role) -> Option<Revision> = |output| output.revision;
    type Output = Role;

    async fn run(self, cx: &Cx) -> Result<Role> {
        let reach = cx.organization_reach()?;
        let id = own(cx, &reach, &self.role).await?;
        // Before the transaction, because this read would wait for a second connection.
        let mut role = NOUN.found(cx.store().roles(&reach).get(id).await?, id)?;
        let from = role.revision;
        cx.require_match(&Role::from(role.clone()), from)?;
        require_within_own(cx, &role)?;
        let opened = (role.scopes.clone(), role.reach.clone());
        if let Some(name) = self.name.0 {
            role.name = name;
        }
        self.description.apply(&mut role.description);
        if let Some(scopes) = self.scopes.0 {
            role.scopes = scopes.into_iter().collect();
        }
        let mut errors = Vec::new();
        if let Some(given) = self.reach.0 {
            role.reach = given.find(cx, Some(reach.organization), &mut errors).await?;
        }
        let opens_other = opened != (role.scopes.clone(), role.reach.clone());
        if opens_other {
            require_may_give_people_access(cx)?;
        }
        check(cx, &role, errors)?;
        cx.revise(from, &mut role.revision, &mut role.updated_at);
        let mut write = cx.write_rights([Change::Role(role.id)]).await?;
        let written = write.tx().roles(&reach).update(&role, from).await;
        let mut write = write.unless_taken(written, name_taken(cx, &reach, &role.name)).await?;
        if opens_other {
            write.tx().roles(&reach).void_invitations(id).await?;
        }
        write.commit(vec![NOUN.target(id)], role.into()).await
    }
}
