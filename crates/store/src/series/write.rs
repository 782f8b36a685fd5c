//! Stores batches in one transaction.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use bailiwick_domain::id::{NodeId, OrganizationId};
use bailiwick_domain::observations::batch::{Batch, BatchAnswer, OnRefusal};
use bailiwick_domain::observations::column::{Column, Values};
use bailiwick_domain::observations::kind::Kind;
use bailiwick_domain::observations::limits::{
    FUTURE_SECONDS_MAX, SERIES_PER_NODE_MAX, SERIES_PER_ORGANIZATION_MAX,
};
use bailiwick_domain::observations::metric::Metric;
use bailiwick_domain::observations::refusal::{REFUSALS_MAX, Reason, Refusal};
use bailiwick_domain::observations::value::Word;
use bailiwick_domain::time::Timestamp;

use crate::database::store::Tx;
use crate::error::{Error, Result};
use crate::series::append::Waiting;
use crate::series::chunk::{CHUNK_SAMPLES_MAX, Form, encode};
use crate::series::judge::{Judge, Known, Verdict, misfit};
use crate::series::observations::Observations;
use crate::series::resolve::{self, SeriesName};
use crate::series::sample::Sample;
use crate::series::stored::{self, Held, Place};
use crate::series::values::value_of;
use crate::series::words::{self, Words, of_alarm};
use crate::series::{batches, dirty};
use crate::sql::name::StatementName;
use crate::sql::statement::Value;

/// A series that batches of the transaction write to.
#[derive(Debug)]
struct Target {
    name: SeriesName,
    /// Its number; `None` until it is made.
    id: Option<i64>,
    /// What it is; `None` until the first batch that writes to it is accepted.
    metric: Option<Metric>,
    /// Why it cannot be made.
    refusal: Option<Reason>,
    /// What is stored, and what the transaction adds.
    known: Known,
    words: Words,
    /// The number of its first new word.
    first_word: i64,
    /// The latest time before this transaction.
    newest: Option<i64>,
    /// What the transaction adds.
    new: Vec<Sample>,
}

/// Two values at one time: which observation of which target, what is stored, and what was sent.
struct Conflict {
    line: u32,
    target: usize,
    kind: Kind,
    stored: Sample,
    sent: Sample,
}

impl Observations {
    /// Stores batches in one transaction. The answers are in their order.
    pub(crate) async fn store_batches(&self, waiting: &[Waiting]) -> Result<Vec<BatchAnswer>> {
        let mut tx = self.begin().await?;
        let repeated = batches::repeated(&mut tx, waiting.iter().map(|waiting| &waiting.batch)).await?;
        let is_repeated = |batch: &Batch| batches::name(batch).and_then(|name| repeated.get(&name)).cloned();
        let fresh = || waiting.iter().filter(|waiting| is_repeated(&waiting.batch).is_none());
        let now =
            waiting.iter().map(|waiting| waiting.received_at).max().unwrap_or(Timestamp::from_micros(0));
        let (mut targets, by_name) = self.targets(&mut tx, fresh().map(|waiting| &waiting.batch)).await?;
        let mut answers = Vec::new();
        let mut named: HashMap<batches::BatchName, BatchAnswer> = HashMap::new();
        let mut noted = Vec::new();
        for Waiting { batch, received_at, .. } in waiting {
            let name = batches::name(batch);
            let earlier = name.as_ref().and_then(|name| named.get(name)).cloned();
            if let Some(answer) = is_repeated(batch).or(earlier) {
                answers.push(BatchAnswer { is_repeated: true, refusals: Vec::new(), ..answer });
                continue;
            }
            let (answer, is_stored) = judge(&mut tx, batch, *received_at, &mut targets, &by_name).await?;
            if let Some(name) = name.filter(|_| is_stored) {
                named.insert(name.clone(), answer.clone());
                noted.push((name, *received_at, answer.clone()));
            }
            answers.push(answer);
        }
        create(&mut tx, &mut targets, now).await?;
        log(&mut tx, &targets, now).await?;
        let ranges = ranges(&mut tx, &targets).await?;
        dirty::mark(&mut tx, &ranges, now).await?;
        batches::note(&mut tx, noted).await?;
        tx.commit().await?;
        Ok(answers)
    }

