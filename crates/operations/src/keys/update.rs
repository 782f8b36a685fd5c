//! Change a key.

use super::find::find;
use crate::keys::given_reach::GivenReach;
use crate::keys::named::named_role;
use crate::keys::named::named_user;
use bailiwick_domain::command::CommandLimits;
use bailiwick_domain::key::KeyKind;
use bailiwick_domain::key::KeyRef;
use bailiwick_domain::name::{Description, Name};
use bailiwick_domain::network::{NETWORKS_MAX, Network};
use bailiwick_domain::rate::RateLimit;
use bailiwick_domain::revision::Revision;
use bailiwick_domain::role::NamedRole;
use bailiwick_domain::scope::Scope;
use bailiwick_domain::time::Timestamp;
use bailiwick_domain::user::UserRef;
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::{Error, Result, require_valid};
use bailiwick_engine::operation::Operation;
use bailiwick_engine::shape::patch::{Named, Patch};
use bailiwick_engine::shape::spec::Spec;
use bailiwick_store::change::Change;
use schemars::JsonSchema;
use serde::Deserialize;

use super::enrolment::refuse_surplus;
use super::grant::{check_policy, check_scopes, check_user_and_role, require_no_more_than_own};
use super::limits::{TTL_MAX, check_limits, expiry};
use super::pins::pin_scripts;
use super::view::{Key, NOUN, TAG};
use crate::ids;

/// Change a key.
///
/// Fields that are absent stay as they are; lists and the reach are replaced as a whole. The change
/// takes effect from the next request on. A key can only change keys that have no more rights than
/// itself, and cannot give them more. A key with a rate limit can only change itself. Agents' keys and
/// enrolment keys have no scopes, reach, user or role.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("examples" = [{ "name": "Weekly report" }]))]
pub(crate) struct UpdateKey {
    /// Its id, which is the third part of the key; or its name, if no other key has it.
    key: KeyRef,
    /// A new name.
    #[serde(default)]
    name: Named<Name>,
    /// A new description; null removes it.
    #[serde(default)]
    description: Patch<Description>,
    /// New scopes; they replace all old ones.
    #[schemars(length(max = super::grant::SCOPES_MAX))]
    #[serde(default)]
    scopes: Named<Vec<Scope>>,
    /// A new reach; it replaces the old one.
    #[serde(default)]
    reach: Named<GivenReach>,
    /// The user that it acts for, by id or e-mail address; null for none.
    #[serde(default)]
    user: Patch<UserRef>,
    /// A role that limits it to the role's rights: a built-in one, or the id or name of a custom role; null for none.
    #[serde(default)]
    role: Patch<NamedRole>,
    /// It does not work before this time; null for no limit.
    #[serde(default)]
    not_before: Patch<Timestamp>,
    /// It expires at this time; null for never. Not together with `ttl_seconds`.
    #[serde(default)]
    expires_at: Patch<Timestamp>,
    /// The number of seconds from now until it expires.
    #[schemars(range(min = 1, max = TTL_MAX))]
    ttl_seconds: Option<i64>,
    /// It works only from these networks; an empty list allows all.
    #[schemars(length(max = NETWORKS_MAX))]
    #[serde(default)]
    allowed_ips: Named<Vec<Network>>,
    /// It never works from these networks.
    #[schemars(length(max = NETWORKS_MAX))]
    #[serde(default)]
    denied_ips: Named<Vec<Network>>,
    /// How often it may be used; null for no limit.
    #[serde(default)]
    rate_limit: Patch<RateLimit>,
    /// Limits on its commands, in addition to its scopes and reach; null for none.
    #[serde(default)]
    command_limits: Patch<CommandLimits>,
}

impl Operation for UpdateKey {
    const SPEC: Spec = Spec::update(ids::KEYS_UPDATE, "/v1/keys/{key}")
        .tag(TAG)
        .across_organizations()
        .whole_organization()
        .versioned();
    const REVISION: fn(&Key) -> Option<Revision> = |output| Some(output.record.revision);
    type Output = Key;

