//! Commands that call operations of the catalogue.

use std::process::ExitCode;

use bailiwick_catalogue::catalogue;
use bailiwick_engine::catalogue::{Catalogue, Described, ORGANIZATION};
use bailiwick_engine::hint::Hint;
use bailiwick_engine::shape::spec::{Access, Tenancy};
use clap::{Arg, ArgAction, ArgMatches, Args as _, Command, FromArgMatches as _};
use serde_json::{Map, Value};

use crate::client::{Reply, Server, ServerArgs, Watching};
use crate::fields::{self, PathFields};
use crate::output::{self, line};
use crate::transfer;

const ALL: &str = "all";

fn is_paged(operation: &Described) -> bool {
    operation.fields.iter().any(|f| f == "cursor") && !operation.spec.answers_text
}

/// The command for one operation.
fn operation_command(name: &'static str, operation: &Described, path_fields: PathFields) -> Command {
    let spec = operation.spec;
    let about = operation.listing.summary.clone();
    let scope = match spec.access {
        Access::Open => "Needs no key.".to_owned(),
        Access::ByProof => "Needs no key: the request itself contains the proof.".to_owned(),
        Access::Person => "Only a logged-in user may call this, not a key.".to_owned(),
        Access::AnyKey => "Any valid key may call this.".to_owned(),
        Access::Scoped => format!("Scope: {}", spec.id),
        Access::Root => format!("Root keys and server administrators only (--as root). Scope: {}", spec.id),
    };
    let more = operation.description.replace("\n\n", "\u{0}").replace('\n', " ").replace('\u{0}', "\n\n");
    let long = [about.as_str(), more.as_str(), scope.as_str()].into_iter().filter(|t| !t.is_empty());
    let long = long.collect::<Vec<_>>().join("\n\n");
    // The documentation of the arguments' struct would otherwise replace the command's own.
    let mut command = ServerArgs::augment_args(Command::new(name)).about(about).long_about(long);
    command = fields::add(command, operation, catalogue().definitions(), path_fields);
    command = transfer::add(command, operation, catalogue().definitions());
    if operation.spec.tenancy != Tenancy::None {
        command = command.arg(
            Arg::new(ORGANIZATION)
                .long(ORGANIZATION)
                .value_name("NAME")
                .help("The organization, by id or slug; for root keys")
                .help_heading("Server"),
        );
    }
    if is_paged(operation) {
        command = command.arg(
            Arg::new(ALL).long(ALL).action(ArgAction::SetTrue).help("Get all pages").conflicts_with("cursor"),
        );
    }
    command
}

/// The command `bailiwick api OPERATION`.
pub(crate) fn api_command() -> Command {
    let commands =
        catalogue().operations().iter().map(|o| operation_command(o.spec.id.as_str(), o, PathFields::Named));
    Command::new("api")
        .about("Call any operation by its id")
        .subcommand_value_name("OPERATION")
        .subcommand_help_heading("Operations")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommands(commands)
}

/// The commands `bailiwick NOUN VERB`, for each noun.
pub(crate) fn noun_commands() -> impl Iterator<Item = Command> {
    let catalogue = catalogue();
    catalogue.listings().nouns().into_iter().map(move |noun| {
        let operations = of_noun(catalogue, noun);
        let tag = operations.first().map_or("", |o| o.spec.tag);
        let commands: Vec<_> = operations
            .iter()
            .map(|o| {
                let verb = o.spec.subject().verb;
                operation_command(verb, o, PathFields::Positional).visible_aliases(also_called(verb))
            })
            .collect();
        Command::new(noun)
            .about(format!("{tag}: {}", verbs(&operations)))
            .subcommand_required(true)
            .arg_required_else_help(true)
            .subcommands(commands)
    })
}

/// Other names for a verb.
fn also_called(verb: &str) -> &'static [&'static str] {
    match verb {
        "get" => &["show"],
        "create" => &["add"],
        "update" => &["edit"],
        "delete" => &["remove", "rm"],
        _ => &[],
    }
}

fn of_noun(catalogue: &'static Catalogue, noun: &str) -> Vec<&'static Described> {
    catalogue.operations().iter().filter(|o| o.spec.subject().noun == noun).collect()
}

fn verbs(operations: &[&Described]) -> String {
    operations.iter().map(|o| o.spec.subject().verb).collect::<Vec<_>>().join(", ")
}

/// Calls the operation that the arguments name.
pub(crate) fn run(operation: &'static Described, matches: &ArgMatches) -> anyhow::Result<ExitCode> {
    let server_args = ServerArgs::from_arg_matches(matches)?;
    let fields = fields::read(matches, operation, catalogue().definitions())?;
    let organization = if operation.spec.tenancy != Tenancy::None {
        matches.get_one::<String>(ORGANIZATION).cloned()
    } else {
        None
    };
    let all = is_paged(operation) && matches.get_flag(ALL);
    // A test may have installed it before.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let server = server_args.server()?;
        if operation.spec.takes_text {
            let query = organization.map(|o| (ORGANIZATION.to_owned(), o));
            let query = query.into_iter().collect();
            let reply = transfer::bring_in(&server, operation, matches, fields, query).await?;
            return Ok(show(operation, &reply, server_args.json));
        }
        if operation.spec.answers_text && !server_args.json {
            let page = async |fields: &Map<String, Value>| {
                call(&server, operation, fields, organization.as_deref()).await
            };
            let refused = transfer::take_out(operation, matches, fields, page).await?;
            return Ok(refused.map_or(ExitCode::SUCCESS, |reply| show(operation, &reply, false)));
        }
        if operation.spec.answers_events {
            let (path, query, _) = parts(operation, &fields, organization.as_deref());
            return follow_events(&server, operation, &path, &query, server_args.json).await;
        }
        let mut reply = call(&server, operation, &fields, organization.as_deref()).await?;
        if all {
            follow(&server, operation, fields, organization.as_deref(), &mut reply).await?;
        }
        Ok(show(operation, &reply, server_args.json))
    })
}

