//! Create an agent.

use bailiwick_domain::agent::{AgentType, Secrets, Settings};
use bailiwick_domain::label::Labels;
use bailiwick_domain::name::Description;
use bailiwick_domain::node::NodeRef;
use bailiwick_domain::port::Port;
use bailiwick_domain::revision::Revision;
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::{Error, Result};
use bailiwick_engine::operation::Operation;
use bailiwick_engine::shape::spec::Spec;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{NOUN, Observes, TAG, ids, view};
use crate::references::{KnownNodes, KnownServices};

/// Create an agent.
///
/// The type decides on which nodes it may run, what it may observe, and which settings and secrets it
/// has; an error names what does not fit. A node has at most one `bailiwick_agent`, which starts and
/// supervises the other agents there.
#[derive(Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("examples" = [{ "type": "external_exporter", "listen_port": 9187, "settings": { "scheme": "https" }, "secrets": { "password": "correct horse battery staple" }, "labels": { "env": "prod" } }]))]
pub(crate) struct CreateAgent {
    /// The type of agent.
    #[schemars(example = &"external_exporter")]
    pub(crate) r#type: AgentType,
    /// The node that it runs on, by id or name. Only an external exporter may run on no node.
    pub(crate) runs_on: Option<NodeRef>,
    /// What it observes. `node_exporter` and `bailiwick_agent` observe the node that they run on.
    #[serde(default)]
    pub(crate) observes: Observes,
    /// Whether it is enabled; true if absent.
    pub(crate) enabled: Option<bool>,
    /// What it is for, in a few sentences.
    pub(crate) description: Option<Description>,
    /// Its settings.
    #[serde(default)]
    pub(crate) settings: Settings,
    /// Its secrets, by name. They are never shown.
    #[serde(default)]
    pub(crate) secrets: Secrets,
    /// The port of its metrics. Required for external exporters. For others, the node's agent chooses a
    /// port if none is given, and keeps it.
    pub(crate) listen_port: Option<Port>,
    /// Whether there may be a second exporter of this type that the node's agent starts for the same
    /// node or service; refused if absent.
    pub(crate) allow_duplicate: Option<bool>,
    /// Its labels.
    #[serde(default)]
    pub(crate) labels: Labels,
}

impl Operation for CreateAgent {
    const SPEC: Spec = Spec::create(ids::AGENTS_CREATE, "/v1/agents").tag(TAG).versioned();
    const REVISION: fn(&view::Agent) -> Option<Revision> = |output| Some(output.record.revision);
    type Output = view::Agent;

    async fn run(self, cx: &Cx) -> Result<view::Agent> {
        let reach = cx.organization_reach()?;
        let mut errors = Vec::new();
        let mut write = cx.write().await?;
        if self.r#type.is_supervised() {
            // Two concurrent transactions would not see each other's agent.
            write.tx().lock_organization(reach.organization).await?;
        }
        let nodes = KnownNodes::find(write.tx().nodes(&reach), self.names_nodes()).await?;
        let services = KnownServices::find(write.tx().services(&reach), self.observes.services()).await?;
        let observed = services.list("observes.services", self.observes.services(), &mut errors);
        let built = self.build(cx, &reach, &nodes, observed, "", &mut errors);
        let Some(new) = built.filter(|_| errors.is_empty()) else {
            return Err(Error::Invalid(errors));
        };
        let write = new.write_within(cx, write, &reach).await?;
        write.commit(vec![NOUN.target(new.agent.id)], new.agent.into()).await
    }
}
