//! Pages of what follows from series: by node, metric and time.

use bailiwick_domain::cursor::{BadCursor, Cursor, Mark};
use bailiwick_domain::id::NodeId;
use bailiwick_domain::observations::limits::WORDS_PER_SERIES_MAX;
use bailiwick_domain::observations::metric::MetricKey;
use bailiwick_domain::observations::series::Series;
use bailiwick_domain::page::{Page, PageLimit};
use bailiwick_domain::time::Timestamp;
use bailiwick_engine::error::{Error, Result};

/// The name of the order: by node, metric and time.
const ORDER: &str = "node";
/// The most series that are read together.
const SERIES_AT_ONCE: usize = 1_024;

/// Items of one series with their times, in order.
pub(crate) type Timed<T> = Vec<(Timestamp, T)>;

/// What follows from series.
pub(crate) trait Follows: Send {
    /// An item of a page.
    type Item: Send;

    /// For each of these series its items: all that are wanted, perhaps more.
    fn items(
        &mut self,
        series: &[Series],
        wanted: Wanted,
    ) -> impl Future<Output = Result<Vec<Timed<Self::Item>>>> + Send;
}

/// Which items of series are wanted.
#[derive(Clone, Copy)]
pub(crate) struct Wanted {
    /// Of the first series, only those from this time on.
    pub(crate) from: Timestamp,
    /// Of each series, only the first ones.
    pub(crate) most: usize,
}

impl Wanted {
    /// Whether an item of the series at a place is wanted by its time.
    pub(crate) fn has(self, series: usize, at: Timestamp) -> bool {
        series > 0 || at >= self.from
    }
}

/// Where an item stands.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    node: NodeId,
    metric: MetricKey,
    at: Timestamp,
    /// How many items of that time come before.
    after: u64,
}

impl Place {
    fn of(cursor: &Cursor) -> Result<Self> {
        let read = || {
            let Mark::Text(node) = cursor.mark() else { return None };
            let mut parts = cursor.id().split(' ');
            let metric = parts.next()?.parse().ok()?;
            let at = Timestamp::from_micros(parts.next()?.parse().ok()?);
            let after = parts.next()?.parse().ok()?;
            (cursor.sort() == ORDER).then_some(Self { node: node.parse().ok()?, metric, at, after })
        };
        read().ok_or_else(|| Error::invalid("cursor", BadCursor.to_string()))
    }

    fn cursor(&self) -> Cursor {
        let Self { node, metric, at, after } = self;
        Cursor::after(ORDER, Mark::Text(node.to_string()), format!("{metric} {} {after}", at.as_micros()))
    }
}

/// A page of the items that follow from series. More and more series are read together until the page is full.
pub(crate) async fn page<F: Follows>(
    mut series: Vec<Series>,
    cursor: Option<&Cursor>,
    limit: Option<PageLimit>,
    follows: &mut F,
) -> Result<Page<F::Item>> {
    let begins = cursor.map(Place::of).transpose()?;
    let most = limit.unwrap_or_default().get() as usize;
    let mut wanted = Wanted { from: Timestamp::from_micros(0), most: most.saturating_add(1) };
    series.sort_unstable_by(|one, other| (one.node, &one.metric.key).cmp(&(other.node, &other.metric.key)));
    if let Some(place) = &begins {
        let order = |series: &Series| (series.node, &series.metric.key).cmp(&(place.node, &place.metric));
        series.retain(|series| order(series).is_ge());
        if series.first().is_some_and(|first| order(first).is_eq()) {
            wanted.from = place.at;
            // Those of its time that were on earlier pages are among the first ones.
            let earlier = place.after.min(WORDS_PER_SERIES_MAX.into());
            wanted.most = wanted.most.saturating_add(usize::try_from(earlier).unwrap_or_default());
        }
    }
    let (mut items, mut rest, mut at_once) = (Vec::new(), series.as_slice(), 1);
    while !rest.is_empty() {
        let (part, others) = rest.split_at(rest.len().min(at_once));
        for (Series { node, metric, .. }, found) in part.iter().zip(follows.items(part, wanted).await?) {
            let mut last: Option<(Timestamp, u64)> = None;
            for (at, item) in found {
                let after = last.filter(|(last, _)| *last == at).map_or(0, |(_, after)| after + 1);
                last = Some((at, after));
                let place = Place { node: *node, metric: metric.key.clone(), at, after };
                if begins.as_ref().is_some_and(|begins| place < *begins) {
                    continue;
                }
                if items.len() == most {
                    return Ok(Page::new(items, Some(place.cursor())));
                }
                items.push(item);
            }
        }
        (rest, at_once) = (others, at_once.saturating_mul(2).min(SERIES_AT_ONCE));
        wanted.from = Timestamp::from_micros(0);
    }
    Ok(Page::new(items, None))
}
