//! Measures how many bytes observations take when they are sealed.

use std::time::Instant;

use anyhow::{Context as _, ensure};
use bailiwick_domain::id::{NodeId, OrganizationId};
use bailiwick_domain::observations::batch::{Batch, OnRefusal};
use bailiwick_domain::observations::column::{Column, Lines, Values};
use bailiwick_domain::observations::kind::Kind;
use bailiwick_domain::observations::metric::Metric;
use bailiwick_domain::observations::value::Quantity;
use bailiwick_domain::outside::Clock as _;
use bailiwick_domain::time::Timestamp;
use bailiwick_engine::outside::SystemClock;
use bailiwick_store::{DatabaseUrl, Store};
use tokio::runtime::Runtime;

use super::bodies::step;
use crate::inventory::{Budget, Database, Engine, Figure};
use crate::numbers::Numbers;
use crate::report::count;

/// How many machines there are. Each has one metric with a value a minute.
const MACHINES: u64 = 1_000;
/// Minutes of a day.
const MINUTES: u64 = 1_440;
/// How many machines are in a batch.
const OF_BATCH: u64 = 50;
/// A day in seconds.
const DAY: i64 = 86_400;

/// What machines measure.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Signal {
    /// A load in percent with two decimals, near the one before.
    Load,
    /// A ratio with four random decimals.
    Ratio,
}

impl Signal {
    const fn name(self) -> &'static str {
        match self {
            Self::Load => "load, two decimals",
            Self::Ratio => "ratio, four random decimals",
        }
    }

    /// The goal in bytes per sample.
    const fn goal(self) -> f64 {
        match self {
            Self::Load => 1.7,
            Self::Ratio => 2.3,
        }
    }

    /// The values of a machine for a day.
    fn day(self, machine: u64, day: u64) -> anyhow::Result<Vec<Quantity>> {
        let random = Numbers::from(machine * 10_000 + day);
        let mut load = 50.0;
        let mut next = || match self {
            Self::Load => {
                load = step(load, &random);
                (load * 100.0_f64).round() / 100.0
            }
            Self::Ratio => random.below(10_000) as f64 / 10_000.0,
        };
        (0..MINUTES).map(|_| Ok(Quantity::try_from(next())?)).collect()
    }
}

pub(super) fn figures(runtime: &Runtime, engine: Engine, samples: u64) -> anyhow::Result<Vec<Figure>> {
    let days = (samples / (MACHINES * MINUTES)).max(1);
    let mut figures = Vec::new();
    for signal in [Signal::Ratio, Signal::Load] {
        let database = runtime.block_on(Database::make(engine))?;
        let measured = runtime.block_on(one(&database, signal, days));
        runtime.block_on(database.remove())?;
        figures.extend(measured?);
    }
    Ok(figures)
}

async fn one(database: &Database, signal: Signal, days: u64) -> anyhow::Result<Vec<Figure>> {
    let directory = tempfile::tempdir()?;
    let url = match database.url() {
        Some(url) => url.parse()?,
        None => DatabaseUrl::Sqlite(directory.path().join("bailiwick.db")),
    };
    let store = Store::connect(&url, 2).await?;
    store.migrate().await?;
    let observations = store.observations().await?;
    observations.migrate().await?;
    let empty = database.bytes(&url).await?;
    let now = SystemClock.now();
    let first = Timestamp::from_micros(now.as_micros().div_euclid(DAY * 1_000_000) * DAY * 1_000_000)
        .plus_seconds(-DAY * (days as i64 + 1));
    let (mut append, mut seal) = (0.0, 0.0);
    for day in 0..days {
        for batch in 0..MACHINES / OF_BATCH {
            let columns = (batch * OF_BATCH..(batch + 1) * OF_BATCH)
                .map(|machine| column(signal, machine, day, first))
                .collect::<anyhow::Result<Vec<_>>>()?;
            let batch = Batch {
                organization: OrganizationId::from_uuid(uuid::Uuid::from_u128(1)),
                source: "bench".parse()?,
                id: None,
                on_refusal: OnRefusal::StoreOthers,
                columns,
            };
            let began = Instant::now();
            let answer = observations.append(batch, now).await?;
            append += began.elapsed().as_secs_f64();
            ensure!(answer.stored == OF_BATCH * MINUTES, "{answer:?}");
        }
        let began = Instant::now();
        while observations.seal(now).await?.series > 0 {}
        seal += began.elapsed().as_secs_f64();
    }
    observations.close().await;
    store.close().await;
    let bytes = database.bytes(&url).await?.saturating_sub(empty);
    let samples = MACHINES * MINUTES * days;
    let of = format!("of {} samples: {}", count(usize::try_from(samples)?), signal.name());
    Ok(vec![
        Figure::number(
            format!("bytes a sample, everything included, {of}"),
            "",
            bytes as f64 / samples as f64,
        )
        .judged(Some(Budget::at_most("", signal.goal()))),
        Figure::number("– appended by the store alone, one batch at a time", "/s", samples as f64 / append),
        Figure::number("– sealed", "/s", samples as f64 / seal),
    ])
}

fn column(signal: Signal, machine: u64, day: u64, first: Timestamp) -> anyhow::Result<Column> {
    let start = first.plus_seconds(DAY * day as i64);
    Ok(Column {
        node: NodeId::from_uuid(uuid::Uuid::from_u128(u128::from(machine) + 1)),
        metric: Metric::new("load".parse().context("the key is not valid")?, Kind::Quantity),
        times: (0..MINUTES).map(|minute| start.plus_seconds(minute as i64 * 60)).collect(),
        values: Values::Quantity(signal.day(machine, day)?),
        sequences: Vec::new(),
        lines: Lines::From(1),
    })
}
