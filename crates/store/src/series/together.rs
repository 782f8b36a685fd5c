//! The observations of many series, whose rows are read together: a thousand series with one observation each take few
//! statements.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use bailiwick_domain::observations::column::Column;
use bailiwick_domain::observations::kind::Kind;
use bailiwick_domain::observations::series::Series;

use crate::error::{Error, Result};
use crate::series::chunk::CHUNK_SAMPLES_MAX;
use crate::series::observations::Observations;
use crate::series::read::{ReadError, Window};
use crate::series::sample::Sample;
use crate::series::stored::{self, Held, Place};
use crate::series::values::{column_of, word_number, words_of};

/// How many rows are read together.
const ROWS_AT_ONCE: usize = 128;
/// How often rows are listed again because sealing replaced some of them.
const TRIES: usize = 16;

impl Observations {
    /// The observations of series in a window: one column for each series that has some, in the order of time. The
    /// columns are in the order of the series.
    ///
    /// # Errors
    ///
    /// [`ReadError::TooManySamples`] if there may be more than `most`.
    pub async fn columns_of(
        &self,
        series: &[Series],
        window: Window,
        most: u64,
    ) -> Result<Vec<Column>, ReadError> {
        let mut found: HashMap<i64, Vec<Sample>> = HashMap::new();
        let take = |series: &Series, samples: Vec<Sample>| {
            found.entry(series.id.get()).or_default().extend(samples);
        };
        self.together(series, window, most, take).await?;
        let mut wanted: BTreeSet<(i64, i64)> = BTreeSet::new();
        for series in series {
            let Some(samples) = found.get_mut(&series.id.get()) else { continue };
            samples.sort_unstable();
            samples.dedup_by_key(|sample| sample.place());
            let numbers = samples.iter().filter_map(|sample| word_number(series.metric.kind, *sample));
            wanted.extend(numbers.map(|number| (series.id.get(), number)));
        }
        let wanted: Vec<(i64, i64)> = wanted.into_iter().collect();
        let (words, deleted) = words_of(&mut &self.store, &wanted).await?;
        let mut columns = Vec::new();
        for series in series.iter().filter(|series| !deleted.contains(&series.id.get())) {
            let Some(samples) = found.remove(&series.id.get()).filter(|samples| !samples.is_empty()) else {
                continue;
            };
            let word = |number| words.get(&(series.id.get(), number)).cloned();
            columns.push(column_of(series, &samples, word)?);
        }
        Ok(columns)
    }

    /// Reads the samples of series in a window. `take` gets those of one series, several times for each, in no order.
    /// What is moved meanwhile may come twice.
    ///
    /// # Errors
    ///
    /// [`ReadError::TooManySamples`] if there may be more than `most`.
    pub(crate) async fn together(
        &self,
        series: &[Series],
        window: Window,
        most: u64,
        mut take: impl FnMut(&Series, Vec<Sample>) + Send,
    ) -> Result<(), ReadError> {
        let by_id: HashMap<i64, &Series> = series.iter().map(|series| (series.id.get(), series)).collect();
        let (first, last) = (window.from.as_micros(), window.until.as_micros().saturating_sub(1));
        let mut waiting: BTreeSet<i64> = by_id.keys().copied().collect();
        let ids: Vec<i64> = waiting.iter().copied().collect();
        let found = stored::count(&mut &self.store, &ids, first, last).await?;
        if found > most {
            return Err(ReadError::TooManySamples { found, most });
        }
        for _ in 0..TRIES {
            if waiting.is_empty() {
                return Ok(());
            }
            let wanted: Vec<(i64, i64, i64)> = waiting.iter().map(|id| (*id, first, last)).collect();
            waiting.clear();
            // The log comes first, so that a sample that is sealed meanwhile is found in one of them or in both.
            let mut rows: BTreeMap<(bool, Kind), Vec<Held>> = BTreeMap::new();
            for place in Place::BOTH {
                for held in stored::between(&mut &self.store, place, &wanted).await? {
                    let Some(series) = by_id.get(&held.series_id) else { continue };
                    rows.entry((place == Place::Log, series.metric.kind)).or_default().push(held);
                }
            }
            for ((is_logged, kind), rows) in rows {
                let place = if is_logged { Place::Log } else { Place::Chunk };
                for rows in pieces(&rows) {
                    let mut found = stored::samples(&mut &self.store, place, kind, rows).await?;
                    for held in rows {
                        let Some(series) = by_id.get(&held.series_id) else { continue };
                        let Some(mut samples) = found.remove(&held.id) else {
                            // Its samples are in another row by now.
                            waiting.insert(held.series_id);
                            continue;
                        };
                        samples.retain(|sample| (first..=last).contains(&sample.at));
                        take(series, samples);
                    }
                }
            }
        }
        Err(Error::Changed.into())
    }
}

/// Divides rows into pieces that are read together.
fn pieces(rows: &[Held]) -> Vec<&[Held]> {
    let (mut pieces, mut rest) = (Vec::new(), rows);
    while !rest.is_empty() {
        let mut total = 0_u64;
        let fits = rest.iter().take(ROWS_AT_ONCE).take_while(|held| {
            total = total.saturating_add(held.samples.unsigned_abs());
            total <= CHUNK_SAMPLES_MAX as u64
        });
        let (piece, after) = rest.split_at(fits.count().max(1));
        pieces.push(piece);
        rest = after;
    }
    pieces
}
