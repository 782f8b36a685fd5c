//! What the server measures of itself, for monitoring systems.
//!
//! The names follow the conventions of Prometheus (prometheus.io/docs/practices/naming): base units, `_total` for counters.

mod family;
mod levels;
mod process;
mod work;

use std::collections::HashMap;

use bailiwick_domain::command::ResultState;
use bailiwick_domain::histogram::Distribution;
use bailiwick_domain::time::Timestamp;
use bailiwick_engine::control::Control;
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::Result;
use bailiwick_engine::measures::{Outcome, Snapshot};
use bailiwick_engine::operation::{Erased, Operation, erase};
use bailiwick_engine::shape::spec::Spec;
use bailiwick_store::Store;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use self::family::{Family, Kind, Sample};
use crate::ids;

pub(crate) const OPERATIONS: &[Erased] = &[erase::<ShowMetrics>()];

/// Show what the server measures of itself.
///
/// Requests by operation and outcome, refusals by reason, statements of the database by name, pools and queues, nodes by
/// status, connected agents, commands, observations, keys, and the server's process. `GET /metrics` answers the same in the text formats that Prometheus reads.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ShowMetrics {}

/// What the server measures of itself.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Metrics {
    /// The metrics, in families.
    pub families: Vec<Family>,
}

impl Operation for ShowMetrics {
    const SPEC: Spec = Spec::read(ids::SERVER_METRICS, "/v1/metrics").root_only().everything().costs(5);
    type Output = Metrics;

    async fn run(self, cx: &Cx) -> Result<Metrics> {
        Metrics::read(cx.control(), cx.store(), cx.now()).await
    }
}

impl Metrics {
    /// Reads them. `store` has the turn of the request that asks for them.
    pub async fn read(control: &Control, store: &Store, now: Timestamp) -> Result<Self> {
        let build = control.build();
        let mut families = vec![
            Family::gauge("bailiwick_build_info", "The version of the server; always 1.")
                .with(&[("version", build.version)], 1.0),
            Family::gauge("bailiwick_keys", "Keys, those of agents among them.")
                .with(&[], control.keyring().len() as f64),
        ];
        let mut nodes = Family::gauge("bailiwick_nodes", "Nodes of each organization, by status.");
        for (organization, status, count) in store.nodes_by_status(now).await? {
            if let Some(organization) = control.directory().by_id(organization) {
                let labels = [("organization", organization.slug.as_str()), ("status", status.as_str())];
                nodes = nodes.with(&labels, count as f64);
            }
        }
        let mut open = Family::gauge(
            "bailiwick_open_command_results",
            "Results of commands that are not final, by state.",
        );
        let counts: HashMap<String, i64> = store.open_results().await?.into_iter().collect();
        for state in ResultState::ALL.into_iter().filter(|state| !state.is_final()) {
            let count = counts.get(state.as_str()).copied().unwrap_or_default();
            open.add(&[("state", state.as_str())], count as f64);
        }
        families.extend([nodes, open, levels::connected(control)]);
        let measured = control.measured();
        families.extend(requests(&measured));
        families.push(work::refusals(&measured));
        families.extend(work::commands(&measured));
        families.push(work::observations(control));
        families.extend(levels::families(control));
        families.extend(statements(&measured));
        families.extend(process::families());
        Ok(Self { families })
    }
}

/// The requests. Operations that were never requested are left out.
fn requests(measured: &Snapshot) -> [Family; 2] {
    let mut count = Family::counter("bailiwick_requests", "Requests, by operation and outcome.");
    let mut duration = Family::histogram(
        "bailiwick_request_duration_seconds",
        "The time from the arrival of a request until its answer could be sent, by operation.",
    );
    for of in measured.operations.iter().filter(|of| of.outcomes.iter().any(|count| *count > 0)) {
        let operation = of.operation.as_str();
        for (outcome, number) in Outcome::ALL.into_iter().zip(of.outcomes) {
            count = count.with(&[("operation", operation), ("outcome", outcome.as_str())], number as f64);
        }
        duration = duration.with_distribution(&[("operation", operation)], &of.durations);
    }
    [count, duration]
}

fn seconds(distribution: &Distribution) -> f64 {
    distribution.sum_micros as f64 / 1e6
}

/// The statements of the database. Statements that never ran are left out.
fn statements(measured: &Snapshot) -> [Family; 5] {
    let mut count = Family::counter("bailiwick_statements", "Statements of the database, by name.");
    let mut duration = Family::counter(
        "bailiwick_statement_seconds",
        "The time that statements of the database took, without waiting for a connection, by name.",
    );
    let mut slow = Family::counter("bailiwick_slow_statements", "Slow statements of the database, by name.");
    let mut failed = Family::counter(
        "bailiwick_failed_statements",
        "Statements of the database that failed, or were abandoned with their request, by name.",
    );
    for of in measured.database.statements.iter().filter(|of| of.durations.count() > 0) {
        let labels = [("statement", of.name)];
        count = count.with(&labels, of.durations.count() as f64);
        duration = duration.with(&labels, seconds(&of.durations));
        slow = slow.with(&labels, of.slow as f64);
        failed = failed.with(&labels, of.failed as f64);
    }
    let waits = Family::histogram(
        "bailiwick_connection_wait_seconds",
        "How long reads waited for a connection to the database.",
    );
    [count, duration, slow, failed, waits.with_distribution(&[], &measured.database.waits)]
}
