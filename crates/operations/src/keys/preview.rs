//! What a reach covers now.

use bailiwick_domain::node_filter::NodeFilter;
use bailiwick_domain::reach::Reach;
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::{Result, require_valid};
use bailiwick_engine::operation::{Erased, Operation, erase};
use bailiwick_engine::shape::spec::Spec;
use bailiwick_store::agents::AgentFilter;
use bailiwick_store::services::ServiceFilter;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::given_reach::GivenReach;
use crate::ids;
use crate::noun;

/// The operations about reaches.
pub(crate) const OPERATIONS: &[Erased] = &[erase::<PreviewReach>()];

/// Count the objects that a reach covers now.
///
/// Only those in the caller's own reach are counted, as with a key that has this reach and that the caller makes.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("examples" = [{ "reach": { "labels": "env=prod" } }]))]
struct PreviewReach {
    /// The reach, as `keys.create` and `roles.create` take it; the whole organization if absent.
    #[serde(default)]
    reach: GivenReach,
}

/// How many objects a reach covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub(crate) struct Covered {
    /// Sites.
    sites: i64,
    /// Nodes.
    pub(crate) nodes: i64,
    /// Services.
    services: i64,
    /// Agents.
    agents: i64,
}

impl Operation for PreviewReach {
    const SPEC: Spec = Spec::ask(ids::REACH_PREVIEW, "/v1/reach/preview").tag("Keys").costs(5);
    type Output = Covered;

    async fn run(self, cx: &Cx) -> Result<Covered> {
        let own = cx.organization_reach()?;
        let mut errors = Vec::new();
        let reach = self.reach.find(cx, Some(own.organization), &mut errors).await?;
        require_valid(errors)?;
        covered(cx, &reach).await
    }
}

/// How many objects of the request's organization are in a reach and in that of the caller.
pub(crate) async fn covered(cx: &Cx, reach: &Reach) -> Result<Covered> {
    let own = cx.organization_reach()?;
    let within = cx.reach()?.and(reach).within(own.organization);
    let within = noun::ORGANIZATION.found(within, own.organization)?;
    let store = cx.store();
    Ok(Covered {
        sites: store.sites(&within).count().await?,
        nodes: store.nodes(&within).count(&NodeFilter::default()).await?,
        services: store.services(&within).count(&ServiceFilter::default()).await?,
        agents: store.agents(&within).count(&AgentFilter::default()).await?,
    })
}
