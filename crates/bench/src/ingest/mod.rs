//! Measures the ingest of observations: how fast they are taken, what others notice meanwhile, and how many bytes they
//! take.

mod bodies;
mod meanwhile;
mod rates;
mod rest;
mod stored;

use std::process::Command;

use anyhow::{Context as _, ensure};
use bailiwick_domain::id::NodeId;
use bailiwick_store::Store;
use clap::ValueEnum;
use tokio::runtime::Runtime;

use crate::inventory::{Database, Engine, Figure, Fleet, POSTGRES, fill};
use crate::product::{Home, Running};
use crate::report::count;

/// The default number of samples whose bytes are measured.
pub(crate) const SAMPLES: u64 = 100_000_000;
/// The most values of a request.
const VALUES: usize = 100_000;
/// How many machines send observations.
const MACHINES: usize = 100;

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Part {
    /// How fast observations are taken
    Rates,
    /// What others notice meanwhile
    Meanwhile,
    /// How many bytes they take
    Bytes,
    /// The memory of a server at rest with many series
    Rest,
}

/// Prints the figures of each database.
pub(crate) fn measure(samples: u64, engine: Option<Engine>, only: Option<Part>) -> anyhow::Result<()> {
    let wanted = |part| only.is_none_or(|only| only == part);
    for engine in Engine::ALL.into_iter().filter(|other| engine.is_none_or(|engine| engine == *other)) {
        if !engine.is_there() {
            println!("Ingest on {engine}: SKIPPED, {POSTGRES} is not set");
            println!();
            continue;
        }
        eprintln!("{engine} …");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let mut figures = Vec::new();
        if wanted(Part::Rates) {
            figures.extend(on_new(&runtime, engine, |home| rates::figures(&runtime, home))?);
        }
        if wanted(Part::Meanwhile) {
            figures.extend(on_new(&runtime, engine, |home| meanwhile::figures(&runtime, home))?);
        }
        if wanted(Part::Bytes) {
            figures.extend(stored::figures(&runtime, engine, samples)?);
        }
        if wanted(Part::Rest) {
            figures.push(on_new(&runtime, engine, |home| rest::figure(&runtime, home))?);
        }
        println!("Ingest on {engine}: the real server over plain HTTP/1.1 on loopback");
        println!("  {:<72} {:>15}", "", "p50     p99");
        for Figure { what, text, unit, verdict, .. } in &figures {
            let verdict = verdict.as_ref().map(|verdict| format!("   {verdict}")).unwrap_or_default();
            println!("  {what:<72} {text:>15} {unit}{verdict}");
        }
        println!();
    }
    Ok(())
}

/// A server's storage with a database of its own, and what it has.
struct Filled<'a> {
    home: Home,
    database: &'a Database,
    key: String,
}

impl Filled<'_> {
    /// Adds a fleet.
    async fn fleet(&self, nodes: usize) -> anyhow::Result<Fleet> {
        let store = Store::connect(&self.database.store_url(&self.home)?, 1).await?;
        let fleet = Fleet::of(&store, nodes).await?;
        fill(&store, &fleet).await?;
        store.close().await;
        Ok(fleet)
    }

    /// Starts a server that may use one processor only. This process uses the other ones.
    fn start_pinned(&self) -> anyhow::Result<Running> {
        let server = self.home.start(true)?;
        pin(server.process.0.id(), "0")?;
        let others = std::thread::available_parallelism()?.get().saturating_sub(1);
        if others > 0 {
            pin(std::process::id(), &format!("1-{others}"))?;
        }
        Ok(server)
    }
}

/// Measures on an empty database that a server has started on once.
fn on_new<T>(
    runtime: &Runtime,
    engine: Engine,
    measure: impl FnOnce(&Filled<'_>) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    let database = runtime.block_on(Database::make(engine))?;
    let home = Home::new(database.url())?;
    home.start(true)?.process.stop()?;
    let key = home.first_run()?.organization_key.to_string();
    let measured = measure(&Filled { home, database: &database, key });
    runtime.block_on(database.remove())?;
    measured
}

/// Lets all threads of a process run on some processors only.
fn pin(process: u32, processors: &str) -> anyhow::Result<()> {
    let mut taskset = Command::new("taskset");
    taskset.args(["--all-tasks", "--pid", "--cpu-list", processors]).arg(process.to_string());
    let pinned = taskset.output().context("taskset is needed, of the package util-linux")?;
    ensure!(pinned.status.success(), "taskset: {}", String::from_utf8_lossy(&pinned.stderr));
    Ok(())
}

/// The machines that send observations.
fn senders(fleet: &Fleet) -> &[NodeId] {
    &fleet.nodes[..fleet.nodes.len().min(MACHINES)]
}

/// A number of values for people.
fn values(number: usize) -> String {
    format!("{} values", count(number))
}
