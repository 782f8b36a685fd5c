//! Where an exporter's metrics are fetched through its node's front, and who may.

use std::net::IpAddr;
use std::sync::Arc;

use bailiwick_domain::address::{Address, host_and_port};
use bailiwick_domain::agent::AgentRef;
use bailiwick_domain::front::FrontState;
use bailiwick_domain::id::{AgentId, NodeId, OrganizationId};
use bailiwick_domain::key::KeyText;
use bailiwick_domain::organization::OrganizationRef;
use bailiwick_engine::admission::{By, Credential, Request};
use bailiwick_engine::control::Control;
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::{Error, Result};
use bailiwick_engine::operation::Operation;
use bailiwick_engine::shape::spec::Spec;
use bailiwick_store::fronts::front_of;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{TAG, ids};
use crate::noun::AGENT;

/// Fetch the metrics of an exporter, through its node's agent.
///
/// This answers the URL. The agent serves the metrics there, to keys with this scope that reach the exporter.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Scrape {
    /// The exporter: its id, or its node and type, as in `db-1/node_exporter`.
    agent: AgentRef,
}

/// Where the metrics of an exporter are fetched.
#[derive(Serialize, JsonSchema)]
pub(super) struct ScrapeTarget {
    /// The exporter.
    agent_id: AgentId,
    /// The node on which it runs; null for none.
    node_id: Option<NodeId>,
    /// The URL of the metrics; null if the node's agent does not serve them.
    #[schemars(example = &"https://db-1:9443/metrics/01932f4e-7b5a-7c3d-8e9f-0a1b2c3d4e5f")]
    url: Option<String>,
    /// What the node's agent reports of its front; null if it should have none.
    front: Option<FrontState>,
}

impl Operation for Scrape {
    const SPEC: Spec = Spec::read(ids::FRONT_SCRAPE, "/v1/agents/{agent}/front").tag(TAG);
    type Output = ScrapeTarget;

    async fn run(self, cx: &Cx) -> Result<ScrapeTarget> {
        let reach = cx.organization_reach()?;
        let id = AGENT.found(cx.store().agents(&reach).id_of(&self.agent).await?, &self.agent)?;
        let agent = AGENT.found(cx.store().agents(&reach).get(id).await?, &self.agent)?;
        let node = agent.runs_on.filter(|_| agent.kind.is_supervised());
        let (mut front, mut url) = (None, None);
        if let Some(node) = node
            && front_of(cx.store(), reach.organization).await?.front.is_enabled
        {
            let states = cx.store().front_states(reach.organization, &[node]).await?;
            front = states.into_iter().map(|(_, state)| state).next();
            // The address is shown only to those who reach the node itself.
            let node = cx.store().nodes(&reach).get(node).await?;
            if let (Some(node), Some(state)) = (node, front.as_ref().filter(|state| state.listens)) {
                let host = node.address.as_ref().map_or(node.name.as_str(), Address::as_str);
                url = Some(format!("https://{}/metrics/{id}", host_and_port(host, state.port)));
            }
        }
        Ok(ScrapeTarget { agent_id: id, node_id: agent.runs_on, url, front })
    }
}

/// A question of a node's agent: whether somebody may fetch the metrics of an exporter.
#[derive(Debug)]
pub struct Question {
    /// The organization of the agent that asks.
    pub organization: OrganizationId,
    /// The node of the agent that asks.
    pub node: NodeId,
    /// The exporter; `None` if the node has none of the name that was asked for.
    pub exporter: Option<AgentId>,
    /// The key of the one who fetches.
    pub key: KeyText,
    /// The address of the one who fetches, as the agent sees it.
    pub address: IpAddr,
}

/// The answer to a [`Question`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// 200 if they may; otherwise the status with which to refuse them.
    pub status: u16,
    /// Why they may not, for people.
    pub reason: String,
}

impl Verdict {
    fn refused(error: &Error) -> Self {
        match error.status() {
            // A caller that does not reach a node does not learn what is on it.
            404 => Self::out_of_reach(),
            status @ (401 | 403 | 429) => Self { status, reason: error.to_string() },
            _ => Self {
                status: 503,
                reason: "the server cannot check the key now; try again later".to_owned(),
            },
        }
    }

    fn out_of_reach() -> Self {
        let reason = "the key does not reach this node: widen its reach, or use another key";
        Self { status: 403, reason: reason.to_owned() }
    }
}

/// Whether a key may fetch the metrics of an exporter: it is admitted, from the given address, as with a request for
/// `front.scrape`, and must reach the exporter, which runs on the node of the agent that asks.
pub async fn may_scrape(control: &Arc<Control>, question: Question) -> Verdict {
    match decide(control, question).await {
        Ok(verdict) => verdict,
        Err(error) => {
            if let Error::Internal(inner) = &error {
                tracing::error!(
                    error = &**inner as &dyn std::error::Error,
                    "whether a key may fetch metrics could not be decided"
                );
            }
            Verdict::refused(&error)
        }
    }
}

async fn decide(control: &Arc<Control>, question: Question) -> Result<Verdict> {
    let Question { organization, node, exporter, key, address } = question;
    let request = Request {
        id: control.new_request_id(),
        address,
        credential: Credential::Key(key),
        organization: Some(OrganizationRef::Id(organization)),
        if_match: None,
        user_agent: None,
    };
    let listing = control.listings().get(ids::FRONT_SCRAPE.as_str());
    let listing = listing.ok_or_else(|| Error::internal("there is no operation front.scrape"))?;
    let cx = control.authorize(By::Request(request), listing)?;
    let reach = cx.organization_reach()?;
    if let Some(exporter) = exporter
        && let Some(agent) = cx.store().agents(&reach).get(exporter).await?
        && agent.runs_on == Some(node)
    {
        return Ok(Verdict { status: 200, reason: String::new() });
    }
    if cx.store().nodes(&reach).existing([node]).await?.is_empty() {
        return Ok(Verdict::out_of_reach());
    }
    let reason = "this node has no such exporter, or the key does not reach it; \
                  `bailiwick agents list --runs-on NODE` lists those that it reaches";
    Ok(Verdict { status: 404, reason: reason.to_owned() })
}
