//! Seals samples: moves them from the log into chunks.
//!
//! The chunks of a series cover slots of equal length. What is sealed into a slot that has chunks already becomes a
//! further part of it. Small parts are merged when there would be four, and when the series goes on to another slot.
//! Each transaction seals some series completely: what it moves is never missing and never twice.

use std::collections::BTreeMap;

use bailiwick_domain::observations::host::is_of_host;
use bailiwick_domain::observations::kind::Kind;
use bailiwick_domain::time::Timestamp;

use crate::database::long_work::long_work;
use crate::database::run::Run as _;
use crate::database::store::Tx;
use crate::error::{Error, OrCorrupt as _, Result};
use crate::series::chunk::{CHUNK_SAMPLES_MAX, Form, encode};
use crate::series::dirty::DAY_MICROS;
use crate::series::observations::Observations;
use crate::series::sample::Sample;
use crate::series::stored::{self, Held, Place};
use crate::sql::name::StatementName;
use crate::sql::statement::{Statement, Value};

/// The most bytes of the log. Beyond it, everything is sealed early.
const LOG_BYTES_MAX: i64 = 64 << 20;
/// How long a sample usually stays in the log, in seconds: an hour.
const SEALED_AFTER_SECONDS: i64 = 3_600;
/// How many series one transaction seals.
const SERIES_AT_ONCE: u32 = 64;
/// How many series are offered to this server and others, of which each takes some.
const CANDIDATES: u32 = 1_000;
/// How many rows of the log are looked through for candidates.
const ROWS_LOOKED_THROUGH: u32 = 20_000;
/// How many samples of one series one transaction seals; one row of the log more, if need be.
const SAMPLES_AT_ONCE: i64 = 4 * CHUNK_SAMPLES_MAX as i64;
/// A series with at least this many samples a day has slots of a day, and so has each host metric.
const SAMPLES_A_DAY: i64 = 300;
/// The slots of other series, in days.
const LONG_SLOT_DAYS: i64 = 32;
/// The least time over which samples a day are reckoned, in microseconds: an hour.
const RECKONED_OVER: i64 = 3_600_000_000;
/// How many small parts a slot has at most.
const SMALL_PARTS_MAX: usize = 3;
/// From this number of samples on, a part is not merged again.
const LARGE_PART: i64 = CHUNK_SAMPLES_MAX as i64 / 2;

/// What was sealed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sealed {
    /// How many series.
    pub series: u64,
    /// How many samples.
    pub samples: u64,
}

impl Observations {
    /// Seals some series whose samples have been in the log for an hour, or any if the log is larger than 64 MiB.
    /// Returns how much; with no series, nothing is due, or other servers seal what is.
    pub async fn seal_due(&self, now: Timestamp) -> Result<Sealed> {
        let is_large = self.log_bytes().await? > LOG_BYTES_MAX;
        self.seal(if is_large { now } else { now.plus_seconds(-SEALED_AFTER_SECONDS) }).await
    }

    /// The size of the log in bytes, without indexes.
    pub async fn log_bytes(&self) -> Result<i64> {
        let statement =
            Statement::new("SELECT CAST(coalesce(sum(length(body)), 0) AS BIGINT) FROM observation_log");
        let mut run = &self.store;
        let row: Option<(i64,)> = run.row(StatementName::ObservationsLogBytes, statement).await?;
        Ok(row.map_or(0, |(bytes,)| bytes))
    }

    /// Seals some series that have samples in the log which arrived until `until`. On PostgreSQL several servers seal
    /// different series at once.
    pub async fn seal(&self, until: Timestamp) -> Result<Sealed> {
        let mut tx = self.begin().await?;
        let mut sealed = Sealed::default();
        for series in claim(&mut tx, until).await? {
            sealed.samples = sealed.samples.saturating_add(seal_series(&mut tx, &series).await?);
            sealed.series = sealed.series.saturating_add(1);
        }
        tx.commit().await?;
        Ok(sealed)
    }
}

/// A series that is being sealed.
#[derive(Debug, sqlx::FromRow)]
struct SealedSeries {
    id: i64,
    kind: String,
    metric: String,
    slot_length: Option<i64>,
    last_at: Option<i64>,
    last_order: Option<i64>,
}

