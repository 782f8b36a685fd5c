//! The times at which series were observed, without their values.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use bailiwick_domain::id::NodeId;
use bailiwick_domain::observations::kind::Kind;
use bailiwick_domain::observations::series::Series;
use bailiwick_domain::time::Timestamp;

use crate::error::{Error, Result};
use crate::series::chunk::CHUNK_SAMPLES_MAX;
use crate::series::observations::Observations;
use crate::series::read::{ReadError, Window};
use crate::series::stored::{self, Held, Place};

/// How many rows are read together.
const ROWS_AT_ONCE: usize = 128;
/// How often rows are listed again because sealing replaced some of them.
const TRIES: usize = 16;

impl Observations {
    /// The times of the observations of series in a window, by node, in no order; a time may be there several times.
    /// Rows of many series are read together, so that a thousand series with one observation each take few statements.
    ///
    /// # Errors
    ///
    /// [`ReadError::TooManySamples`] if there may be more than `most`.
    pub async fn times(
        &self,
        series: &[Series],
        window: Window,
        most: u64,
    ) -> Result<HashMap<NodeId, Vec<Timestamp>>, ReadError> {
        let by_id: HashMap<i64, &Series> = series.iter().map(|series| (series.id.get(), series)).collect();
        let (first, last) = (window.from.as_micros(), window.until.as_micros().saturating_sub(1));
        let mut waiting: BTreeSet<i64> = by_id.keys().copied().collect();
        let ids: Vec<i64> = waiting.iter().copied().collect();
        let found = stored::count(&mut &self.store, &ids, first, last).await?;
        if found > most {
            return Err(ReadError::TooManySamples { found, most });
        }
        let mut times: HashMap<NodeId, Vec<Timestamp>> = HashMap::new();
        for _ in 0..TRIES {
            if waiting.is_empty() {
                return Ok(times);
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
                for rows in together(&rows) {
                    let found = stored::samples(&mut &self.store, place, kind, rows).await?;
                    for held in rows {
                        let Some(series) = by_id.get(&held.series_id) else { continue };
                        let Some(samples) = found.get(&held.id) else {
                            // Its samples are in another row by now.
                            waiting.insert(held.series_id);
                            continue;
                        };
                        let inside = samples.iter().filter(|sample| (first..=last).contains(&sample.at));
                        let of_node = times.entry(series.node).or_default();
                        of_node.extend(inside.map(|sample| Timestamp::from_micros(sample.at)));
                    }
                }
            }
        }
        Err(Error::Changed.into())
    }
}

/// Divides rows into pieces that are read together.
fn together(rows: &[Held]) -> Vec<&[Held]> {
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
