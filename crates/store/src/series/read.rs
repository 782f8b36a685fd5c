//! Reads the samples of series in the order of time, page by page.
//!
//! No transaction is held meanwhile. The rows of the log are listed before the chunks, so that a sample that is being
//! sealed is found in one of them or in both. If a row is gone when it is to be read, its samples are in another by
//! then: the rows are listed again, from the last sample that was returned on.

use std::collections::{HashMap, VecDeque};

use bailiwick_domain::observations::column::Column;
use bailiwick_domain::observations::series::Series;
use bailiwick_domain::time::Timestamp;

use crate::database::store::Store;
use crate::error::{Error, Result};
use crate::series::chunk::CHUNK_SAMPLES_MAX;
use crate::series::observations::Observations;
use crate::series::resolve;
use crate::series::sample::Sample;
use crate::series::stored::{self, Held, Place};
use crate::series::values::{column_of, word_number};
use crate::series::words;

/// How many samples a page has at most.
const PAGE_SAMPLES: usize = 8_192;
/// How many rows are read together.
const ROWS_AT_ONCE: usize = 128;

/// A time from one moment until another, which is not included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// The first time that is included.
    pub from: Timestamp,
    /// The first time that is not included any more.
    pub until: Timestamp,
}

/// Why samples cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// There are more samples than may be read at once.
    #[error(
        "expected at most {most} samples, found about {found}: ask for a shorter time, fewer nodes or fewer metrics"
    )]
    TooManySamples {
        /// About how many there are: chunks that are only partly in the window count completely.
        found: u64,
        /// How many may be read.
        most: u64,
    },
    /// The database failed.
    #[error(transparent)]
    Store(#[from] Error),
}

/// The samples of series in a window, which are read page by page: one series after the other, each in the order of
/// time. At most some megabytes are in memory at once.
#[derive(Debug)]
pub struct Samples {
    store: Store,
    series: VecDeque<Series>,
    window: Window,
    current: Option<Current>,
}

impl Observations {
    /// Reads the samples of series in a window.
    ///
    /// # Errors
    ///
    /// [`ReadError::TooManySamples`] if there may be more than `most`.
    pub async fn samples(
        &self,
        series: Vec<Series>,
        window: Window,
        most: u64,
    ) -> Result<Samples, ReadError> {
        let ids: Vec<i64> = series.iter().map(|series| series.id.get()).collect();
        let last = window.until.as_micros().saturating_sub(1);
        let found = stored::count(&mut &self.store, &ids, window.from.as_micros(), last).await?;
        if found > most {
            return Err(ReadError::TooManySamples { found, most });
        }
        Ok(Samples { store: self.store.clone(), series: series.into(), window, current: None })
    }
}

impl Samples {
    /// The next page: observations of one series. `None` after the last one.
    pub async fn next_page(&mut self) -> Result<Option<Column>> {
        loop {
            if self.current.is_none() {
                let Some(series) = self.series.pop_front() else { return Ok(None) };
                self.current = Some(Current::open(&self.store, series, self.window).await?);
            }
            let Some(current) = &mut self.current else { return Ok(None) };
            let samples = current.page(&self.store).await?;
            if samples.is_empty() {
                self.current = None;
                continue;
            }
            if !current.has_words(&self.store, &samples).await? {
                // It was deleted since it was found.
                self.current = None;
                continue;
            }
            let word = |number| current.words.get(&number).cloned();
            return column_of(&current.series, &samples, word).map(Some);
        }
    }
}

/// The series that is being read.
#[derive(Debug)]
struct Current {
    series: Series,
    last: i64,
    /// Where to go on: after this place, or from a time on.
    after: (i64, i64),
    /// The rows that are not read yet, by their first times.
    rows: VecDeque<(Place, Held)>,
    /// The samples of rows that were read, the next one first.
    read: Vec<VecDeque<Sample>>,
    words: HashMap<i64, words::Stored>,
}

