//! What people are told beside an answer: whose it is, what comes next, and why it is empty.

use bailiwick_domain::key::KeyText;
use bailiwick_engine::catalogue::Described;
use bailiwick_engine::shape::spec::Tenancy;
use reqwest::Url;
use serde_json::{Map, Value};

use crate::client::{Credential, Server};
use crate::output;

/// The beginning of a key that belongs to one organization.
const ORGANIZATION_KEY: &str = "blw_org_";
/// The field that names a key.
const KEY: &str = "key";
const AUDIT: &str = "audit.list";
const CREATE_AGENT: &str = "agents.create";
const LOGS: &str = "agents.logs";
const INVITE: &str = "users.invite";
const CREATE_USER: &str = "users.create";
const ACCEPT: &str = "invitations.accept";
/// The operations that this module knows.
#[cfg(test)]
pub(crate) const KNOWN: [&str; 6] = [AUDIT, CREATE_AGENT, LOGS, INVITE, CREATE_USER, ACCEPT];
/// The type of the agent that starts exporters.
const STARTS_EXPORTERS: &str = "bailiwick_agent";
/// Types of agents that nothing has to start.
const START_THEMSELVES: [&str; 2] = [STARTS_EXPORTERS, "opamp"];

fn path(parts: &[&str]) -> Vec<String> {
    parts.iter().map(|part| (*part).to_owned()).collect()
}

/// Whose objects a list shows, if a caller who sees several organizations may take it for another one.
pub(crate) async fn whose(
    server: &Server,
    operation: &Described,
    query: &[(String, String)],
) -> anyhow::Result<Option<String>> {
    let is_list = !operation.spec.columns.is_empty() && operation.spec.tenancy == Tenancy::Optional;
    let is_of_one = match server.credential() {
        Credential::Key { key, .. } => key.starts_with(ORGANIZATION_KEY),
        Credential::Session { .. } => false,
        Credential::None => true,
    };
    if !is_list || is_of_one || operation.spec.id != AUDIT && !query.is_empty() {
        return Ok(None);
    }
    let me = server.call("GET", &path(&["v1", "whoami"]), query, None).await?;
    let slug = me.body["organization"]["slug"].as_str();
    let note = match slug {
        _ if !me.status.is_success() => None,
        Some(slug) if operation.spec.id == AUDIT => Some(format!("The trail of the organization {}:", output::clean(slug))),
        Some(_) => None,
        None if operation.spec.id == AUDIT => Some(
            "The trail of the server as a whole, because no organization is named. For an organization's: --organization NAME"
                .to_owned(),
        ),
        None => Some(format!(
            "No organization is named, so these are the {} of the whole server. For an organization's: --organization NAME",
            operation.spec.subject().noun.replace('_', " ")
        )),
    };
    Ok(note)
}

/// Whether an answer contains an invitation, about which [`steps`] says more than that it is a secret.
pub(crate) fn is_invitation(operation: &Described) -> bool {
    [INVITE, CREATE_USER].iter().any(|id| operation.spec.id == *id)
}

/// What the caller does next, in lines; none if nothing is to be done.
pub(crate) fn steps(
    operation: &Described,
    fields: &Map<String, Value>,
    body: &Value,
    url: &Url,
) -> Vec<String> {
    let text = |value: &Value| value.as_str().map(output::clean);
    if operation.spec.id == ACCEPT {
        let email = text(&body["email"]).unwrap_or_default();
        return vec![
            String::new(),
            format!("The password is set. Now log in: bailiwick login --url {url} --email {email}"),
        ];
    }
    if !is_invitation(operation) {
        return Vec::new();
    }
    let invitation = if operation.spec.id == INVITE { body } else { &body["invitation"] };
    let (Some(token), Some(until)) = (text(&invitation["token"]), text(&invitation["expires_at"])) else {
        return Vec::new();
    };
    let who = fields.get("email").or_else(|| fields.get("user")).and_then(text).unwrap_or_default();
    let until = until.get(..16).unwrap_or(&until).replace('T', " ");
    vec![
        String::new(),
        format!(
            "Send {who} this link over a channel that you trust. It works once, until {until} UTC, and is not shown again:"
        ),
        String::new(),
        format!("  {url}console/invitation#{token}"),
        String::new(),
        format!(
            "Without a browser: bailiwick invitations accept --url {url} asks for the token, which is what follows the #."
        ),
    ]
}

/// What else to say about a refusal; `None` if the error says all.
pub(crate) fn after_refusal(
    operation: &Described,
    fields: &Map<String, Value>,
    problem: &Value,
) -> Option<String> {
    if operation.spec.id != INVITE || problem["code"] != "not_found" {
        return None;
    }
    let user = fields.get("user").and_then(Value::as_str).map(output::clean)?;
    Some(format!(
        "  somebody who is not there yet is invited by: bailiwick users create --email {user} --name NAME --role ROLE"
    ))
}

/// The id of a key that was written in full in place of its id.
pub(crate) fn id_in_whole_key(fields: &Map<String, Value>) -> Option<String> {
    let key = fields.get(KEY)?.as_str()?.parse::<KeyText>().ok()?;
    Some(key.id().to_string())
}

/// Why an exporter has no log, or does not start; `None` if the reason is not known. `agent` is an agent's id, or its node and
/// type.
pub(crate) async fn nothing_starts_it(
    server: &Server,
    query: &[(String, String)],
    agent: &str,
) -> anyhow::Result<Option<String>> {
    let found = server.call("GET", &path(&["v1", "agents", agent]), query, None).await?;
    let kind = found.body["type"].as_str().unwrap_or_default();
    let Some(node) = found.body["runs_on"].as_str() else { return Ok(None) };
    if START_THEMSELVES.contains(&kind) {
        return Ok(None);
    }
    let mut asked = query.to_vec();
    asked.extend(
        [("runs_on", node), ("type", STARTS_EXPORTERS)]
            .map(|(name, value)| (name.to_owned(), value.to_owned())),
    );
    let starters = server.call("GET", &path(&["v1", "agents"]), &asked, None).await?;
    let is_none =
        starters.status.is_success() && starters.body["items"].as_array().is_some_and(Vec::is_empty);
    Ok(is_none.then(|| {
        format!(
            "nothing starts {}, because its node has no agent: `bailiwick add-machine` shows how it gets one",
            output::clean(kind)
        )
    }))
}

/// Says what people must know beside the answer of an operation on agents.
pub(crate) async fn note_on_agents(
    server: &Server,
    operation: &Described,
    query: &[(String, String)],
    fields: &Map<String, Value>,
    body: &Value,
) -> anyhow::Result<()> {
    let id = operation.spec.id;
    let is_empty_log = id == LOGS && body["lines"].as_array().is_some_and(Vec::is_empty);
    let agent = match body["id"].as_str() {
        Some(created) if id == CREATE_AGENT => Some(created),
        _ if is_empty_log => fields.get("agent").and_then(Value::as_str),
        _ => None,
    };
    let Some(agent) = agent else { return Ok(()) };
    match (nothing_starts_it(server, query, agent).await?, is_empty_log) {
        (Some(why), true) => output::note(&format!("There is no log: {why}")),
        (Some(why), false) => output::note(&format!("Warning: {why}")),
        (None, true) => output::note(
            "There is no log yet: the program has written nothing since its agent last connected; `bailiwick agents get` shows its status",
        ),
        (None, false) => {}
    }
    Ok(())
}
