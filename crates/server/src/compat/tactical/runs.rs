//! Runs of saved scripts on agents.

use std::collections::BTreeMap;

use bailiwick_engine::error::{Error, FieldError};
use bailiwick_engine::shape::operation_id::OperationId;
use bailiwick_operations::ids;
use serde_json::{Value, json};

use super::agents::named;
use super::commands::{Given, Said, TTL, finish, require_online, timeout};
use super::scripts::{self, texts};
use super::shapes::Organization;
use crate::compat::call::{Call, Reply, fields};
use crate::compat::fields::{Fields, Names};
use crate::compat::members::{Member, as_it_is, honoured};
use crate::problem::HttpError;

/// The operations that a run needs.
pub(super) const OPERATIONS: &[OperationId] = &[
    ids::ORGANIZATIONS_LIST,
    ids::NODES_GET,
    ids::SCRIPTS_LIST,
    ids::SCRIPTS_GET,
    ids::SCRIPTS_RUN,
    ids::COMMANDS_EVENTS,
    ids::COMMANDS_RESULTS,
];

/// Why members about the output need no action if they are empty.
const ONLY_THESE: &str = "`output` is `wait` or `forget`, for which this member means nothing";

/// What happens with the members of a run.
pub(super) const MEMBERS: &[Member] = &[
    honoured("script"),
    honoured("output"),
    honoured("args"),
    honoured("timeout"),
    as_it_is(
        "env_vars",
        &["[]", "null"],
        "saved scripts run with the agent's own variables: give the script a parameter, and its value in `args`",
    ),
    as_it_is("run_as_user", &["false", "null"], "saved scripts run as the user of the agent"),
    as_it_is("run_on_server", &["false", "null"], "scripts run on machines, not on the server"),
    as_it_is("emails", &["[]", "null"], ONLY_THESE),
    as_it_is("emailMode", &["\"default\"", "\"\"", "null"], ONLY_THESE),
    as_it_is("custom_field", &["null"], ONLY_THESE),
    as_it_is("save_all_output", &["false", "null"], ONLY_THESE),
];

/// Tactical RMM's names for our fields.
const NAMES: Names =
    &[("agent_id", "node"), ("agent_id", "targets"), ("args", "parameters"), ("timeout", "timeout_seconds")];

/// Whether the answer waits for the end of the script.
fn waits(body: &Fields) -> Result<bool, FieldError> {
    match body.get("output").and_then(Value::as_str) {
        Some("wait") => Ok(true),
        Some("forget") => Ok(false),
        Some("email" | "collector" | "note") => {
            let detail = "expected `wait` or `forget`: Bailiwick sends no e-mail, and has no custom fields and no notes";
            Err(FieldError::new("output", detail))
        }
        _ => Err(FieldError::new("output", "expected `wait` or `forget`")),
    }
}

/// The number of the script.
fn number(body: &Fields) -> Result<u64, FieldError> {
    let number = match body.get("script") {
        Some(Value::Number(number)) => number.as_u64(),
        Some(Value::String(text)) => text.parse().ok(),
        _ => None,
    };
    number.ok_or_else(|| FieldError::new("script", "expected an `id` from the list under /scripts/"))
}

/// The arguments. What Tactical RMM would replace is refused, because a script must not get another text than
/// its caller meant.
fn arguments(body: &Fields) -> Result<Vec<String>, FieldError> {
    let arguments = texts(body, "args")?;
    if arguments.iter().any(|argument| argument.contains("{{")) {
        let detail = "expected values: Bailiwick does not replace `{{…}}`";
        return Err(FieldError::new("args", detail));
    }
    Ok(arguments)
}

/// The values of a script's parameters, from arguments in their order.
async fn parameters(
    call: &mut Call,
    organization: &Organization,
    script: &str,
    arguments: Vec<String>,
) -> Result<BTreeMap<String, String>, HttpError> {
    if arguments.is_empty() {
        return Ok(BTreeMap::new());
    }
    let script = scripts::read(call, organization, script).await?;
    if arguments.len() > script.parameters.len() {
        let detail = format!(
            "expected at most {} arguments, found {}: a script takes as many as it was saved with in its own `args`",
            script.parameters.len(),
            arguments.len()
        );
        return Err(Error::invalid("args", detail).into());
    }
    let names = script.parameters.into_iter().map(|parameter| parameter.name);
    Ok(names.zip(arguments).collect())
}

/// Runs a saved script on an agent. The answer is its output, or with `forget` a text that says that it runs.
pub(super) async fn run(call: &mut Call) -> Result<Reply, HttpError> {
    call.name_fields(NAMES);
    let (organization, node) = named(call).await?;
    let admitted = call.admit(ids::SCRIPTS_RUN, Some(&organization.id))?;
    let body = call.body(&admitted).await?;
    let seconds = timeout(&body);
    let (waits, number, arguments) = match (waits(&body), number(&body), arguments(&body)) {
        (Ok(waits), Ok(number), Ok(arguments)) => (waits, number, arguments),
        (waits, number, arguments) => {
            let wrong = [waits.err(), number.err(), arguments.err()];
            return Err(Error::Invalid(wrong.into_iter().flatten().collect()).into());
        }
    };
    let seconds = seconds?;
    if waits {
        require_online(&node)?;
    }
    let script = scripts::numbered(call, &organization, number).await?;
    let script = script.ok_or_else(|| Error::invalid("script", format!("there is no script {number}")))?;
    let parameters = parameters(call, &organization, &script.id, arguments).await?;
    let mut of = fields([
        ("script", script.id.into()),
        ("targets", json!({ "nodes": [node.id] })),
        ("parameters", json!(parameters)),
        ("timeout_seconds", seconds.into()),
    ]);
    if waits {
        of.insert("ttl_seconds".into(), TTL.into());
    }
    let given: Given = call.run(admitted, of).await?;
    if waits {
        return finish(call, &organization, &given.id, seconds, Said { shell: "script", program: "script" })
            .await;
    }
    Reply::json(200, &given.say(format!("{} will now be run on {}", script.name, node.name)))
}
