//! The question whether the caller may run an operation. It is here because it is about every operation.

use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::{Error, Result};
use bailiwick_engine::operation::Operation;
use bailiwick_engine::shape::input::nearest;
use bailiwick_engine::shape::spec::{Access, Spec, Tenancy};
use bailiwick_operations::{ids, whoami};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::nouns;

/// Ask whether an operation would be allowed, and what is missing if not.
///
/// With a `target`, also asks whether the caller reaches that object. Changes nothing.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("examples" = [{ "operation": "sites.list" }]))]
pub(crate) struct Can {
    /// The operation's id.
    #[schemars(example = &"sites.list")]
    operation: String,
    /// The object, named as the operation names it.
    target: Option<String>,
}

/// Whether an operation would be allowed.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Verdict {
    /// Whether it would be allowed.
    allowed: bool,
    /// What is missing: a scope; `policy` if the policy of the key's organization withholds that scope; `root` if only a root key or a server administrator may run it;
    /// `person` if only a logged-in user may; `organization` if the request must name one; `reach` if
    /// the caller reaches too little, or the target is out of reach or does not exist. Null if nothing
    /// is missing.
    missing: Option<String>,
}

impl Verdict {
    fn missing(what: impl std::fmt::Display) -> Self {
        Self { allowed: false, missing: Some(what.to_string()) }
    }
}

impl Operation for Can {
    const SPEC: Spec =
        Spec::ask(ids::WHOAMI_CAN, "/v1/whoami/can").tag(whoami::TAG).any_key().across_organizations();
    type Output = Verdict;

    async fn run(self, cx: &Cx) -> Result<Verdict> {
        let listings = cx.listings();
        let Some(listing) = listings.get(&self.operation) else {
            let near = nearest(&self.operation, listings.iter().map(|o| o.spec.id.as_str()));
            let hint = near.map(|n| format!("; did you mean `{n}`?")).unwrap_or_default();
            return Err(Error::invalid("operation", format!("there is no such operation{hint}")));
        };
        let spec = listing.spec;
        if spec.access == Access::Root && !cx.is_root() {
            return Ok(Verdict::missing("root"));
        }
        if spec.access == Access::Person && cx.visitor().is_none() {
            return Ok(Verdict::missing("person"));
        }
        if !cx.may(listing) {
            return Ok(match cx.lacks(listing) {
                Error::ScopeWithheld(_) => Verdict::missing("policy"),
                _ => Verdict::missing(spec.scope()),
            });
        }
        if spec.tenancy == Tenancy::Required && cx.organization().is_none() {
            return Ok(Verdict::missing("organization"));
        }
        if cx.authority()?.require_extent(spec.extent).is_err() {
            return Ok(Verdict::missing("reach"));
        }
        if let Some(target) = self.target {
            let noun = nouns().find(|noun| noun.noun.many == spec.subject().noun);
            let Some(reaches) = noun.and_then(|noun| noun.reaches_for(spec.id)) else {
                return Err(Error::invalid("target", format!("the operation {} has no target", spec.id)));
            };
            if !reaches(cx, &target).await? {
                return Ok(Verdict::missing("reach"));
            }
        }
        Ok(Verdict { allowed: true, missing: None })
    }
}
