//! What a key is told of itself.

use std::collections::BTreeSet;

use bailiwick_domain::audit::Target;
use bailiwick_domain::id::OrganizationId;
use bailiwick_domain::key::{KeyId, KeyKind};
use bailiwick_domain::name::Name;
use bailiwick_domain::organization::OrganizationSummary;
use bailiwick_domain::rate::RateLimit;
use bailiwick_domain::reach::Reach;
use bailiwick_domain::scope::Scope;
use bailiwick_domain::time::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::admission::require_extent;
use crate::cx::Cx;
use crate::error::{Dependant, Error, Result};
use crate::input::nearest;
use crate::operation::{Erased, Operation, erase};
use crate::removal::Removal;
use crate::spec::{Access, Spec, Tenancy};
use crate::target;

const TAG: &str = "Who am I";

pub(crate) const OPERATIONS: &[Erased] = &[erase::<WhoAmI>(), erase::<Can>(), erase::<RevokeMyself>()];

/// Show the calling key: what it is, what it may do, what is left of its limits.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct WhoAmI {}

/// The calling key.
#[derive(Serialize, JsonSchema)]
struct Myself {
    /// What the key is.
    key: MyKey,
    /// The organization that the request is within: the key's own, or the one that a root key
    /// named; null if it named none.
    organization: Option<OrganizationSummary>,
    /// The operations that the key opens.
    scopes: BTreeSet<Scope>,
    /// The objects that it touches.
    reach: Reach,
    /// Its limits, and what is left of them.
    limits: MyLimits,
}

/// What a key is.
#[derive(Serialize, JsonSchema)]
struct MyKey {
    /// Its public id.
    id: KeyId,
    /// Its kind.
    kind: KeyKind,
    /// Its name.
    name: Name,
    /// The organization it belongs to; null for a root key.
    organization_id: Option<OrganizationId>,
    /// When it stops working; null for never.
    expires_at: Option<Timestamp>,
}

/// Limits, and what is left of them.
#[derive(Serialize, JsonSchema)]
struct MyLimits {
    /// How often the key may be used; null for as often as the server can.
    rate_limit: Option<RateLimit>,
    /// How many units it could use at once now; null without a limit.
    remaining: Option<u32>,
}

impl Operation for WhoAmI {
    const SPEC: Spec = Spec::read("whoami.get", "/v1/whoami").tag(TAG).any_key().across_organizations();
    type Output = Myself;

    async fn run(self, cx: &Cx) -> Result<Myself> {
        let entry = cx.key()?;
        let key = entry.key();
        Ok(Myself {
            key: MyKey {
                id: key.id,
                kind: key.kind,
                name: key.name.clone(),
                organization_id: key.organization_id,
                expires_at: key.expires_at,
            },
            organization: cx.organization().map(|o| OrganizationSummary::from(&**o)),
            scopes: key.scopes.clone(),
            reach: cx.reach()?,
            limits: MyLimits { rate_limit: key.rate_limit, remaining: cx.rate().map(|r| r.remaining) },
        })
    }
}

/// Ask whether an operation would be allowed, and what is missing if not.
///
/// With a `target` it is also asked whether the key reaches that object. Nothing is done.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("examples" = [{ "operation": "sites.list" }]))]
struct Can {
    /// The operation.
    #[schemars(example = &"sites.list")]
    operation: String,
    /// The object that it would touch, as the operation itself names it.
    target: Option<String>,
}

/// Whether an operation would be allowed.
#[derive(Debug, Serialize, JsonSchema)]
struct Verdict {
    /// Whether it would.
    allowed: bool,
    /// What is missing: a scope; `root` where only a root key may; `organization` where one must
    /// be named; `reach` where the key reaches too little, or the target is not reached or not there.
    /// Null if nothing is.
    missing: Option<String>,
}

impl Verdict {
    fn missing(what: impl std::fmt::Display) -> Self {
        Self { allowed: false, missing: Some(what.to_string()) }
    }
}

impl Operation for Can {
    const SPEC: Spec = Spec::ask("whoami.can", "/v1/whoami/can").tag(TAG).any_key().across_organizations();
    type Output = Verdict;

    async fn run(self, cx: &Cx) -> Result<Verdict> {
        let listings = cx.listings();
        let Some(listing) = listings.get(&self.operation) else {
            let near = nearest(&self.operation, listings.iter().map(|o| o.spec.id));
            let hint = near.map(|n| format!("; did you mean `{n}`?")).unwrap_or_default();
            return Err(Error::invalid("operation", format!("there is no such operation{hint}")));
        };
        let spec = listing.spec;
        let entry = cx.key()?;
        if spec.access == Access::Root && entry.key().kind != KeyKind::Root {
            return Ok(Verdict::missing("root"));
        }
        if matches!(spec.access, Access::Scoped | Access::Root) && !entry.grants.contains(listing.index) {
            return Ok(Verdict::missing(spec.scope()));
        }
        if spec.tenancy == Tenancy::Required && cx.organization().is_none() {
            return Ok(Verdict::missing("organization"));
        }
        if require_extent(spec.extent, entry).is_err() {
            return Ok(Verdict::missing("reach"));
        }
        if let Some(target) = self.target {
            match target::reaches(cx, spec.subject().noun, &target).await? {
                Some(true) => {}
                Some(false) => return Ok(Verdict::missing("reach")),
                None => return Err(Error::invalid("target", format!("{} has no target", spec.id))),
            }
        }
        Ok(Verdict { allowed: true, missing: None })
    }
}

/// Delete the calling key.
///
/// It is refused from the next request on.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct RevokeMyself {}

impl Operation for RevokeMyself {
    const SPEC: Spec = Spec::delete("whoami.revoke", "/v1/whoami").tag(TAG).any_key();
    type Output = Removal;

    async fn run(self, cx: &Cx) -> Result<Removal> {
        let own = cx.key()?.id();
        let mut write = cx.write().await?;
        let found = write.tx.keys(&Reach::EVERYTHING).get(own).await?;
        let key = found.ok_or(Error::CredentialUnknown)?;
        write.tx.keys(&Reach::EVERYTHING).delete(key.id, key.revision).await?;
        let target = Target::new("key", key.id);
        let removal = Removal::of("keys", Dependant::new(key.id, key.name.as_str()), Vec::new(), false);
        write.commit_in(key.organization_id, vec![target], removal).await
    }
}
