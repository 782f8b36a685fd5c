//! Delete a service.

use bailiwick_domain::service::{Service, ServiceRef};
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::{Dependant, Result};
use bailiwick_engine::operation::Operation;
use bailiwick_engine::shape::removal::Removal;
use bailiwick_engine::shape::spec::Spec;
use bailiwick_store::agents::Gone;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{NOUN, TAG, ids};
use crate::agents::AgentsOf;
use crate::noun::require_unused;

/// Delete a service.
///
/// Refused while agents observe it. With `force`, agents that observe nothing else are deleted too,
/// which needs the scope `agents.delete`; the others stay without it. The caller must reach each of
/// them.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DeleteService {
    /// Its id or name.
    service: ServiceRef,
    /// Delete it even if something depends on it.
    force: Option<bool>,
    /// Delete nothing; only answer what would be deleted or changed.
    dry_run: Option<bool>,
}

impl Operation for DeleteService {
    const SPEC: Spec = Spec::delete(ids::SERVICES_DELETE, "/v1/services/{service}").tag(TAG);
    type Output = Removal;

    async fn run(self, cx: &Cx) -> Result<Removal> {
        let reach = cx.organization_reach()?;
        let object = |service: &Service| Dependant::new(service.id, &service.name);
        if self.dry_run.unwrap_or_default() {
            let service = NOUN.found(cx.store().services(&reach).get(&self.service).await?, &self.service)?;
            let agents = AgentsOf::find(cx.store(), &reach, Gone::Service(service.id)).await?;
            return Ok(NOUN.removal(cx, object(&service), agents.dependants(), true));
        }
        let mut write = cx.write().await?;
        let service = NOUN.found(write.tx().services(&reach).get(&self.service).await?, &self.service)?;
        cx.require_match(&service, service.revision)?;
        let agents = AgentsOf::find(write.tx(), &reach, Gone::Service(service.id)).await?;
        let dependants = agents.dependants();
        require_unused(cx, &dependants, self.force)?;
        agents.release(cx, write.tx(), &reach).await?;
        write.tx().services(&reach).delete(service.id, service.revision).await?;
        let mut targets = vec![NOUN.target(service.id)];
        targets.extend(agents.targets());
        write.commit(targets, NOUN.removal(cx, object(&service), dependants, false)).await
    }
}
