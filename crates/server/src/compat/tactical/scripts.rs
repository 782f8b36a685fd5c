//! Tactical RMM's scripts: saved scripts. An argument there is the default of a parameter here.

use bailiwick_domain::command::TIMEOUT_DEFAULT;
use bailiwick_domain::script::Parameter;
use bailiwick_engine::error::{Error, FieldError};
use bailiwick_operations::ids;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::organizations::{organizations, organizations_after};
use super::shapes::{Organization, number};
use crate::compat::call::{Call, Reply, fields};
use crate::compat::fields::{Fields, Names};
use crate::compat::members::{Member, as_it_is, honoured};
use crate::problem::HttpError;

/// The most scripts in one answer, each of which is read on its own.
const SCRIPTS_MAX: usize = 400;

/// Tactical RMM's names for our fields.
const NAMES: Names = &[("script_id", "script"), ("script_body", "body"), ("args", "parameters")];

/// What happens with the parameters of the list.
pub(super) const LISTED: &[Member] = &[
    as_it_is("showCommunityScripts", &[], "there are no community scripts"),
    as_it_is("showHiddenScripts", &[], "there are no hidden scripts"),
];

/// What happens with the members of a script that is saved.
pub(super) const SAVED: &[Member] = &[
    honoured("name"),
    honoured("description"),
    honoured("shell"),
    honoured("args"),
    honoured("script_body"),
    as_it_is("default_timeout", &[], "each run names its own time limit"),
    as_it_is("script_type", &["\"userdefined\"", "null"], "all scripts are written by their users"),
    as_it_is("category", &["\"\"", "null"], "scripts have no categories"),
    as_it_is("syntax", &["\"\"", "null"], "scripts have no text on their use; put it into `description`"),
    as_it_is("filename", &["\"\"", "null"], "scripts have no file name"),
    as_it_is("favorite", &["false", "null"], "scripts have no such mark"),
    as_it_is("hidden", &["false", "null"], "scripts cannot be hidden"),
    as_it_is("supported_platforms", &["[]", "null"], "scripts are not limited to operating systems"),
    as_it_is("run_as_user", &["false", "null"], "saved scripts run as the user of the agent"),
    as_it_is(
        "env_vars",
        &["[]", "null"],
        "saved scripts run with the agent's own variables: give the script a parameter, in `args`",
    ),
];

/// What happens with the members of a change. A script may be sent back as it was answered.
pub(super) fn changed() -> Vec<Member> {
    let mut members = SAVED.to_vec();
    members.push(as_it_is("id", &[], "the path names the script"));
    members.push(as_it_is("script_hash", &[], "this member is read-only"));
    members
}

/// A script in a list, as our operations return it.
#[derive(Deserialize)]
pub(super) struct Listed {
    pub(super) id: String,
    pub(super) name: String,
}

/// A script with its text, as our operations return it.
#[derive(Deserialize)]
pub(super) struct OurScript {
    id: String,
    name: String,
    description: Option<String>,
    shell: String,
    body: String,
    pub(super) parameters: Vec<Parameter>,
}

/// The text of a script, which lists do not show.
#[derive(Serialize)]
struct Text {
    script_body: String,
    script_hash: Option<String>,
}

/// A script, as Tactical RMM writes it.
#[derive(Serialize)]
struct Script {
    id: u64,
    name: String,
    description: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    script_type: Option<&'static str>,
    shell: &'static str,
    args: Vec<String>,
    category: Option<String>,
    favorite: bool,
    #[serde(flatten)]
    text: Option<Text>,
    default_timeout: u32,
    syntax: Option<String>,
    filename: Option<String>,
    hidden: bool,
    supported_platforms: [String; 0],
    run_as_user: bool,
    env_vars: [String; 0],
}