/// Some series that are due, locked until the transaction ends.
async fn claim(tx: &mut Tx, until: Timestamp) -> Result<Vec<SealedSeries>> {
    let mut statement =
        Statement::new("SELECT DISTINCT series_id FROM (SELECT series_id FROM observation_log WHERE received_at <= $1 ORDER BY id LIMIT ")
            .bind(until.as_micros());
    statement.push_number(ROWS_LOOKED_THROUGH).push(") AS due LIMIT ").push_number(CANDIDATES);
    let due: Vec<(i64,)> = tx.rows(StatementName::SeriesDue, statement).await?;
    if due.is_empty() {
        return Ok(Vec::new());
    }
    let mut statement =
        Statement::new("SELECT id, kind, metric, slot_length, last_at, last_order FROM series WHERE id IN ");
    statement.push_values(due.into_iter().map(|(id,)| id)).push(" ORDER BY id LIMIT ");
    statement.push_number(SERIES_AT_ONCE);
    tx.share_rows(&mut statement, " FOR UPDATE SKIP LOCKED");
    tx.rows(StatementName::SeriesClaim, statement).await
}

/// Seals what one series has in the log. Returns how many samples.
async fn seal_series(tx: &mut Tx, series: &SealedSeries) -> Result<u64> {
    let kind = Kind::parse(&series.kind).or_corrupt("series", "kind")?;
    let statement = Statement::new(
        "SELECT id, series_id, first_at, last_at, samples FROM observation_log WHERE series_id = $1 ORDER BY id",
    )
    .bind(series.id);
    let rows: Vec<Held> = tx.rows(StatementName::SeriesLogged, statement).await?;
    let mut total = 0_i64;
    let fits = |held: &&Held| {
        let is_first = total == 0;
        total = total.saturating_add(held.samples);
        is_first || total <= SAMPLES_AT_ONCE
    };
    let rows: Vec<Held> = rows.iter().take_while(fits).copied().collect();
    let samples = merged(stored::samples(tx, Place::Log, kind, &rows).await?);
    let (Some(first), Some(last)) = (samples.first().copied(), samples.last().copied()) else { return Ok(0) };
    let slot_length = series.slot_length.unwrap_or_else(|| {
        let span = last.at.saturating_sub(first.at).max(RECKONED_OVER);
        let count = i64::try_from(samples.len()).unwrap_or(i64::MAX);
        let is_dense = count.saturating_mul(DAY_MICROS) / span >= SAMPLES_A_DAY;
        // Those of hosts are kept for two weeks by default, and deleted by the slot.
        if is_dense || is_of_host(&series.metric) { DAY_MICROS } else { LONG_SLOT_DAYS * DAY_MICROS }
    });
    let mut by_slot: BTreeMap<i64, Vec<Sample>> = BTreeMap::new();
    for sample in &samples {
        by_slot.entry(sample.at.div_euclid(slot_length)).or_default().push(*sample);
    }
    let newest = by_slot.last_key_value().map(|(slot, _)| *slot);
    for (slot, samples) in by_slot {
        add_part(tx, series.id, kind, slot, samples).await?;
    }
    if let Some(newest) = newest {
        merge_before(tx, series.id, kind, newest).await?;
    }
    let is_latest = series.last_at.zip(series.last_order).is_none_or(|place| place < last.place());
    let mut statement = Statement::new("UPDATE series SET slot_length = ");
    statement.push_value(slot_length);
    if is_latest {
        statement.push(", last_at = ").push_value(last.at).push(", last_order = ").push_value(last.order);
        statement.push(", last_value = ").push_value(last.value);
    }
    statement.push(" WHERE id = ").push_value(series.id);
    tx.execute(StatementName::SeriesSealed, statement).await?;
    delete(tx, Place::Log, &rows).await?;
    Ok(samples.len() as u64)
}

/// Samples of several rows in order, each once.
fn merged(rows: BTreeMap<i64, Vec<Sample>>) -> Vec<Sample> {
    let mut samples: Vec<Sample> = rows.into_values().flatten().collect();
    samples.sort_unstable();
    samples.dedup_by_key(|sample| sample.place());
    samples
}

