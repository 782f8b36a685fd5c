//! The fronts of exporters: on each node one HTTPS port, on which the node's agent serves the metrics of the exporters
//! that it keeps running. An organization switches them on.

mod certificates;
mod scrape;
mod settings;

use std::collections::BTreeMap;

use bailiwick_domain::id::{NodeId, OrganizationId};
use bailiwick_domain::port::Port;
use bailiwick_engine::error::Result;
use bailiwick_engine::operation::erase;
use bailiwick_store::Store;
use bailiwick_store::fronts::front_of;

pub use certificates::{BadRequest, CertificateRequest, Issued, Offered, issue, offered};
pub use scrape::{Question, Verdict, may_scrape};

use crate::ids;
use crate::noun::{self, Noun, NounSpec};

const TAG: &str = "Inventory";
const NOUN: Noun = noun::FRONT;

/// What is said of this noun once.
pub(crate) const SPEC: NounSpec = NounSpec::new(
    NOUN,
    &[
        erase::<settings::ShowFront>(),
        erase::<settings::UpdateFront>(),
        erase::<certificates::ShowAuthority>(),
        erase::<scrape::Scrape>(),
    ],
);

/// The ports on which the agents of these nodes serve the metrics of exporters. Nodes on which none listens are left
/// out, and all are if the organization has not switched fronts on.
pub async fn ports(
    store: &Store,
    organization: OrganizationId,
    nodes: &[NodeId],
) -> Result<BTreeMap<NodeId, Port>> {
    if !front_of(store, organization).await?.front.is_enabled {
        return Ok(BTreeMap::new());
    }
    let states = store.front_states(organization, nodes).await?;
    Ok(states
        .into_iter()
        .filter(|(_, state)| state.listens)
        .map(|(node, state)| (node, state.port))
        .collect())
}
