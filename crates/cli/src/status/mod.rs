//! `bailiwick status`: the server, who one is, the agents, and what needs attention.

mod attention;
mod gather;
mod report;

use std::process::ExitCode;

use bailiwick_domain::outside::Clock as _;
use bailiwick_engine::outside::SystemClock;
use clap::Args;

use self::gather::gather;
use self::report::Report;
use crate::answer::show_problem;
use crate::client::ServerArgs;
use crate::output;

const ABOUT: &str = "Show the server, who you are, the agents, and what needs attention

What needs attention: nodes that are offline, and nodes without an agent; commands of the last day that failed; \
exporters that do not run; security updates; schedules whose last run gave no command; keys that expire within \
14 days. Each comes with a command that shows more. What your key or role may not see is named at the end.

The exit code is 0 if the server is ready and knows you, whatever needs attention.";

/// The options of the status.
#[derive(Args, Debug)]
#[command(about = "Show the server, the agents, and what needs attention", long_about = ABOUT)]
pub(crate) struct StatusArgs {
    /// The organization, by id or slug; for root keys, and for people who belong to several
    #[arg(long, value_name = "NAME", help_heading = "Server")]
    organization: Option<String>,
    #[command(flatten)]
    server: ServerArgs,
}

/// Asks the server, and shows the status.
pub(crate) fn run(args: &StatusArgs) -> anyhow::Result<ExitCode> {
    let server = args.server.server()?;
    let query = server.query(args.organization.as_deref());
    let now = SystemClock.now();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let answers = runtime.block_on(gather(&server, &query, now))?;
    let stranger = answers.stranger.clone();
    let report = Report::of(&server, answers, now);
    if args.server.json {
        output::json(&serde_json::to_value(&report)?);
    } else {
        report.show();
        if let Some(problem) = &stranger {
            show_problem(problem);
        }
    }
    Ok(if report.is_ready() && stranger.is_none() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