impl Script {
    /// A script as lists show it.
    fn listed(script: OurScript) -> Self {
        Self {
            id: number(&script.id),
            name: script.name,
            description: script.description.unwrap_or_default(),
            script_type: Some("userdefined"),
            shell: their_shell(&script.shell),
            args: defaults(&script.parameters),
            category: None,
            favorite: false,
            text: None,
            default_timeout: TIMEOUT_DEFAULT,
            syntax: None,
            filename: None,
            hidden: false,
            supported_platforms: [],
            run_as_user: false,
            env_vars: [],
        }
    }

    /// A script with its text.
    fn full(mut script: OurScript) -> Self {
        let text = Text { script_body: std::mem::take(&mut script.body), script_hash: None };
        Self { script_type: None, text: Some(text), ..Self::listed(script) }
    }
}

/// The defaults of parameters, which are a script's arguments in Tactical RMM.
fn defaults(parameters: &[Parameter]) -> Vec<String> {
    parameters.iter().map(|parameter| parameter.default.clone().unwrap_or_default()).collect()
}

/// Parameters with these defaults. Those that are there keep their names, and what is said of them.
fn parameters(arguments: Vec<String>, now: &[Parameter]) -> Vec<Parameter> {
    let each = arguments.into_iter().enumerate().map(|(n, argument)| match now.get(n) {
        Some(parameter) if parameter.default.clone().unwrap_or_default() == argument => parameter.clone(),
        Some(parameter) => Parameter { default: Some(argument), required: false, ..parameter.clone() },
        None => Parameter {
            name: format!("arg{}", n + 1),
            description: None,
            required: false,
            default: Some(argument),
        },
    });
    each.collect()
}

/// Tactical RMM's word for one of our shells.
fn their_shell(shell: &str) -> &'static str {
    match shell {
        "powershell" | "pwsh" => "powershell",
        "cmd" => "cmd",
        "python" => "python",
        _ => "shell",
    }
}

/// Our shell for Tactical RMM's word. A `shell` script there is a program by itself, whose first line names
/// what runs it.
fn our_shell(theirs: &str, body: &str) -> Result<&'static str, FieldError> {
    match theirs {
        "powershell" => Ok("powershell"),
        "cmd" => Ok("cmd"),
        "python" => Ok("python"),
        "shell" => interpreter(body).ok_or_else(|| {
            let detail = "the first line of the text names a program that cannot run it: expected `#!` with bash, sh or python3";
            FieldError::new("script_body", detail)
        }),
        _ => Err(FieldError::new("shell", "expected `powershell`, `cmd`, `python` or `shell`")),
    }
}

/// The shell that the first line of a text names; bash if it names none.
fn interpreter(body: &str) -> Option<&'static str> {
    let Some(rest) = body.strip_prefix("#!") else { return Some("bash") };
    let mut words = rest.lines().next().unwrap_or_default().split_whitespace();
    let program = words.next().and_then(|path| path.rsplit('/').next());
    let program = if program == Some("env") { words.next() } else { program };
    match program {
        Some("bash") => Some("bash"),
        Some("sh") => Some("sh"),
        Some("python" | "python3") => Some("python"),
        _ => None,
    }
}

/// A list of texts in a body; empty if it is absent.
pub(super) fn texts(body: &Fields, name: &str) -> Result<Vec<String>, FieldError> {
    let wrong = || FieldError::new(name, "expected a list of texts");
    match body.get(name) {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Array(items)) => {
            items.iter().map(|item| item.as_str().map(str::to_owned).ok_or_else(wrong)).collect()
        }
        Some(_) => Err(wrong()),
    }
}

/// The text in a member; `None` if it is absent or null.
fn text<'a>(body: &'a Fields, name: &str) -> Result<Option<&'a str>, FieldError> {
    match body.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(FieldError::new(name, "expected a text")),
    }
}

fn invalid(error: FieldError) -> HttpError {
    Error::Invalid(vec![error]).into()
}

/// The scripts of an organization, by name, without their texts.
pub(super) async fn all(call: &mut Call, organization: &Organization) -> Result<Vec<Listed>, HttpError> {
    let mut found = Vec::new();
    call.every(ids::SCRIPTS_LIST, Some(&organization.id), fields([]), |script| found.push(script)).await?;
    Ok(found)
}