    /// The series that batches write to, with all that is needed to judge the batches.
    async fn targets<'b>(
        &self,
        tx: &mut Tx,
        batches: impl Iterator<Item = &'b Batch> + Clone,
    ) -> Result<(Vec<Target>, HashMap<SeriesName, usize>)> {
        let mut wanted: BTreeSet<SeriesName> = BTreeSet::new();
        let columns = batches.flat_map(|batch| batch.columns.iter().map(move |column| (batch, column)));
        let name = |batch: &Batch, column: &Column| -> SeriesName {
            (batch.organization, column.node, column.metric.key.as_str().to_owned())
        };
        wanted.extend(columns.clone().map(|(batch, column)| name(batch, column)));
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
            // Deleted since it was found: the transaction begins again.
            let progress = id.map(|id| progress.get(&id).ok_or(Error::Changed)).transpose()?;
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

/// Judges a batch, and adds what is new to the targets unless the batch is refused. Returns the answer, and whether
/// the batch was stored.
async fn judge(
    tx: &mut Tx,
    batch: &Batch,
    received_at: Timestamp,
    targets: &mut [Target],
    by_name: &HashMap<SeriesName, usize>,
) -> Result<(BatchAnswer, bool)> {
    let latest = received_at.plus_seconds(FUTURE_SECONDS_MAX);
    let mut answer = BatchAnswer::default();
    let (mut refusals, mut conflicts) = (Vec::new(), Vec::new());
    let mut by_target: BTreeMap<usize, Vec<&Column>> = BTreeMap::new();
    for column in &batch.columns {
        let name = (batch.organization, column.node, column.metric.key.as_str().to_owned());
        if let Some(place) = by_name.get(&name) {
            by_target.entry(*place).or_default().push(column);
        }
    }
    let mut accepted = Vec::new();
    for (place, columns) in by_target {
        let Some(target) = targets.get_mut(place) else { continue };
        let mut metric = target.metric.clone();
        let mut judge = Judge::new(&mut target.known);
        for column in columns {
            let misfit = target.refusal.clone().or_else(|| misfit(metric.as_ref()?, &column.metric));
            if let Some(reason) = misfit {
                answer.refused = answer.refused.saturating_add(column.times.len() as u64);
                let all = 0..column.times.len();
                let refused =
                    all.map(|place| Refusal { line: column.lines.of(place), reason: reason.clone() });
                refusals.extend(refused.take(REFUSALS_MAX));
                continue;
            }
            let kind = column.metric.kind;
            judge.column(column, &mut target.words, latest, |at, verdict| match verdict {
                Verdict::New(_) => answer.stored = answer.stored.saturating_add(1),
                Verdict::Known => answer.known = answer.known.saturating_add(1),
                Verdict::Refused(reason) => {
                    answer.refused = answer.refused.saturating_add(1);
                    if refusals.len() < 2 * REFUSALS_MAX {
                        refusals.push(Refusal { line: column.lines.of(at), reason });
                    }
                }
                Verdict::Conflict(stored, sent) => {
                    answer.refused = answer.refused.saturating_add(1);
                    if conflicts.len() < REFUSALS_MAX {
                        let line = column.lines.of(at);
                        conflicts.push(Conflict { line, target: place, kind, stored, sent });
                    }
                }
            });
            metric.get_or_insert_with(|| column.metric.clone());
        }
        let samples = judge.finish();
        if let Some(metric) = metric.filter(|_| !samples.is_empty()) {
            accepted.push((place, metric, samples));
        }
    }
    let is_stored = answer.refused == 0 || batch.on_refusal == OnRefusal::StoreOthers;
    if is_stored {
        for (place, metric, samples) in accepted {
            let Some(target) = targets.get_mut(place) else { continue };
            target.metric.get_or_insert(metric);
            target.known.add(samples.iter().copied());
            target.new.extend(samples);
        }
    } else {
        answer.stored = 0;
    }
    refusals.extend(name_conflicts(tx, targets, conflicts).await?);
    refusals.sort_by_key(|refusal| refusal.line);
    refusals.truncate(REFUSALS_MAX);
    answer.refusals = refusals;
    Ok((answer, is_stored))
}

/// The refusals of conflicts, with both values as they were sent.
async fn name_conflicts(tx: &mut Tx, targets: &[Target], conflicts: Vec<Conflict>) -> Result<Vec<Refusal>> {
    let number = |kind, sample: Sample| match kind {
        Kind::State => Some(sample.value),
        Kind::Alarm => Some(sample.order),
        Kind::Count | Kind::Quantity => None,
    };
    let unknown = conflicts.iter().filter_map(|conflict| {
        let target = targets.get(conflict.target)?;
        let number = number(conflict.kind, conflict.stored)?;
        let is_known = target.words.word(number).is_some();
        target.id.filter(|_| !is_known).map(|id| (id, number))
    });
    let unknown: BTreeSet<(i64, i64)> = unknown.collect();
    let found = words::with_numbers(tx, &unknown.into_iter().collect::<Vec<_>>()).await?;
    let mut refusals = Vec::new();
    for Conflict { line, target, kind, stored, sent } in conflicts {
        let Some(target) = targets.get(target) else { continue };
        let word =
            |number: i64| target.words.word(number).or_else(|| found.get(&(target.id?, number))).cloned();
        let at = Timestamp::from_micros(sent.at);
        let (stored, sent) = (value_of(kind, stored, word)?, value_of(kind, sent, word)?);
        refusals.push(Refusal { line, reason: Reason::Conflict { at, stored, sent } });
    }
    Ok(refusals)
}

/// Makes the series that are new and have samples.
async fn create(tx: &mut Tx, targets: &mut [Target], now: Timestamp) -> Result<()> {
    let is_missing = |target: &Target| target.id.is_none() && !target.new.is_empty();
    let new = targets.iter().filter(|target| is_missing(target));
    let new: Vec<_> =
        new.filter_map(|target| Some((target.name.0, target.name.1, target.metric.as_ref()?))).collect();
    if !new.is_empty() {
        resolve::create(tx, &new, now).await?;
        let names: Vec<SeriesName> =
            targets.iter().filter(|target| is_missing(target)).map(|target| target.name.clone()).collect();
        let found = resolve::find(tx, &names.iter().collect::<Vec<_>>()).await?;
        for target in &mut *targets {
            target.id = target.id.or_else(|| found.get(&target.name).map(|series| series.id.get()));
        }
    }
    let mut words = Vec::new();
    for target in &*targets {
        let (Some(id), Some(kind)) = (target.id, target.metric.as_ref().map(|metric| metric.kind)) else {
            continue;
        };
        let used: HashSet<i64> = match kind {
            Kind::State => target.new.iter().map(|sample| sample.value).collect(),
            Kind::Alarm => target.new.iter().map(|sample| sample.order).collect(),
            Kind::Count | Kind::Quantity => continue,
        };
        let new = target.words.since(target.first_word).filter(|(_, number)| used.contains(number));
        words.extend(new.map(|(word, number)| (id, number, word.clone())));
    }
    words::add(tx, words).await
}

/// Appends the new samples to the log.
async fn log(tx: &mut Tx, targets: &[Target], now: Timestamp) -> Result<()> {
    let mut rows = Vec::new();
    for target in targets {
        let (Some(id), Some(metric)) = (target.id, &target.metric) else { continue };
        let mut samples = target.new.clone();
        samples.sort_unstable();
        for samples in samples.chunks(CHUNK_SAMPLES_MAX) {
            let (Some(first), Some(last)) = (samples.first(), samples.last()) else { continue };
            let body = encode(metric.kind, Form::Log, samples)
                .map_err(|_| Error::Corrupt { table: "observation_log", what: "body" })?;
            let count = i64::try_from(samples.len()).unwrap_or(i64::MAX);
            rows.push([
                id.into(),
                now.as_micros().into(),
                first.at.into(),
                last.at.into(),
                count.into(),
                Value::from(body),
            ]);
        }
    }
    let into =
        "INSERT INTO observation_log (series_id, received_at, first_at, last_at, samples, body) VALUES ";
    tx.insert(StatementName::ObservationsLog, into, rows).await
}

/// The times of nodes whose sums the new samples change.
async fn ranges(tx: &mut Tx, targets: &[Target]) -> Result<Vec<dirty::DirtyRange>> {
    let late = targets.iter().filter_map(|target| {
        let is_late = |sample: &&Sample| Some(sample.at) <= target.newest;
        Some((target.id?, target.new.iter().filter(is_late).map(|sample| sample.at).max()?))
    });
    let late: Vec<(i64, i64)> = late.collect();
    let mut next: HashMap<i64, i64> = HashMap::new();
    for (series, at) in stored::next_after(tx, &late).await? {
        if let Some(at) = at {
            next.entry(series).and_modify(|next| *next = at.min(*next)).or_insert(at);
        }
    }
    let mut ranges = Vec::new();
    for target in targets {
        let (organization, node, _) = target.name;
        let mut by_day: BTreeMap<i64, (i64, i64)> = BTreeMap::new();
        for sample in &target.new {
            let range = by_day.entry(dirty::day_of(sample.at)).or_insert((sample.at, sample.at));
            *range = (range.0.min(sample.at), range.1.max(sample.at));
        }
        // What is late changes the time until the next sample.
        let until = target.id.and_then(|id| next.get(&id)).copied();
        if let (Some(mut first), Some(until)) = (by_day.first_entry(), until) {
            let range = first.get_mut();
            range.1 = range.1.max(until);
        }
        let range =
            |(first_at, last_at)| dirty::DirtyRange { organization, node, first_at, last_at, change: 0 };
        ranges.extend(by_day.into_values().map(range));
    }
    Ok(ranges)
}
