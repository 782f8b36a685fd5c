//! The tree of commands, and how they are run.

use std::process::ExitCode;

use bailiwick_agent_program::{become_user, manual, version};
use bailiwick_catalogue::catalogue;
use clap::{
    Arg, ArgAction, ArgMatches, Args as _, Command, FromArgMatches as _, Subcommand as _, value_parser,
};
use clap_complete::Shell;

use crate::add_machine::{self, AddMachineArgs};
#[cfg(unix)]
use crate::admin::{self, AdminCommand};
#[cfg(unix)]
use crate::backup::{self, BackupArgs};
use crate::config::{self, ConfigArgs};
use crate::doctor::{self, DoctorArgs};
use crate::graphql::{self, GraphQlArgs};
use crate::login::{self, LoginArgs, LogoutArgs};
use crate::output;
use crate::own_agent::Runs;
use crate::peppers::{self, PeppersCommand};
use crate::report::{self, ReportCommand};
#[cfg(unix)]
use crate::restore::{self, RestoreArgs};
use crate::run::{self, RunArgs};
use crate::status::{self, StatusArgs};
use crate::{ansible, call, command_output, serve};

const NO_AGENT: &str = "no-agent";
const WITH_AGENT: &str = "with-agent";
/// The option to open a browser.
const OPEN: &str = "open";
/// The option to begin with an empty database.
const NEW: &str = "new";

const ABOUT: &str = "The control plane for fleets of machines";

const START: &str = "\
Start here:
  bailiwick up                       start everything on this machine
  bailiwick login                    log in as a person, instead of using a key
  bailiwick whoami get               show who you are: the key or the session that you use
  bailiwick status                   show the server, the agents, and what needs attention
  bailiwick add-machine              show a line to paste on another machine, which gives it an agent
  bailiwick keys create --name report --scopes sites:read --ttl-seconds 86400
  bailiwick run --labels env=prod -- uptime
  bailiwick report production --last 7d --by node,day
  bailiwick completions bash         print the completion script for your shell";

fn json() -> Arg {
    Arg::new("json").long("json").action(ArgAction::SetTrue).help("Print JSON instead of tables")
}

fn new() -> Arg {
    Arg::new(NEW)
        .long(NEW)
        .action(ArgAction::SetTrue)
        .help("Start over with an empty database, although a server has run with this data directory")
}

/// The whole tree of commands.
pub(crate) fn tree() -> Command {
    // The documentation of the arguments' struct would otherwise replace the command's own.
    let config = |command: Command| {
        let about = command.get_about().cloned().unwrap_or_default();
        ConfigArgs::augment_args(command).about(about).long_about(None)
    };
    let tree = Command::new("bailiwick")
        .about(ABOUT)
        .version(version::full())
        .after_help(START)
        .subcommand_required(true)
        .arg_required_else_help(true)
        .max_term_width(100)
        .subcommand(config(
            Command::new("up")
                .about("Start everything on this machine; the first start also creates the first keys")
                .arg(
                    Arg::new(NO_AGENT)
                        .long(NO_AGENT)
                        .action(ArgAction::SetTrue)
                        .help("Do not enrol and start the agent of this machine"),
                )
                .arg(
                    Arg::new(WITH_AGENT)
                        .long(WITH_AGENT)
                        .action(ArgAction::SetTrue)
                        .conflicts_with(NO_AGENT)
                        .help("Run the agent of this machine even with several organizations")
                        .long_help(
                            "Run the agent of this machine even with several organizations.\n\nA key that may run commands on this machine can read the server's files, and so act in every organization. Without this option, the agent runs only while there is one organization.",
                        ),
                )
                .arg(new())
                .arg(
                    Arg::new(OPEN)
                        .long(OPEN)
                        .action(ArgAction::SetTrue)
                        .help("At the first start, open the console's first page in a browser"),
                ),
        ))
        .subcommand(config(
            Command::new("serve").about("Start the server on a database that `migrate` has prepared"),
        ))
        .subcommand(config(
            Command::new("migrate")
                .about("Migrate the database to this version; in an empty database, create the first keys")
                .arg(new()),
        ))
        .subcommand(bailiwick_agent_program::command("agent"))
        .subcommand(become_user::command())
        .subcommand(manual::command())
        .subcommand(
            Command::new("config")
                .about("The configuration: check")
                .subcommand_required(true)
                .arg_required_else_help(true)
                .subcommand(
                    config(Command::new("check").about("Show each setting and where its value comes from"))
                        .arg(json()),
                ),
        )
        .subcommand(
            PeppersCommand::augment_subcommands(ConfigArgs::augment_args(
                Command::new("peppers").arg(json().global(true)),
            ))
            .about("The secrets with which digests of keys are made: list, rotate, prune")
            .long_about("Stop the server that uses the data directory before you use these commands.")
            .subcommand_required(true)
            .arg_required_else_help(true),
        )
        .subcommand(DoctorArgs::augment_args(Command::new("doctor")))
        .subcommand(LoginArgs::augment_args(Command::new("login")))
        .subcommand(LogoutArgs::augment_args(Command::new("logout")))
        .subcommand(StatusArgs::augment_args(Command::new("status")))
        .subcommand(AddMachineArgs::augment_args(Command::new("add-machine")))
        .subcommand(RunArgs::augment_args(Command::new("run")))
        .subcommand(
            ReportCommand::augment_subcommands(Command::new("report"))
                .subcommand_required(true)
                .arg_required_else_help(true),
        )
        .subcommand(GraphQlArgs::augment_args(Command::new("graphql")))
        .subcommands(call::noun_commands())
        .subcommand(call::api_command())
        .subcommand(
            Command::new("completions")
                .about("Print the completion script for a shell")
                .arg(Arg::new("shell").required(true).value_parser(value_parser!(Shell))),
        );
    #[cfg(unix)]
    let tree = tree.subcommands([admin::command(), backup::command(), restore::command()]);
    tree
}

