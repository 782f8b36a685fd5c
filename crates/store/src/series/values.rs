//! Turns samples back into values.

use bailiwick_domain::observations::kind::Kind;
use bailiwick_domain::observations::value::{Alarm, AlarmLevel, Quantity, Value};

use crate::error::{OrCorrupt as _, Result};
use crate::series::sample::Sample;
use crate::series::words;

/// The value of a sample. `word` finds a word by its number.
pub(crate) fn value_of(
    kind: Kind,
    sample: Sample,
    word: impl Fn(i64) -> Option<words::Stored>,
) -> Result<Value> {
    Ok(match kind {
        Kind::State => Value::State(word(sample.value).or_corrupt("series_words", "number")?.0),
        Kind::Count => Value::Count(sample.value),
        Kind::Quantity => {
            let number = f64::from_bits(sample.value.cast_unsigned());
            Value::Quantity(Quantity::try_from(number).or_corrupt("observation_chunks", "body")?)
        }
        Kind::Alarm => {
            let (code, level) = word(sample.order).or_corrupt("series_words", "number")?;
            let level = AlarmLevel::from_number(level).or_corrupt("series_words", "level")?;
            Value::Alarm(Alarm { code, level, on: sample.value == 1 })
        }
    })
}
