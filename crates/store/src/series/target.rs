//! The series that batches write to, with all that is needed to judge the batches.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use bailiwick_domain::id::{NodeId, OrganizationId};
use bailiwick_domain::observations::batch::Batch;
use bailiwick_domain::observations::column::{Column, Values};
use bailiwick_domain::observations::limits::{SERIES_PER_NODE_MAX, SERIES_PER_ORGANIZATION_MAX};
use bailiwick_domain::observations::metric::Metric;
use bailiwick_domain::observations::refusal::Reason;
use bailiwick_domain::observations::value::Word;

use crate::database::store::Tx;
use crate::error::{Error, Result};
use crate::series::judge::Known;
use crate::series::observations::Observations;
use crate::series::resolve::{self, SeriesName};
use crate::series::sample::Sample;
use crate::series::stored::{self, Held, Place};
use crate::series::words::{self, Words, of_alarm};

/// A series that batches of the transaction write to.
#[derive(Debug)]
pub(crate) struct Target {
    pub(crate) name: SeriesName,
    /// Its number; `None` until it is made.
    pub(crate) id: Option<i64>,
    /// What it is; `None` until the first batch that writes to it is accepted.
    pub(crate) metric: Option<Metric>,
    /// Why it cannot be made.
    pub(crate) refusal: Option<Reason>,
    /// What is stored, and what the transaction adds.
    pub(crate) known: Known,
    pub(crate) words: Words,
    /// The number of its first new word.
    pub(crate) first_word: i64,
    /// The latest time before this transaction.
    pub(crate) newest: Option<i64>,
    /// What the transaction adds.
    pub(crate) new: Vec<Sample>,
}

impl Target {
    /// Whether it is a metric of a host itself.
    pub(crate) fn is_of_host(&self) -> bool {
        self.metric.as_ref().is_some_and(|metric| metric.key.is_of_host())
    }
}

impl Observations {
    /// The series that batches write to, with all that is needed to judge the batches.
    pub(crate) async fn targets<'b>(
        &self,
        tx: &mut Tx,
        batches: impl Iterator<Item = &'b Batch>,
    ) -> Result<(Vec<Target>, HashMap<SeriesName, usize>)> {
        let mut wanted: BTreeSet<SeriesName> = BTreeSet::new();
        let mut columns: Vec<(&Batch, &Column)> = Vec::new();
        for batch in batches {
            columns.extend(batch.columns.iter().map(|column| (batch, column)));
        }
        let name = |batch: &Batch, column: &Column| -> SeriesName {
            (batch.organization, column.node, column.metric.key.as_str().to_owned())
        };
        wanted.extend(columns.iter().map(|(batch, column)| name(batch, column)));
        let mut found = resolve::find(tx, &wanted.iter().collect::<Vec<_>>()).await?;
        let missing = |found: &HashMap<SeriesName, _>| -> Vec<SeriesName> {
            wanted.iter().filter(|name| !found.contains_key(*name)).cloned().collect()
        };
        if !missing(&found).is_empty() {
            // Only one transaction at a time makes series of an organization.
            let organizations: BTreeSet<OrganizationId> = missing(&found).iter().map(|name| name.0).collect();
            for organization in organizations {
                tx.lock_organization(organization).await?;
            }
            let names = missing(&found);
            found.extend(resolve::find(tx, &names.iter().collect::<Vec<_>>()).await?);
        }
        let refusals = refusals(tx, &missing(&found)).await?;
        let ids: BTreeSet<i64> = found.values().map(|series| series.id.get()).collect();
        resolve::lock(tx, self.store.engine(), &ids).await?;
        let progress = resolve::progress(tx, &ids).await?;
        let mut targets = Vec::new();
        let mut by_name = HashMap::new();
        for name in wanted {
            let series = found.remove(&name);
            let id = series.as_ref().map(|series| series.id.get());
            // Deleted since it was found, or given to another node: the transaction begins again.
            let is_same = |progress: &&resolve::Progress| progress.is_of(name.1);
            let progress =
                id.map(|id| progress.get(&id).filter(is_same).ok_or(Error::Changed)).transpose()?;
            let largest = progress.and_then(|progress| progress.words);
            let newest = progress.and_then(resolve::Progress::newest);
            by_name.insert(name.clone(), targets.len());
            targets.push(Target {
                refusal: refusals.get(&name).cloned(),
                name,
                id,
                metric: series.map(|series| series.metric),
                known: Known::stored(newest, Vec::new()),
                words: Words::after(largest),
                first_word: largest.map_or(0, |number| number.saturating_add(1)),
                newest,
                new: Vec::new(),
            });
        }
        let mut late: Vec<HashSet<i64>> = targets.iter().map(|_| HashSet::new()).collect();
        let mut wanted_words: Vec<BTreeSet<words::Stored>> =
            targets.iter().map(|_| BTreeSet::new()).collect();
        for (batch, column) in columns {
            let Some(place) = by_name.get(&name(batch, column)).copied() else { continue };
            let (Some(target), Some(late), Some(wanted)) =
                (targets.get(place), late.get_mut(place), wanted_words.get_mut(place))
            else {
                continue;
            };
            let is_late = |at: &i64| Some(*at) <= target.newest;
            late.extend(column.times.iter().map(|at| at.as_micros()).filter(is_late));
            match &column.values {
                Values::State { words, .. } => wanted.extend(words.iter().map(|word| (word.clone(), 0))),
                Values::Alarm { words, .. } => {
                    wanted.extend(words.iter().map(|(code, level): &(Word, _)| of_alarm(code, *level)));
                }
                Values::Count(_) | Values::Quantity(_) => {}
            }
        }
        know_words(tx, &mut targets, wanted_words).await?;
        know_samples(tx, &mut targets, &late).await?;
        Ok((targets, by_name))
    }
}

