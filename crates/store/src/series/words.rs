//! The words of series: states, and codes of alarms with their levels, each with a number.

use std::collections::HashMap;

use bailiwick_domain::observations::limits::WORDS_PER_SERIES_MAX;
use bailiwick_domain::observations::value::{AlarmLevel, Word};

use crate::database::run::Run;
use crate::database::store::Tx;
use crate::error::{OrCorrupt as _, Result};
use crate::sql::name::StatementName;
use crate::sql::statement::{Statement, Value};

/// How many words one statement looks up.
const LOOKED_UP_AT_ONCE: usize = 5_000;

/// A word as it is stored: the text, and the number of an alarm's level or 0.
pub(crate) type Stored = (Word, i64);

/// The stored word of an alarm.
pub(crate) fn of_alarm(code: &Word, level: AlarmLevel) -> Stored {
    (code.clone(), level.number())
}

/// Those words of one series that a batch uses.
#[derive(Debug, Default)]
pub(crate) struct Words {
    numbers: HashMap<Stored, i64>,
    /// The number that the next new word gets.
    next: i64,
}

impl Words {
    /// Words of a series whose largest number is this.
    pub(crate) fn after(largest: Option<i64>) -> Self {
        Self { numbers: HashMap::new(), next: largest.map_or(0, |number| number.saturating_add(1)) }
    }

    pub(crate) fn know(&mut self, word: Stored, number: i64) {
        self.numbers.insert(word, number);
    }

    /// The number of a word, which is a new one if the word has none. `None` if the series has too many words.
    pub(crate) fn number(&mut self, word: &Stored) -> Option<i64> {
        if let Some(number) = self.numbers.get(word) {
            return Some(*number);
        }
        let number = self.next;
        if number >= i64::from(WORDS_PER_SERIES_MAX) {
            return None;
        }
        self.next += 1;
        self.numbers.insert(word.clone(), number);
        Some(number)
    }

    /// The words that were given a number from `first` on.
    pub(crate) fn since(&self, first: i64) -> impl Iterator<Item = (&Stored, i64)> {
        self.numbers.iter().map(|(word, number)| (word, *number)).filter(move |(_, number)| *number >= first)
    }

    /// The word with this number, if it is among these.
    pub(crate) fn word(&self, number: i64) -> Option<&Stored> {
        self.numbers.iter().find(|(_, known)| **known == number).map(|(word, _)| word)
    }
}

/// The numbers of words of series. Words without a number are left out.
pub(crate) async fn find(tx: &mut Tx, wanted: &[(i64, Stored)]) -> Result<Vec<(i64, Stored, i64)>> {
    let mut found = Vec::new();
    for wanted in wanted.chunks(LOOKED_UP_AT_ONCE) {
        let rows = wanted.iter().map(|(series, (word, level))| -> [Value; 3] {
            [(*series).into(), word.as_str().into(), (*level).into()]
        });
        let mut statement = Statement::with("series_id, word, level", rows);
        statement.push(
            "SELECT w.series_id, w.word, w.level, w.number FROM v JOIN series_words w \
             ON w.series_id = v.series_id AND w.word = v.word AND w.level = v.level",
        );
        let rows: Vec<(i64, String, i64, i64)> = tx.rows(StatementName::SeriesWordsFind, statement).await?;
        for (series, word, level, number) in rows {
            found.push((series, (word.parse().or_corrupt("series_words", "word")?, level), number));
        }
    }
    Ok(found)
}

/// Adds words of series, with their numbers.
pub(crate) async fn add(tx: &mut Tx, words: Vec<(i64, i64, Stored)>) -> Result<()> {
    let rows = words.into_iter().map(|(series, number, (word, level))| -> [Value; 4] {
        [series.into(), number.into(), level.into(), word.as_str().into()]
    });
    let into = "INSERT INTO series_words (series_id, number, level, word) VALUES ";
    tx.insert(StatementName::SeriesWordsAdd, into, rows.collect()).await
}

/// The words of series with these numbers.
pub(crate) async fn with_numbers(
    run: &mut impl Run,
    wanted: &[(i64, i64)],
) -> Result<HashMap<(i64, i64), Stored>> {
    let mut found = HashMap::new();
    for wanted in wanted.chunks(LOOKED_UP_AT_ONCE) {
        let mut statement =
            Statement::with("series_id, number", wanted.iter().map(|(series, number)| [*series, *number]));
        statement.push(
            "SELECT w.series_id, w.number, w.word, w.level FROM v JOIN series_words w \
             ON w.series_id = v.series_id AND w.number = v.number",
        );
        let rows: Vec<(i64, i64, String, i64)> =
            run.rows(StatementName::SeriesWordsWithNumbers, statement).await?;
        for (series, number, word, level) in rows {
            found.insert((series, number), (word.parse().or_corrupt("series_words", "word")?, level));
        }
    }
    Ok(found)
}

/// All words of a series by number, which are at most
/// [`WORDS_PER_SERIES_MAX`].
pub(crate) async fn of_series(run: &mut impl Run, series: i64) -> Result<HashMap<i64, Stored>> {
    let statement =
        Statement::new("SELECT number, word, level FROM series_words WHERE series_id = $1").bind(series);
    let rows: Vec<(i64, String, i64)> = run.rows(StatementName::SeriesWordsOfSeries, statement).await?;
    rows.into_iter()
        .map(|(number, word, level)| Ok((number, (word.parse().or_corrupt("series_words", "word")?, level))))
        .collect()
}
