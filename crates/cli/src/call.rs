//! Commands that call operations of the catalogue.

use std::process::ExitCode;

use anyhow::bail;
use bailiwick_catalogue::catalogue;
use bailiwick_domain::outside::Clock as _;
use bailiwick_engine::catalogue::{Described, ORGANIZATION};
use bailiwick_engine::outside::SystemClock;
use bailiwick_engine::shape::spec::{Access, Tenancy};
use clap::{Arg, ArgAction, ArgMatches, Args as _, Command, FromArgMatches as _};
use serde_json::{Map, Value};

use crate::answer::show;
use crate::client::{Credential, Reply, Server, ServerArgs, Watching};
use crate::fields::{self, PathFields};
use crate::follow::{self, Shown};
use crate::left_out::note_left_out;
use crate::output::{self, line};
use crate::{ansible, command_output};
use crate::{next, session, transfer};

/// What the help of a command says about all its values.
const VALUES: &str = "A value can come from a file (`@FILE`) or standard input (`-`); `@@` begins a text that \
begins with `@`. docs/command-line.md describes lists, objects and durations.";

const ALL: &str = "all";
const IF_MATCH: &str = "if_match";
/// The field that asks for names next to ids. People get all of them.
const INCLUDE: &str = "include";
const WAIT: &str = "wait";
/// The operation that logs in. It has no command, because nobody would keep the session: `bailiwick login` does.
const LOG_IN: &str = "sessions.create";
/// The operations about the caller: the first says who it is, the second revokes its key or session.
const WHO_AM_I: &str = "whoami.get";
const REVOKE: &str = "whoami.revoke";
/// The operation whose rows are followed by what the failed ones wrote.
const RESULTS: &str = "commands.results";
/// The operations that give a command, which can be waited for.
const GIVES_COMMAND: &[&str] = &[
    "commands.create",
    "commands.reboot",
    "scripts.run",
    "schedules.run",
    "updates.install",
    "updates.scan",
];

fn gives_command(operation: &Described) -> bool {
    GIVES_COMMAND.iter().any(|id| operation.spec.id == *id)
}

/// The words that ask for every name next to an id, if the operation can answer names.
fn every_name(operation: &Described) -> Option<&str> {
    operation.field(INCLUDE)?.get("examples")?.get(0)?.as_str()
}

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
        Access::Person => {
            "Only a person who has logged in with `bailiwick login` may call this, not a key.".to_owned()
        }
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
                .help("The organization, by id or slug, or - for none; for root keys, and for people who belong to several")
                .help_heading("Server"),
        );
    }
    if is_paged(operation) {
        command = command.arg(
            Arg::new(ALL).long(ALL).action(ArgAction::SetTrue).help("Get all pages").conflicts_with("cursor"),
        );
    }
    if spec.takes_if_match() {
        command = command.arg(Arg::new(IF_MATCH).long("if-match").value_name("REVISION").help(
            "Do it only if the object still has this revision, so that nobody's change is overwritten",
        ));
    }
    if gives_command(operation) {
        command = command.arg(
            Arg::new(WAIT)
                .long(WAIT)
                .action(ArgAction::SetTrue)
                .help("Wait for the results, and show them, with the exit codes of `bailiwick run`"),
        );
    }
    if !operation.fields.is_empty() {
        command = command.after_long_help(VALUES);
    }
    command
}

