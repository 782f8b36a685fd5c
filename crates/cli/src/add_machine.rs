//! `bailiwick add-machine`: a line to paste on a new machine, which gives it an agent.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::bail;
use bailiwick_domain::outside::Clock as _;
use bailiwick_domain::time::Timestamp;
use bailiwick_engine::outside::SystemClock;
use clap::Args;
use reqwest::Url;
use serde_json::{Map, Value, json};

use crate::answer::show_problem;
use crate::client::{Reply, Server, ServerArgs, is_this_machine};
use crate::fields::duration;
use crate::output::{self, line};

const ABOUT: &str = "Show a line to paste on a new machine: it installs the agent and enrols the machine

The line contains a new enrolment key, for one machine and for a day unless you say otherwise. It downloads the agent \
from the server, verifies it, and starts it; it needs curl, and root's rights. The command then waits until the \
machines are there. Ctrl-C only stops waiting.";

/// How often the server is asked for the machines.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// How often the nodes are looked at after the key was used up: an agent connects a moment after it has enrolled.
const LOOKS_AFTER_THE_LAST: u32 = 10;
/// What stands for the key in the server's line.
const PLACEHOLDER: &str = "KEY";

/// The machines to add.
#[derive(Args, Debug)]
#[command(about = "Show a line to paste on a new machine, which gives it an agent", long_about = ABOUT)]
pub(crate) struct AddMachineArgs {
    /// How many machines may use the line
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    uses: u32,
    /// How long the line works, as in 12h
    #[arg(long, value_name = "DURATION", default_value = "1d", value_parser = duration::seconds)]
    valid_for: i64,
    /// The site of the machines, by id or name
    #[arg(long, value_name = "SITE")]
    site: Option<String>,
    /// A label of the machines, as NAME=VALUE; may be given several times
    #[arg(long = "label", value_name = "NAME=VALUE", value_parser = label)]
    labels: Vec<(String, String)>,
    /// The name of the enrolment key
    #[arg(long, value_name = "NAME", default_value = "machines")]
    name: String,
    /// The address of the server as the machines reach it [default: the one that this command uses]
    #[arg(long, value_name = "URL")]
    reached_at: Option<String>,
    /// Do not wait for the machines
    #[arg(long)]
    no_wait: bool,
    /// The organization, by id or slug; for root keys, and for people who belong to several
    #[arg(long, value_name = "NAME", help_heading = "Server")]
    organization: Option<String>,
    #[command(flatten)]
    server: ServerArgs,
}

fn label(text: &str) -> Result<(String, String), &'static str> {
    let pair = text.split_once('=').filter(|(name, _)| !name.is_empty());
    pair.map(|(name, value)| (name.to_owned(), value.to_owned())).ok_or("expected NAME=VALUE")
}

impl AddMachineArgs {
    /// The body of the request for the key.
    fn key(&self) -> Value {
        let labels: Map<String, Value> =
            self.labels.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
        let mut enrolment = json!({ "uses": self.uses, "labels": labels });
        if let Some(site) = &self.site {
            enrolment["site"] = json!(site);
        }
        json!({ "kind": "enrol", "name": self.name, "ttl_seconds": self.valid_for, "enrolment": enrolment })
    }
}

/// The server and the organization that calls name.
struct Asked<'a> {
    server: &'a Server,
    query: Vec<(String, String)>,
}

impl Asked<'_> {
    async fn call(
        &self,
        method: &str,
        path: &str,
        more: &[(&str, &str)],
        body: Option<&Value>,
    ) -> anyhow::Result<Reply> {
        let mut query = self.query.clone();
        query.extend(more.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let path: Vec<String> = path.split('/').map(str::to_owned).collect();
        self.server.call(method, &path, &query, body).await
    }
}

/// Shows the line, and waits for the machines unless `--no-wait` is given.
pub(crate) fn run(args: &AddMachineArgs) -> anyhow::Result<ExitCode> {
    let server = args.server.server()?;
    let reached_at = args.reached_at.clone().unwrap_or_else(|| server.url().as_str().to_owned());
    let asked = Asked { server: &server, query: server.query(args.organization.as_deref()) };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let shown = asked.call("GET", "v1/agents/installer", &[("reached_at", &reached_at)], None).await?;
        if !shown.status.is_success() {
            return Ok(refused(args, &shown.body));
        }
        let Some(template) = shown.body["line"].as_str() else {
            bail!(
                "this server has no agent to hand out: install the package bailiwick on it, or set agent.programs there; or add the machine by hand, with `bailiwick keys create --kind enrol` and `bailiwick agent`"
            );
        };
        let made = asked.call("POST", "v1/keys", &[], Some(&args.key())).await?;
        if !made.status.is_success() {
            return Ok(refused(args, &made.body));
        }
        let secret = made.body["secret"].as_str().unwrap_or_default();
        let pasted = template.replacen(PLACEHOLDER, secret, 1);
        if args.server.json {
            output::json(&json!({ "line": pasted, "key": made.body["key"] }));
        } else {
            line(&pasted);
            note_address(&reached_at);
        }
        if args.no_wait || args.server.json {
            return Ok(ExitCode::SUCCESS);
        }
        wait(&asked, &made.body["key"]).await
    })
}