impl Current {
    async fn open(store: &Store, series: Series, window: Window) -> Result<Self> {
        let mut current = Self {
            series,
            last: window.until.as_micros().saturating_sub(1),
            after: (window.from.as_micros(), i64::MIN),
            rows: VecDeque::new(),
            read: Vec::new(),
            words: HashMap::new(),
        };
        current.list(store).await?;
        Ok(current)
    }

    /// Lists the rows from where to go on.
    async fn list(&mut self, store: &Store) -> Result<()> {
        self.read.clear();
        let mut rows = Vec::new();
        for place in Place::BOTH {
            let wanted = [(self.series.id.get(), self.after.0, self.last)];
            let held = stored::between(&mut &*store, place, &wanted).await?;
            rows.extend(held.into_iter().map(|held| (place, held)));
        }
        rows.sort_by_key(|(_, held)| held.first_at);
        self.rows = rows.into();
        Ok(())
    }

    /// Reads the next rows: several of the log, or one chunk.
    async fn read_rows(&mut self, store: &Store) -> Result<()> {
        let (mut batch, mut total) = (Vec::new(), 0_i64);
        let Some((place, _)) = self.rows.front().copied() else { return Ok(()) };
        let most = if place == Place::Log { ROWS_AT_ONCE } else { 1 };
        while let Some((next, held)) = self.rows.front().copied() {
            total = total.saturating_add(held.samples);
            let is_full = batch.len() >= most || total > CHUNK_SAMPLES_MAX as i64;
            if next != place || is_full && !batch.is_empty() {
                break;
            }
            batch.push(held);
            self.rows.pop_front();
        }
        let found = stored::samples(&mut &*store, place, self.series.metric.kind, &batch).await?;
        if found.len() < batch.len() {
            return self.list(store).await;
        }
        let mut samples: Vec<Sample> = found.into_values().flatten().collect();
        samples.retain(|sample| sample.place() > self.after && sample.at <= self.last);
        samples.sort_unstable();
        if !samples.is_empty() {
            self.read.push(samples.into());
        }
        Ok(())
    }

    /// The next samples; none after the last one.
    async fn page(&mut self, store: &Store) -> Result<Vec<Sample>> {
        let mut page = Vec::new();
        while page.len() < PAGE_SAMPLES {
            let heads = self.read.iter().enumerate();
            let heads = heads.filter_map(|(n, samples)| samples.front().map(|first| (*first, n)));
            let next = heads.min();
            let is_first = |next: &Sample| self.rows.front().is_none_or(|(_, held)| held.first_at > next.at);
            match next {
                Some((sample, n)) if is_first(&sample) => {
                    if let Some(samples) = self.read.get_mut(n) {
                        samples.pop_front();
                    }
                    // What is in the log and in a chunk at once is returned once.
                    if sample.place() > self.after {
                        self.after = sample.place();
                        page.push(sample);
                    }
                }
                None if self.rows.is_empty() => break,
                _ => {
                    self.read.retain(|samples| !samples.is_empty());
                    self.read_rows(store).await?;
                }
            }
        }
        Ok(page)
    }

    /// Reads the words of samples. Returns false if some are missing because the series does not exist any more.
    async fn has_words(&mut self, store: &Store, samples: &[Sample]) -> Result<bool> {
        let (kind, id) = (self.series.metric.kind, self.series.id.get());
        let numbers = || samples.iter().filter_map(|sample| word_number(kind, *sample));
        let has_all =
            |words: &HashMap<i64, words::Stored>| numbers().all(|number| words.contains_key(&number));
        if has_all(&self.words) {
            return Ok(true);
        }
        // Words are only added, so those that are missing are new.
        self.words = words::of_series(&mut &*store, id).await?;
        Ok(has_all(&self.words) || !resolve::existing(&mut &*store, &[id].into()).await?.is_empty())
    }
}
