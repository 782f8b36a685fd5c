//! Measures reports on machine data, and what `VictoriaMetrics` takes for the same samples.

mod machines;
mod product;
mod victoria;

use std::time::{Duration, Instant};

use bailiwick_domain::outside::Clock as _;
use bailiwick_engine::outside::SystemClock;

use crate::connection::Connection;
use crate::inventory::{Database, Engine, Figure, POSTGRES};
use crate::report::{Times, count};
use crate::reports::machines::{DAYS, HOURS, Month};

/// The default number of machines.
pub(crate) const MACHINES: u32 = 10_000;
/// How often each question is asked before it is measured.
const WARM: usize = 3;
/// How long each question is asked, and how often at most and at least.
const TURN: Duration = Duration::from_secs(10);
const ASKED_MAX: usize = 500;
const ASKED_MIN: usize = 20;

/// Prints the figures of each database, and then those of `VictoriaMetrics`.
pub(crate) fn measure(machines: usize, only: Option<Engine>) -> anyhow::Result<()> {
    let month = Month::before(SystemClock.now());
    let samples = machines * DAYS * HOURS;
    println!("Reports: {} machines, {DAYS} days, {} hourly samples", count(machines), count(samples));
    println!();
    let mut medians = Vec::new();
    for engine in Engine::ALL.into_iter().filter(|engine| only.is_none_or(|only| only == *engine)) {
        if !engine.is_there() {
            println!("Reports on {engine}: SKIPPED, {POSTGRES} is not set");
            println!();
            continue;
        }
        eprintln!("{engine} …");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let database = runtime.block_on(Database::make(engine))?;
        let figures = product::figures(&runtime, &database, machines, month);
        runtime.block_on(database.remove())?;
        let figures = figures?;
        println!("Reports on {engine}: the real server over plain HTTP/1.1 on loopback, answers included");
        print(&figures);
        medians.push((engine, figures));
    }
    let Some(others) = victoria::figures(machines, month)? else {
        println!("VictoriaMetrics: SKIPPED, it is not installed");
        return Ok(());
    };
    println!("VictoriaMetrics: single node, the same hourly samples, over HTTP/1.1 on loopback");
    print(&others);
    for (engine, figures) in &medians {
        ratios(*engine, figures, &others);
    }
    Ok(())
}

fn print(figures: &[Figure]) {
    println!("  {:<64} {:>15}", "", "p50     p99");
    for Figure { what, text, unit, verdict, .. } in figures {
        let verdict = verdict.as_ref().map(|verdict| format!("   {verdict}")).unwrap_or_default();
        println!("  {what:<64} {text:>15} {unit}{verdict}");
    }
    println!();
}

/// Prints how the medians of questions that are alike compare.
fn ratios(engine: Engine, ours: &[Figure], theirs: &[Figure]) {
    let median =
        |of: &[Figure], what: &str| of.iter().find(|figure| figure.what == what).map(|one| one.value);
    println!("{engine}, our median by that of VictoriaMetrics:");
    for (our, their) in [
        (product::BY_SITE, victoria::BY_SITE_OF_DAYS),
        (product::BY_SITE, victoria::BY_SITE),
        (product::BY_SITE_AND_HOUR, victoria::BY_SITE),
        (product::BY_NODE_AND_DAY, victoria::BY_NODE_AND_DAY),
    ] {
        if let Some((ours, theirs)) = median(ours, our).zip(median(theirs, their)) {
            println!("  {:<5.2} {our}, against: {their}", ours / theirs);
        }
    }
    println!();
}

/// Asks a question again and again. Returns the durations, and the length of the last answer.
async fn ask(connection: &mut Connection, request: &[u8]) -> anyhow::Result<(Times, usize)> {
    let mut length = 0;
    for _ in 0..WARM {
        length = connection.ask(request, "200").await?.len();
    }
    let mut nanos = Vec::new();
    let began = Instant::now();
    while nanos.len() < ASKED_MIN || (nanos.len() < ASKED_MAX && began.elapsed() < TURN) {
        let asked = Instant::now();
        length = connection.ask(request, "200").await?.len();
        nanos.push(u32::try_from(asked.elapsed().as_nanos()).unwrap_or(u32::MAX));
    }
    Ok((Times::new(nanos), length))
}
