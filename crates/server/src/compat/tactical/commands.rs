//! Commands to agents: running a command and waiting for its output, and restarting the machine.

use std::collections::BTreeMap;
use std::time::Duration;

use bailiwick_domain::command::TIMEOUT_MAX;
use bailiwick_engine::error::{Error, FieldError};
use bailiwick_engine::shape::operation_id::OperationId;
use bailiwick_operations::ids;
use serde::Deserialize;
use serde_json::{Value, json};

use super::agents::named;
use super::shapes::{Node, Organization};
use crate::compat::call::{Call, Reply, fields};
use crate::compat::fields::{Fields, Names};
use crate::compat::members::{Member, as_it_is, honoured};
use crate::problem::HttpError;

/// The operations that running a command needs.
pub(super) const RUN: &[OperationId] = &[
    ids::ORGANIZATIONS_LIST,
    ids::NODES_GET,
    ids::COMMANDS_CREATE,
    ids::COMMANDS_EVENTS,
    ids::COMMANDS_RESULTS,
];
/// The operations that a restart needs.
pub(super) const REBOOT: &[OperationId] = &[ids::ORGANIZATIONS_LIST, ids::NODES_GET, ids::COMMANDS_REBOOT];

/// What happens with the members of a command.
pub(super) const MEMBERS: &[Member] = &[
    honoured("shell"),
    honoured("cmd"),
    honoured("timeout"),
    honoured("custom_shell"),
    as_it_is(
        "run_as_user",
        &["false", "null"],
        "commands run as the user of the agent; to run one as another user, use `run_as` of POST /v1/commands",
    ),
];

/// Tactical RMM's names for our fields.
const NAMES: Names =
    &[("agent_id", "node"), ("agent_id", "targets"), ("cmd", "command"), ("timeout", "timeout_seconds")];

/// The names if the shell is in `custom_shell`.
const NAMES_CUSTOM: Names = &[
    ("agent_id", "node"),
    ("agent_id", "targets"),
    ("cmd", "command"),
    ("timeout", "timeout_seconds"),
    ("custom_shell", "shell"),
];

/// How much longer than the command's time limit an answer is waited for, in seconds: the agent needs some
/// time to end a command that runs too long.
const MARGIN: u32 = 10;
/// How long a command waits for an agent that is online, in seconds.
pub(super) const TTL: u32 = 15;
/// The error for an agent that is offline or does not answer.
const NO_CONTACT: &str = "Unable to contact the agent";

/// A command that was created, as our operations return it.
#[derive(Deserialize)]
pub(super) struct Given {
    pub(super) id: String,
    #[serde(default)]
    pub(super) progress: BTreeMap<String, u32>,
}

impl Given {
    /// What is said of a command that was given to one node; also if it waits because the node is offline.
    pub(super) fn say(&self, said: String) -> String {
        let waits = self.progress.get("queued").is_some_and(|queued| *queued > 0);
        if waits { format!("{said} when it is online again; it is offline now") } else { said }
    }
}

