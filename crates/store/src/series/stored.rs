//! What is stored of series: the rows of the log, and the chunks.

use std::collections::BTreeMap;

use bailiwick_domain::observations::kind::Kind;

use crate::database::run::Run;
use crate::error::{OrCorrupt as _, Result};
use crate::series::chunk::decode;
use crate::series::sample::Sample;
use crate::sql::name::StatementName;
use crate::sql::statement::{Statement, Value};

/// How many bodies one statement reads.
const BODIES_AT_ONCE: usize = 128;
/// How many series one statement looks up.
const LOOKED_UP_AT_ONCE: usize = 2_000;

/// Where samples are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// In the log.
    Log,
    /// Sealed, in a chunk.
    Chunk,
}

impl Place {
    pub(crate) const BOTH: [Self; 2] = [Self::Log, Self::Chunk];

    pub(crate) const fn table(self) -> &'static str {
        match self {
            Self::Log => "observation_log",
            Self::Chunk => "observation_chunks",
        }
    }
}

/// A row with samples, without them.
#[derive(Clone, Copy, Debug, sqlx::FromRow)]
pub(crate) struct Held {
    pub(crate) id: i64,
    pub(crate) series_id: i64,
    pub(crate) first_at: i64,
    pub(crate) last_at: i64,
    pub(crate) samples: i64,
}

/// The rows with samples of series between two times, both included, sorted by their first times. Each series has
/// its own times.
pub(crate) async fn between(
    run: &mut impl Run,
    place: Place,
    series: &[(i64, i64, i64)],
) -> Result<Vec<Held>> {
    let mut held: Vec<Held> = Vec::new();
    for series in series.chunks(LOOKED_UP_AT_ONCE) {
        let rows = series.iter().map(|(series, first, last)| [*series, *first, *last]);
        let mut statement = Statement::with("series_id, first_at, last_at", rows);
        statement
            .push("SELECT h.id, h.series_id, h.first_at, h.last_at, h.samples FROM v JOIN ")
            .push(place.table())
            .push(" h ON h.series_id = v.series_id AND h.last_at >= v.first_at AND h.first_at <= v.last_at");
        held.extend(run.rows::<Held>(StatementName::ObservationsBetween, statement).await?);
    }
    held.sort_unstable_by_key(|held| (held.series_id, held.first_at, held.id));
    Ok(held)
}

/// How many samples are stored of series between two times, both included, with all of each row that has some.
pub(crate) async fn count(run: &mut impl Run, series: &[i64], first: i64, last: i64) -> Result<u64> {
    let mut count = 0_u64;
    for place in Place::BOTH {
        for series in series.chunks(LOOKED_UP_AT_ONCE) {
            let mut statement = Statement::new("SELECT CAST(coalesce(sum(samples), 0) AS BIGINT) FROM ");
            statement.push(place.table()).push(" WHERE series_id IN ").push_values(series.iter().copied());
            statement.push(" AND last_at >= ").push_value(first).push(" AND first_at <= ").push_value(last);
            let row: Option<(i64,)> = run.row(StatementName::ObservationsCount, statement).await?;
            count = count.saturating_add(row.map_or(0, |(count,)| count.unsigned_abs()));
        }
    }
    Ok(count)
}

/// The samples of rows, by the rows' numbers. Rows that do not exist any more are left out.
pub(crate) async fn samples(
    run: &mut impl Run,
    place: Place,
    kind: Kind,
    held: &[Held],
) -> Result<BTreeMap<i64, Vec<Sample>>> {
    let mut found = BTreeMap::new();
    for held in held.chunks(BODIES_AT_ONCE) {
        let mut statement = Statement::new("SELECT id, samples, body FROM ");
        let ids = held.iter().map(|held| Value::from(held.id));
        statement.push(place.table()).push(" WHERE id IN ").push_values(ids);
        let rows: Vec<(i64, i64, Vec<u8>)> = run.rows(StatementName::ObservationsBodies, statement).await?;
        for (id, samples, body) in rows {
            found.insert(id, decoded(place, kind, samples, &body)?);
        }
    }
    Ok(found)
}

/// The samples of a row.
pub(crate) fn decoded(place: Place, kind: Kind, samples: i64, body: &[u8]) -> Result<Vec<Sample>> {
    let count = usize::try_from(samples).or_corrupt(place.table(), "samples")?;
    decode(kind, body, count).or_corrupt(place.table(), "body")
}

/// For each series and time, a time that is not earlier than that of its next sample; `None` if there is none.
pub(crate) async fn next_after(run: &mut impl Run, times: &[(i64, i64)]) -> Result<Vec<(i64, Option<i64>)>> {
    let mut found = Vec::new();
    for place in Place::BOTH {
        for times in times.chunks(LOOKED_UP_AT_ONCE) {
            let rows = times.iter().map(|(series, at)| [*series, *at]);
            let mut statement = Statement::with("series_id, at", rows);
            statement
                .push("SELECT v.series_id, min(CASE WHEN h.first_at > v.at THEN h.first_at ELSE h.last_at END) FROM v JOIN ")
                .push(place.table())
                .push(" h ON h.series_id = v.series_id AND h.last_at > v.at GROUP BY v.series_id");
            found.extend(
                run.rows::<(i64, Option<i64>)>(StatementName::ObservationsNextAfter, statement).await?,
            );
        }
    }
    Ok(found)
}
