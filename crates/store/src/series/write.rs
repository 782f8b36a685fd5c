//! Stores batches in one transaction.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use bailiwick_domain::coverage::STALE_AFTER_MICROS;
use bailiwick_domain::id::NodeId;
use bailiwick_domain::observations::batch::{Batch, BatchAnswer, OnRefusal};
use bailiwick_domain::observations::column::Column;
use bailiwick_domain::observations::kind::Kind;
use bailiwick_domain::observations::limits::FUTURE_SECONDS_MAX;
use bailiwick_domain::observations::refusal::{REFUSALS_MAX, Reason, Refusal};
use bailiwick_domain::time::Timestamp;

use crate::database::store::Tx;
use crate::error::{Error, Result};
use crate::series::chunk::{CHUNK_SAMPLES_MAX, Form, encode};
use crate::series::judge::{Judge, Verdict, misfit};
use crate::series::observations::Observations;
use crate::series::queue::Waiting;
use crate::series::resolve::{self, SeriesName};
use crate::series::sample::Sample;
use crate::series::stored;
use crate::series::target::Target;
use crate::series::values::value_of;
use crate::series::words;
use crate::series::{batches, dirty, receipts, silence};
use crate::sql::name::StatementName;
use crate::sql::statement::Value;

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
            if batch.source.is_counted() {
                receipts::count(&mut tx, batch.organization, batch.source.as_str(), *received_at, &answer)
                    .await?;
            }
            answers.push(answer);
        }
        create(&mut tx, &mut targets, now).await?;
        log(&mut tx, &targets, now).await?;
        let ranges = ranges(&mut tx, &targets, now).await?;
        dirty::mark(&mut tx, &ranges, now).await?;
        batches::note(&mut tx, noted).await?;
        tx.commit().await?;
        Ok(answers)
    }
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
///
/// A sample holds until the next one of its series: if there is none, until now. And it is a contact, which decides
/// about data for as long as the node may be silent before and after it.
async fn ranges(tx: &mut Tx, targets: &[Target], now: Timestamp) -> Result<Vec<dirty::DirtyRange>> {
    let late = targets.iter().filter(|target| !target.is_of_host()).filter_map(|target| {
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
    let nodes: BTreeSet<NodeId> =
        targets.iter().filter(|target| !target.new.is_empty()).map(|target| target.name.1).collect();
    let silences = silence::longest(tx, &nodes).await?;
    let mut ranges = Vec::new();
    // A host's own metrics are in no sums.
    for target in targets.iter().filter(|target| !target.is_of_host()) {
        let (organization, node, _) = target.name;
        let silence = silences.get(&node).copied().unwrap_or(STALE_AFTER_MICROS);
        let mut by_day: BTreeMap<i64, (i64, i64)> = BTreeMap::new();
        for sample in &target.new {
            let (first, last) = (sample.at.saturating_sub(silence), sample.at.saturating_add(silence));
            let range = by_day.entry(dirty::day_of(first)).or_insert((first, last));
            *range = (range.0.min(first), range.1.max(last));
        }
        let newest = target.new.iter().map(|sample| sample.at).max();
        let kind = target.metric.as_ref().map(|metric| metric.kind);
        let holds = matches!(kind, Some(Kind::State | Kind::Alarm));
        let until = if holds && newest > target.newest {
            Some(now.as_micros())
        } else {
            target.id.and_then(|id| next.get(&id)).copied()
        };
        // Each sample but the last holds at most until that one.
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