/// The command `bailiwick api OPERATION`.
pub(crate) fn api_command() -> Command {
    let commands = offered().map(|o| operation_command(o.spec.id.as_str(), o, PathFields::Named));
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
    catalogue().listings().nouns().into_iter().map(|noun| {
        let operations = of_noun(noun);
        let tag = operations.first().map_or("", |o| o.spec.tag);
        let commands: Vec<_> = operations
            .iter()
            .map(|o| {
                let verb = o.spec.subject().verb;
                operation_command(verb, o, PathFields::Positional).visible_aliases(also_called(verb))
            })
            .collect();
        let command = Command::new(noun)
            .about(format!("{tag}: {}", verbs(&operations)))
            .subcommand_required(true)
            .arg_required_else_help(true)
            .subcommands(commands);
        match noun {
            ansible::NOUN => ansible::with_script(command),
            command_output::NOUN => command.subcommand(command_output::command()),
            _ => command,
        }
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

fn of_noun(noun: &str) -> Vec<&'static Described> {
    offered().filter(|o| o.spec.subject().noun == noun).collect()
}

fn verbs(operations: &[&Described]) -> String {
    operations.iter().map(|o| o.spec.subject().verb).collect::<Vec<_>>().join(", ")
}

/// The operations that have a command.
fn offered() -> impl Iterator<Item = &'static Described> {
    catalogue().operations().iter().filter(|operation| operation.spec.id != LOG_IN)
}

/// The revision of `--if-match` as an entity tag: `4` and `"4"` are both `"4"`.
fn entity_tag(revision: &str) -> String {
    format!("\"{}\"", revision.trim().trim_matches('"'))
}

/// Calls the operation that the arguments name.
pub(crate) fn run(operation: &'static Described, matches: &ArgMatches) -> anyhow::Result<ExitCode> {
    let args = ServerArgs::from_arg_matches(matches)?;
    // Before anything is asked for or read.
    let server =
        if operation.spec.access == Access::Person { args.server_of_person()? } else { args.server()? };
    let mut fields = fields::read(matches, operation, catalogue().definitions(), SystemClock.now())?;
    if let Some(id) = next::id_in_whole_key(&fields) {
        bail!(
            "a whole key is not taken from an argument, because other users of this machine can see it: write its id, {id}"
        );
    }
    if let (Some(every), false) = (every_name(operation), args.json || fields.contains_key(INCLUDE)) {
        fields.insert(INCLUDE.to_owned(), every.into());
    }
    let named = |name: &str| matches.get_one::<String>(name).map(String::as_str);
    let call = Call {
        operation,
        query: if operation.spec.tenancy == Tenancy::None {
            Vec::new()
        } else {
            server.query(named(ORGANIZATION))
        },
        if_match: if operation.spec.takes_if_match() { named(IF_MATCH).map(entity_tag) } else { None },
        server,
    };
    let all = is_paged(operation) && matches.get_flag(ALL);
    let wait = gives_command(operation) && matches.get_flag(WAIT);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let server = &call.server;
        if operation.spec.takes_text {
            let reply = transfer::bring_in(server, operation, matches, fields, call.query.clone()).await?;
            return Ok(show(operation, &reply, &args));
        }
        if operation.spec.answers_text && !args.json {
            let page = async |fields: &Map<String, Value>| call.send(fields).await;
            let refused = transfer::take_out(operation, matches, fields, page).await?;
            return Ok(refused.map_or(ExitCode::SUCCESS, |reply| show(operation, &reply, &args)));
        }
        if operation.spec.answers_events {
            return call.follow_events(&fields, &args).await;
        }
        let before = if wait { call.last_command(&fields).await? } else { None };
        let mut reply = call.send(&fields).await?;
        if all {
            call.follow_pages(fields.clone(), &mut reply).await?;
        }
        if gives_command(operation) && !args.json && reply.status.is_success() {
            note_left_out(&reply.body);
        }
        if !args.json
            && reply.status.is_success()
            && let Some(note) = next::whose(server, operation, &call.query).await?
        {
            output::note(&note);
        }
        if wait && reply.status.is_success() {
            let shown = if args.json { Shown::Json } else { Shown::Grouped };
            return follow::given(server, &call.query, &reply.body, before, shown).await;
        }
        if operation.spec.id == WHO_AM_I && !args.json && reply.status.is_success() {
            line(&format!("server      {}", server.url()));
            line(&format!("credential  {}", server.credential().description()));
            line("");
        }
        if operation.spec.id == REVOKE
            && reply.status.is_success()
            && let Credential::Session { file, .. } = server.credential()
        {
            session::delete(file)?;
        }
        let code = show(operation, &reply, &args);
        if !args.json
            && !reply.status.is_success()
            && let Some(text) = next::after_refusal(operation, &fields, &reply.body)
        {
            output::note(&text);
        }
        if !args.json && reply.status.is_success() {
            if operation.spec.id == RESULTS {
                let results = reply.body["items"].as_array().into_iter().flatten();
                results.flat_map(follow::tail_of_failure).for_each(|text| line(&text));
            }
            next::steps(operation, &fields, &reply.body, server.url()).iter().for_each(|text| line(text));
            next::note_on_agents(server, operation, &call.query, &fields, &reply.body).await?;
        }
        Ok(code)
    })
}