    async fn run(mut self, cx: &Cx) -> Result<Key> {
        let reach = cx.reach()?;
        let now = cx.now();
        let id = find(cx, &self.key).await?;
        let mut errors = Vec::new();
        // Before the transaction, because these reads would wait for a second connection.
        let key = NOUN.found(cx.store().keys(&reach).get(id).await?, &self.key)?;
        let organization = key.organization_id;
        let new_reach = match self.reach.0 {
            Some(given) => Some(given.find(cx, organization, &mut errors).await?),
            None => None,
        };
        if let Patch::Set(limits) = &mut self.command_limits {
            let before = key.command_limits.as_ref();
            errors.extend(pin_scripts(cx, organization, limits, before).await?);
        }
        let user = self.user.with(named_user(cx, self.user.given(), &mut errors).await?);
        let role = self.role.with(named_role(cx, organization, self.role.given(), &mut errors).await?);
        let mut write = cx.write_rights([Change::Key(id)]).await?;
        let mut key = NOUN.found(write.tx().keys(&reach).get(id).await?, &self.key)?;
        let from = key.revision;
        cx.require_match(&Key::at(cx, key.clone()), from)?;
        require_no_more_than_own(cx, &key)?;

        if matches!(key.kind, KeyKind::Agent | KeyKind::Enrol) {
            let surplus = [
                ("scopes", self.scopes.0.is_some()),
                ("reach", new_reach.is_some()),
                ("user", self.user != Patch::Leave),
                ("role", self.role != Patch::Leave),
            ];
            errors.extend(refuse_surplus(key.kind, &surplus));
            require_valid(std::mem::take(&mut errors))?;
        }
        let old = key.clone();
        if let Some(name) = self.name.0 {
            key.name = name;
        }
        self.description.apply(&mut key.description);
        if let Some(scopes) = self.scopes.0 {
            errors.extend(check_scopes(scopes.iter(), key.kind == KeyKind::Root, cx.listings()));
            key.scopes = scopes.into_iter().collect();
        }
        if let Some(reach) = new_reach {
            key.reach = reach;
        }
        if self.user != Patch::Leave || self.role != Patch::Leave {
            user.apply(&mut key.user);
            role.apply(&mut key.role);
            errors.extend(check_user_and_role(cx, &key));
        }
        let old_limits = (key.not_before, key.expires_at);
        self.not_before.apply(&mut key.not_before);
        if let Some(ttl) = self.ttl_seconds {
            if self.expires_at != Patch::Leave {
                return Err(Error::invalid("ttl_seconds", "expected either `expires_at` or `ttl_seconds`"));
            }
            key.expires_at = expiry(None, Some(ttl), now)?;
        }
        self.expires_at.apply(&mut key.expires_at);
        if let Some(networks) = self.allowed_ips.0 {
            key.allowed_ips = networks;
        }
        if let Some(networks) = self.denied_ips.0 {
            key.denied_ips = networks;
        }
        self.rate_limit.apply(&mut key.rate_limit);
        self.command_limits.apply(&mut key.command_limits);
        // An expired key can still be renamed; times are only checked if they change.
        let times_changed = old_limits != (key.not_before, key.expires_at);
        errors.extend(
            check_limits(&key, now)
                .into_iter()
                .filter(|e| times_changed || !matches!(e.field.as_str(), "expires_at" | "not_before")),
        );
        // Violations of the policy that the key had before do not prevent another change.
        let old_offences = check_policy(cx, &old);
        errors.extend(check_policy(cx, &key).into_iter().filter(|e| !old_offences.contains(e)));
        require_valid(errors)?;
        require_no_more_than_own(cx, &key)?;

        cx.revise(from, &mut key.revision, &mut key.updated_at);
        write.tx().keys(&reach).update(&key, from).await?;
        let (organization, target) = (key.organization_id, NOUN.target(key.id));
        let output = Key::at(cx, cx.control().with_last_use(key));
        write.commit_in(organization, vec![target], output).await
    }
}
