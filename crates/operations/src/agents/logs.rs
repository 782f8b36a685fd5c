//! Show the last log lines of an agent.

use bailiwick_domain::agent::{AgentRef, LOG_LINES_MAX};
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::{Error, Result};
use bailiwick_engine::operation::Operation;
use bailiwick_engine::shape::spec::Spec;
use schemars::{JsonSchema, Schema};
use serde::{Deserialize, Serialize};

use super::{NOUN, TAG, find, ids};

fn bounded(schema: &mut Schema) {
    schema.insert("minimum".into(), 1.into());
    schema.insert("maximum".into(), LOG_LINES_MAX.into());
}

/// Show the last log lines of an agent.
///
/// The node's `bailiwick_agent` keeps the last lines of each program that it runs, and reports them
/// within ten seconds. Secrets that the program was given are removed from them.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AgentLogs {
    /// Its id, or its node and type, as in `db-1/mysqld_exporter`.
    agent: AgentRef,
    /// The most lines; all that are kept if absent.
    #[schemars(transform = bounded)]
    limit: Option<u32>,
}

/// The last log lines of an agent.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Logs {
    /// The lines, oldest first.
    lines: Vec<String>,
}

impl Operation for AgentLogs {
    const SPEC: Spec = Spec::read(ids::AGENTS_LOGS, "/v1/agents/{agent}/logs").tag(TAG);
    type Output = Logs;

    async fn run(self, cx: &Cx) -> Result<Logs> {
        let most = self.limit.map_or(LOG_LINES_MAX, |limit| limit as usize);
        if !(1..=LOG_LINES_MAX).contains(&most) {
            let detail = format!("expected a whole number from 1 to {LOG_LINES_MAX}");
            return Err(Error::invalid("limit", detail));
        }
        let reach = cx.organization_reach()?;
        let agent = find(cx.store(), &reach, &self.agent).await?;
        if cx.store().agents(&reach).existing(&[agent]).await?.is_empty() {
            return Err(Error::not_found(NOUN.one, &self.agent));
        }
        let mut lines = cx.store().agent_log(agent).await?;
        lines.drain(..lines.len().saturating_sub(most));
        Ok(Logs { lines })
    }
}
