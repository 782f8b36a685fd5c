//! What the server answers to the questions of the status.

use bailiwick_domain::time::Timestamp;
use serde_json::{Value, json};

use crate::client::{Reply, Server};

/// The most failed commands that are looked at.
const COMMANDS: usize = 100;
/// The age in seconds up to which a failed command is reported.
const COMMAND_AGE: i64 = 86_400;
/// How many seconds ahead the expiry of a key is reported.
const EXPIRY_AHEAD: i64 = 14 * 86_400;

/// Everything that is read from lists, in one request. The names of the fields are those of
/// [`attention`](super::attention).
const LISTS: &str = r#"query Status($now: timestamptz!, $soon: timestamptz!) {
  online: nodes_aggregate(where: {status: {_eq: "online"}}) { aggregate { count } }
  stale: nodes_aggregate(where: {status: {_eq: "stale"}}) { aggregate { count } }
  offline: nodes_aggregate(where: {status: {_eq: "offline"}}) { aggregate { count } }
  never_seen: nodes_aggregate(where: {status: {_eq: "unknown"}}) { aggregate { count } }
  offline_names: nodes(where: {status: {_eq: "offline"}}, order_by: {statusSince: desc}, limit: 5) { name }
  without_agent: nodes_aggregate(where: {_not: {agents: {type: {_eq: "bailiwick_agent"}}}}) { aggregate { count } }
  without_agent_names: nodes(where: {_not: {agents: {type: {_eq: "bailiwick_agent"}}}}, order_by: {name: asc}, limit: 5) { name }
  exporters: agents_aggregate(where: {type: {_nin: ["bailiwick_agent", "opamp"]}, enabled: {_eq: true}, status: {_nin: ["starting", "running"]}}) { aggregate { count } }
  exporter_names: agents(where: {type: {_nin: ["bailiwick_agent", "opamp"]}, enabled: {_eq: true}, status: {_nin: ["starting", "running"]}}, limit: 5) { id type status node { name } }
  schedules: schedules_aggregate(where: {enabled: {_eq: true}, lastError: {_is_null: false}}) { aggregate { count } }
  schedule_names: schedules(where: {enabled: {_eq: true}, lastError: {_is_null: false}}, order_by: {lastRunAt: desc_nulls_last}, limit: 5) { id name lastError }
  keys: keys_aggregate(where: {kind: {_in: ["root", "org"]}, expiresAt: {_gt: $now, _lte: $soon}}) { aggregate { count } }
  key_names: keys(where: {kind: {_in: ["root", "org"]}, expiresAt: {_gt: $now, _lte: $soon}}, order_by: {expiresAt: asc}, limit: 5) { id name expiresAt }
}"#;

/// The body of an answer, or why there is none.
pub(super) type Answered = Result<Value, String>;

/// What the server answered.
pub(super) struct Answers {
    /// Whether it is ready.
    pub(super) ready: Answered,
    /// Its version.
    pub(super) version: Answered,
    /// Who the caller is.
    pub(super) me: Answered,
    /// The refusal, if the server does not know the caller.
    pub(super) stranger: Option<Value>,
    /// The answer of GraphQL, with `data` and `errors`.
    pub(super) lists: Answered,
    /// The summary of updates.
    pub(super) updates: Answered,
    /// The commands of the last day that failed on a node, the latest first.
    pub(super) commands: Answered,
}

/// The path of an operation.
fn path(parts: &str) -> Vec<String> {
    parts.split('/').map(str::to_owned).collect()
}

/// Why the server refused, with what to do.
fn refusal(problem: &Value) -> String {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    match problem["code"].as_str() {
        Some("organization_required") => "name the organization with --organization".to_owned(),
        _ => text(&problem["detail"]),
    }
}

fn answered(reply: Reply) -> Answered {
    if reply.status.is_success() { Ok(reply.body) } else { Err(refusal(&reply.body)) }
}

/// Asks the server everything at once. Fails if the server cannot be reached.
pub(super) async fn gather(
    server: &Server,
    query: &[(String, String)],
    now: Timestamp,
) -> anyhow::Result<Answers> {
    let variables = json!({ "now": now.to_string(), "soon": now.plus_seconds(EXPIRY_AHEAD).to_string() });
    let document = json!({ "query": LISTS, "variables": variables });
    let paths =
        ["v1/readyz", "v1/version", "v1/whoami", "v1/updates/summary", "graphql", "v1/commands"].map(path);
    let [ready, version, me, updates, graphql, commands] = &paths;
    let mut failed = query.to_vec();
    let since = now.plus_seconds(-COMMAND_AGE).to_string();
    let filter = [("failed", "true".to_owned()), ("since", since), ("limit", COMMANDS.to_string())];
    failed.extend(filter.map(|(name, value)| (name.to_owned(), value)));
    let (ready, version, me, updates, lists, commands) = tokio::try_join!(
        server.call("GET", ready, &[], None),
        server.call("GET", version, &[], None),
        server.call("GET", me, query, None),
        server.call("GET", updates, query, None),
        server.call("POST", graphql, query, Some(&document)),
        server.call("GET", commands, &failed, None),
    )?;
    let stranger = (!me.status.is_success()).then(|| me.body.clone());
    Ok(Answers {
        ready: answered(ready),
        version: answered(version),
        me: answered(me),
        stranger,
        lists: answered(lists),
        updates: answered(updates),
        commands: answered(commands),
    })
}
