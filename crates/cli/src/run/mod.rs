//! `bailiwick run`: runs a command on many nodes, waits for it, and shows its output.

mod gather;
mod watch;

use std::process::ExitCode;

use anyhow::{Context as _, bail};
use clap::{ArgGroup, Args, value_parser};
use serde_json::{Map, Value, json};

use self::gather::{exit_code, show_all};
use self::watch::{WatchEnd, watch};
use crate::call::show_problem;
use crate::client::{Server, ServerArgs};
use crate::output::{self, line};

const ABOUT: &str = "Run a command on many nodes, and show its output, with equal results grouped

The words after -- are the command: they are joined with spaces, as ssh does, and given to the shell. The \
exit code is the highest of all nodes: that of the command if it ended by itself, 124 if it ran too long, \
and 125 if it was cancelled, expired or lost, or could not be started.

On a terminal, the output is shown as text. To a file or a pipe, it is written byte by byte, even if it \
is not text: with one node, `bailiwick run --nodes db-1 -- cat x.tgz > x.tgz` makes a copy.

Ctrl-C only stops watching: the command continues, and a message says how to cancel it.";

/// The command to run, and the nodes to run it on.
#[derive(Args, Debug)]
#[command(about = "Run a command on many nodes", long_about = ABOUT)]
#[command(group = ArgGroup::new("targets").required(true).args(["nodes", "labels", "site"]))]
#[command(group = ArgGroup::new("what").required(true).args(["words", "script"]))]
pub(crate) struct RunArgs {
    /// The nodes, by id or name
    #[arg(long, value_name = "NODE", value_delimiter = ',')]
    nodes: Vec<String>,
    /// The nodes whose labels match, as in env=prod,!legacy
    #[arg(long, value_name = "SELECTOR")]
    labels: Option<String>,
    /// The nodes at a site, by id or name
    #[arg(long, value_name = "SITE")]
    site: Option<String>,
    /// The shell: bash, sh, powershell, pwsh, cmd, python, or the path of a program
    #[arg(long, value_name = "SHELL", default_value = "sh", conflicts_with = "script")]
    shell: String,
    /// A saved script instead of a command, by id or name
    #[arg(long, value_name = "NAME")]
    script: Option<String>,
    /// The version of the script [default: the latest]
    #[arg(long, value_name = "NUMBER", requires = "script")]
    script_version: Option<u32>,
    /// A parameter of the script, as NAME=VALUE; may be given several times
    #[arg(long = "parameter", value_name = "NAME=VALUE", value_parser = pair, requires = "script")]
    parameters: Vec<(String, String)>,
    /// How long the command may run on a node, in seconds
    #[arg(long, value_name = "SECONDS", value_parser = value_parser!(u32))]
    timeout: Option<u32>,
    /// How long the command waits for nodes that are offline, in seconds
    #[arg(long, value_name = "SECONDS", value_parser = value_parser!(u32))]
    ttl: Option<u32>,
    /// An environment variable of this shell to pass to the command; may be given several times
    #[arg(long, value_name = "NAME")]
    env: Vec<String>,
    /// The user to run the command as
    #[arg(long, value_name = "USER")]
    run_as: Option<String>,
    /// The directory to run the command in
    #[arg(long, value_name = "DIR")]
    working_directory: Option<String>,
    /// Do not wait for results
    #[arg(long)]
    no_wait: bool,
    /// The organization, by id or slug; for root keys
    #[arg(long, value_name = "NAME", help_heading = "Server")]
    organization: Option<String>,
    /// The command
    #[arg(last = true, value_name = "WORDS")]
    words: Vec<String>,
    #[command(flatten)]
    server: ServerArgs,
}

fn pair(text: &str) -> Result<(String, String), String> {
    let pair = text.split_once('=').filter(|(name, _)| !name.is_empty());
    pair.map(|(name, value)| (name.to_owned(), value.to_owned()))
        .ok_or_else(|| "expected NAME=VALUE".to_owned())
}

