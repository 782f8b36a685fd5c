//! Decides which observations of a batch are stored, which are known already, and which are refused. No I/O: what is
//! stored at the same times was read before.

use std::collections::HashMap;

use bailiwick_domain::observations::column::{Column, SEQUENCE_MAX, Values};
use bailiwick_domain::observations::kind::Kind;
use bailiwick_domain::observations::metric::Metric;
use bailiwick_domain::observations::refusal::Reason;
use bailiwick_domain::observations::value::Word;
use bailiwick_domain::time::Timestamp;

use crate::series::sample::{SEQUENCED, Sample};
use crate::series::words::{Words, of_alarm};

/// What was found about one observation.
#[derive(Debug)]
pub(crate) enum Verdict {
    /// It is new.
    New(Sample),
    /// The same value is stored at this time.
    Known,
    /// Another value is at this time: what is stored, and what was sent.
    Conflict(Sample, Sample),
    /// It is refused for another reason.
    Refused(Reason),
}

/// Samples by their time, those of one time in order.
type ByTime = HashMap<i64, Vec<Sample>>;

/// Samples of a series that a batch is compared with.
#[derive(Debug, Default)]
pub(crate) struct Known {
    /// The latest time, if there are any.
    newest: Option<i64>,
    /// Those that were added while nothing was compared.
    added: Vec<Sample>,
    by_time: ByTime,
}

impl Known {
    /// What is stored of a series: its latest time, and the samples at the times that are compared.
    pub(crate) fn stored(newest: Option<i64>, samples: Vec<Sample>) -> Self {
        Self { newest, added: samples, by_time: ByTime::new() }
    }

    pub(crate) const fn newest(&self) -> Option<i64> {
        self.newest
    }

    pub(crate) fn add(&mut self, samples: impl IntoIterator<Item = Sample>) {
        for sample in samples {
            self.newest = self.newest.max(Some(sample.at));
            self.added.push(sample);
        }
    }

    fn at(&mut self, at: i64) -> &[Sample] {
        for sample in self.added.drain(..) {
            let samples = self.by_time.entry(sample.at).or_default();
            let place = samples.partition_point(|other| other.place() < sample.place());
            samples.insert(place, sample);
        }
        self.by_time.get(&at).map_or(&[], Vec::as_slice)
    }
}

/// What is known of a series while a batch is judged.
#[derive(Debug)]
pub(crate) struct Judge<'k> {
    /// What is stored, with the earlier batches of the same transaction.
    stored: &'k mut Known,
    /// What this batch has added.
    own: Known,
    /// For states without sequence numbers, how many of the stored ones at a time were sent again.
    repeated: HashMap<i64, usize>,
}

impl<'k> Judge<'k> {
    pub(crate) fn new(stored: &'k mut Known) -> Self {
        Self { stored, own: Known::default(), repeated: HashMap::new() }
    }

    /// Judges the observations of a column, one verdict for each.
    pub(crate) fn column(
        &mut self,
        column: &Column,
        words: &mut Words,
        latest: Timestamp,
        mut verdict: impl FnMut(usize, Verdict),
    ) {
        let numbers = Numbers::of(&column.values, words);
        let times = || column.times.iter().map(|at| at.as_micros());
        let newest = self.stored.newest().max(self.own.newest());
        let is_in_order = times().next() > newest && times().is_sorted_by(|one, next| one < next);
        for (place, at) in times().enumerate().take(column.values.len()) {
            let sequence = column.sequences.get(place).copied().flatten();
            let judged = if at > latest.as_micros() {
                Verdict::Refused(Reason::Future { at: Timestamp::from_micros(at) })
            } else if sequence.is_some_and(|sequence| !(0..=SEQUENCE_MAX).contains(&sequence)) {
                Verdict::Refused(Reason::Sequence)
            } else {
                match numbers.sample(place, at) {
                    None => Verdict::Refused(Reason::TooManyWords),
                    Some(sample) => {
                        let is_state = column.metric.kind == Kind::State;
                        let sequence = sequence.filter(|_| is_state);
                        let sent = Sample {
                            order: sequence.map_or(sample.order, |number| number.saturating_add(SEQUENCED)),
                            ..sample
                        };
                        match (is_in_order, is_state) {
                            (true, _) => Verdict::New(sent),
                            (false, true) => self.state(sent),
                            (false, false) => self.other(sent),
                        }
                    }
                }
            };
            if let Verdict::New(sample) = judged {
                self.own.add([sample]);
            }
            verdict(place, judged);
        }
    }

    fn other(&mut self, sent: Sample) -> Verdict {
        let is_there = |sample: &&Sample| sample.order == sent.order;
        let stored = self.stored.at(sent.at).iter().find(is_there).copied();
        let found = stored.or_else(|| self.own.at(sent.at).iter().find(is_there).copied());
        match found {
            None => Verdict::New(sent),
            Some(found) if found.value == sent.value => Verdict::Known,
            Some(found) => Verdict::Conflict(found, sent),
        }
    }

