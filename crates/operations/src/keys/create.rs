//! Create a key.

use crate::keys::given_reach::GivenReach;
use crate::keys::named::named_role;
use crate::keys::named::named_user;
use bailiwick_domain::role::NamedRole;
use bailiwick_domain::user::UserRef;
use std::collections::BTreeSet;

use bailiwick_domain::command::CommandLimits;
use bailiwick_domain::key::{Key as KeyRecord, KeyDigests, KeyKind, KeyText};
use bailiwick_domain::name::{Description, Name};
use bailiwick_domain::network::{NETWORKS_MAX, Network};
use bailiwick_domain::rate::RateLimit;
use bailiwick_domain::reach::Reach;
use bailiwick_domain::revision::Revision;
use bailiwick_domain::scope::Scope;
use bailiwick_domain::time::Timestamp;
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::{Error, FieldError, Result, require_valid};
use bailiwick_engine::hint::Hint;
use bailiwick_engine::operation::Operation;
use bailiwick_engine::shape::patch::Named;
use bailiwick_engine::shape::spec::{Extent, Spec};
use schemars::JsonSchema;
use serde::Deserialize;

use super::enrolment::{ENROL_TTL, Enrolment, refuse_surplus};
use super::grant::{check_policy, check_scopes, check_user_and_role, lend_limits, require_no_more_than_own};
use super::limits::{TTL_MAX, check_limits, expiry};
use super::pins::pin_scripts;
use super::view::{Key, KeyWithSecret, NOUN, Secret, TAG};
use crate::ids;

/// The kinds of key that this operation creates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum NewKeyKind {
    /// Reaches every organization. Only root keys and server administrators can create one.
    Root,
    /// Belongs to one organization.
    #[default]
    Org,
    /// Enrols machines into one organization, and opens no operation.
    Enrol,
}

/// Create a key.
///
/// The answer contains the key's secret, and no later answer does. A key cannot grant more than it has
/// itself: in scopes, reach, time, addresses, user, role or commands. If one of the last five is
/// absent, the new key inherits it from the calling key. A key with a rate limit cannot create other
/// keys, because each would have a rate of its own.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("examples" = [{ "name": "Nightly report", "scopes": ["sites:read"], "ttl_seconds": 86400 }]))]
pub(crate) struct CreateKey {
    /// Its display name.
    name: Name,
    /// Its kind: `org` if absent.
    #[serde(default)]
    kind: NewKeyKind,
    /// What it is for, in a few sentences.
    description: Option<Description>,
    /// The operations that it opens: `sites.create`, `sites:read`, `*:read`. `GET /v1/permissions`
    /// lists them. Required, except for keys of kind `enrol`, which have none.
    #[schemars(length(max = super::grant::SCOPES_MAX), example = ["sites:read"])]
    scopes: Option<Vec<Scope>>,
    /// The objects that it reaches; all of its organization if absent. Keys of kind `enrol` have none.
    #[serde(default)]
    reach: Named<GivenReach>,
    /// The user it acts for, by id or e-mail address: it has at most the user's rights in the organization, and stops working
    /// when the user loses access. It does not need the user's second factor.
    user: Option<UserRef>,
    /// A role that limits it to the role's rights: a built-in one, or the id or name of a custom role.
    role: Option<NamedRole>,
    /// It does not work before this time.
    not_before: Option<Timestamp>,
    /// It expires at this time. Not together with `ttl_seconds`.
    expires_at: Option<Timestamp>,
    /// The number of seconds from now until it expires.
    #[schemars(range(min = 1, max = TTL_MAX))]
    ttl_seconds: Option<i64>,
    /// For keys of kind `enrol`: the properties of the nodes that it enrols. Such keys expire after a
    /// day by default.
    enrolment: Option<Enrolment>,
    /// It works only from these networks.
    #[serde(default)]
    #[schemars(length(max = NETWORKS_MAX))]
    allowed_ips: Vec<Network>,
    /// It never works from these networks, even where they are allowed.
    #[serde(default)]
    #[schemars(length(max = NETWORKS_MAX))]
    denied_ips: Vec<Network>,
    /// How often it may be used.
    rate_limit: Option<RateLimit>,
    /// Limits on its commands, in addition to its scopes and reach.
    command_limits: Option<CommandLimits>,
}

