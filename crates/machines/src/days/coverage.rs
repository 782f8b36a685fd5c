//! When there was data of nodes, read from the database.

use std::collections::HashMap;

use bailiwick_domain::coverage::{CoverageReport, STALE_AFTER_MICROS, covered, merged};
use bailiwick_domain::id::{NodeId, OrganizationId};
use bailiwick_domain::observations::series::Series;
use bailiwick_domain::signals;
use bailiwick_domain::span::Span;
use bailiwick_domain::time::Timestamp;
use bailiwick_engine::error::{Error, Result};
use bailiwick_store::{Observations, ReadError, SeriesFilter, Window};

/// The most observations that are read together.
pub(crate) const SAMPLES_TOGETHER: u64 = 2_000_000;
/// The most observations that are read of one node and one day.
const SAMPLES_OF_DAY: u64 = 50_000_000;
/// The most observations of one node that one request may have to read.
pub(crate) const SAMPLES_MAX: u64 = 100_000_000;
/// A day in microseconds.
const DAY_MICROS: i64 = 86_400_000_000;
/// The most series of the nodes that are read together. One node has fewer.
pub(super) const SERIES_MAX: u32 = 50_000;

/// From where and up to when coverage is read.
#[derive(Clone, Copy)]
pub(crate) struct Covering<'a> {
    pub(crate) observations: &'a Observations,
    pub(crate) organization: OrganizationId,
    /// Up to when it is known what happened.
    pub(crate) now: Timestamp,
}

impl Covering<'_> {
    /// When there was data of nodes in a span: for each node, spans in the order of time that do not touch each other.
    ///
    /// What is too much to be read together is read in parts: half of the nodes, or half of one node's time.
    pub(crate) async fn of(&self, nodes: &[NodeId], span: Span) -> Result<HashMap<NodeId, Vec<Span>>> {
        self.divided(nodes, span, SAMPLES_TOGETHER).await
    }

    async fn divided(
        &self,
        nodes: &[NodeId],
        span: Span,
        together: u64,
    ) -> Result<HashMap<NodeId, Vec<Span>>> {
        let mut found: HashMap<NodeId, Vec<Span>> = HashMap::new();
        let mut waiting = vec![(nodes, span)];
        while let Some((nodes, span)) = waiting.pop() {
            let is_divided = nodes.len() > 1 || span.micros() > DAY_MICROS;
            let most = if is_divided { together } else { SAMPLES_OF_DAY };
            match self.together(nodes, span, most).await {
                Ok(covered) => {
                    covered
                        .into_iter()
                        .for_each(|(node, spans)| found.entry(node).or_default().extend(spans));
                }
                Err(ReadError::TooManySamples { .. }) if nodes.len() > 1 => {
                    let (one, other) = nodes.split_at(nodes.len() / 2);
                    waiting.extend([(other, span), (one, span)]);
                }
                Err(ReadError::TooManySamples { found, .. }) if is_divided && found <= SAMPLES_MAX => {
                    let half = span.start().as_micros().saturating_add(span.micros() / 2);
                    let half = Timestamp::from_micros(half);
                    let halves = [Span::new(half, span.end()), Span::new(span.start(), half)];
                    waiting.extend(halves.map(|half| (nodes, half)));
                }
                Err(ReadError::TooManySamples { found, .. }) => return Err(refused(found)),
                Err(ReadError::Store(error)) => return Err(error.into()),
            }
        }
        Ok(found.into_iter().map(|(node, spans)| (node, merged(spans))).collect())
    }

    async fn together(
        &self,
        nodes: &[NodeId],
        span: Span,
        most: u64,
    ) -> Result<HashMap<NodeId, Vec<Span>>, ReadError> {
        let series = self.series(nodes, most).await?;
        let silences = self.observations.silence(&nodes.iter().copied().collect()).await?;
        let silence = |node: &NodeId| silences.get(node).copied().unwrap_or(STALE_AFTER_MICROS);
        let longest = nodes.iter().map(silence).max().unwrap_or(STALE_AFTER_MICROS);
        // Contacts outside of the span decide about it only as long as the source may be silent.
        let from = Timestamp::from_micros(span.start().as_micros().saturating_sub(longest));
        let until = Timestamp::from_micros(span.end().as_micros().saturating_add(longest).saturating_add(1));
        let window = Window { from, until };
        let mut heard = self.observations.times(&series, window, most).await?;
        let mut reports = self.reports(nodes, window).await?;
        let of_node = |node: &NodeId| {
            let (reports, heard) = (reports.remove(node).unwrap_or_default(), heard.remove(node));
            let mut spans = covered(&reports, heard.unwrap_or_default(), silence(node), self.now);
            spans.iter_mut().for_each(|covered| *covered = covered.overlap(span));
            (*node, spans)
        };
        Ok(nodes.iter().map(of_node).collect())
    }

    /// The series of nodes that show that their machines were heard. `most` is named if they are too many.
    pub(super) async fn series(&self, nodes: &[NodeId], most: u64) -> Result<Vec<Series>, ReadError> {
        let filter = SeriesFilter { nodes: Some(nodes.to_vec()), ..SeriesFilter::default() };
        let mut series = self.observations.series(self.organization, &filter, None, SERIES_MAX).await?;
        if series.len() >= SERIES_MAX as usize {
            // Some may be missing: fewer nodes are read together then.
            return Err(ReadError::TooManySamples { found: most.saturating_add(1), most });
        }
        series.retain(|series| signals::is_of_machine(&series.metric.key));
        Ok(series)
    }

    /// What the sources of nodes reported of their connections in a window.
    pub(super) async fn reports(
        &self,
        nodes: &[NodeId],
        window: Window,
    ) -> Result<HashMap<NodeId, Vec<CoverageReport>>, ReadError> {
        let mut reports: HashMap<NodeId, Vec<CoverageReport>> = HashMap::new();
        for coverage in self.observations.coverage(self.organization, nodes, window).await? {
            let span = Span::new(coverage.from, coverage.until);
            reports.entry(coverage.node).or_default().push(CoverageReport { span, is_connected: true });
        }
        Ok(reports)
    }
}