/// A field as a text in a URL.
fn as_text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Calls of one operation.
struct Call {
    operation: &'static Described,
    server: Server,
    /// The query that names the organization.
    query: Vec<(String, String)>,
    /// The entity tag that the object must still have.
    if_match: Option<String>,
}

/// The path, the query and the body of a call.
type Parts = (Vec<String>, Vec<(String, String)>, Option<Value>);

impl Call {
    fn parts(&self, fields: &Map<String, Value>) -> Parts {
        let spec = self.operation.spec;
        let mut rest = fields.clone();
        let mut path = Vec::new();
        for part in spec.path.trim_start_matches('/').split('/') {
            match part.strip_prefix('{').and_then(|p| p.strip_suffix('}')) {
                Some(name) => path.push(rest.remove(name).map(|v| as_text(&v)).unwrap_or_default()),
                None => path.push(part.to_owned()),
            }
        }
        let mut query = self.query.clone();
        let body = if spec.method.has_body() {
            Some(Value::Object(rest))
        } else {
            query.extend(rest.iter().map(|(name, value)| (name.clone(), as_text(value))));
            None
        };
        (path, query, body)
    }

    async fn send(&self, fields: &Map<String, Value>) -> anyhow::Result<Reply> {
        let (path, query, body) = self.parts(fields);
        let method = self.operation.spec.method.as_str();
        self.server.call_if(method, &path, &query, body.as_ref(), self.if_match.as_deref()).await
    }

    /// The command that a schedule gave last, before it runs again.
    async fn last_command(&self, fields: &Map<String, Value>) -> anyhow::Result<Option<Value>> {
        match fields.get("schedule") {
            Some(schedule) => follow::schedule(&self.server, &self.query, &as_text(schedule)).await,
            None => Ok(None),
        }
    }

    /// Prints events as they arrive, one per line, as JSON, until nobody reads them any more.
    async fn follow_events(
        &self,
        fields: &Map<String, Value>,
        args: &ServerArgs,
    ) -> anyhow::Result<ExitCode> {
        let (path, query, _) = self.parts(fields);
        match self.server.watch(&path, &query, None).await? {
            Watching::Refused(reply) => Ok(show(self.operation, &reply, args)),
            Watching::Events(mut events) => {
                while let Some(event) = events.next().await? {
                    if !output::stream_line(&output::escaped(&event.data.to_string())) {
                        break;
                    }
                }
                Ok(ExitCode::SUCCESS)
            }
        }
    }

    /// Fetches the pages after the first, and appends their items.
    async fn follow_pages(&self, mut fields: Map<String, Value>, first: &mut Reply) -> anyhow::Result<()> {
        while let Some(Value::String(cursor)) = first.body.get("next_cursor").cloned() {
            fields.insert("cursor".into(), cursor.into());
            let mut reply = self.send(&fields).await?;
            if !reply.status.is_success() {
                *first = reply;
                return Ok(());
            }
            let next = reply.body["next_cursor"].take();
            let items = (&mut first.body["items"], &mut reply.body["items"]);
            if let (Value::Array(all), Value::Array(more)) = items {
                all.append(more);
            }
            first.body["next_cursor"] = next;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_that_are_treated_specially_exist() {
        for id in [LOG_IN, WHO_AM_I, REVOKE].iter().chain(GIVES_COMMAND).chain(&next::KNOWN) {
            assert!(catalogue().get(id).is_some(), "{id}");
        }
    }

    #[test]
    fn a_revision_is_an_entity_tag_with_or_without_quotes() {
        assert_eq!((entity_tag("4"), entity_tag("\"4\"")), ("\"4\"".to_owned(), "\"4\"".to_owned()));
    }
}