impl Operation for CreateKey {
    const SPEC: Spec = Spec::create(ids::KEYS_CREATE, "/v1/keys")
        .tag(TAG)
        .across_organizations()
        .whole_organization()
        .answers_secret()
        .versioned();
    const REVISION: fn(&KeyWithSecret) -> Option<Revision> = |output| Some(output.key.record.revision);
    type Output = KeyWithSecret;

    async fn run(self, cx: &Cx) -> Result<KeyWithSecret> {
        let now = cx.now();
        let (kind, organization) = match self.kind {
            NewKeyKind::Root => {
                if cx.is_root() {
                    if cx.organization().is_some() {
                        let error = FieldError::new("kind", "a root key does not belong to an organization");
                        return Err(Error::Invalid(vec![error.with_hint(Hint::NameNoOrganization)]));
                    }
                    // Otherwise it could create a key that it cannot see.
                    cx.authority()?.require_extent(Extent::Everything)?;
                }
                (KeyKind::Root, None)
            }
            NewKeyKind::Org => {
                let organization = cx.organization().ok_or(Error::OrganizationRequired)?;
                (KeyKind::Org, Some(organization.id))
            }
            NewKeyKind::Enrol => {
                let organization = cx.organization().ok_or(Error::OrganizationRequired)?;
                (KeyKind::Enrol, Some(organization.id))
            }
        };
        let (mut errors, scopes, enrolment) = match kind {
            KeyKind::Enrol => {
                let surplus = [
                    ("scopes", self.scopes.is_some()),
                    ("reach", self.reach.0.is_some()),
                    ("user", self.user.is_some()),
                    ("role", self.role.is_some()),
                ];
                let mut errors = refuse_surplus(kind, &surplus);
                let enrolment = self.enrolment.unwrap_or_default().read(cx, &mut errors).await?;
                (errors, Vec::new(), Some(enrolment))
            }
            _ => {
                let mut errors = refuse_surplus(kind, &[("enrolment", self.enrolment.is_some())]);
                if self.scopes.is_none() {
                    errors.push(FieldError::new("scopes", "expected the scopes of the key; `[]` for none"));
                }
                let scopes = self.scopes.unwrap_or_default();
                errors.extend(check_scopes(scopes.iter(), kind == KeyKind::Root, cx.listings()));
                (errors, scopes, None)
            }
        };
        let ttl_seconds = match (kind, self.expires_at, self.ttl_seconds) {
            (KeyKind::Enrol, None, None) => Some(ENROL_TTL),
            (_, _, ttl_seconds) => ttl_seconds,
        };
        let reach = match self.reach.0 {
            Some(given) if kind != KeyKind::Enrol => given.find(cx, organization, &mut errors).await?,
            _ => Reach::EVERYTHING,
        };
        let user = named_user(cx, self.user.as_ref(), &mut errors).await?;
        let role = named_role(cx, organization, self.role.as_ref(), &mut errors).await?;
        let text = KeyText::mint(kind, cx.entropy());
        let mut key = KeyRecord {
            id: text.id(),
            kind,
            name: self.name,
            description: self.description,
            organization_id: organization,
            user,
            role,
            scopes: scopes.into_iter().collect::<BTreeSet<_>>(),
            reach,
            not_before: self.not_before,
            expires_at: expiry(self.expires_at, ttl_seconds, now)?,
            disabled: None,
            allowed_ips: self.allowed_ips,
            denied_ips: self.denied_ips,
            rate_limit: self.rate_limit,
            command_limits: self.command_limits,
            enrolment,
            agent: None,
            created_at: now,
            created_by: cx.actor(),
            updated_at: now,
            revision: Revision::FIRST,
            last_used: None,
            previous_secret_until: None,
        };
        if let Some(limits) = &mut key.command_limits {
            errors.extend(pin_scripts(cx, key.organization_id, limits, None).await?);
        }
        errors.extend(check_limits(&key, now));
        errors.extend(check_user_and_role(cx, &key));
        lend_limits(cx, &mut key)?;
        errors.extend(check_policy(cx, &key));
        require_valid(errors)?;
        require_no_more_than_own(cx, &key)?;

        let mut write = cx.write().await?;
        let digests =
            KeyDigests { current: cx.control().keyring().peppers().digest(&text), key, previous: None };
        write.tx().keys(&cx.reach()?).create(&digests).await?;
        let target = NOUN.target(digests.key.id);
        let output = KeyWithSecret { key: Key::at(cx, digests.key), secret: Secret(text.reveal()) };
        write.commit_in(organization, vec![target], output).await
    }
}
