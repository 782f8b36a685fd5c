//! `bailiwick doctor`: checks the installation on this machine, and says what to do about each finding.

mod agent;
mod ask;
mod certificate;
mod database;
mod files;
mod finding;
mod fleet;
mod peers;
mod running;
mod server;
mod space;
mod unit;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use bailiwick_agent::identity;
use bailiwick_domain::outside::Clock;
use bailiwick_engine::outside::SystemClock;
use clap::{Args, ValueEnum};
use reqwest::Url;
use serde_json::json;
use zeroize::Zeroizing;

use self::finding::{Finding, Mark};
use crate::client::server_url;
use crate::config::ConfigArgs;
use crate::fields::duration;
use crate::output::{self, line};

const ABOUT: &str = "\
Check the installation on this machine, and say what to do about each finding

It checks the server whose data directory is here and the agent of this machine, whichever there is, running or \
stopped: files and their modes, disk space, the database, clocks, the certificate, listeners, the addresses of the \
server, other servers of the same database, agents, the systemd units and the configuration. It changes nothing.

Run it as the user of the server, in the directory where the server is started and with its settings, as for \
`bailiwick config check`. What could not be checked is listed with the reason.

The exit code is 0 if there is no fault, and 1 if there is one.";

/// How long one check may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// What there is to check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Part {
    /// The server.
    Server,
    /// The agent of this machine.
    Agent,
}

/// The options of the doctor.
#[derive(Args, Debug)]
#[command(about = "Check the installation on this machine, and say what to do", long_about = ABOUT)]
pub(crate) struct DoctorArgs {
    #[command(flatten)]
    config: ConfigArgs,
    /// Check only the server or only the agent [default: what there is]
    #[arg(long, value_name = "WHAT", value_enum)]
    only: Option<Part>,
    /// An address by which clients reach the server, as in https://bailiwick.example.com; may be given several times
    #[arg(long = "url", value_name = "URL", value_parser = server_url)]
    urls: Vec<Url>,
    /// The address of another server that uses the same database; may be given several times
    #[arg(long = "peer", value_name = "URL", value_parser = server_url)]
    peers: Vec<Url>,
    /// A PEM file with the certificate that clients and agents of this machine trust, or its issuer's
    /// [default: the certificates that the system trusts]
    #[arg(long, value_name = "FILE", env = "BAILIWICK_CA")]
    ca: Option<PathBuf>,
    /// A file that contains a key, with which agents and versions are asked for; or set BAILIWICK_KEY to the key
    /// itself. It is sent to the server and to each --peer
    #[arg(long, value_name = "FILE", env = "BAILIWICK_KEY_FILE")]
    key_file: Option<PathBuf>,
    /// The organization whose agents are checked, by id or slug; for root keys
    #[arg(long, value_name = "NAME")]
    organization: Option<String>,
    /// The data directory of the agent [default: /var/lib/bailiwick-agent, or a directory of the user]
    #[arg(long, value_name = "DIR")]
    agent_data: Option<PathBuf>,
    /// The directory of the systemd units
    #[arg(long, value_name = "DIR", default_value = "/etc/systemd/system")]
    units: PathBuf,
    /// How many MiB must be free on the disk of a data directory
    #[arg(long, value_name = "MIB", default_value_t = 512)]
    free_mib: u64,
    /// How long a certificate must be valid yet
    #[arg(long, value_name = "DURATION", default_value = "14d", value_parser = duration::seconds)]
    valid_for: i64,
    /// How long an agent may be offline
    #[arg(long, value_name = "DURATION", default_value = "1d", value_parser = duration::seconds)]
    offline_for: i64,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl DoctorArgs {
    /// The least number of bytes that must be free.
    const fn free_bytes(&self) -> u64 {
        self.free_mib.saturating_mul(1 << 20)
    }

    /// The key that the user named, as the value of a header.
    fn authorization(&self) -> Result<Option<Zeroizing<String>>, Finding> {
        let text = match &self.key_file {
            Some(path) => Some(std::fs::read_to_string(path).map_err(|error| {
                let next = "name a file that this user may read";
                Finding::fault("key", format!("--key-file: {}: {error}", path.display()), next)
            })?),
            None => std::env::var("BAILIWICK_KEY").ok(),
        };
        let text = text.map(Zeroizing::new);
        let key = text.as_ref().map(|text| text.trim()).filter(|key| !key.is_empty());
        Ok(key.map(|key| Zeroizing::new(format!("Bearer {key}"))))
    }
}

/// Makes a check within the time that it may take.
async fn within(check: &'static str, work: impl Future<Output = Vec<Finding>>) -> Vec<Finding> {
    tokio::time::timeout(PATIENCE, work).await.unwrap_or_else(|_| {
        let why = format!("the check did not end within {} s", PATIENCE.as_secs());
        vec![Finding::skipped(check, why, "look at the load of this machine and at its disks, and try again")]
    })
}

/// Makes a check of files within the time that it may take. A file system that hangs stops nothing but this.
async fn apart(check: &'static str, work: impl FnOnce() -> Vec<Finding> + Send + 'static) -> Vec<Finding> {
    within(check, async move {
        tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| {
            vec![Finding::skipped(check, format!("the check failed: {error}"), "try again")]
        })
    })
    .await
}

/// Checks what there is on this machine.
async fn examine(args: &DoctorArgs, clock: &dyn Clock) -> Vec<Finding> {
    let agent = args.agent_data.clone().unwrap_or_else(identity::default_directory);
    let has_agent = match args.only {
        Some(only) => only == Part::Agent,
        None => args.agent_data.is_some() || agent.join("identity.json").exists(),
    };
    let has_server = match args.only {
        Some(only) => only == Part::Server,
        None => !has_agent || args.config.names_one() || args.config.finds_one(),
    };
    let mut found = Vec::new();
    if has_server {
        found.extend(server::examine(args, clock).await);
    }
    if has_agent {
        found.extend(agent::examine(args, &agent, clock).await);
    }
    found
}

/// A number of things, in words.
fn counted(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

/// Prints a finding for people.
fn show(finding: &Finding, width: usize) {
    let Finding { check, mark, finding, next } = finding;
    line(&format!("{:8} {check:width$}  {finding}", mark.as_str()));
    if let Some(next) = next {
        line(&format!("{:8} {:width$}  -> {next}", "", ""));
    }
}

/// Makes all checks and prints what they found.
pub(crate) fn run(args: &DoctorArgs) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let found = runtime.block_on(examine(args, &SystemClock));
    // A check that hangs in a file system must not keep this process.
    runtime.shutdown_background();
    let count = |mark| found.iter().filter(|finding| finding.mark == mark).count();
    let (faults, warnings, skipped) = (count(Mark::Fault), count(Mark::Warning), count(Mark::Skipped));
    if args.json {
        output::json(&json!({
            "checks": found, "faults": faults, "warnings": warnings, "skipped": skipped,
        }));
    } else {
        let width = found.iter().map(|finding| finding.check.len()).max().unwrap_or(0);
        for finding in &found {
            show(finding, width);
        }
        line("");
        line(&format!(
            "{}, {}, {} skipped",
            counted(faults, "fault"),
            counted(warnings, "warning"),
            counted(skipped, "check"),
        ));
    }
    Ok(if faults == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