/// Deletes rows with samples.
async fn delete(tx: &mut Tx, place: Place, rows: &[Held]) -> Result<()> {
    for rows in rows.chunks(DELETED_AT_ONCE) {
        let mut statement = Statement::new("DELETE FROM ");
        let ids = rows.iter().map(|held| Value::from(held.id));
        statement.push(place.table()).push(" WHERE id IN ").push_values(ids);
        tx.execute(StatementName::ObservationsDeleteRows, statement).await?;
    }
    Ok(())
}

/// How many rows one statement deletes.
const DELETED_AT_ONCE: usize = 1_000;

/// A part of a slot.
#[derive(Debug, sqlx::FromRow)]
struct Part {
    part: i64,
    #[sqlx(flatten)]
    held: Held,
}

/// The parts of a slot.
async fn parts(tx: &mut Tx, series: i64, slot: i64) -> Result<Vec<Part>> {
    let statement = Statement::new(
        "SELECT part, id, series_id, first_at, last_at, samples FROM observation_chunks \
         WHERE series_id = $1 AND slot = $2",
    )
    .bind(series)
    .bind(slot);
    tx.rows(StatementName::SeriesParts, statement).await
}

/// Adds samples to a slot, and merges its small parts if there would be too many.
async fn add_part(tx: &mut Tx, series: i64, kind: Kind, slot: i64, mut samples: Vec<Sample>) -> Result<()> {
    let parts = parts(tx, series, slot).await?;
    let next = parts.iter().map(|part| part.part).max().map_or(0, |part| part.saturating_add(1));
    let small: Vec<Held> =
        parts.iter().map(|part| part.held).filter(|held| held.samples < LARGE_PART).collect();
    if small.len() >= SMALL_PARTS_MAX {
        let mut rows = stored::samples(tx, Place::Chunk, kind, &small).await?;
        rows.insert(i64::MIN, samples);
        samples = merged(rows);
        delete(tx, Place::Chunk, &small).await?;
    }
    write_parts(tx, series, kind, slot, next, &samples).await
}

/// Merges the small parts of the last slot before another, which will seldom get more.
async fn merge_before(tx: &mut Tx, series: i64, kind: Kind, slot: i64) -> Result<()> {
    let statement =
        Statement::new("SELECT max(slot) FROM observation_chunks WHERE series_id = $1 AND slot < $2")
            .bind(series)
            .bind(slot);
    let row: Option<(Option<i64>,)> = tx.row(StatementName::SeriesSlotBefore, statement).await?;
    let Some((Some(slot),)) = row else { return Ok(()) };
    let parts = parts(tx, series, slot).await?;
    let small: Vec<Held> =
        parts.iter().map(|part| part.held).filter(|held| held.samples < LARGE_PART).collect();
    if small.len() < 2 {
        return Ok(());
    }
    let next = parts.iter().map(|part| part.part).max().map_or(0, |part| part.saturating_add(1));
    let samples = merged(stored::samples(tx, Place::Chunk, kind, &small).await?);
    delete(tx, Place::Chunk, &small).await?;
    write_parts(tx, series, kind, slot, next, &samples).await
}

/// Writes samples as parts of a slot, from this part on.
async fn write_parts(
    tx: &mut Tx,
    series: i64,
    kind: Kind,
    slot: i64,
    from: i64,
    samples: &[Sample],
) -> Result<()> {
    let mut rows = Vec::new();
    for (part, samples) in (from..).zip(samples.chunks(CHUNK_SAMPLES_MAX)) {
        let (Some(first), Some(last)) = (samples.first(), samples.last()) else { continue };
        let body = long_work(|| encode(kind, Form::Sealed, samples))
            .map_err(|_| Error::Corrupt { table: "observation_log", what: "body" })?;
        rows.push([
            series.into(),
            slot.into(),
            part.into(),
            first.at.into(),
            last.at.into(),
            i64::try_from(samples.len()).unwrap_or(i64::MAX).into(),
            Value::from(body),
        ]);
    }
    let into =
        "INSERT INTO observation_chunks (series_id, slot, part, first_at, last_at, samples, body) VALUES ";
    tx.insert(StatementName::ObservationsSeal, into, rows).await
}