/// The error for a node with too many observations in a time.
fn refused(found: u64) -> Error {
    let detail = format!(
        "expected at most {SAMPLES_MAX} observations of a node, {SAMPLES_OF_DAY} of them in a day, found about {found}: \
         ask for a shorter time"
    );
    Error::invalid("from", detail)
}

#[cfg(test)]
mod tests {
    use bailiwick_domain::observations::batch::{Batch, OnRefusal};
    use bailiwick_domain::observations::column::{Column, Lines, Values};
    use bailiwick_domain::observations::kind::Kind;
    use bailiwick_domain::observations::metric::Metric;
    use bailiwick_store::{DatabaseUrl, Store};
    use uuid::Uuid;

    use super::*;

    const HOUR_SECONDS: i64 = 3_600;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_micros(1_890_000_000_000_000).plus_seconds(seconds)
    }

    #[tokio::test]
    async fn coverage_that_is_read_in_parts_is_the_same() {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::connect(&DatabaseUrl::Sqlite(directory.path().join("test.db")), 2).await.unwrap();
        store.migrate().await.unwrap();
        let observations = store.observations().await.unwrap();
        observations.migrate().await.unwrap();
        let organization = OrganizationId::from_uuid(Uuid::nil());
        let nodes: Vec<NodeId> = (1..=3).map(|n| NodeId::from_uuid(Uuid::from_u128(n))).collect();
        for (n, node) in (1..).zip(&nodes) {
            // Something each half minute of six days, but for the first minutes of each fourth hour.
            let seconds = (0..6 * 24 * 120).map(|half_minute| half_minute * 30);
            let heard = seconds.filter(|seconds| seconds % (4 * HOUR_SECONDS) > n * 300);
            let times: Vec<Timestamp> = heard.map(at).collect();
            let values = Values::Count((0..).take(times.len()).collect());
            let metric = Metric::new("parts".parse().unwrap(), Kind::Count);
            let (sequences, lines) = (Vec::new(), Lines::From(1));
            let sent = Batch {
                organization,
                source: "test".parse().unwrap(),
                id: None,
                on_refusal: OnRefusal::StoreOthers,
                columns: vec![Column { node: *node, metric, times, values, sequences, lines }],
            };
            observations.append(sent, at(7 * 86_400)).await.unwrap();
        }
        let covering = Covering { observations: &observations, organization, now: at(7 * 86_400) };
        for (from, until) in [(0, 6 * 86_400), (7_000, 500_000), (86_400, 172_801)] {
            let span = Span::new(at(from), at(until));
            let whole = covering.divided(&nodes, span, u64::MAX).await.unwrap();
            assert!(whole.values().all(|spans| spans.len() > 5), "{whole:?}");
            for together in [0, 2_000, 10_000] {
                assert_eq!(covering.divided(&nodes, span, together).await.unwrap(), whole, "{together}");
            }
        }
        observations.close().await;
        store.close().await;
    }
}
