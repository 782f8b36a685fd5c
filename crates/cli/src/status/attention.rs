//! What needs attention, found in what the server answered.

use bailiwick_domain::time::Timestamp;
use serde::Serialize;
use serde_json::Value;

use super::gather::Answers;
use crate::output::cell;

/// The results of a command that somebody should look at.
const UNSUCCESSFUL: [&str; 4] = ["failed", "timed_out", "expired", "lost"];
/// How many examples are named.
const EXAMPLES: usize = 5;

/// Something that needs attention.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct Item {
    /// A stable name for programs.
    pub(super) kind: &'static str,
    /// How many there are.
    pub(super) count: u64,
    /// What it is, in words.
    pub(super) text: String,
    /// The first of them.
    pub(super) examples: Vec<String>,
    /// The command that shows more.
    pub(super) command: String,
}

/// A part that is not shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct NotShown {
    /// The part.
    pub(super) part: &'static str,
    /// Why it is not shown.
    pub(super) reason: String,
}

/// The parts that come from lists: the field with the number, and what it is.
const PARTS: [(&str, &str); 6] = [
    ("online", "agents by state"),
    ("offline", "nodes that are offline"),
    ("without_agent", "nodes without an agent"),
    ("exporters", "exporters that do not run"),
    ("schedules", "schedules whose last run failed"),
    ("keys", "keys that expire soon"),
];

/// The number of objects in a field of the answer of GraphQL; `None` if the caller may not see them.
pub(super) fn count(lists: &Value, field: &str) -> Option<u64> {
    lists["data"][field]["aggregate"]["count"].as_u64()
}

/// A number with its noun in the singular or plural.
fn of(count: u64, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// The parts that are not shown, and why.
pub(super) fn not_shown(answers: &Answers) -> Vec<NotShown> {
    let mut missing = Vec::new();
    let mut miss = |part, reason: String| missing.push(NotShown { part, reason });
    for (field, part) in PARTS {
        match &answers.lists {
            Err(why) => miss(part, why.clone()),
            Ok(lists) if count(lists, field).is_none() => {
                let errors = lists["errors"].as_array().into_iter().flatten();
                let of_field = |error: &&Value| error["path"][0] == field;
                let all = || lists["errors"][0].clone();
                let error = errors.clone().find(of_field).cloned().unwrap_or_else(all);
                miss(part, cell(&error["message"]));
            }
            Ok(_) => {}
        }
    }
    if let Err(why) = &answers.updates {
        miss("security updates", why.clone());
    }
    if let Err(why) = &answers.commands {
        miss("failed commands", why.clone());
    }
    missing
}

/// Everything that needs attention.
pub(super) fn attention(answers: &Answers, now: Timestamp) -> Vec<Item> {
    let lists = answers.lists.as_ref().ok();
    let from_lists = [offline, without_agent, exporters, schedules, keys];
    let mut items: Vec<Item> =
        lists.into_iter().flat_map(|lists| from_lists.iter().filter_map(|find| find(lists, now))).collect();
    items.extend(answers.commands.as_ref().ok().and_then(failed_commands));
    items.extend(answers.updates.as_ref().ok().and_then(security_updates));
    items
}

/// The number in a field if it is not zero, and the first objects of another.
fn found<'a>(lists: &'a Value, field: &str, names: &str) -> Option<(u64, &'a [Value])> {
    let count = count(lists, field).filter(|count| *count > 0)?;
    let first = lists["data"][names].as_array().map(Vec::as_slice).unwrap_or_default();
    Some((count, first))
}

fn names(objects: &[Value]) -> Vec<String> {
    objects.iter().map(|object| cell(&object["name"])).collect()
}

fn offline(lists: &Value, _: Timestamp) -> Option<Item> {
    let (count, first) = found(lists, "offline", "offline_names")?;
    Some(Item {
        kind: "nodes_offline",
        count,
        text: of(count, "node is offline", "nodes are offline"),
        examples: names(first),
        command: "bailiwick nodes list --status offline".to_owned(),
    })
}

