//! A report as a table.

use std::collections::BTreeSet;

use bailiwick_domain::metrics::Unit;
use serde_json::Value;

use super::bars::Style;
use super::value;
use crate::output;

/// Dimensions that are times.
const TIMES: [&str; 4] = ["hour", "day", "week", "month"];

/// A report that was answered.
struct Report<'a> {
    answer: &'a Value,
    dimensions: Vec<&'a str>,
    metrics: Vec<&'a str>,
}

/// A row of the table.
#[derive(Debug, PartialEq)]
struct Row<'a> {
    /// The keys of its groups, as text.
    keys: Vec<String>,
    group: &'a Value,
}

fn texts(list: &Value) -> Vec<&str> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

fn groups(group: &Value) -> &[Value] {
    group.get("groups").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

impl<'a> Report<'a> {
    fn of(answer: &'a Value) -> Self {
        let query = &answer["query"];
        Self { answer, dimensions: texts(&query["group_by"]), metrics: texts(&query["metrics"]) }
    }

    /// How many dimensions are in rows; the last one may be in lines of bars instead.
    fn levels(&self) -> usize {
        match self.dimensions.as_slice() {
            [_, .., last] if TIMES.contains(last) => self.dimensions.len().saturating_sub(1),
            all => all.len(),
        }
    }

    /// The key of a group as people read it: the name of what has one.
    fn key(&self, dimension: &str, key: &Value) -> String {
        let none = || match dimension {
            "shift" => "(no shift)".to_owned(),
            "reason" => "(no reason)".to_owned(),
            _ => "(none)".to_owned(),
        };
        let Some(id) = key.as_str() else { return none() };
        let names = &self.answer["names"][format!("{dimension}s")];
        let name = names[id].as_str().unwrap_or(id);
        // A time is shown by the minute.
        let name = if dimension == "hour" {
            name.get(..16).unwrap_or(name).replace('T', " ")
        } else {
            name.to_owned()
        };
        output::clean(&name)
    }

    fn rows(&self) -> Vec<Row<'a>> {
        fn below<'a>(report: &Report<'a>, group: &'a Value, keys: &[String], rows: &mut Vec<Row<'a>>) {
            if keys.len() == report.levels() {
                rows.push(Row { keys: keys.to_vec(), group });
                return;
            }
            let dimension = report.dimensions.get(keys.len()).copied().unwrap_or_default();
            for group in groups(group) {
                let key = report.key(dimension, &group["key"]);
                below(report, group, &[keys, &[key]].concat(), rows);
            }
        }
        let mut rows = Vec::new();
        if self.levels() > 0 {
            below(self, self.answer, &[], &mut rows);
        }
        rows
    }

    /// All times of the last dimension, in order, if they are in lines of bars.
    fn times(&self) -> Option<Vec<&'a str>> {
        if self.levels() == self.dimensions.len() {
            return None;
        }
        fn collect<'a>(group: &'a Value, depth: usize, times: &mut BTreeSet<&'a str>) {
            if depth == 0 {
                times.extend(group["key"].as_str());
                return;
            }
            groups(group).iter().for_each(|group| collect(group, depth.saturating_sub(1), times));
        }
        let mut times = BTreeSet::new();
        collect(self.answer, self.dimensions.len(), &mut times);
        Some(times.into_iter().collect())
    }

    /// The whole of which bars show a share: 1 for fractions, otherwise the largest value.
    fn whole(&self, rows: &[Row<'_>], is_over_time: bool) -> f64 {
        let Some(metric) = self.metrics.first() else { return 1.0 };
        if value::unit(metric) == Some(Unit::Fraction) {
            return 1.0;
        }
        let of = |group: &Value| group["values"][*metric].as_f64();
        let largest = |values: &mut dyn Iterator<Item = f64>| values.fold(0.0, f64::max);
        if is_over_time {
            largest(&mut rows.iter().flat_map(|row| groups(row.group)).filter_map(of))
        } else {
            largest(&mut rows.iter().filter_map(|row| of(row.group)))
        }
    }

    /// The lines of the table, with its header first.
    fn lines(&self, style: Style) -> Vec<Vec<String>> {
        let rows = self.rows();
        let times = self.times();
        let whole = self.whole(&rows, times.is_some());
        let first = self.metrics.first().copied().unwrap_or_default();
        let share = |group: &Value| {
            let value = group["values"][first].as_f64()?;
            Some(if whole > 0.0 { value / whole } else { 0.0 })
        };
        let is_drawn = value::unit(first) != Some(Unit::Time);
        let picture = |group: &Value| match &times {
            _ if !is_drawn => String::new(),
            None => style.bar(share(group).unwrap_or_default()),
            Some(times) => {
                let at =
                    |time: &&str| groups(group).iter().find(|group| group["key"] == **time).and_then(share);
                style.sparkline(times.iter().map(at))
            }
        };
        let levels = self.levels();
        let mut header: Vec<String> =
            self.dimensions.iter().take(levels).map(|name| (*name).to_owned()).collect();
        header.push(String::new());
        header.extend(self.metrics.iter().map(|name| value::title(name).to_owned()));
        let cells = |mut keys: Vec<String>, group: &Value, picture: String| {
            keys.push(picture);
            keys.extend(self.metrics.iter().map(|metric| value::text(metric, &group["values"][*metric])));
            keys
        };
        let mut lines = vec![header];
        lines.extend(rows.into_iter().map(|row| cells(row.keys, row.group, picture(row.group))));
        let mut total = vec![String::new(); levels];
        if let Some(first) = total.first_mut() {
            "TOTAL".clone_into(first);
        }
        lines.push(cells(total, &self.answer["total"], String::new()));
        lines
    }

    /// What the report is about, in one line.
    fn title(&self) -> String {
        let query = &self.answer["query"];
        let text = |name: &str| query[name].as_str().map(output::clean);
        let time = match (text("first_day"), text("last_day"), text("from"), text("until")) {
            (Some(first), Some(last), ..) if first == last => first,
            (Some(first), Some(last), ..) => format!("{first} to {last}"),
            (_, _, Some(from), Some(until)) => format!("{from} to {until}"),
            _ => String::new(),
        };
        let nodes = query["nodes"].as_u64().unwrap_or_default();
        let machines = if nodes == 1 { "1 machine".to_owned() } else { format!("{nodes} machines") };
        format!("{time}, {machines}, time zone {}", text("time_zone").unwrap_or_default())
    }
}

