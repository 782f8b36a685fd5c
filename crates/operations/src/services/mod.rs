//! Services: databases and other programs that run on nodes and are observed by agents.

mod create;
mod delete;
mod dependants;
mod export;
mod import;
mod line;
mod read;
mod update;
mod view;

use bailiwick_domain::id::{NodeId, SiteId};
use bailiwick_domain::node::Node;
use bailiwick_domain::reach::OrganizationReach;
use bailiwick_domain::service::{Service, ServiceName, ServiceRef};
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::{Error, FieldError, Result};
use bailiwick_engine::operation::erase;

pub(crate) use create::{CreateService, NewService, ServiceWithAgents};
pub(crate) use dependants::ServicesOn;

use crate::ids;
use crate::noun::{self, BuiltIn, Noun, NounSpec, asked};

const TAG: &str = "Inventory";
pub(crate) const NOUN: Noun = noun::SERVICE;

/// What is said of this noun once.
pub(crate) const SPEC: NounSpec = NounSpec::new(
    NOUN,
    &[
        erase::<read::ListServices>().answers_rows(&bailiwick_store::services::ROWS),
        erase::<create::CreateService>(),
        erase::<read::GetService>(),
        erase::<update::UpdateService>(),
        erase::<delete::DeleteService>(),
        erase::<import::ImportServices>(),
        erase::<export::ExportServices>(),
    ],
)
.asked_by(|cx, text| {
    Box::pin(async move {
        let Some((service, reach)) = asked::<ServiceRef>(cx, text)? else { return Ok(false) };
        Ok(cx.store().services(&reach).get(&service).await?.is_some())
    })
})
.owned()
.built_in(BuiltIn::ReadsAndWrites);

/// Errors for fields that do not fit a service's type.
fn misfits(service: &Service) -> Vec<FieldError> {
    service.misfits().iter().map(|misfit| FieldError::new(misfit.field(), misfit.to_string())).collect()
}

/// Refuses a service that would be out of the caller's reach. `places` are all nodes that it runs on, with their
/// sites.
fn require_reach(
    reach: &OrganizationReach,
    service: &Service,
    places: impl IntoIterator<Item = (NodeId, Option<SiteId>)>,
) -> Result<()> {
    if reach.touches_on(&service.labels, places) {
        return Ok(());
    }
    Err(Error::ReachTooNarrow("the service would be outside of it"))
}

/// The error for a name that is taken, with the field that has it, and the id of the other service if the caller
/// may know it.
async fn name_taken(
    cx: &Cx,
    reach: &OrganizationReach,
    name: &ServiceName,
    field: &'static str,
) -> Result<Error> {
    let other = cx.store().services(reach).get(&ServiceRef::Name(name.clone())).await?;
    Ok(NOUN.taken(field, other.map(|service| service.id)))
}

/// The ids of nodes.
fn node_ids<'n>(nodes: impl IntoIterator<Item = &'n Node>) -> impl Iterator<Item = NodeId> {
    nodes.into_iter().map(|node| node.id)
}
