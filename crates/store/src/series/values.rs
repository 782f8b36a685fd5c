//! Turns samples back into values.

use std::collections::{BTreeSet, HashMap};

use bailiwick_domain::observations::column::{Column, Lines, Values};
use bailiwick_domain::observations::kind::Kind;
use bailiwick_domain::observations::series::Series;
use bailiwick_domain::observations::value::{Alarm, AlarmLevel, Quantity, Value, Word};
use bailiwick_domain::time::Timestamp;

use crate::database::run::Run;
use crate::error::{OrCorrupt as _, Result};
use crate::series::resolve;
use crate::series::sample::{SEQUENCED, Sample};
use crate::series::words;

/// The number of the word of a sample; `None` if it has none.
pub(crate) const fn word_number(kind: Kind, sample: Sample) -> Option<i64> {
    match kind {
        Kind::State => Some(sample.value),
        Kind::Alarm => Some(sample.order),
        Kind::Count | Kind::Quantity => None,
    }
}

/// Words by series and number.
pub(crate) type WordsOfSeries = HashMap<(i64, i64), words::Stored>;

/// The words of series with these numbers, and those of the series that were deleted meanwhile, if words are missing.
pub(crate) async fn words_of(
    run: &mut impl Run,
    wanted: &[(i64, i64)],
) -> Result<(WordsOfSeries, BTreeSet<i64>)> {
    let words = words::with_numbers(run, wanted).await?;
    let wordless = wanted.iter().filter(|place| !words.contains_key(*place)).map(|(id, _)| *id);
    let mut deleted: BTreeSet<i64> = wordless.collect();
    if !deleted.is_empty() {
        let existing = resolve::existing(run, &deleted).await?;
        deleted.retain(|id| !existing.contains(id));
    }
    Ok((words, deleted))
}

/// The value of a sample. `word` finds a word by its number.
pub(crate) fn value_of(
    kind: Kind,
    sample: Sample,
    word: impl Fn(i64) -> Option<words::Stored>,
) -> Result<Value> {
    Ok(match kind {
        Kind::State => Value::State(word(sample.value).or_corrupt("series_words", "number")?.0),
        Kind::Count => Value::Count(sample.value),
        Kind::Quantity => Value::Quantity(quantity(sample)?),
        Kind::Alarm => {
            let (code, level) = word(sample.order).or_corrupt("series_words", "number")?;
            let level = AlarmLevel::from_number(level).or_corrupt("series_words", "level")?;
            Value::Alarm(Alarm { code, level, on: sample.value == 1 })
        }
    })
}

fn quantity(sample: Sample) -> Result<Quantity> {
    let number = f64::from_bits(sample.value.cast_unsigned());
    Quantity::try_from(number).or_corrupt("observation_chunks", "body")
}

/// Samples of a series as a column. `word` finds a word by its number.
pub(crate) fn column_of(
    series: &Series,
    samples: &[Sample],
    word: impl Fn(i64) -> Option<words::Stored>,
) -> Result<Column> {
    let kind = series.metric.kind;
    let mut places: HashMap<i64, u32> = HashMap::new();
    let mut used: Vec<words::Stored> = Vec::new();
    let mut place_of = |number: i64| -> Result<u32> {
        if let Some(place) = places.get(&number) {
            return Ok(*place);
        }
        let place = u32::try_from(used.len()).or_corrupt("series_words", "number")?;
        used.push(word(number).or_corrupt("series_words", "number")?);
        places.insert(number, place);
        Ok(place)
    };
    let values = match kind {
        Kind::Count => Values::Count(samples.iter().map(|sample| sample.value).collect()),
        Kind::Quantity => {
            Values::Quantity(samples.iter().map(|sample| quantity(*sample)).collect::<Result<_>>()?)
        }
        Kind::State => {
            let places = samples.iter().map(|sample| place_of(sample.value)).collect::<Result<_>>()?;
            Values::State { words: used.into_iter().map(|(word, _)| word).collect(), places }
        }
        Kind::Alarm => {
            let place = |sample: &Sample| Ok((place_of(sample.order)?, sample.value == 1));
            let places = samples.iter().map(place).collect::<Result<_>>()?;
            let level = |(code, level): (Word, i64)| Some((code, AlarmLevel::from_number(level)?));
            let words: Option<Vec<_>> = used.into_iter().map(level).collect();
            Values::Alarm { words: words.or_corrupt("series_words", "level")?, places }
        }
    };
    let is_numbered = kind == Kind::State && samples.iter().any(|sample| sample.order >= SEQUENCED);
    let sequence = |sample: &Sample| sample.order.checked_sub(SEQUENCED).filter(|number| *number >= 0);
    Ok(Column {
        node: series.node,
        metric: series.metric.clone(),
        times: samples.iter().map(|sample| Timestamp::from_micros(sample.at)).collect(),
        values,
        sequences: if is_numbered { samples.iter().map(sequence).collect() } else { Vec::new() },
        lines: Lines::From(0),
    })
}