fn without_agent(lists: &Value, _: Timestamp) -> Option<Item> {
    let (count, first) = found(lists, "without_agent", "without_agent_names")?;
    Some(Item {
        kind: "nodes_without_agent",
        count,
        text: of(count, "node has no agent", "nodes have no agent"),
        examples: names(first),
        command: "bailiwick nodes list --status unknown".to_owned(),
    })
}

fn exporters(lists: &Value, _: Timestamp) -> Option<Item> {
    let (count, first) = found(lists, "exporters", "exporter_names")?;
    let example = |agent: &Value| {
        let node = agent["node"]["name"].as_str().map(|name| format!(" on {name}")).unwrap_or_default();
        format!("{}{node} ({})", cell(&agent["type"]), cell(&agent["status"]))
    };
    Some(Item {
        kind: "exporters_not_running",
        count,
        text: of(count, "exporter does not run", "exporters do not run"),
        examples: first.iter().map(example).collect(),
        command: match first.first() {
            Some(agent) => match agent["node"]["name"].as_str() {
                Some(node) => {
                    format!("bailiwick agents logs {}/{}", cell(&node.into()), cell(&agent["type"]))
                }
                None => format!("bailiwick agents logs {}", cell(&agent["id"])),
            },
            None => "bailiwick agents list".to_owned(),
        },
    })
}

fn schedules(lists: &Value, _: Timestamp) -> Option<Item> {
    let (count, first) = found(lists, "schedules", "schedule_names")?;
    let example =
        |schedule: &Value| format!("{} ({})", cell(&schedule["name"]), cell(&schedule["lastError"]));
    Some(Item {
        kind: "schedules_failed",
        count,
        text: of(
            count,
            "schedule gave no command at its last run",
            "schedules gave no command at their last run",
        ),
        examples: first.iter().map(example).collect(),
        command: match first.first() {
            Some(schedule) => format!("bailiwick schedules get {}", cell(&schedule["id"])),
            None => "bailiwick schedules list".to_owned(),
        },
    })
}

fn keys(lists: &Value, now: Timestamp) -> Option<Item> {
    let (count, first) = found(lists, "keys", "key_names")?;
    let example = |key: &Value| {
        let at = key["expiresAt"].as_str().and_then(|at| at.parse::<Timestamp>().ok());
        let days = at.map_or(0, |at| (at.as_micros() - now.as_micros()) / 86_400_000_000);
        let when = match days {
            0 => "today or tomorrow".to_owned(),
            1 => "in a day".to_owned(),
            days => format!("in {days} days"),
        };
        format!("{} ({when})", cell(&key["name"]))
    };
    Some(Item {
        kind: "keys_expiring",
        count,
        text: of(count, "key expires within 14 days", "keys expire within 14 days"),
        examples: first.iter().map(example).collect(),
        command: match first.first() {
            Some(key) if count == 1 => format!("bailiwick keys get {}", cell(&key["id"])),
            _ => "bailiwick keys list".to_owned(),
        },
    })
}

fn failed_commands(commands: &Value) -> Option<Item> {
    let unsuccessful = |command: &Value| -> u64 {
        UNSUCCESSFUL.iter().filter_map(|state| command["progress"][state].as_u64()).sum()
    };
    let failed = commands["items"].as_array()?;
    failed.first()?;
    let example = |command: &Value| {
        let nodes = of(unsuccessful(command), "node", "nodes");
        format!("{} ({nodes}, {})", title(command), cell(&command["created_at"]))
    };
    let count = failed.len() as u64;
    Some(Item {
        kind: "commands_failed",
        count,
        text: of(
            count,
            "command of the last day was not successful",
            "commands of the last day were not successful",
        ),
        examples: failed.iter().take(EXAMPLES).map(example).collect(),
        command: "bailiwick commands list --failed --since 1d".to_owned(),
    })
}

/// A command in a few words.
fn title(command: &Value) -> String {
    const SHOWN: usize = 40;
    let text = cell(&command["title"]);
    if text.chars().count() > SHOWN { text.chars().take(SHOWN).collect::<String>() + "…" } else { text }
}

