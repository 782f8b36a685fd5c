//! Writes the answer of a report from its columns, in pieces.

use std::collections::BTreeMap;
use std::ops::Range;

use bailiwick_domain::metrics::Metric;
use bailiwick_domain::sums::Sum;
use bailiwick_engine::error::{Error, Result};
use bailiwick_engine::shape::body::{Body, Pieces};
use serde::Serialize;

use super::groups::Summed;
use super::metrics::{Shows, name_of, shown, value};
use super::query::Layout;
use super::report::Report;
use super::rows::{Row, Rows};

/// About so large are pieces, in bytes. A smaller answer is written as a whole.
const PIECE: usize = 256 << 10;

/// What stands in a column.
#[derive(Clone, Copy)]
enum Column {
    /// The keys of a level, which is 1 or more.
    Key(usize),
    /// A metric.
    Metric(&'static Metric),
}

/// The texts that are the same for all groups.
struct Texts {
    /// Each metric once, in the order of names, with what is before its value.
    values: Vec<(&'static Metric, String)>,
    /// Each sum, in the order of names, with what is before its value.
    sums: Vec<(Sum, String)>,
    /// The keys of each level as JSON, by their numbers.
    keys: Vec<Vec<String>>,
    /// The columns of rows in the order of their names, with these as JSON.
    columns: Vec<(String, Column)>,
}

/// What is written next.
enum Step {
    Head,
    /// The groups that are left of each level.
    Nested(Vec<(usize, Range<usize>)>),
    Rows(Row, usize),
    /// The place of the column, and the row.
    Columns(usize, Row, usize),
    Tail,
    End,
}

/// The answer of a report while it is written.
pub(super) struct Written {
    report: Report,
    texts: Texts,
    step: Step,
}

/// Appends JSON.
fn json(value: &(impl Serialize + ?Sized), out: &mut Vec<u8>) -> serde_json::Result<()> {
    serde_json::to_writer(out, value)
}

fn number(value: Option<Shows>, out: &mut Vec<u8>) -> serde_json::Result<()> {
    match value {
        Some(Shows::Whole(number)) => json(&number, out),
        Some(Shows::Number(number)) => json(&number, out),
        Some(Shows::Time(time)) => json(&time, out),
        None => json(&(), out),
    }
}

impl Texts {
    fn of(report: &Report) -> serde_json::Result<Self> {
        let Report { query, shown, rows, .. } = report;
        let member = |place: usize, name: &str| -> serde_json::Result<String> {
            Ok(format!("{}{}:", if place > 0 { "," } else { "" }, serde_json::to_string(name)?))
        };
        let by_name: BTreeMap<&str, &'static Metric> =
            shown.metrics.iter().map(|metric| (metric.name, *metric)).collect();
        let mut values = Vec::new();
        for (place, (name, metric)) in by_name.into_iter().enumerate() {
            values.push((metric, member(place, name)?));
        }
        let by_name: BTreeMap<String, Sum> = shown.sums.iter().map(|sum| (name_of(*sum), *sum)).collect();
        let mut sums = Vec::new();
        for (place, (name, sum)) in by_name.into_iter().enumerate() {
            sums.push((sum, member(place, &name)?));
        }
        let keys = (0..rows.levels()).map(|level| {
            rows.groups().keys(level).iter().map(serde_json::to_string).collect::<serde_json::Result<_>>()
        });
        let dimensions = query.group_by.iter().enumerate();
        let mut columns: BTreeMap<String, Column> =
            dimensions.map(|(level, dimension)| (dimension.to_string(), Column::Key(level + 1))).collect();
        columns.extend(shown.metrics.iter().map(|metric| (metric.name.to_owned(), Column::Metric(metric))));
        let columns = columns.into_iter().map(|(name, column)| Ok((serde_json::to_string(&name)?, column)));
        let columns = columns.collect::<serde_json::Result<_>>()?;
        Ok(Self { values, sums, keys: keys.collect::<serde_json::Result<_>>()?, columns })
    }

    /// Appends the members `values` and `sums` of a group.
    fn write_values(&self, summed: &Summed, out: &mut Vec<u8>) -> serde_json::Result<()> {
        out.extend(b"\"values\":{");
        for (metric, before) in &self.values {
            out.extend(before.as_bytes());
            number(value(metric, summed), out)?;
        }
        out.extend(b"},\"sums\":{");
        for (sum, before) in &self.sums {
            out.extend(before.as_bytes());
            number(Some(shown(*sum, summed.sums.get(*sum))), out)?;
        }
        out.push(b'}');
        Ok(())
    }

    /// Appends the key with this number of a level, which is 1 or more.
    fn write_key(&self, level: usize, number: u32, out: &mut Vec<u8>) {
        let keys = level.checked_sub(1).and_then(|level| self.keys.get(level));
        let key = keys.and_then(|keys| keys.get(number as usize));
        out.extend(key.map_or("null", |key| key).as_bytes());
    }

    /// Appends a row as an object.
    fn write_row(&self, rows: &Rows, row: &Row, out: &mut Vec<u8>) -> serde_json::Result<()> {
        let summed = rows.summed_of(row);
        out.push(b'{');
        for (place, (name, column)) in self.columns.iter().enumerate() {
            if place > 0 {
                out.push(b',');
            }
            out.extend(name.as_bytes());
            out.push(b':');
            match column {
                Column::Key(level) => self.write_key(*level, rows.key_of(row, *level), out),
                Column::Metric(metric) => number(value(metric, &summed), out)?,
            }
        }
        out.push(b'}');
        Ok(())
    }
}

impl Written {
    pub(super) fn new(report: Report) -> serde_json::Result<Self> {
        Ok(Self { texts: Texts::of(&report)?, report, step: Step::Head })
    }