impl RunArgs {
    /// The command as the body of a request.
    fn body(&self) -> anyhow::Result<Value> {
        let targets = match (&self.labels, &self.site) {
            (Some(labels), _) => json!({ "labels": labels }),
            (_, Some(site)) => json!({ "site": site }),
            _ => json!({ "nodes": self.nodes }),
        };
        let mut body = Map::from_iter([("targets".to_owned(), targets)]);
        let mut put = |name: &str, value: Value| {
            if !value.is_null() {
                body.insert(name.to_owned(), value);
            }
        };
        match &self.script {
            Some(script) => {
                put("script", json!(script));
                put("script_version", json!(self.script_version));
                let parameters: Map<_, _> =
                    self.parameters.iter().map(|(n, v)| (n.clone(), json!(v))).collect();
                put("parameters", if parameters.is_empty() { Value::Null } else { parameters.into() });
            }
            None => {
                put("shell", json!(self.shell));
                put("command", json!(self.words.join(" ")));
            }
        }
        put("timeout_seconds", json!(self.timeout));
        put("ttl_seconds", json!(self.ttl));
        put("run_as", json!(self.run_as));
        put("working_directory", json!(self.working_directory));
        let mut env = Map::new();
        for name in &self.env {
            let value = std::env::var(name).with_context(|| format!("--env {name}"))?;
            env.insert(name.clone(), value.into());
        }
        put("env", if env.is_empty() { Value::Null } else { env.into() });
        Ok(body.into())
    }
}

/// The path of a command, or of something below it.
fn path(id: &str, below: Option<&str>) -> Vec<String> {
    ["v1", "commands", id].into_iter().chain(below).map(str::to_owned).collect()
}

/// Creates the command, and waits for its results unless `--no-wait` is given.
pub(crate) fn run(args: &RunArgs) -> anyhow::Result<ExitCode> {
    // A test may have installed it before.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let server = args.server.server()?;
        let query: Vec<_> =
            args.organization.iter().map(|o| ("organization".to_owned(), o.clone())).collect();
        let body = args.body()?;
        let reply = server.call("POST", &["v1".into(), "commands".into()], &query, Some(&body)).await?;
        if !reply.status.is_success() {
            if args.server.json {
                output::json(&reply.body);
            } else {
                show_problem(&reply.body);
            }
            return Ok(ExitCode::FAILURE);
        }
        let Some(id) = reply.body["id"].as_str().map(str::to_owned) else {
            bail!("the answer of the server does not contain the id of the command");
        };
        if args.no_wait {
            if args.server.json {
                output::json(&reply.body);
            } else {
                line(&id);
            }
            return Ok(ExitCode::SUCCESS);
        }
        let count = reply.body["target_count"].as_u64().unwrap_or_default();
        let watched = tokio::select! {
            watched = watch(&server, &id, &query, count) => watched?,
            _ = tokio::signal::ctrl_c() => WatchEnd::Stopped,
        };
        if matches!(watched, WatchEnd::Stopped) {
            output::note("Stopped watching; the command continues. To cancel it, or to see its results:");
            output::note(&format!("  bailiwick commands cancel {id}"));
            output::note(&format!("  bailiwick commands results {id}"));
            return Ok(ExitCode::from(130));
        }
        let results = results(&server, &id, &query).await?;
        if args.server.json {
            let command = server.call("GET", &path(&id, None), &query, None).await?;
            output::json(&json!({ "command": command.body, "results": results }));
        } else {
            show_all(&results);
        }
        Ok(exit_code(&results))
    })
}

/// All results of a command.
async fn results(server: &Server, id: &str, query: &[(String, String)]) -> anyhow::Result<Vec<Value>> {
    let mut results = Vec::new();
    let mut cursor: Option<String> = None;
    loop {
        let mut query = query.to_vec();
        query.push(("limit".into(), "1000".into()));
        query.extend(cursor.map(|cursor| ("cursor".to_owned(), cursor)));
        let mut page = server.call("GET", &path(id, Some("results")), &query, None).await?;
        if !page.status.is_success() {
            show_problem(&page.body);
            bail!("the results could not be read");
        }
        if let Value::Array(items) = page.body["items"].take() {
            results.extend(items);
        }
        match page.body["next_cursor"].as_str() {
            Some(next) => cursor = Some(next.to_owned()),
            None => return Ok(results),
        }
    }
}
