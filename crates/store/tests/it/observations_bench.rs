//! Prints how fast observations are appended, sealed and read, and how many bytes they take. Run it by hand, in
//! release mode: `cargo test --release -p bailiwick-store observations_bench -- --ignored --nocapture`.
#![allow(clippy::print_stdout, reason = "it prints figures")]

use std::time::Instant;

use bailiwick_domain::observations::batch::{Batch, OnRefusal};
use bailiwick_domain::observations::column::{Column, Lines, Values};
use bailiwick_domain::observations::kind::Kind;
use bailiwick_domain::observations::metric::Metric;
use bailiwick_domain::observations::value::Quantity;
use bailiwick_store::Engine;

use crate::database::{Database, on};
use crate::observations::{EVER, NOW, all_series};
use crate::samples::{at, node_id, organization_id};

/// Machines with one metric, and days of a value a minute.
const MACHINES: u32 = 200;
const DAYS: i64 = 10;
const PER_DAY: i64 = 1_440;

/// A load with two decimals that walks, or a ratio with four random decimals.
fn values(is_load: bool, seed: u64) -> impl Iterator<Item = Quantity> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut walk = 5_000_i32;
    std::iter::repeat_with(move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let random = i32::try_from(state >> 40).unwrap();
        walk = (walk + random % 61 - 30).clamp(0, 10_000);
        let number = if is_load { f64::from(walk) / 100.0 } else { f64::from(random % 10_000) / 10_000.0 };
        Quantity::try_from(number).unwrap()
    })
}

async fn measure(db: &Database, is_load: bool) {
    let observations = db.observations().await;
    let mut sources: Vec<_> = (0..MACHINES).map(|n| values(is_load, u64::from(n) + 1)).collect();
    let (mut append, mut seal) = (0.0, 0.0);
    for day in 0..DAYS {
        // A batch has 50 machines of a day: 72,000 values.
        for first in (0..MACHINES).step_by(50) {
            let columns = (first..first + 50).map(|n| Column {
                node: node_id(n),
                metric: Metric::new("load".parse().unwrap(), Kind::Quantity),
                times: (0..PER_DAY).map(|minute| at((day * PER_DAY + minute) * 60_000_000)).collect(),
                values: Values::Quantity(sources[n as usize].by_ref().take(PER_DAY as usize).collect()),
                sequences: Vec::new(),
                lines: Lines::From(1),
            });
            let batch = Batch {
                organization: organization_id(1),
                source: "bench".parse().unwrap(),
                id: None,
                on_refusal: OnRefusal::StoreOthers,
                columns: columns.collect(),
            };
            let began = Instant::now();
            assert_eq!(observations.append(batch, NOW).await.unwrap().stored, 50 * PER_DAY as u64);
            append += began.elapsed().as_secs_f64();
        }
        let began = Instant::now();
        while observations.seal(NOW).await.unwrap().series > 0 {}
        seal += began.elapsed().as_secs_f64();
    }
    let count = f64::from(MACHINES) * (DAYS * PER_DAY) as f64;
    let series = all_series(&observations).await;
    let began = Instant::now();
    let mut samples = observations.samples(series, EVER, u64::MAX).await.unwrap();
    let mut found = 0;
    while let Some(page) = samples.next_page().await.unwrap() {
        found += page.times.len();
    }
    let read = began.elapsed().as_secs_f64();
    assert_eq!(found as f64, count);
    observations.close().await;
    let what = if is_load { "load" } else { "ratio" };
    let million = |seconds: f64| count / seconds / 1e6;
    println!(
        "{:?}, {what}: appended {:.2} M/s, sealed {:.2} M/s, read {:.2} M/s",
        db.store.engine(),
        million(append),
        million(seal),
        million(read)
    );
    if let Some(path) = db.url().observations_file() {
        db.execute_on_observations("PRAGMA wal_checkpoint(TRUNCATE); VACUUM").await.unwrap();
        db.execute_on_observations("PRAGMA wal_checkpoint(TRUNCATE)").await.unwrap();
        let bytes = std::fs::metadata(path).unwrap().len();
        println!("Sqlite, {what}: {:.3} bytes a sample, everything included", bytes as f64 / count);
    }
}

#[test]
#[ignore = "a benchmark"]
fn figures() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        for is_load in [true, false] {
            on(engine, true, async |db: &Database| measure(db, is_load).await);
        }
    }
}
