//! `bailiwick run`: runs a command on many nodes, waits for it, and shows its output.

use std::process::ExitCode;

use anyhow::{Context as _, bail, ensure};
use clap::{ArgGroup, Args};
use serde_json::{Map, Value, json};

use crate::answer::show_problem;
use crate::client::ServerArgs;
use crate::fields::duration;
use crate::follow::{self, Shown};
use crate::left_out::note_left_out;
use crate::output::{self, line};

const ABOUT: &str = "Run a command on many nodes, and show its output, with equal results grouped

Several options for nodes mean the nodes that meet all of them. Nodes without an agent are left out; a note says how \
many.

The words after -- are the command: they are joined with spaces, as ssh does, and given to the shell. With \
--exact, they are a program and its arguments, which the shell passes on unchanged: \
`bailiwick run --nodes db-1 --exact -- grep 'a  b' '$HOME.txt'`. The exit code is the highest of all nodes: that of the command if it ended by itself, 124 if it ran too long, \
and 125 if it was cancelled, expired or lost, or could not be started.

On a terminal, the output is shown as text. To a file or a pipe, it is written byte by byte, even if it \
is not text: with one node, `bailiwick run --nodes db-1 -- cat x.tgz > x.tgz` makes a copy. With --prefix, each line begins with the name \
of its node, also in a pipe, and equal results are not grouped.

Ctrl-C only stops watching: the command continues, and a message says how to cancel it.";

/// The command to run, and the nodes to run it on.
#[derive(Args, Debug)]
#[command(about = "Run a command on many nodes", long_about = ABOUT)]
#[command(group = ArgGroup::new("targets").required(true).multiple(true).args([
    "nodes", "labels", "site", "node_type", "host", "search", "status", "all",
]))]
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
    /// The nodes of this type
    #[arg(long = "type", value_name = "TYPE")]
    node_type: Option<String>,
    /// The nodes that run on this one, by id or name
    #[arg(long, value_name = "NODE")]
    host: Option<String>,
    /// The nodes whose name, address, container name or serial number contains all of these words
    #[arg(long, value_name = "WORDS")]
    search: Option<String>,
    /// The nodes with this status now: online, stale or offline
    #[arg(long, value_name = "STATUS")]
    status: Option<String>,
    /// Every node in reach; without another option for nodes
    #[arg(long)]
    all: bool,
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
    /// How long the command may run on a node, in seconds or as in 15m [default: 60]
    #[arg(long, value_name = "DURATION", value_parser = seconds)]
    timeout: Option<u32>,
    /// How long the command waits for nodes that are offline, in seconds or as in 1d [default: 1h]
    #[arg(long, value_name = "DURATION", value_parser = seconds)]
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
    /// Pass the words to the program exactly as they are, without expansion by the shell; for sh and bash
    #[arg(long, conflicts_with = "script")]
    exact: bool,
    /// Begin each line of output with the name of its node, instead of grouping equal results
    #[arg(long, conflicts_with_all = ["json", "no_wait"])]
    prefix: bool,
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

fn seconds(text: &str) -> Result<u32, &'static str> {
    duration::seconds(text).and_then(|seconds| u32::try_from(seconds).map_err(|_| duration::EXPECTED))
}

fn pair(text: &str) -> Result<(String, String), String> {
    let pair = text.split_once('=').filter(|(name, _)| !name.is_empty());
    pair.map(|(name, value)| (name.to_owned(), value.to_owned()))
        .ok_or_else(|| "expected NAME=VALUE".to_owned())
}

/// The value of an environment variable of this process.
fn variable(name: &str) -> anyhow::Result<String> {
    if let Some((name, _)) = name.split_once('=') {
        bail!(
            "--env takes only a name, because other users of this machine can see arguments: set the variable first, as in `{name}=… bailiwick run --env {name}`"
        );
    }
    let set = std::env::var(name).ok();
    set.with_context(|| {
        format!("--env {name}: there is no environment variable {name} here, or it is not text: set it first")
    })
}

impl RunArgs {
    /// The text for the shell.
    fn command(&self) -> anyhow::Result<String> {
        if !self.exact {
            return Ok(self.words.join(" "));
        }
        ensure!(
            matches!(self.shell.as_str(), "sh" | "bash"),
            "--exact works with the shells sh and bash, not with {}: leave it out, and quote the words for that shell",
            self.shell
        );
        let quoted = shlex::try_join(self.words.iter().map(String::as_str));
        quoted.ok().context("the words after -- must not contain NUL")
    }