/// The script of an organization with a number, if there is one.
pub(super) async fn numbered(
    call: &mut Call,
    organization: &Organization,
    id: u64,
) -> Result<Option<Listed>, HttpError> {
    Ok(all(call, organization).await?.into_iter().find(|script| number(&script.id) == id))
}

/// A script with its text.
pub(super) async fn read(
    call: &mut Call,
    organization: &Organization,
    script: &str,
) -> Result<OurScript, HttpError> {
    call.ask(ids::SCRIPTS_GET, Some(&organization.id), fields([("script", script.into())])).await
}

/// The script that the path names, in one of these organizations.
async fn find(
    call: &mut Call,
    organizations: Vec<Organization>,
) -> Result<(Organization, Listed), HttpError> {
    let id: u64 = call.path("script_id").parse().map_err(|_| call.unknown_path())?;
    for organization in organizations {
        if let Some(script) = numbered(call, &organization, id).await? {
            return Ok((organization, script));
        }
    }
    Err(Error::not_found("script", id).into())
}

pub(super) async fn list(call: &mut Call) -> Result<Reply, HttpError> {
    call.name_fields(NAMES);
    let mut shown = Vec::new();
    for organization in organizations(call).await? {
        for Listed { id, .. } in all(call, &organization).await? {
            if shown.len() >= SCRIPTS_MAX {
                let detail = format!("there are more than {SCRIPTS_MAX} scripts: use /v1/scripts");
                return Err(Error::invalid("", detail).into());
            }
            match read(call, &organization, &id).await {
                // Another request has deleted it since.
                Err(HttpError::Operation(Error::NotFound { .. })) => {}
                script => shown.push(Script::listed(script?)),
            }
        }
    }
    Reply::json(200, &shown)
}

pub(super) async fn get(call: &mut Call) -> Result<Reply, HttpError> {
    call.name_fields(NAMES);
    let organizations = organizations(call).await?;
    let (organization, script) = find(call, organizations).await?;
    Reply::json(200, &Script::full(read(call, &organization, &script.id).await?))
}

pub(super) async fn create(call: &mut Call) -> Result<Reply, HttpError> {
    call.name_fields(NAMES);
    let organization = call.organization();
    let admitted = call.admit(ids::SCRIPTS_CREATE, organization.as_deref())?;
    let body = call.body(&admitted).await?;
    let script_body = text(&body, "script_body").map_err(invalid)?.unwrap_or_default();
    // Tactical RMM's default.
    let shell = text(&body, "shell").map_err(invalid)?.unwrap_or("powershell");
    let arguments = texts(&body, "args").map_err(invalid)?;
    let mut ours = fields([
        ("name", body.get("name").cloned().unwrap_or_default()),
        ("shell", our_shell(shell, script_body).map_err(invalid)?.into()),
        ("body", script_body.into()),
        ("parameters", json!(parameters(arguments, &[]))),
    ]);
    if let Some(description) = text(&body, "description").map_err(invalid)?.filter(|text| !text.is_empty()) {
        ours.insert("description".into(), description.into());
    }
    let script: OurScript = call.run(admitted, ours).await?;
    Reply::json(200, &format!("{} was added!", script.name))
}

/// What a body changes in a script.
fn changes(body: &Fields, now: &OurScript) -> Result<Fields, FieldError> {
    let mut ours = fields([("script", now.id.as_str().into())]);
    if let Some(name) = text(body, "name")? {
        ours.insert("name".into(), name.into());
    }
    if body.contains_key("description") {
        let description = text(body, "description")?.filter(|text| !text.is_empty());
        ours.insert("description".into(), description.into());
    }
    let shown = their_shell(&now.shell);
    let shell = text(body, "shell")?.unwrap_or(shown);
    let script_body = text(body, "script_body")?.unwrap_or(&now.body);
    if script_body != now.body {
        ours.insert("body".into(), script_body.into());
    }
    // A shell that Tactical RMM has no word for stays, unless the text names another.
    if shell != shown || (script_body != now.body && script_body.starts_with("#!")) {
        ours.insert("shell".into(), our_shell(shell, script_body)?.into());
    }
    if body.get("args").is_some_and(|args| !args.is_null()) {
        let arguments = texts(body, "args")?;
        if arguments != defaults(&now.parameters) {
            ours.insert("parameters".into(), json!(parameters(arguments, &now.parameters)));
        }
    }
    Ok(ours)
}

