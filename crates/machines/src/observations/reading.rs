//! Raw observations, read part by part.

use bailiwick_domain::cursor::{BadCursor, Cursor, Mark};
use bailiwick_domain::observations::column::Column;
use bailiwick_domain::observations::series::{Series, SeriesId};
use bailiwick_domain::observations::value::Value;
use bailiwick_domain::time::Timestamp;
use bailiwick_engine::error::{Error, Result};
use bailiwick_store::{Observations, Window};

use crate::series::columns::refused;

/// The most observations that one query may have to read.
const SAMPLES_MAX: u64 = 100_000_000;
/// The name of the order of observations: by series and time.
const ORDER: &str = "series";

/// Where a part of a reading begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Position {
    series: SeriesId,
    at: Timestamp,
    /// How many observations of that time came before.
    after: u64,
}

impl Position {
    fn of(cursor: &Cursor) -> Result<Self> {
        let read = || {
            let Mark::Number(series) = cursor.mark() else { return None };
            let (at, after) = cursor.id().split_once('+')?;
            let at = Timestamp::from_micros(at.parse().ok()?);
            let position = Self { series: SeriesId::new(*series), at, after: after.parse().ok()? };
            (cursor.sort() == ORDER).then_some(position)
        };
        read().ok_or_else(|| Error::invalid("cursor", BadCursor.to_string()))
    }

    fn cursor(self) -> Cursor {
        let id = format!("{}+{}", self.at.as_micros(), self.after);
        Cursor::after(ORDER, Mark::Number(self.series.get()), id)
    }
}

/// One observation that was read.
pub(super) struct Observed<'a> {
    pub(super) column: &'a Column,
    pub(super) at: Timestamp,
    pub(super) value: Value,
    pub(super) sequence: Option<i64>,
}

/// Reads observations of series, from a cursor on, until `take` answers false. Returns the cursor of the next part;
/// `None` if there is no more.
pub(super) async fn read(
    observations: &Observations,
    mut series: Vec<Series>,
    window: Window,
    cursor: Option<&Cursor>,
    mut take: impl FnMut(Observed<'_>) -> Result<bool>,
) -> Result<Option<Cursor>> {
    let begins = cursor.map(Position::of).transpose()?;
    series.retain(|series| begins.is_none_or(|position| series.id >= position.series));
    let mut parts = vec![(series, window, 0)];
    if let Some(position) = begins
        && let Some((all, _, _)) = parts.first_mut()
        && all.first().is_some_and(|first| first.id == position.series)
    {
        let rest = all.split_off(1);
        let begun = Window { from: position.at.max(window.from), until: window.until };
        parts = vec![(std::mem::take(all), begun, position.after), (rest, window, 0)];
    }
    for (series, window, skip) in parts {
        let by_key: std::collections::HashMap<_, _> =
            series.iter().map(|series| ((series.node, series.metric.key.clone()), series.id)).collect();
        let mut samples = observations.samples(series, window, SAMPLES_MAX).await.map_err(refused)?;
        let mut skip = skip;
        let mut position: Option<Position> = None;
        while let Some(column) = samples.next_page().await? {
            let Some(id) = by_key.get(&(column.node, column.metric.key.clone())).copied() else { continue };
            for (place, at) in column.times.iter().copied().enumerate() {
                let after = match &position {
                    Some(last) if last.series == id && last.at == at => last.after.saturating_add(1),
                    _ => 0,
                };
                position = Some(Position { series: id, at, after });
                if skip > 0 {
                    skip -= 1;
                    continue;
                }
                let Some(value) = column.values.get(place) else { continue };
                let sequence = column.sequences.get(place).copied().flatten();
                if !take(Observed { column: &column, at, value, sequence })? {
                    return Ok(Some(Position { series: id, at, after }.cursor()));
                }
            }
        }
    }
    Ok(None)
}