/// Runs the command that the arguments name.
pub(crate) fn run(matches: &ArgMatches) -> anyhow::Result<ExitCode> {
    let Some((name, matches)) = matches.subcommand() else {
        return Ok(ExitCode::FAILURE);
    };
    match name {
        "up" => serve::up(
            &ConfigArgs::from_arg_matches(matches)?,
            match (matches.get_flag(NO_AGENT), matches.get_flag(WITH_AGENT)) {
                (true, _) => Runs::Never,
                (false, true) => Runs::Always,
                (false, false) => Runs::WithOneOrganization,
            },
            matches.get_flag(NEW),
            matches.get_flag(OPEN),
        ),
        "serve" => serve::plain(&ConfigArgs::from_arg_matches(matches)?),
        "migrate" => serve::migrate(&ConfigArgs::from_arg_matches(matches)?, matches.get_flag(NEW)),
        "agent" => bailiwick_agent_program::run(matches),
        become_user::NAME => Ok(become_user::run(matches)),
        manual::NAME => {
            manual::run(tree(), matches)?;
            Ok(ExitCode::SUCCESS)
        }
        "config" => match matches.subcommand() {
            Some((_, check)) => config::check(&ConfigArgs::from_arg_matches(check)?, check.get_flag("json")),
            None => Ok(ExitCode::FAILURE),
        },
        "peppers" => {
            let command = PeppersCommand::from_arg_matches(matches)?;
            peppers::run(command, &ConfigArgs::from_arg_matches(matches)?, matches.get_flag("json"))
        }
        #[cfg(unix)]
        "admin" => {
            let command = AdminCommand::from_arg_matches(matches)?;
            admin::run(command, &ConfigArgs::from_arg_matches(matches)?)
        }
        #[cfg(unix)]
        "backup" => {
            backup::run(&BackupArgs::from_arg_matches(matches)?, &ConfigArgs::from_arg_matches(matches)?)
        }
        #[cfg(unix)]
        "restore" => {
            restore::run(&RestoreArgs::from_arg_matches(matches)?, &ConfigArgs::from_arg_matches(matches)?)
        }
        "doctor" => doctor::run(&DoctorArgs::from_arg_matches(matches)?),
        "login" => login::login(&LoginArgs::from_arg_matches(matches)?),
        "status" => status::run(&StatusArgs::from_arg_matches(matches)?),
        "logout" => login::logout(&LogoutArgs::from_arg_matches(matches)?),
        "graphql" => graphql::run(&GraphQlArgs::from_arg_matches(matches)?),
        "report" => report::run(&ReportCommand::from_arg_matches(matches)?),
        "add-machine" => add_machine::run(&AddMachineArgs::from_arg_matches(matches)?),
        "run" => run::run(&RunArgs::from_arg_matches(matches)?),
        "completions" => {
            if let Some(shell) = matches.get_one::<Shell>("shell") {
                let mut script = Vec::new();
                clap_complete::generate(*shell, &mut tree(), "bailiwick", &mut script);
                output::bytes(&script);
            }
            Ok(ExitCode::SUCCESS)
        }
        name => match matches.subcommand() {
            Some((command_output::NAME, matches)) if name == command_output::NOUN => {
                command_output::run(matches)
            }
            Some((verb, matches)) => {
                let id = if name == "api" { verb.to_owned() } else { format!("{name}.{verb}") };
                match catalogue().get(&id) {
                    Some(operation) => call::run(operation, matches),
                    None => anyhow::bail!("there is no operation {id}"),
                }
            }
            None if name == ansible::NOUN => ansible::run(matches),
            None => Ok(ExitCode::FAILURE),
        },
    }
}