    fn state(&mut self, sent: Sample) -> Verdict {
        let (stored, own) = (self.stored.at(sent.at), self.own.at(sent.at));
        if sent.order >= SEQUENCED {
            // The sequence number decides. States without one cannot be put in order with it.
            let mut unnumbered = None;
            for sample in stored.iter().chain(own) {
                if sample.order == sent.order || sample.order < SEQUENCED && sample.value == sent.value {
                    return same(*sample, sent);
                }
                unnumbered = if sample.order < SEQUENCED { Some(*sample) } else { unnumbered };
            }
            return unnumbered.map_or(Verdict::New(sent), |sample| Verdict::Conflict(sample, sent));
        }
        if let Some(last) = stored.last() {
            // The states of that microsecond are stored. Those that are sent again come in the same order.
            let from = self.repeated.get(&sent.at).copied().unwrap_or(0);
            let again = stored.iter().skip(from).position(|sample| sample.value == sent.value);
            if let Some(again) = again {
                self.repeated.insert(sent.at, from + again + 1);
                return Verdict::Known;
            }
            // The same line twice in a row.
            let is_last = from.checked_sub(1).and_then(|before| stored.get(before));
            return match is_last {
                Some(before) if before.value == sent.value => Verdict::Known,
                _ => Verdict::Conflict(*last, sent),
            };
        }
        match own.last() {
            Some(last) if last.value == sent.value => Verdict::Known,
            Some(last) if last.order >= SEQUENCED => {
                let is_there = own.iter().any(|sample| sample.value == sent.value);
                if is_there { Verdict::Known } else { Verdict::Conflict(*last, sent) }
            }
            // The position in the batch decides.
            Some(last) => Verdict::New(Sample { order: last.order + 1, ..sent }),
            None => Verdict::New(sent),
        }
    }

    /// The new samples, in the order in which they came.
    pub(crate) fn finish(self) -> Vec<Sample> {
        let Known { added, by_time, .. } = self.own;
        let mut samples: Vec<Sample> = by_time.into_values().flatten().chain(added).collect();
        samples.sort_unstable();
        samples
    }
}

fn same(stored: Sample, sent: Sample) -> Verdict {
    if stored.value == sent.value { Verdict::Known } else { Verdict::Conflict(stored, sent) }
}

/// The values of a column in numbers.
enum Numbers<'c> {
    /// The numbers of the column's words; `None` for those that the series has no room for.
    State(Vec<Option<i64>>, &'c [u32]),
    Count(&'c [i64]),
    Quantity(&'c [bailiwick_domain::observations::value::Quantity]),
    Alarm(Vec<Option<i64>>, &'c [(u32, bool)]),
}

impl<'c> Numbers<'c> {
    fn of(values: &'c Values, book: &mut Words) -> Self {
        match values {
            Values::State { words, places } => {
                let mut number = |word: &Word| book.number(&(word.clone(), 0));
                Self::State(words.iter().map(&mut number).collect(), places)
            }
            Values::Alarm { words, places } => {
                let mut number = |(code, level): &(Word, _)| book.number(&of_alarm(code, *level));
                Self::Alarm(words.iter().map(&mut number).collect(), places)
            }
            Values::Count(counts) => Self::Count(counts),
            Values::Quantity(quantities) => Self::Quantity(quantities),
        }
    }

    /// The sample at a place of the column; `None` if the series has no room for its word.
    fn sample(&self, place: usize, at: i64) -> Option<Sample> {
        let word = |numbers: &[Option<i64>], word: u32| numbers.get(word as usize).copied().flatten();
        Some(match self {
            Self::State(numbers, places) => {
                Sample { at, order: 0, value: word(numbers, *places.get(place)?)? }
            }
            Self::Count(counts) => Sample { at, order: 0, value: *counts.get(place)? },
            Self::Quantity(quantities) => {
                Sample { at, order: 0, value: quantities.get(place)?.get().to_bits().cast_signed() }
            }
            Self::Alarm(numbers, places) => {
                let (code, on) = *places.get(place)?;
                Sample { at, order: word(numbers, code)?, value: i64::from(on) }
            }
        })
    }
}

/// Why the metric of a column does not fit the series; `None` if it does. A unit that is not said fits any.
pub(crate) fn misfit(series: &Metric, sent: &Metric) -> Option<Reason> {
    if series.kind != sent.kind {
        return Some(Reason::OtherKind { stored: series.kind, sent: sent.kind });
    }
    let differs = sent.unit.is_some() && series.unit != sent.unit;
    differs.then(|| Reason::OtherUnit { stored: series.unit.clone(), sent: sent.unit.clone() })
}
