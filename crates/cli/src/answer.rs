//! Answers and errors of operations, as people and programs read them.

use std::process::ExitCode;

use bailiwick_engine::catalogue::Described;
use bailiwick_engine::hint::Hint;
use serde_json::Value;

use crate::client::{Reply, ServerArgs};
use crate::next;
use crate::output::{self, line};

/// The operation whose answer is shown as the lines that it contains.
const LOGS: &str = "agents.logs";
/// The operation whose answer is a format of Ansible, which is JSON for people too.
const ANSIBLE: &str = "ansible.inventory";
/// The operation whose answer is a list of targets of Prometheus.
const TARGETS: &str = "prometheus.targets";

/// The operation whose answer is a tree of operations.
const PERMISSIONS: &str = "permissions.list";
/// Shows an answer or an error, as JSON or for people. Returns the exit code.
pub(crate) fn show(operation: &Described, reply: &Reply, args: &ServerArgs) -> ExitCode {
    let json = args.json;
    if !reply.status.is_success() {
        if json {
            output::json(&reply.body);
        } else {
            show_problem(&reply.body);
        }
        return ExitCode::FAILURE;
    }
    if json || operation.spec.id == ANSIBLE {
        output::json(&reply.body);
    } else {
        show_answer(operation, &reply.body, args.ids);
    }
    // A failed check must be visible to a script that does not read the output.
    if reply.body.get("intact") == Some(&Value::Bool(false)) { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// Whether an answer contains a secret that no later answer will show.
fn holds_secret(body: &Value) -> bool {
    const NAMES: [&str; 4] = ["secret", "token", "recovery_codes", "otpauth_uri"];
    let has = |body: &Value| NAMES.iter().any(|name| body.get(name).is_some_and(|value| !value.is_null()));
    let invitations = body.get("invitations").and_then(Value::as_array);
    has(body) || body.get("invitation").is_some_and(has) || invitations.is_some_and(|all| all.iter().any(has))
}

fn show_answer(operation: &Described, body: &Value, with_ids: bool) {
    if operation.spec.id == LOGS {
        for text in body["lines"].as_array().into_iter().flatten() {
            line(&output::cell(text));
        }
        return;
    }
    if operation.spec.id == TARGETS {
        show_targets(body);
        return;
    }
    if operation.spec.id == PERMISSIONS {
        show_permissions(body);
        return;
    }
    let columns = operation.spec.columns;
    let items = body.get("items").and_then(Value::as_array);
    let Some(items) = items.filter(|_| !columns.is_empty()) else {
        output::object(body);
        if operation.spec.answers_secret && holds_secret(body) && !next::is_invitation(operation) {
            line("");
            line("The secret is shown only this once: store it safely.");
        }
        return;
    };
    show_beside(body);
    if items.is_empty() {
        line("Nothing was found.");
        return;
    }
    let rows = items.iter().map(|item| columns.iter().map(|column| cell(item, column)).collect());
    output::table_of(columns, rows, with_ids);
    if let Some(cursor) = body["next_cursor"].as_str() {
        line("");
        line(&format!(
            "There are more: use --all to get all of them, or --cursor {cursor} to get the next page"
        ));
    }
}

/// Shows the operations that the caller may grant, by noun.
fn show_permissions(body: &Value) {
    let mut rows = Vec::new();
    for group in body["groups"].as_array().into_iter().flatten() {
        for (n, each) in group["operations"].as_array().into_iter().flatten().enumerate() {
            let noun = if n == 0 { output::cell(&group["noun"]) } else { String::new() };
            let granted = if each["granted"] == true { "yes" } else { "no" };
            let [scope, class, summary] =
                ["operation", "class", "summary"].map(|name| output::cell(&each[name]));
            rows.push(vec![noun, scope, class, granted.to_owned(), summary]);
        }
    }
    output::table_of(&["noun", "scope", "class", "granted", "summary"], rows.into_iter(), false);
}

/// Shows targets of Prometheus, with the URL of each.
fn show_targets(body: &Value) {
    let groups = body.as_array().map(Vec::as_slice).unwrap_or_default();
    if groups.is_empty() {
        line("No exporter can be reached from other machines: see docs/exporters.md.");
        return;
    }
    let rows = groups.iter().map(|group| {
        let label = |name: &str| group["labels"][name].as_str().unwrap_or_default().to_owned();
        let target = group["targets"][0].as_str().unwrap_or_default();
        let url = format!("{}://{target}{}", label("__scheme__"), label("__metrics_path__"));
        [label("instance"), url, label("__meta_bailiwick_site")].map(|text| output::clean(&text)).into()
    });
    output::table(&["instance", "url", "site"], rows);
}

/// Columns with names, each with the member whose ids the names belong to.
const NAMES: [(&str, &str); 7] = [
    ("actor_name", "actor"),
    ("node_name", "runs_on"),
    ("node_names", "nodes"),
    ("role_name", "role"),
    ("site_name", "site_id"),
    ("target_names", "targets"),
    ("user_name", "user"),
];

/// The roles of memberships, each once.
fn roles(memberships: &Value) -> String {
    let mut roles: Vec<String> = Vec::new();
    for role in memberships.as_array().into_iter().flatten().map(|each| output::cell(&each["role"])) {
        if !roles.contains(&role) {
            roles.push(role);
        }
    }
    roles.join(", ")
}

/// The text of a table's cell. A column of names shows the id of an object that has no name.
fn cell(item: &Value, column: &str) -> String {
    match column {
        "reach" => return output::reach(&item[column]),
        "expires_at" if item[column].is_null() => return "never".to_owned(),
        "memberships" => return roles(&item[column]),
        _ => {}
    }
    let Some((_, of)) = NAMES.iter().find(|(name, _)| *name == column) else {
        return output::cell(&item[column]);
    };
    let (name, of) = (&item[column], &item[*of]);
    let (Value::Array(names), Value::Array(of)) = (name, of) else {
        return output::cell(if name.is_null() { of } else { name });
    };
    let each = names.iter().zip(of).map(|(name, of)| if name.is_null() { of } else { name });
    output::cell(&each.cloned().collect())
}

/// Prints what a list contains besides its items.
fn show_beside(body: &Value) {
    let is_of_pages = |name: &str| matches!(name, "items" | "next_cursor");
    let members = body.as_object().into_iter().flatten().filter(|(name, _)| !is_of_pages(name));
    let mut beside = serde_json::Map::new();
    for (name, value) in members {
        // Null is shown, too.
        beside.insert(name.clone(), if value.is_null() { "none".into() } else { value.clone() });
    }
    if !beside.is_empty() {
        output::object(&beside.into());
        line("");
    }
}

/// What a hint of the server means on the command line.
const fn in_words_of_commands(hint: Hint) -> &'static str {
    match hint {
        Hint::SendCredential => {
            "log in with `bailiwick login`; or set BAILIWICK_KEY, name a file with --key-file, or name the data directory with --data"
        }
        Hint::KeyAsPassword => "check the key in BAILIWICK_KEY or in the file of --key-file",
        Hint::ShowScopes => "`bailiwick whoami get` shows the scopes that you have",
        Hint::UseRoot => "use the root key: --as root, or BAILIWICK_KEY; or log in as a server administrator",
        Hint::NameOrganization => {
            "add --organization NAME, or choose one for all commands with `bailiwick login --organization NAME`; `bailiwick organizations list` shows them"
        }
        Hint::NameNoOrganization => "leave --organization out",
        Hint::ListScopes => "`bailiwick permissions list` shows the scopes",
        Hint::Force => "--force deletes them or removes their references to it",
        Hint::DryRun => "--dry-run shows what would happen to each",
        Hint::AllowDuplicate => "add --allow-duplicate to create a second one",
        Hint::ConnectAsAgent => "use this key with `bailiwick agent`",
        Hint::IgnoreMaintenanceWindows => {
            "wait until a window opens; or let a schedule do it, for example each night at 02:05: bailiwick schedules create \
             --name NAME --cron '5 2 * * *' --targets site=SITE --run kind=install_updates,updates=security; \
             --ignore-maintenance-windows does it now, and needs the scope \
             maintenance_windows.update and a reach over the whole organization"
        }
    }
}

pub(crate) fn show_problem(problem: &Value) {
    let text = |name: &str| problem.get(name).and_then(Value::as_str).unwrap_or_default();
    let mut lines = vec![format!("error: {}", text("detail"))];
    for error in problem.get("errors").and_then(Value::as_array).into_iter().flatten() {
        let (field, detail) = (output::cell(&error["field"]), output::cell(&error["detail"]));
        lines.push(if field.is_empty() { format!("  {detail}") } else { format!("  {field}: {detail}") });
    }
    for dependant in problem.get("dependants").and_then(Value::as_array).into_iter().flatten() {
        let items = dependant.get("items").and_then(Value::as_array);
        let names: Vec<String> =
            items.into_iter().flatten().map(|item| output::cell(&item["name"])).collect();
        let more = if dependant["count"].as_u64() > u64::try_from(names.len()).ok() { ", …" } else { "" };
        let (count, noun) = (output::cell(&dependant["count"]), output::cell(&dependant["noun"]));
        let effect = output::cell(&dependant["effect"]);
        lines.push(format!("  {count} {noun} ({effect} with --force): {}{more}", names.join(", ")));
    }
    if let Some(revision) = problem.get("current").and_then(|current| current.get("revision")) {
        let revision = output::cell(revision);
        lines.push(format!(
            "  its revision is {revision} now: look at it again, then use --if-match {revision}"
        ));
    }
    for hint in problem.get("hints").and_then(Value::as_array).into_iter().flatten() {
        // A newer server may send a hint that is not known here.
        let known = Hint::ALL.into_iter().find(|known| hint["hint"] == known.as_str());
        let text =
            known.map_or_else(|| output::cell(&hint["text"]), |known| in_words_of_commands(known).to_owned());
        lines.push(format!("  {text}"));
    }
    if let Some(id) = problem.get("request_id").and_then(Value::as_str) {
        lines.push(format!("  request {id}"));
    }
    output::note(&lines.join("\n"));
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_column_of_names_shows_the_id_where_there_is_no_name() {
        let item = json!({
            "site_id": "1", "site_name": "Berlin", "runs_on": "2", "node_name": null,
            "targets": [{ "noun": "site", "id": "3" }, { "noun": "node", "id": "4" }],
            "target_names": [null, "db-1"], "name": "x",
        });
        let shown =
            ["name", "site_name", "node_name", "target_names", "role_name"].map(|column| cell(&item, column));
        assert_eq!(shown, ["x", "Berlin", "2", "site:3, db-1", ""]);
    }
}
