//! `bailiwick ansible --list`: the inventory as Ansible asks an inventory script for it.

use std::process::ExitCode;

use clap::{ArgGroup, ArgMatches, Args, Command, FromArgMatches as _};
use serde_json::{Value, json};

use crate::answer::show_problem;
use crate::client::ServerArgs;
use crate::output;

/// The noun whose command has these options too.
pub(crate) const NOUN: &str = "ansible";

/// What Ansible asks an inventory script for (docs.ansible.com, "Developing dynamic inventory").
#[derive(Args, Debug)]
#[command(group = ArgGroup::new("question").required(true).args(["list", "host"]))]
struct ScriptArgs {
    /// Print the whole inventory, as Ansible asks an inventory script for it
    #[arg(long)]
    list: bool,
    /// Print the variables of one host
    #[arg(long, value_name = "NAME")]
    host: Option<String>,
    /// Only nodes whose labels match, as in env=prod,!legacy
    #[arg(long, value_name = "LABELS")]
    labels: Option<String>,
    /// Only nodes at this site, by id or name
    #[arg(long, value_name = "SITE")]
    site: Option<String>,
    /// The organization, by id or slug; for root keys, and for people who belong to several
    #[arg(long, value_name = "NAME", help_heading = "Server")]
    organization: Option<String>,
    #[command(flatten)]
    server: ServerArgs,
}

/// The noun's command, with the options of an inventory script beside its operations.
pub(crate) fn with_script(command: Command) -> Command {
    let about = command.get_about().cloned().unwrap_or_default();
    ScriptArgs::augment_args(command)
        .about(about)
        .subcommand_required(false)
        .args_conflicts_with_subcommands(true)
        .subcommand_negates_reqs(true)
}

/// Prints what Ansible asks for.
pub(crate) fn run(matches: &ArgMatches) -> anyhow::Result<ExitCode> {
    let args = ScriptArgs::from_arg_matches(matches)?;
    let server = args.server.server()?;
    let mut query = server.query(args.organization.as_deref());
    for (name, value) in [("labels", args.labels), ("site", args.site)] {
        query.extend(value.map(|value| (name.to_owned(), value)));
    }
    let path = ["v1", NOUN, "inventory"].map(ToOwned::to_owned);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let reply = runtime.block_on(server.call("GET", &path, &query, None))?;
    if !reply.status.is_success() {
        show_problem(&reply.body);
        return Ok(ExitCode::FAILURE);
    }
    match args.host {
        Some(host) => output::json(&variables(&reply.body, &host)),
        None => output::json(&reply.body),
    }
    Ok(ExitCode::SUCCESS)
}

/// The variables of a host in an inventory; none for a host that it does not have.
fn variables(inventory: &Value, host: &str) -> Value {
    inventory["_meta"]["hostvars"].get(host).cloned().unwrap_or_else(|| json!({}))
}