fn security_updates(updates: &Value) -> Option<Item> {
    let count = updates["nodes_with_security_updates"].as_u64().filter(|count| *count > 0)?;
    let all = updates["security_updates"].as_u64().unwrap_or_default();
    Some(Item {
        kind: "security_updates",
        count,
        text: format!(
            "{} on {}",
            of(all, "security update is available", "security updates are available"),
            of(count, "node", "nodes")
        ),
        examples: Vec::new(),
        command: "bailiwick updates list --security".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn now() -> Timestamp {
        "2030-01-31T12:00:00Z".parse().unwrap()
    }

    fn number(count: u64) -> Value {
        json!({ "aggregate": { "count": count } })
    }

    fn answers(lists: Value) -> Answers {
        Answers {
            ready: Ok(json!({ "ready": true })),
            version: Ok(json!({})),
            me: Ok(json!({})),
            stranger: None,
            lists: Ok(lists),
            updates: Ok(json!({ "nodes_with_security_updates": 0, "security_updates": 0 })),
            commands: Ok(json!({ "items": [] })),
        }
    }

    fn quiet() -> Value {
        let data: serde_json::Map<_, _> =
            PARTS.iter().map(|(field, _)| ((*field).to_owned(), number(0))).collect();
        json!({ "data": data })
    }

    #[test]
    fn nothing_needs_attention_if_everything_is_zero() {
        let answers = answers(quiet());
        assert_eq!((attention(&answers, now()), not_shown(&answers)), (Vec::new(), Vec::new()));
    }

    #[test]
    fn each_finding_has_examples_and_a_command_that_shows_more() {
        let mut lists = quiet();
        let data = &mut lists["data"];
        data["offline"] = number(2);
        data["offline_names"] = json!([{ "name": "db-1" }, { "name": "db-2" }]);
        data["exporters"] = number(1);
        data["exporter_names"] =
            json!([{ "id": "e1", "type": "node_exporter", "status": "waiting", "node": { "name": "db-1" } }]);
        data["keys"] = number(1);
        data["key_names"] = json!([{ "id": "k1", "name": "report", "expiresAt": "2030-02-03T12:00:00Z" }]);
        data["schedules"] = number(1);
        data["schedule_names"] = json!([{ "id": "s1", "name": "nightly", "lastError": "no script" }]);
        let mut answers = answers(lists);
        answers.updates = Ok(json!({ "nodes_with_security_updates": 1, "security_updates": 3 }));
        answers.commands = Ok(json!({ "items": [
            { "id": "c1", "created_at": "t", "title": "false", "progress": { "failed": 1, "lost": 1, "succeeded": 5 } },
        ] }));
        let found = attention(&answers, now());
        let shown: Vec<_> = found
            .iter()
            .map(|item| format!("{}: {}: {}", item.text, item.examples.join(", "), item.command))
            .collect();
        assert_eq!(
            shown,
            [
                "2 nodes are offline: db-1, db-2: bailiwick nodes list --status offline",
                "1 exporter does not run: node_exporter on db-1 (waiting): bailiwick agents logs db-1/node_exporter",
                "1 schedule gave no command at its last run: nightly (no script): bailiwick schedules get s1",
                "1 key expires within 14 days: report (in 3 days): bailiwick keys get k1",
                "1 command of the last day was not successful: false (2 nodes, t): bailiwick commands list --failed --since 1d",
                "3 security updates are available on 1 node: : bailiwick updates list --security",
            ]
        );
    }

    #[test]
    fn parts_without_a_scope_are_named_with_the_reason() {
        let mut lists = quiet();
        lists["data"]["keys"] = Value::Null;
        lists["errors"] = json!([{ "message": "the caller lacks the scope keys.list", "path": ["keys"] }]);
        let mut answers = answers(lists);
        answers.updates = Err("the caller lacks the scope updates.summary".to_owned());
        let missing: Vec<_> = not_shown(&answers).into_iter().map(|part| (part.part, part.reason)).collect();
        assert_eq!(
            missing,
            [
                ("keys that expire soon", "the caller lacks the scope keys.list".to_owned()),
                ("security updates", "the caller lacks the scope updates.summary".to_owned()),
            ]
        );
    }
}