    /// The rows of a report as JSON lines.
    pub(super) fn lines(report: &Report) -> Result<String> {
        let texts = Texts::of(report).map_err(Error::internal)?;
        let (rows, mut out) = (&report.rows, Vec::new());
        let mut row = rows.first();
        for _ in 0..rows.count() {
            texts.write_row(rows, &row, &mut out).map_err(Error::internal)?;
            out.push(b'\n');
            rows.advance(&mut row);
        }
        String::from_utf8(out).map_err(Error::internal)
    }

    /// The answer: as a whole if it is small.
    pub(super) fn into_body(mut self) -> Body {
        let first = self.piece().unwrap_or_default();
        if matches!(self.step, Step::End) {
            return Body::Whole(first);
        }
        let keys = self.texts.keys.iter().flatten().map(|key| 2 * key.len() + 64).sum::<usize>();
        let held = self.report.rows.groups().bytes().saturating_add(keys);
        let mut first = Some(first);
        Body::Pieces(Pieces::new(held, move || first.take().or_else(|| self.piece())))
    }

    /// The next piece; `None` at the end.
    fn piece(&mut self) -> Option<Vec<u8>> {
        let mut out = Vec::with_capacity(PIECE / 16);
        while out.len() < PIECE && !matches!(self.step, Step::End) {
            let step = std::mem::replace(&mut self.step, Step::End);
            // Writing to memory does not fail. If it did, the answer would end here, and no client would take it for
            // whole: it is not valid JSON.
            self.step = self.write(step, &mut out).unwrap_or(Step::End);
        }
        (!out.is_empty()).then_some(out)
    }

    fn write(&self, step: Step, out: &mut Vec<u8>) -> serde_json::Result<Step> {
        let Self { report: Report { query, outdated, rows, layout, names, data, .. }, texts, .. } = self;
        Ok(match step {
            Step::Head => {
                out.extend(b"{\"query\":");
                json(query, out)?;
                out.extend(
                    format!(",\"complete\":{},\"outdated_node_days\":{outdated}", *outdated == 0).as_bytes(),
                );
                out.extend(b",\"total\":{");
                texts.write_values(&rows.summed(0, 0), out)?;
                out.push(b'}');
                match layout {
                    _ if data.is_some() => Step::Tail,
                    Layout::Nested => {
                        out.extend(b",\"groups\":[");
                        let all = rows.inside(0, 0);
                        Step::Nested(vec![(all.start, all)])
                    }
                    Layout::Rows => {
                        out.extend(b",\"rows\":[");
                        Step::Rows(rows.first(), 0)
                    }
                    Layout::Columns => {
                        out.extend(b",\"columns\":{");
                        Step::Columns(0, rows.first(), 0)
                    }
                }
            }
            Step::Nested(mut levels) => {
                let level = levels.len();
                let Some((next, groups)) = levels.last_mut() else { return Ok(Step::Tail) };
                if *next == groups.end {
                    levels.pop();
                    out.push(b']');
                    if levels.is_empty() {
                        return Ok(Step::Tail);
                    }
                    out.push(b'}');
                    return Ok(Step::Nested(levels));
                }
                let place = *next;
                if place > groups.start {
                    out.push(b',');
                }
                *next = place.saturating_add(1);
                out.extend(b"{\"key\":");
                texts.write_key(level, rows.key(level, place), out);
                out.push(b',');
                texts.write_values(&rows.summed(level, place), out)?;
                if level < rows.levels() {
                    out.extend(b",\"groups\":[");
                    let inside = rows.inside(level, place);
                    levels.push((inside.start, inside));
                } else {
                    out.push(b'}');
                }
                Step::Nested(levels)
            }
            Step::Rows(_, number) if number == rows.count() => {
                out.push(b']');
                Step::Tail
            }
            Step::Rows(mut row, number) => {
                if number > 0 {
                    out.push(b',');
                }
                texts.write_row(rows, &row, out)?;
                rows.advance(&mut row);
                Step::Rows(row, number.saturating_add(1))
            }
            Step::Columns(place, mut row, number) => {
                let Some((name, column)) = texts.columns.get(place) else {
                    out.push(b'}');
                    return Ok(Step::Tail);
                };
                if number == 0 {
                    if place > 0 {
                        out.push(b',');
                    }
                    out.extend(name.as_bytes());
                    out.extend(b":[");
                }
                if number == rows.count() {
                    out.push(b']');
                    return Ok(Step::Columns(place.saturating_add(1), rows.first(), 0));
                }
                if number > 0 {
                    out.push(b',');
                }
                match column {
                    Column::Key(level) => texts.write_key(*level, rows.key_of(&row, *level), out),
                    Column::Metric(metric) => self::number(value(metric, &rows.summed_of(&row)), out)?,
                }
                rows.advance(&mut row);
                Step::Columns(place, row, number.saturating_add(1))
            }
            Step::Tail => {
                out.extend(b",\"names\":");
                json(names, out)?;
                if let Some(data) = data {
                    out.extend(b",\"data\":");
                    json(data, out)?;
                }
                out.push(b'}');
                Step::End
            }
            Step::End => Step::End,
        })
    }
}