/// A field as a text in a URL.
fn as_text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The path, the query and the body of a call.
type Parts = (Vec<String>, Vec<(String, String)>, Option<Value>);

fn parts(operation: &Described, fields: &Map<String, Value>, organization: Option<&str>) -> Parts {
    let spec = operation.spec;
    let mut rest = fields.clone();
    let mut path = Vec::new();
    for part in spec.path.trim_start_matches('/').split('/') {
        match part.strip_prefix('{').and_then(|p| p.strip_suffix('}')) {
            Some(name) => path.push(rest.remove(name).map(|v| as_text(&v)).unwrap_or_default()),
            None => path.push(part.to_owned()),
        }
    }
    let mut query: Vec<(String, String)> =
        organization.map(|o| (ORGANIZATION.to_owned(), o.to_owned())).into_iter().collect();
    let body = if spec.method.has_body() {
        Some(Value::Object(rest))
    } else {
        query.extend(rest.iter().map(|(name, value)| (name.clone(), as_text(value))));
        None
    };
    (path, query, body)
}

async fn call(
    server: &Server,
    operation: &Described,
    fields: &Map<String, Value>,
    organization: Option<&str>,
) -> anyhow::Result<Reply> {
    let (path, query, body) = parts(operation, fields, organization);
    server.call(operation.spec.method.as_str(), &path, &query, body.as_ref()).await
}

/// Prints events as they arrive, one per line, as JSON.
async fn follow_events(
    server: &Server,
    operation: &Described,
    path: &[String],
    query: &[(String, String)],
    json: bool,
) -> anyhow::Result<ExitCode> {
    match server.watch(path, query, None).await? {
        Watching::Refused(reply) => Ok(show(operation, &reply, json)),
        Watching::Events(mut events) => {
            while let Some(event) = events.next().await? {
                line(&output::escaped(&event.data.to_string()));
            }
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// Fetches the pages after the first, and appends their items.
async fn follow(
    server: &Server,
    operation: &Described,
    mut fields: Map<String, Value>,
    organization: Option<&str>,
    first: &mut Reply,
) -> anyhow::Result<()> {
    while let Some(Value::String(cursor)) = first.body.get("next_cursor").cloned() {
        fields.insert("cursor".into(), cursor.into());
        let mut reply = call(server, operation, &fields, organization).await?;
        if !reply.status.is_success() {
            *first = reply;
            return Ok(());
        }
        let next = reply.body["next_cursor"].take();
        if let (Value::Array(all), Value::Array(more)) = (&mut first.body["items"], &mut reply.body["items"])
        {
            all.append(more);
        }
        first.body["next_cursor"] = next;
    }
    Ok(())
}

fn show(operation: &Described, reply: &Reply, json: bool) -> ExitCode {
    if !reply.status.is_success() {
        if json {
            output::json(&reply.body);
        } else {
            show_problem(&reply.body);
        }
        return ExitCode::FAILURE;
    }
    if json {
        output::json(&reply.body);
    } else {
        show_answer(operation, &reply.body);
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

fn show_answer(operation: &Described, body: &Value) {
    let columns = operation.spec.columns;
    let items = body.get("items").and_then(Value::as_array);
    let Some(items) = items.filter(|_| !columns.is_empty()) else {
        output::object(body);
        if operation.spec.answers_secret && holds_secret(body) {
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
    let rows = items.iter().map(|item| columns.iter().map(|c| output::cell(&item[*c])).collect());
    output::table(columns, rows);
    if let Some(cursor) = body["next_cursor"].as_str() {
        line("");
        line(&format!(
            "There are more: use --all to get all of them, or --cursor {cursor} to get the next page"
        ));
    }
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
            "set BAILIWICK_KEY, name a file with --key-file, or name the data directory with --data"
        }
        Hint::KeyAsPassword => "check the key in BAILIWICK_KEY or in the file of --key-file",
        Hint::ShowScopes => "`bailiwick whoami get` shows the scopes of the key",
        Hint::UseRoot => "use the root key: --as root, or BAILIWICK_KEY",
        Hint::NameOrganization => {
            "add --organization NAME; `bailiwick organizations list --as root` shows them"
        }
        Hint::NameNoOrganization => "leave --organization out",
        Hint::ListScopes => "`bailiwick permissions list` shows the scopes",
        Hint::Force => "--force deletes them or removes their references to it",
        Hint::DryRun => "--dry-run shows what would happen to each",
        Hint::AllowDuplicate => "add --allow-duplicate to create a second one",
        Hint::ConnectAsAgent => "use this key with `bailiwick agent`",
        Hint::IgnoreMaintenanceWindows => {
            "wait until a window opens; --ignore-maintenance-windows does it now, and needs the scope \
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