    /// The nodes, as a member of the request.
    fn targets(&self) -> Map<String, Value> {
        let members = [
            ("labels", &self.labels),
            ("site", &self.site),
            ("type", &self.node_type),
            ("host", &self.host),
            ("search", &self.search),
            ("status", &self.status),
        ];
        let given = members.into_iter().filter_map(|(name, value)| Some((name, json!(value.as_ref()?))));
        let nodes = (!self.nodes.is_empty()).then(|| ("nodes", json!(self.nodes)));
        let all = self.all.then_some(("all", json!(true)));
        given.chain(nodes).chain(all).map(|(name, value)| (name.to_owned(), value)).collect()
    }

    /// The command as the body of a request.
    fn body(&self) -> anyhow::Result<Value> {
        let mut body = Map::from_iter([("targets".to_owned(), self.targets().into())]);
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
                put("command", json!(self.command()?));
            }
        }
        put("timeout_seconds", json!(self.timeout));
        put("ttl_seconds", json!(self.ttl));
        put("run_as", json!(self.run_as));
        put("working_directory", json!(self.working_directory));
        let mut env = Map::new();
        for name in &self.env {
            let value = variable(name)?;
            env.insert(name.clone(), value.into());
        }
        put("env", if env.is_empty() { Value::Null } else { env.into() });
        Ok(body.into())
    }
}

/// Creates the command, and waits for its results unless `--no-wait` is given.
pub(crate) fn run(args: &RunArgs) -> anyhow::Result<ExitCode> {
    let server = args.server.server()?;
    let body = args.body()?;
    let query = server.query(args.organization.as_deref());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let reply = server.call("POST", &["v1".into(), "commands".into()], &query, Some(&body)).await?;
        if !reply.status.is_success() {
            if args.server.json {
                output::json(&reply.body);
            } else {
                show_problem(&reply.body);
            }
            return Ok(ExitCode::FAILURE);
        }
        note_left_out(&reply.body);
        if !args.no_wait {
            let shown = match (args.server.json, args.prefix) {
                (true, _) => Shown::Json,
                (false, true) => Shown::Prefixed,
                (false, false) => Shown::Grouped,
            };
            return follow::given(&server, &query, &reply.body, None, shown).await;
        }
        if args.server.json {
            output::json(&reply.body);
        } else {
            line(&output::cell(&reply.body["id"]));
        }
        Ok(ExitCode::SUCCESS)
    })
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        args: RunArgs,
    }

    fn body(line: &[&str]) -> Result<Value, String> {
        let line = Line::try_parse_from([&["run", "--nodes", "a"], line].concat());
        let line = line.map_err(|error| error.to_string())?;
        line.args.body().map_err(|error| format!("{error:#}"))
    }

    #[test]
    fn exact_words_are_quoted_for_the_shell() {
        assert_eq!(body(&["--", "echo", "$x", "a b"]).unwrap()["command"], "echo $x a b");
        let exact = body(&["--exact", "--", "printf", "%s|", "a  b", "$x", "it's", "", "*"]).unwrap();
        let text = exact["command"].as_str().unwrap();
        let output = std::process::Command::new("sh").args(["-c", text]).output().unwrap();
        assert_eq!(String::from_utf8(output.stdout).unwrap(), "a  b|$x|it's||*|");
        let error = body(&["--exact", "--shell", "python", "--", "x"]).unwrap_err();
        assert!(error.contains("sh and bash, not with python"), "{error}");
        assert!(body(&["--exact", "--shell", "python", "--script", "x"]).is_err());
    }

    #[test]
    fn options_for_nodes_are_combined() {
        let line = ["--labels", "env=prod", "--type", "container", "--status", "online", "--", "true"];
        let targets = &body(&line).unwrap()["targets"];
        let expected =
            json!({ "nodes": ["a"], "labels": "env=prod", "type": "container", "status": "online" });
        assert_eq!(targets, &expected);
        let parsed = |line: &[&str]| Line::try_parse_from([&["run"], line].concat());
        assert_eq!(json!(parsed(&["--all", "--", "true"]).unwrap().args.targets()), json!({ "all": true }));
        assert!(parsed(&["--", "true"]).is_err());
    }

    #[test]
    fn times_are_durations() {
        let given = body(&["--timeout", "15m", "--ttl", "1d", "--", "true"]).unwrap();
        assert_eq!((&given["timeout_seconds"], &given["ttl_seconds"]), (&900.into(), &86_400.into()));
        let error = body(&["--timeout", "soon", "--", "true"]).unwrap_err();
        assert!(error.contains("90s, 15m, 12h, 1d"), "{error}");
    }

    #[test]
    fn a_missing_variable_is_named_with_what_to_do() {
        let error = body(&["--env", "NO_SUCH_VARIABLE_HERE", "--", "true"]).unwrap_err();
        assert!(error.contains("there is no environment variable"), "{error}");
        let error = body(&["--env", "FOO=hunter2", "--", "true"]).unwrap_err();
        assert!(error.contains("FOO=… bailiwick run --env FOO") && !error.contains("hunter2"), "{error}");
    }
}