/// Why series cannot be made, if they cannot.
async fn refusals(tx: &mut Tx, missing: &[SeriesName]) -> Result<HashMap<SeriesName, Reason>> {
    let mut by_organization: BTreeMap<OrganizationId, Vec<&SeriesName>> = BTreeMap::new();
    for name in missing {
        by_organization.entry(name.0).or_default().push(name);
    }
    let mut refusals = HashMap::new();
    for (organization, names) in by_organization {
        let mut count = resolve::count_of_organization(tx, organization).await?;
        let nodes: BTreeSet<NodeId> = names.iter().map(|name| name.1).collect();
        let mut of_nodes = resolve::count_of_nodes(tx, organization, &nodes).await?;
        for name in names {
            let of_node = of_nodes.entry(name.1).or_default();
            let reason = if count >= SERIES_PER_ORGANIZATION_MAX {
                Reason::TooManySeries
            } else if *of_node >= SERIES_PER_NODE_MAX {
                Reason::TooManySeriesOfNode
            } else {
                (count, *of_node) = (count.saturating_add(1), of_node.saturating_add(1));
                continue;
            };
            refusals.insert(name.clone(), reason);
        }
    }
    Ok(refusals)
}

/// Looks up the numbers of words.
async fn know_words(tx: &mut Tx, targets: &mut [Target], wanted: Vec<BTreeSet<words::Stored>>) -> Result<()> {
    let mut asked = Vec::new();
    let mut by_id = HashMap::new();
    for (place, (target, wanted)) in targets.iter().zip(wanted).enumerate() {
        if let Some(id) = target.id {
            by_id.insert(id, place);
            asked.extend(wanted.into_iter().map(|word| (id, word)));
        }
    }
    for (id, word, number) in words::find(tx, &asked).await? {
        if let Some(target) = by_id.get(&id).and_then(|place| targets.get_mut(*place)) {
            target.words.know(word, number);
        }
    }
    Ok(())
}

/// Reads what is stored at the times of late observations.
async fn know_samples(tx: &mut Tx, targets: &mut [Target], late: &[HashSet<i64>]) -> Result<()> {
    let mut wanted = Vec::new();
    let mut by_id = HashMap::new();
    for (place, (target, late)) in targets.iter().zip(late).enumerate() {
        if let (Some(id), Some(first), Some(last)) = (target.id, late.iter().min(), late.iter().max()) {
            by_id.insert(id, place);
            wanted.push((id, *first, *last));
        }
    }
    for place in Place::BOTH {
        let rows = stored::between(tx, place, &wanted).await?;
        for rows in rows.chunk_by(|one, next| one.series_id == next.series_id) {
            let Some(at) = rows.first().and_then(|held| by_id.get(&held.series_id)).copied() else {
                continue;
            };
            let (Some(target), Some(late)) = (targets.get_mut(at), late.get(at)) else { continue };
            let Some(kind) = target.metric.as_ref().map(|metric| metric.kind) else { continue };
            let mut times: Vec<i64> = late.iter().copied().collect();
            times.sort_unstable();
            // Only rows in whose time there is a late observation.
            let has_late = |held: &&Held| {
                let from = times.partition_point(|at| *at < held.first_at);
                times.get(from).is_some_and(|at| *at <= held.last_at)
            };
            for held in rows.iter().filter(has_late) {
                let samples = stored::samples(tx, place, kind, &[*held]).await?;
                let is_late = |sample: &Sample| late.contains(&sample.at);
                target.known.add(samples.into_values().flatten().filter(is_late));
            }
        }
    }
    Ok(())
}