/// Shows a report.
pub(super) fn show(answer: &Value, style: Style) {
    let report = Report::of(answer);
    output::note(&report.title());
    let mut lines = report.lines(style).into_iter();
    let header = lines.next().unwrap_or_default();
    let header: Vec<&str> = header.iter().map(String::as_str).collect();
    output::table(&header, lines);
    if answer["query"]["nodes"] == 0 {
        output::note(
            "No machine data were received of these nodes: send some, for example with `bailiwick observations create`",
        );
    }
    if answer["complete"] == false {
        let days = answer["outdated_node_days"].as_u64().unwrap_or_default();
        output::note(&format!(
            "Not complete: {days} days of machines have new data that are not summed yet. Ask again shortly."
        ));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn answer(group_by: Value, groups: Value) -> Value {
        json!({
            "query": { "first_day": "2030-01-01", "last_day": "2030-01-02", "time_zone": "UTC", "nodes": 2,
                "group_by": group_by, "metrics": ["utilization", "in_cycle_ms"] },
            "total": { "values": { "utilization": 0.75, "in_cycle_ms": 3_600_000 } },
            "groups": groups,
            "names": { "nodes": { "id-1": "lathe-1\u{1b}" } },
        })
    }

    fn group(key: Value, utilization: Value, groups: Value) -> Value {
        json!({ "key": key, "values": { "utilization": utilization, "in_cycle_ms": 60_000 }, "groups": groups })
    }

    #[test]
    fn each_group_is_a_row_with_a_bar() {
        let answer = answer(json!(["node"]), json!([group(json!("id-1"), json!(0.25), json!([]))]));
        let report = Report::of(&answer);
        assert_eq!(report.title(), "2030-01-01 to 2030-01-02, 2 machines, time zone UTC");
        assert_eq!(
            report.lines(Style::Ascii),
            [
                vec!["node", "", "utilization", "in_cycle"],
                vec!["lathe-1\u{fffd}", "#####", "25.0 %", "1m 00s"],
                vec!["TOTAL", "", "75.0 %", "1h 00m"],
            ]
        );
    }

    #[test]
    fn times_in_the_last_dimension_are_a_line_of_bars() {
        let day = |key: &str, value: Value| group(json!(key), value, json!([]));
        let one = json!([day("2030-01-01", json!(0.0)), day("2030-01-02", json!(1.0))]);
        let other = json!([day("2030-01-02", Value::Null)]);
        let groups = json!([group(json!("id-1"), json!(0.5), one), group(Value::Null, Value::Null, other)]);
        let answer = answer(json!(["node", "day"]), groups);
        let lines = Report::of(&answer).lines(Style::Ascii);
        assert_eq!(lines[1], ["lathe-1\u{fffd}", "09", "50.0 %", "1m 00s"]);
        assert_eq!(lines[2], ["(none)", "..", "-", "1m 00s"]);
    }

    #[test]
    fn a_report_without_groups_is_its_total() {
        let answer = answer(json!([]), Value::Null);
        let lines = Report::of(&answer).lines(Style::Blocks);
        assert_eq!(lines, [vec!["", "utilization", "in_cycle"], vec!["", "75.0 %", "1h 00m"]]);
    }
}
