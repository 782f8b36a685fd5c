//! Measures what a large inventory costs: filling it, querying it, and holding it.

mod database;
mod figure;
mod fill;
mod fleet;
mod questions;
mod table;

use std::time::Duration;

use anyhow::Context as _;
use bailiwick_store::Store;

use crate::inventory::questions::Asker;
use crate::load::{CONNECTIONS, turn};
use crate::product::{Home, Running};
use crate::report::{count, median};
use crate::{proc, rest};

pub(crate) use crate::inventory::database::{Database, Engine, POSTGRES};
pub(crate) use crate::inventory::figure::{Budget, Figure};
pub(crate) use crate::inventory::fill::fill;
pub(crate) use crate::inventory::fleet::{Fleet, SITES, site_name};

/// The default numbers of nodes.
pub(crate) const SIZES: [u32; 2] = [10_000, 100_000];
/// The most resident memory in MB of an idle server with [`MEMORY_AT`] nodes.
const MEMORY: f64 = 80.0;
const MEMORY_AT: u32 = 10_000;
/// The smallest allowed number of pages of 50 nodes per second.
const PAGES: f64 = 5_000.0;
/// How many times a server is started; the median of the times counts.
const STARTS: usize = 5;
/// How many rounds of pages many connections request at once, and how long each round lasts.
const ROUNDS: usize = 3;
const TURN: Duration = Duration::from_secs(2);

/// Prints a table for each database.
pub(crate) fn measure(sizes: &[u32], only: Option<Engine>) -> anyhow::Result<()> {
    for engine in Engine::ALL.into_iter().filter(|engine| only.is_none_or(|only| only == *engine)) {
        if !engine.is_there() {
            println!("Inventory on {engine}: SKIPPED, {} is not set", POSTGRES);
            println!();
            continue;
        }
        let columns = sizes.iter().map(|nodes| column(engine, *nodes)).collect::<anyhow::Result<Vec<_>>>()?;
        println!("Inventory on {engine}: the real server over plain HTTP/1.1 on loopback");
        table::print(sizes, &columns);
        println!();
    }
    Ok(())
}

/// Measures all figures for one number of nodes.
fn column(engine: Engine, nodes: u32) -> anyhow::Result<Vec<Figure>> {
    eprintln!("{engine}, {} nodes …", count(nodes as usize));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let database = runtime.block_on(Database::make(engine))?;
    let figures = figures(&runtime, &database, nodes);
    runtime.block_on(database.remove())?;
    figures
}

fn figures(
    runtime: &tokio::runtime::Runtime,
    database: &Database,
    nodes: u32,
) -> anyhow::Result<Vec<Figure>> {
    let home = Home::new(database.url())?;
    home.start(true)?.process.stop()?;
    let key = home.first_run()?.organization_key;
    let empty = Budget::at_most("MB", rest::BUDGET);
    let mut at_rest = start(&home, "empty", Some(empty))?;

    let url = database.store_url(&home)?;
    let (fleet, mut figures) = runtime.block_on(async {
        let store = Store::connect(&url, 1).await?;
        let fleet = Fleet::of(&store, nodes as usize).await?;
        let figures = fill(&store, &fleet).await?;
        store.close().await;
        database.settle().await?;
        anyhow::Ok((fleet, figures))
    })?;

    let server = home.start(true)?;
    let mut asker = runtime.block_on(Asker::connect(server.address, &key, &fleet))?;
    figures.extend(runtime.block_on(asker.read())?);
    figures.extend(many_at_once(&server, &key, &runtime.block_on(asker.places())?)?);
    figures.push(runtime.block_on(asker.create())?);
    drop(asker);
    let memory = proc::resident(server.process.0.id()).map(megabytes);
    server.process.stop()?;

    let budget = (nodes == MEMORY_AT).then(|| Budget::at_most("MB", MEMORY));
    at_rest.extend(start(&home, "full", budget)?);
    at_rest.extend(memory.map(|memory| Figure::number("resident, after all queries", "MB", memory)));
    figures.extend(at_rest);
    Ok(figures)
}

/// Measures the time until a server is ready, and then its memory while idle.
fn start(home: &Home, which: &str, budget: Option<Budget>) -> anyhow::Result<Vec<Figure>> {
    let mut ready = Vec::with_capacity(STARTS);
    let mut memory = None;
    for n in 1..=STARTS {
        let server = home.start(true)?;
        ready.push(server.ready.as_secs_f64() * 1e3);
        if n == STARTS {
            std::thread::sleep(rest::SETTLE);
            memory = proc::resident(server.process.0.id()).map(megabytes);
        }
        server.process.stop()?;
    }
    let mut figures = vec![Figure::number(format!("start until ready, {which}"), "ms", median(ready))];
    figures.extend(
        memory
            .map(|memory| Figure::number(format!("resident at rest, {which}"), "MB", memory).judged(budget)),
    );
    Ok(figures)
}

fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

/// Measures pages of 50 nodes from all over the list, requested by many connections at once.
fn many_at_once(server: &Running, key: &str, places: &[String]) -> anyhow::Result<Vec<Figure>> {
    let mut per_second = Vec::with_capacity(ROUNDS);
    let mut processor = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        let turn = turn(server.process.0.id(), server.address, Some(key), places, TURN)
            .context("pages of nodes could not be requested")?;
        per_second.push(turn.per_second);
        processor.push(turn.processor);
    }
    Ok(vec![
        Figure::number(format!("pages of 50 nodes, {CONNECTIONS} connections"), "/s", median(per_second))
            .judged(Some(Budget::at_least("/s", PAGES))),
        Figure::number("server's processor time for one of them", "µs", median(processor)),
    ])
}