fn refused(args: &AddMachineArgs, problem: &Value) -> ExitCode {
    if args.server.json {
        output::json(problem);
    } else {
        show_problem(problem);
    }
    ExitCode::FAILURE
}

/// Says so if other machines cannot use the address in the line.
fn note_address(reached_at: &str) {
    if reached_at.parse::<Url>().is_ok_and(|url| is_this_machine(&url)) {
        output::note(
            "note: only this machine reaches the server at this address: for another machine, add --reached-at https://NAME:PORT, with a name that is in the server's certificate",
        );
    }
}

/// Waits until the key is used up and its machines are there, and says which they are.
async fn wait(asked: &Asked<'_>, key: &Value) -> anyhow::Result<ExitCode> {
    let id = key["id"].as_str().unwrap_or_default();
    let since = key["created_at"].as_str().unwrap_or_default();
    output::note("Paste this line on the machine. Waiting for it; Ctrl-C stops waiting.");
    let mut named: Vec<String> = Vec::new();
    let mut looks_left = LOOKS_AFTER_THE_LAST;
    loop {
        let now = asked.call("GET", &format!("v1/keys/{id}"), &[], None).await?;
        if !now.status.is_success() {
            show_problem(&now.body);
            return Ok(ExitCode::FAILURE);
        }
        let enrolment = &now.body["enrolment"];
        let (used, uses) = (enrolment["used"].as_u64(), enrolment["uses"].as_u64());
        if used.is_some_and(|used| used > named.len() as u64) {
            let recent = [("sort", "-created_at"), ("limit", "100")];
            let nodes = asked.call("GET", "v1/nodes", &recent, None).await?;
            for name in appeared(&nodes.body, since) {
                if !named.contains(&name) {
                    line(&format!("{} is there", output::clean(&name)));
                    named.push(name);
                }
            }
        }
        if used == uses {
            if used == Some(named.len() as u64) {
                return Ok(ExitCode::SUCCESS);
            }
            // The agent connects a moment after it has enrolled. A machine that was known before is no new node.
            looks_left -= 1;
            if looks_left == 0 {
                output::note("The line is used up. A machine that was known before is the node that it was.");
                return Ok(ExitCode::SUCCESS);
            }
        } else if is_over(&now.body["expires_at"], SystemClock.now()) {
            bail!("the line works no longer, and was not used by all machines: run this command again");
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// The names of the nodes in a list that are online and were made since a time.
fn appeared(nodes: &Value, since: &str) -> Vec<String> {
    let is_new = |node: &&Value| {
        node["status"] == "online" && node["created_at"].as_str().is_some_and(|at| at >= since)
    };
    let nodes = nodes["items"].as_array().into_iter().flatten().filter(is_new);
    nodes.filter_map(|node| node["name"].as_str().map(str::to_owned)).collect()
}

/// Whether a time, as the server writes it, is in the past.
fn is_over(time: &Value, now: Timestamp) -> bool {
    let time = time.as_str().and_then(|text| text.parse::<Timestamp>().ok());
    time.is_some_and(|time| time <= now)
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        args: AddMachineArgs,
    }

    #[test]
    fn the_key_is_for_what_the_options_say() {
        let key =
            |line: &[&str]| Line::try_parse_from([&["add-machine"], line].concat()).map(|l| l.args.key());
        let expected = json!({ "kind": "enrol", "name": "machines", "ttl_seconds": 86_400,
            "enrolment": { "uses": 1, "labels": {} } });
        assert_eq!(key(&[]).unwrap(), expected);
        let line =
            ["--uses", "20", "--valid-for", "2h", "--site", "oslo", "--label", "env=prod", "--label", "x="];
        let expected = json!({ "kind": "enrol", "name": "machines", "ttl_seconds": 7_200,
            "enrolment": { "uses": 20, "site": "oslo", "labels": { "env": "prod", "x": "" } } });
        assert_eq!(key(&line).unwrap(), expected);
        assert!(key(&["--label", "prod"]).is_err());
        assert!(key(&["--valid-for", "soon"]).is_err());
    }
    #[test]
    fn only_new_nodes_that_are_online_have_appeared() {
        let node =
            |name: &str, at: &str, status: &str| json!({ "name": name, "created_at": at, "status": status });
        let nodes = json!({ "items": [
            node("new", "2026-11-30T10:00:01Z", "online"),
            node("later", "2026-11-30T10:00:01Z", "unknown"),
            node("old", "2026-11-30T09:59:59Z", "online"),
        ] });
        assert_eq!(appeared(&nodes, "2026-11-30T10:00:00Z"), ["new"]);
        let now: Timestamp = "2026-11-30T10:00:00Z".parse().unwrap();
        for (time, expected) in [
            (json!("2026-11-30T10:00:00Z"), true),
            (json!("2026-11-30T10:00:01Z"), false),
            (Value::Null, false),
        ] {
            assert_eq!(is_over(&time, now), expected, "{time}");
        }
    }
}
