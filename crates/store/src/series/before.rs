//! The last observations of series before a time.

use std::collections::HashMap;

use bailiwick_domain::observations::kind::Kind;
use bailiwick_domain::observations::series::{Latest, Series};
use bailiwick_domain::time::Timestamp;

use crate::database::run::Run;
use crate::error::Result;
use crate::series::observations::Observations;
use crate::series::sample::Sample;
use crate::series::stored::{self, Held, Place};
use crate::sql::name::StatementName;
use crate::sql::statement::Statement;

/// How many series one statement looks up.
const LOOKED_UP_AT_ONCE: usize = 1_000;

impl Observations {
    /// The last observation of each series before a time, in the order of the series. Series without one are left out.
    pub async fn before(&self, series: &[Series], at: Timestamp) -> Result<Vec<Latest>> {
        let mut last: HashMap<i64, Sample> = HashMap::new();
        // The log comes first, so that a sample that is sealed meanwhile is found in one of them or in both.
        for place in Place::BOTH {
            for series in series.chunks(LOOKED_UP_AT_ONCE) {
                let held = rows_before(&mut &self.store, place, series, at.as_micros()).await?;
                for kind in Kind::ALL {
                    let of_kind = series.iter().filter(|series| series.metric.kind == kind);
                    let ids: Vec<i64> = of_kind.map(|series| series.id.get()).collect();
                    let rows: Vec<Held> =
                        held.iter().filter(|held| ids.contains(&held.series_id)).copied().collect();
                    let read = stored::samples(&mut &self.store, place, kind, &rows).await?;
                    for row in &rows {
                        let samples = read.get(&row.id).into_iter().flatten();
                        let Some(sample) =
                            samples.filter(|sample| sample.at < at.as_micros()).max_by_key(|s| s.place())
                        else {
                            continue;
                        };
                        let known = last.entry(row.series_id).or_insert(*sample);
                        if known.place() < sample.place() {
                            *known = *sample;
                        }
                    }
                }
            }
        }
        self.with_values(series, &last).await
    }
}

/// The rows that may have the last sample of series before a time.
async fn rows_before(run: &mut impl Run, place: Place, series: &[Series], at: i64) -> Result<Vec<Held>> {
    let table = place.table();
    let mut statement = Statement::with("series_id", series.iter().map(|series| [series.id.get()]));
    // Of a row that reaches beyond the time, its first sample is known to be before it.
    statement.push("SELECT h.id, h.series_id, h.first_at, h.last_at, h.samples FROM v JOIN ").push(table);
    statement.push(" h ON h.series_id = v.series_id AND h.first_at < ").push_value(at);
    statement.push(" AND h.last_at >= (SELECT max(CASE WHEN o.last_at < ").push_value(at);
    statement.push(" THEN o.last_at ELSE o.first_at END) FROM ").push(table);
    statement.push(" o WHERE o.series_id = v.series_id AND o.first_at < ").push_value(at).push(")");
    run.rows(StatementName::SeriesBefore, statement).await
}
