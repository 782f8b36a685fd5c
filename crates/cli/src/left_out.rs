//! The note about nodes that a command does not go to because they have no agent.

use serde_json::Value;

use crate::output;

/// How many nodes the note names.
const NAMED_MAX: usize = 5;

/// Says how many nodes a command left out, if it left out any. `answer` is the answer of an operation.
pub(crate) fn note_left_out(answer: &Value) {
    if let Some(note) = text(&answer["left_out"]) {
        output::note(&note);
    }
}

/// The note about the member `left_out` of an answer.
fn text(left_out: &Value) -> Option<String> {
    let count = left_out["count"].as_u64().filter(|count| *count > 0)?;
    let nodes = left_out["nodes"].as_array().map(Vec::as_slice).unwrap_or_default();
    let names: Vec<&str> = nodes.iter().filter_map(|node| node["name"].as_str()).take(NAMED_MAX).collect();
    let at_least = if left_out["exact"] == false { "at least " } else { "" };
    let (nodes, have) = if count == 1 { ("node", "has") } else { ("nodes", "have") };
    let rest = if count > names.len() as u64 { ", …" } else { "" };
    Some(format!("Left out {at_least}{count} {nodes} that {have} no agent: {}{rest}", names.join(", ")))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_note_says_how_many_nodes_are_left_out_and_names_the_first() {
        let of = |count: u64, exact: bool, names: &[&str]| {
            let nodes: Vec<_> = names.iter().map(|name| json!({ "id": "1", "name": name })).collect();
            text(&json!({ "count": count, "exact": exact, "nodes": nodes }))
        };
        assert_eq!(of(0, true, &[]), None);
        assert_eq!(text(&Value::Null), None);
        assert_eq!(of(1, true, &["a"]).unwrap(), "Left out 1 node that has no agent: a");
        assert_eq!(of(2, true, &["a", "b"]).unwrap(), "Left out 2 nodes that have no agent: a, b");
        let many = of(10_000, false, &["a", "b", "c", "d", "e", "f"]).unwrap();
        assert_eq!(many, "Left out at least 10000 nodes that have no agent: a, b, c, d, e, …");
    }
}
