//! `bailiwick-swarm`: simulates agents against a server on this machine until it is stopped, and prints what happens.
#![allow(clippy::print_stdout, reason = "a command-line program prints there")]

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;
use bailiwick_swarm::{Plan, Swarm};
use clap::Parser;

/// Simulates agents against a server on this machine, until you stop it.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// How many agents
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    agents: u32,
    /// The server on this machine: https://127.0.0.1:8443
    #[arg(long, default_value = "https://127.0.0.1:8443")]
    server: String,
    /// The certificate of the server
    #[arg(long, default_value = "bailiwick-data/tls/certificate.pem")]
    ca: PathBuf,
    /// The file that contains the enrolment key, which must allow as many uses as there are agents
    #[arg(long)]
    enrol_file: PathBuf,
    /// The prefix of the machines' names, which a number follows
    #[arg(long, default_value = "sim")]
    prefix: String,
    /// How long a command runs, in milliseconds
    #[arg(long, default_value_t = 0)]
    run_ms: u64,
}

impl Arguments {
    fn plan(self) -> anyhow::Result<Plan> {
        let key = std::fs::read_to_string(&self.enrol_file)
            .with_context(|| format!("cannot read {}", self.enrol_file.display()))?;
        let ca = self.server.starts_with("https").then_some(self.ca);
        Ok(Plan {
            ca,
            prefix: self.prefix,
            run_for: Duration::from_millis(self.run_ms),
            ..Plan::new(self.server, key.trim(), self.agents)
        })
    }
}

fn main() -> anyhow::Result<()> {
    let plan = Arguments::parse().plan()?;
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(simulate(plan))
}

async fn simulate(plan: Plan) -> anyhow::Result<()> {
    let swarm = Swarm::start(plan)?;
    let mut before = None;
    loop {
        tokio::select! {
            () = tokio::time::sleep(Duration::from_secs(1)) => {}
            end = tokio::signal::ctrl_c() => {
                end?;
                break;
            }
        }
        let seen = swarm.seen();
        if before != Some(seen) {
            println!(
                "enrolled {}  connected {}  commands carried out {}  acknowledged {}  told again {}  failed {}{}",
                seen.enrolled,
                seen.connected,
                seen.carried_out,
                seen.acknowledged,
                seen.told_again,
                seen.failed,
                swarm.last_failure().map(|why| format!(" ({why})")).unwrap_or_default()
            );
            before = Some(seen);
        }
    }
    swarm.stop().await;
    Ok(())
}