/// The result of a command, as our operations return it.
#[derive(Deserialize)]
pub(super) struct NodeResult {
    pub(super) state: String,
    pub(super) error: Option<String>,
    pub(super) exit_code: Option<i32>,
    pub(super) stdout: Output,
    pub(super) stderr: Output,
    pub(super) duration_ms: Option<u64>,
    pub(super) finished_at: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Output {
    pub(super) text: String,
}

/// The results of a command, as our operations return them.
#[derive(Deserialize)]
pub(super) struct Outcomes {
    pub(super) items: Vec<NodeResult>,
}

impl NodeResult {
    /// What the program wrote to both streams, as one text.
    pub(super) fn output(&self) -> String {
        let mut text = self.stdout.text.clone();
        if !self.stderr.text.is_empty() {
            if !text.is_empty() && !text.ends_with('\n') {
                text.push('\n');
            }
            text.push_str(&self.stderr.text);
        }
        text
    }
}

/// The members of a request that name the shell, and what it runs.
#[derive(Clone, Copy)]
pub(super) struct Said {
    pub(super) shell: &'static str,
    pub(super) program: &'static str,
}

/// The node that the path names, and its organization; an error if the node is offline.
async fn there(call: &mut Call) -> Result<(Organization, Node), HttpError> {
    let (organization, node) = named(call).await?;
    require_online(&node)?;
    Ok((organization, node))
}

/// Refuses a node that is offline.
pub(super) fn require_online(node: &Node) -> Result<(), HttpError> {
    if node.status == "online" { Ok(()) } else { Err(no_contact("the agent is offline")) }
}

fn no_contact(why: &str) -> HttpError {
    Error::invalid("agent_id", format!("{NO_CONTACT}: {why}")).into()
}

/// The shell that a body names; for `custom`, the one in `custom_shell`.
fn shell(body: &Fields) -> Result<Value, HttpError> {
    let shell = body.get("shell").cloned().unwrap_or_default();
    let custom = body.get("custom_shell").filter(|custom| !custom.is_null() && **custom != "");
    match (shell.as_str(), custom) {
        (Some("custom"), Some(custom)) if custom.is_string() => Ok(custom.clone()),
        (Some("custom"), _) => {
            Err(Error::invalid("custom_shell", "expected the path of a shell, because `shell` is `custom`")
                .into())
        }
        (_, Some(_)) => {
            let detail = "this field would be ignored: send `\"shell\": \"custom\"` with it, or leave it out";
            Err(Error::invalid("custom_shell", detail).into())
        }
        (Some("shell"), None) => {
            let detail = "there is no shell with this name: send `cmd` or `powershell` for Windows, \
                          and a path such as `/bin/bash` for other machines";
            Err(Error::invalid("shell", detail).into())
        }
        (_, None) => Ok(shell),
    }
}

/// The time limit in a body, in seconds. Some clients send the number as a text.
pub(super) fn timeout(body: &Fields) -> Result<u32, HttpError> {
    let seconds = match body.get("timeout") {
        Some(Value::Number(number)) => number.as_u64(),
        Some(Value::String(text)) => text.parse().ok(),
        _ => None,
    };
    let seconds = seconds.and_then(|seconds| u32::try_from(seconds).ok());
    let seconds = seconds.filter(|seconds| (1..=TIMEOUT_MAX).contains(seconds));
    seconds.ok_or_else(|| Error::invalid("timeout", format!("expected 1 to {TIMEOUT_MAX} seconds")).into())
}

/// Creates a command and waits for its end. The answer is its output, as one text.
pub(super) async fn run(call: &mut Call) -> Result<Reply, HttpError> {
    let (organization, node) = there(call).await?;
    let create = call.admit(ids::COMMANDS_CREATE, Some(&organization.id))?;
    let body = call.body(&create).await?;
    let mut wrong = Vec::new();
    for name in ["shell", "cmd"] {
        if !body.get(name).is_some_and(Value::is_string) {
            wrong.push(FieldError::new(name, "expected a text"));
        }
    }
    if !wrong.is_empty() {
        return Err(Error::Invalid(wrong).into());
    }
    let seconds = timeout(&body)?;
    let custom = body.get("shell").is_some_and(|shell| shell == "custom");
    call.name_fields(if custom { NAMES_CUSTOM } else { NAMES });
    let command = fields([
        ("targets", json!({ "nodes": [node.id] })),
        ("shell", shell(&body)?),
        ("command", body.get("cmd").cloned().unwrap_or_default()),
        ("timeout_seconds", seconds.into()),
        ("ttl_seconds", TTL.into()),
    ]);
    let Given { id, .. } = call.run(create, command).await?;
    let shell = if custom { "custom_shell" } else { "shell" };
    finish(call, &organization, &id, seconds, Said { shell, program: "cmd" }).await
}

/// Waits for the end of a command that may run for some seconds. The answer is its output, as one text.
pub(super) async fn finish(
    call: &mut Call,
    organization: &Organization,
    id: &str,
    seconds: u32,
    said: Said,
) -> Result<Reply, HttpError> {
    let named = fields([("command", id.into())]);
    let mut events = call.watch(ids::COMMANDS_EVENTS, Some(&organization.id), named.clone()).await?;
    let ended = async {
        while let Some(event) = events.next().await {
            if event.name == "end" {
                return true;
            }
        }
        false
    };
    let patience = Duration::from_secs(u64::from(seconds) + u64::from(TTL + MARGIN));
    if !tokio::time::timeout(patience, ended).await.unwrap_or_default() {
        return Err(no_contact(&format!(
            "the agent did not answer in time; /v1/commands/{id} shows how the command continues"
        )));
    }
    drop(events);
    let outcomes: Outcomes = call.ask(ids::COMMANDS_RESULTS, Some(&organization.id), named).await?;
    let outcome = outcomes.items.into_iter().next();
    answer(outcome.ok_or_else(|| no_contact("the agent no longer exists"))?, seconds, said)
}

/// The answer to a command that has ended: its output if it ran to its end, otherwise the reason why not.
fn answer(outcome: NodeResult, seconds: u32, said: Said) -> Result<Reply, HttpError> {
    let has_run = matches!(outcome.state.as_str(), "succeeded" | "failed");
    if has_run && (outcome.exit_code.is_some() || outcome.error.is_none()) {
        return Reply::json(200, &outcome.output());
    }
    let why = match (outcome.state.as_str(), outcome.error) {
        ("timed_out", _) => {
            return Err(Error::invalid(
                "timeout",
                format!("the command ran longer than {seconds} s and was ended"),
            )
            .into());
        }
        ("expired", _) => return Err(no_contact("the agent did not receive the command in time")),
        (_, Some(error)) => error,
        (state, None) => state.to_owned(),
    };
    // The agent's error if its machine does not have the shell.
    let about_shell = why.starts_with("this machine has no ") && why.contains("; it has: ");
    Err(Error::invalid(if about_shell { said.shell } else { said.program }, why).into())
}

/// Restarts a machine.
pub(super) async fn reboot(call: &mut Call) -> Result<Reply, HttpError> {
    let (organization, node) = there(call).await?;
    let of = fields([("node", node.id.as_str().into()), ("ttl_seconds", TTL.into())]);
    let Given { .. } = call.tell(ids::COMMANDS_REBOOT, Some(&organization.id), of).await?;
    Reply::json(200, &"ok")
}
