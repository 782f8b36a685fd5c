//! The history of an agent: the commands and scripts that it was given, with their output.

use std::collections::HashMap;

use bailiwick_domain::key::Actor;
use bailiwick_engine::error::Error;
use bailiwick_engine::shape::operation_id::OperationId;
use bailiwick_operations::ids;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::agents::find;
use super::commands::{NodeResult, Outcomes};
use super::scripts;
use super::shapes::{Node, Organization, number};
use crate::compat::call::{Call, Reply, fields};
use crate::problem::HttpError;

/// The operations that the history needs.
pub(super) const OPERATIONS: &[OperationId] = &[
    ids::ORGANIZATIONS_LIST,
    ids::NODES_GET,
    ids::AGENTS_LIST,
    ids::COMMANDS_LIST,
    ids::COMMANDS_GET,
    ids::COMMANDS_RESULTS,
    ids::SCRIPTS_LIST,
];

/// The most commands in an answer: the latest. Each is read on its own.
const COMMANDS_MAX: u32 = 100;

/// A command in a list, as our operations return it.
#[derive(Deserialize)]
struct Listed {
    id: String,
}

#[derive(Deserialize)]
struct Latest {
    items: Vec<Listed>,
}

/// A command, as our operations return it.
#[derive(Deserialize)]
struct Command {
    id: String,
    instruction: Instruction,
    created_by: Actor,
    created_at: String,
}

#[derive(Deserialize)]
struct Instruction {
    command: String,
    script: Option<ScriptUse>,
}

#[derive(Deserialize)]
struct ScriptUse {
    id: String,
}

/// The result of a script, as Tactical RMM writes it.
#[derive(Serialize)]
struct ScriptResults {
    id: u64,
    stdout: String,
    stderr: String,
    retcode: Option<i32>,
    /// In seconds.
    execution_time: f64,
}

/// A command in the history, as Tactical RMM writes it.
#[derive(Serialize)]
struct Entry {
    id: u64,
    script_name: Option<String>,
    time: String,
    #[serde(rename = "type")]
    kind: &'static str,
    command: String,
    username: String,
    results: Option<String>,
    script_results: Option<ScriptResults>,
    collector_all_output: bool,
    save_to_agent_note: bool,
    agent: u64,
    script: Option<u64>,
    custom_field: Option<Value>,
}

impl Entry {
    /// A command on a node. `names` has the names of saved scripts by id; one that was deleted has none.
    fn of(
        command: Command,
        result: Option<NodeResult>,
        names: &HashMap<String, String>,
        node: &Node,
    ) -> Self {
        let id = number(&command.id);
        let Instruction { command: text, script } = command.instruction;
        let name = script.as_ref().and_then(|used| names.get(&used.id)).cloned();
        let ended = result.filter(|result| result.finished_at.is_some());
        let (mut results, mut script_results) = (None, None);
        match (&script, ended) {
            (_, None) => {}
            (None, Some(result)) => results = Some(said(&result)),
            (Some(_), Some(result)) => {
                script_results = Some(ScriptResults {
                    id,
                    retcode: result.exit_code,
                    execution_time: result.duration_ms.unwrap_or_default() as f64 / 1_000.0,
                    stderr: result.error.unwrap_or(result.stderr.text),
                    stdout: result.stdout.text,
                });
            }
        }
        Self {
            id,
            time: command.created_at,
            kind: if script.is_some() { "script_run" } else { "cmd_run" },
            // The text of a script is that of the script.
            command: if script.is_some() { String::new() } else { text },
            username: command.created_by.as_text().into_owned(),
            results,
            script_results,
            collector_all_output: false,
            save_to_agent_note: false,
            agent: number(&node.id),
            script: script.filter(|_| name.is_some()).map(|used| number(&used.id)),
            script_name: name,
            custom_field: None,
        }
    }
}

/// What a command has written, or why it has not run.
fn said(result: &NodeResult) -> String {
    match (&result.error, result.exit_code) {
        (Some(error), None) => error.clone(),
        _ => result.output(),
    }
}

/// The names of the saved scripts of an organization, by id.
async fn names(call: &mut Call, organization: &Organization) -> Result<HashMap<String, String>, HttpError> {
    let scripts = scripts::all(call, organization).await?;
    Ok(scripts.into_iter().map(|script| (script.id, script.name)).collect())
}

/// The latest commands and scripts of an agent, the latest first.
pub(super) async fn list(call: &mut Call) -> Result<Reply, HttpError> {
    let (organization, node) = find(call).await?;
    let within = Some(organization.id.as_str());
    let of =
        fields([("node", node.id.as_str().into()), ("kind", "shell".into()), ("limit", COMMANDS_MAX.into())]);
    let latest: Latest = call.ask(ids::COMMANDS_LIST, within, of).await?;
    let mut names_of_scripts = None;
    let mut entries = Vec::new();
    for Listed { id } in latest.items {
        let of = fields([("command", id.as_str().into())]);
        let command: Command = match call.ask(ids::COMMANDS_GET, within, of).await {
            // It was deleted since, because it is old.
            Err(HttpError::Operation(Error::NotFound { .. })) => continue,
            command => command?,
        };
        let of = fields([("command", id.into()), ("node", node.id.as_str().into())]);
        let outcomes: Outcomes = match call.ask(ids::COMMANDS_RESULTS, within, of).await {
            Err(HttpError::Operation(Error::NotFound { .. })) => continue,
            outcomes => outcomes?,
        };
        if command.instruction.script.is_some() && names_of_scripts.is_none() {
            names_of_scripts = Some(names(call, &organization).await?);
        }
        let none = HashMap::new();
        let names = names_of_scripts.as_ref().unwrap_or(&none);
        entries.push(Entry::of(command, outcomes.items.into_iter().next(), names, &node));
    }
    Reply::json(200, &entries)
}
