//! The agents of a server: those that have been offline for long, and those of an earlier version.

use bailiwick_domain::outside::Clock;
use serde_json::{Value, json};

use super::ask::Asker;
use super::counted;
use super::finding::Finding;
use super::running::OWN_VERSION;

/// The name of this check.
const CHECK: &str = "agents";
/// The most agents whose versions are compared.
const AGENTS: usize = 1_000;
/// The most names in a finding.
const NAMES: usize = 5;

/// Everything that is asked, in one request.
const QUESTION: &str = r#"query Doctor($before: timestamptz!) {
  offline: nodes_aggregate(where: {status: {_eq: "offline"}, statusSince: {_lt: $before}}) { aggregate { count } }
  offline_names: nodes(where: {status: {_eq: "offline"}, statusSince: {_lt: $before}}, order_by: {statusSince: asc}, limit: 5) { name }
  agents: agents(where: {type: {_eq: "bailiwick_agent"}}, limit: 1000) { reported node { name } }
}"#;

/// The numbers of a version, such as `0.1.0` or `1.2.3-rc1`.
fn numbers(version: &str) -> Vec<u64> {
    let core = version.split(['-', '+']).next().unwrap_or_default();
    core.split('.').map_while(|number| number.parse().ok()).collect()
}

/// The first of some names, and how many more there are.
fn named<'a>(names: impl Iterator<Item = &'a str>, count: usize) -> String {
    let shown: Vec<_> = names.take(NAMES).collect();
    match count.saturating_sub(shown.len()) {
        0 => shown.join(", "),
        more => format!("{}, and {more} more", shown.join(", ")),
    }
}

/// What the answer says about the agents.
fn judge(data: &Value) -> Vec<Finding> {
    let mut found = Vec::new();
    let offline = data["offline"]["aggregate"]["count"].as_u64().unwrap_or(0);
    let offline = usize::try_from(offline).unwrap_or(usize::MAX);
    if offline > 0 {
        let names = data["offline_names"].as_array().into_iter().flatten();
        let names = named(names.filter_map(|node| node["name"].as_str()), offline);
        found.push(Finding::warning(
            CHECK,
            format!(
                "{} {} offline for long: {names}",
                counted(offline, "agent"),
                if offline == 1 { "is" } else { "are" }
            ),
            "run `bailiwick doctor` on these machines; delete the nodes that do not exist any more",
        ));
    }
    let agents = data["agents"].as_array().map_or(&[][..], Vec::as_slice);
    let older: Vec<_> = agents
        .iter()
        .filter(|agent| {
            let version = agent["reported"]["version"].as_str();
            version.is_some_and(|version| numbers(version) < numbers(OWN_VERSION))
        })
        .collect();
    if !older.is_empty() {
        let names = named(older.iter().filter_map(|agent| agent["node"]["name"].as_str()), older.len());
        found.push(Finding::warning(
            CHECK,
            format!("{} of an earlier version than {OWN_VERSION}: {names}", counted(older.len(), "agent")),
            "replace the program on these machines with this version, and start their agents again",
        ));
    }
    if found.is_empty() {
        let more = if agents.len() == AGENTS { " (the first 1,000)" } else { "" };
        let count = counted(agents.len(), "agent");
        found.push(Finding::ok(
            CHECK,
            format!("{count}{more}: none is offline for long, or of an earlier version"),
        ));
    }
    found
}

/// Checks the agents of a server. `offline_for` is how many seconds one may be offline.
pub(super) async fn check(
    asker: &Asker,
    organization: Option<&str>,
    offline_for: i64,
    clock: &dyn Clock,
) -> Vec<Finding> {
    if !asker.has_credential() {
        return Vec::new();
    }
    let before = clock.now().plus_seconds(offline_for.saturating_neg());
    let body = json!({ "query": QUESTION, "variables": { "before": before.to_string() } });
    let answer = match asker.post_for("graphql", organization, &body, clock).await {
        Ok(answer) => answer,
        Err(none) => return vec![none.fault(CHECK)],
    };
    let refused = answer.body["errors"][0]["message"].as_str().or_else(|| answer.body["detail"].as_str());
    match (refused, &answer.body["data"]) {
        (None, data @ Value::Object(_)) => judge(data),
        (why, _) => {
            let why = format!("the agents could not be read: {}", why.unwrap_or("the answer is not GraphQL"));
            let next = "name a key that may read nodes and agents; for a root key, name the organization with --organization";
            vec![Finding::skipped(CHECK, why, next)]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::finding::Mark;
    use super::*;

    #[test]
    fn agents_that_are_offline_or_older_are_named() {
        let data = json!({
            "offline": { "aggregate": { "count": 7 } },
            "offline_names": [{ "name": "a" }, { "name": "b" }, { "name": "c" }, { "name": "d" }, { "name": "e" }],
            "agents": [
                { "reported": { "version": "0.0.9" }, "node": { "name": "old" } },
                { "reported": { "version": OWN_VERSION }, "node": { "name": "same" } },
                { "reported": { "version": null }, "node": { "name": "new" } },
                { "reported": { "version": "99.0.0-rc1" }, "node": { "name": "later" } },
            ],
        });
        let texts: Vec<_> = judge(&data).into_iter().map(|finding| (finding.mark, finding.finding)).collect();
        let expected = [
            "7 agents are offline for long: a, b, c, d, e, and 2 more".to_owned(),
            format!("1 agent of an earlier version than {OWN_VERSION}: old"),
        ];
        assert_eq!(texts, expected.map(|text| (Mark::Warning, text)));
        let well = json!({ "offline": { "aggregate": { "count": 0 } }, "agents": [] });
        assert!(judge(&well).iter().all(|finding| finding.mark == Mark::Ok));
    }
}
