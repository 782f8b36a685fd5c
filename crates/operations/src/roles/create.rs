//! Create a role.

use bailiwick_domain::id::RoleId;
use bailiwick_domain::name::{Description, Name};
use bailiwick_domain::revision::Revision;
use bailiwick_domain::role::{ROLES_MAX, Role as OwnRole};
use bailiwick_domain::scope::Scope;
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::{Error, Result};
use bailiwick_engine::operation::Operation;
use bailiwick_engine::shape::spec::Spec;
use schemars::JsonSchema;
use serde::Deserialize;

use super::view::Role;
use super::{NOUN, TAG, check, ids, name_taken};
use crate::keys::beyond::require_may_give_people_access;
use crate::keys::given_reach::GivenReach;
use crate::keys::grant::SCOPES_MAX;

/// Create a role.
///
/// Users and keys with this role may run the operations of its scopes on the objects in its reach. A
/// caller cannot create a role that opens more than its own rights. If a list of sites or nodes becomes
/// empty later, it reaches nothing.
///
/// A key cannot create a role if it has limits that would not apply to a person: an expiry, networks, a
/// rate limit, command limits, a user or a role.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("examples" = [{ "name": "Berlin operators", "scopes": ["sites:read", "nodes:*"], "reach": { "labels": "place=berlin" } }]))]
pub(crate) struct CreateRole {
    /// Its name, unique in its organization.
    name: Name,
    /// What it is for, in a few sentences.
    description: Option<Description>,
    /// The operations that it opens: `sites.create`, `sites:read`, `*:read`. `GET /v1/permissions`
    /// lists them.
    #[schemars(length(max = SCOPES_MAX), example = ["sites:read"])]
    scopes: Vec<Scope>,
    /// The objects that it reaches; all of its organization if absent.
    #[serde(default)]
    reach: GivenReach,
}

impl Operation for CreateRole {
    const SPEC: Spec = Spec::create(ids::ROLES_CREATE, "/v1/roles").tag(TAG).whole_organization().versioned();
    const REVISION: fn(&Role) -> Option<Revision> = |output| output.revision;
    type Output = Role;

    async fn run(self, cx: &Cx) -> Result<Role> {
        require_may_give_people_access(cx)?;
        let reach = cx.organization_reach()?;
        let now = cx.now();
        let mut errors = Vec::new();
        let role = OwnRole {
            id: RoleId::new(cx.clock(), cx.entropy()),
            organization_id: reach.organization,
            name: self.name,
            description: self.description,
            scopes: self.scopes.into_iter().collect(),
            reach: self.reach.find(cx, Some(reach.organization), &mut errors).await?,
            created_at: now,
            updated_at: now,
            revision: Revision::FIRST,
        };
        check(cx, &role, errors)?;
        let mut write = cx.write().await?;
        if write.tx().roles(&reach).count().await? >= ROLES_MAX {
            let detail =
                format!("an organization can have at most {ROLES_MAX} custom roles; delete one first");
            return Err(Error::invalid("", detail));
        }
        let written = write.tx().roles(&reach).create(&role).await;
        let write = write.unless_taken(written, name_taken(cx, &reach, &role.name)).await?;
        write.commit(vec![NOUN.target(role.id)], role.into()).await
    }
}
