//! The services on a node to be deleted, and the effect of the deletion on them.

use bailiwick_domain::audit::Target;
use bailiwick_domain::id::{NodeId, ServiceId};
use bailiwick_domain::reach::OrganizationReach;
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::{Dependant, Dependants, Effect, Error, Result};
use bailiwick_store::services::{ServiceOnNode, Services};
use bailiwick_store::{Run, Tx};

use super::{NOUN, ids};

/// The services on a node. Those that run on no other node are deleted with it; the others stay without
/// it.
pub(crate) struct ServicesOn {
    node: NodeId,
    going: Vec<ServiceOnNode>,
    staying: Vec<ServiceOnNode>,
}

impl ServicesOn {
    /// Finds them. Refuses if the caller does not reach each of them.
    pub(crate) async fn find<R: Run>(mut run: R, reach: &OrganizationReach, node: NodeId) -> Result<Self> {
        let all = Services::new(&mut run, reach).on_node(node).await?;
        let ids: Vec<ServiceId> = all.iter().map(|service| service.id).collect();
        if Services::new(&mut run, reach).objects(&ids, &[]).await?.len() < all.len() {
            return Err(Error::ReachTooNarrow("services outside of it depend on this object"));
        }
        let (staying, going) = all.into_iter().partition(|service| service.elsewhere);
        Ok(Self { node, going, staying })
    }

    /// The services, as the caller sees them.
    pub(crate) fn dependants(&self) -> Vec<Dependants> {
        NOUN.going_and_staying(&self.going, &self.staying, |service| {
            Dependant::new(service.id, &service.name)
        })
    }

    /// All of them, as the caller sees them if they move to another node.
    pub(crate) fn moved(&self) -> Option<Dependants> {
        let all = self.going.iter().chain(&self.staying);
        let all: Vec<_> = all.map(|service| Dependant::new(service.id, &service.name)).collect();
        NOUN.dependants(Effect::Detached, all.into_iter())
    }

    /// The services, for the audit trail.
    pub(crate) fn targets(&self) -> impl Iterator<Item = Target> {
        NOUN.targets(self.going.iter().chain(&self.staying).map(|service| service.id))
    }

    /// Deletes the services that go, and removes the node from the others. Agents must no longer
    /// observe the deleted ones. The caller needs the scope to delete services.
    pub(crate) async fn release(&self, cx: &Cx, tx: &mut Tx, reach: &OrganizationReach) -> Result<()> {
        if !self.going.is_empty() {
            cx.require_operation(ids::SERVICES_DELETE)?;
            let ids: Vec<ServiceId> = self.going.iter().map(|service| service.id).collect();
            tx.services(reach).delete_many(&ids).await?;
        }
        if !self.staying.is_empty() {
            tx.services(reach).leave_node(self.node, cx.now()).await?;
        }
        Ok(())
    }
}