pub(super) async fn update(call: &mut Call) -> Result<Reply, HttpError> {
    call.name_fields(NAMES);
    let admitted = call.admit(ids::ORGANIZATIONS_LIST, None)?;
    let body = call.body(&admitted).await?;
    let organizations = organizations_after(call, admitted).await?;
    let (organization, script) = find(call, organizations).await?;
    let now = read(call, &organization, &script.id).await?;
    let changes = changes(&body, &now).map_err(invalid)?;
    let script: OurScript = call.ask(ids::SCRIPTS_UPDATE, Some(&organization.id), changes).await?;
    Reply::json(200, &format!("{} was edited!", script.name))
}

/// Deletes a script; not if something still uses it.
pub(super) async fn remove(call: &mut Call) -> Result<Reply, HttpError> {
    call.name_fields(NAMES);
    let admitted = call.admit(ids::ORGANIZATIONS_LIST, None)?;
    call.body(&admitted).await?;
    let organizations = organizations_after(call, admitted).await?;
    let (organization, script) = find(call, organizations).await?;
    let of = fields([("script", script.id.into())]);
    let _: Value = call.ask(ids::SCRIPTS_DELETE, Some(&organization.id), of).await?;
    Reply::json(200, &format!("{} was deleted!", script.name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn script(shell: &str, body: &str, defaults: &[Option<&str>]) -> OurScript {
        let parameters = defaults.iter().enumerate().map(|(n, default)| Parameter {
            name: format!("p{n}"),
            description: None,
            required: false,
            default: default.map(str::to_owned),
        });
        OurScript {
            id: "1".into(),
            name: "s".into(),
            description: None,
            shell: shell.into(),
            body: body.into(),
            parameters: parameters.collect(),
        }
    }

    #[test]
    fn the_first_line_of_a_text_names_its_shell() {
        for (body, shell) in [
            ("uptime", Some("bash")),
            ("#!/bin/sh\nuptime", Some("sh")),
            ("#! /usr/bin/env bash\nuptime", Some("bash")),
            ("#!/usr/bin/python3 -u\n", Some("python")),
            ("#!/usr/bin/perl\n", None),
            ("#!", None),
        ] {
            assert_eq!(interpreter(body), shell, "{body}");
        }
    }

    #[test]
    fn a_script_that_is_sent_back_as_it_was_answered_is_not_changed() {
        for now in [
            script("/usr/bin/zsh", "#!/usr/bin/zsh\nls", &[Some("a"), None]),
            script("sh", "ls", &[]),
            script("pwsh", "ls", &[]),
        ] {
            let shown = script(&now.shell, &now.body, &[]);
            let shown = Script::full(OurScript { parameters: now.parameters.clone(), ..shown });
            let Value::Object(body) = json!(shown) else { panic!() };
            let changes = changes(&body, &now).unwrap();
            let names: Vec<&str> = changes.keys().map(String::as_str).collect();
            assert_eq!(names, ["description", "name", "script"]);
        }
    }

    #[test]
    fn parameters_keep_their_names_when_their_defaults_change() {
        let now = script("sh", "ls", &[Some("a"), None, Some("c")]);
        let arguments = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        let of = |texts: &[&str]| parameters(arguments(texts), &now.parameters);
        assert_eq!(of(&["a", "", "c"]), now.parameters);
        let changed = of(&["x", ""]);
        assert_eq!((changed[0].name.as_str(), changed[0].default.as_deref()), ("p0", Some("x")));
        assert_eq!(changed[1], now.parameters[1]);
        assert_eq!(changed.len(), 2);
        assert_eq!(of(&["a", "", "c", "d"])[3].name, "arg4");
    }
}
