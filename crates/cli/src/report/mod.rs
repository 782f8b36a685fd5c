//! `bailiwick report`: reports as tables, with bars and sparklines.

mod bars;
mod table;
mod value;

use std::process::ExitCode;

use bailiwick_domain::outside::Clock as _;
use bailiwick_domain::time::Timestamp;
use bailiwick_engine::outside::SystemClock;
use clap::{ArgGroup, Args, Subcommand};
use serde_json::{Map, Value, json};

use crate::answer::show_problem;
use crate::client::ServerArgs;
use crate::output;

const ABOUT: &str = "Show a report as a table, with a bar for each row or a line of bars over time

The bars show the first metric. If the last dimension is a time (hour, day, week or month) and others come before \
it, each row has a line of bars, one for each time. A dot stands for a time without a value.";

/// Which report.
#[derive(Debug, Subcommand)]
#[command(about = "Show a report as a table, with bars", long_about = ABOUT)]
pub(crate) enum ReportCommand {
    /// What machines did, how long, and how many parts they made
    Production(ReportArgs),
    /// How long machines were down, and why
    Downtime(ReportArgs),
}

/// What a report shows.
#[derive(Args, Debug)]
#[command(group = ArgGroup::new("time").multiple(false).args(["last", "from"]))]
pub(crate) struct ReportArgs {
    /// The time until now: 7d (production days, today included), 4w, or 12h
    #[arg(long, value_name = "TIME", value_parser = last)]
    last: Option<Last>,
    /// The first day, as in 2030-01-31, or the beginning, as in 2030-01-31T06:00:00Z
    #[arg(long, value_name = "DAY")]
    from: Option<String>,
    /// The last day, or the end [default: today, or now]
    #[arg(long, value_name = "DAY", requires = "from")]
    until: Option<String>,
    /// What to group by: node, site, label:NAME, shift, job_operation, operator, reason, hour, day, week, month
    #[arg(long, value_name = "DIMENSIONS", value_delimiter = ',')]
    by: Vec<String>,
    /// The metrics, as in utilization,parts_total
    #[arg(long, value_name = "METRICS", value_delimiter = ',')]
    metrics: Vec<String>,
    /// Only these nodes, by id or name
    #[arg(long, value_name = "NODES", value_delimiter = ',')]
    nodes: Vec<String>,
    /// Only nodes whose labels match, as in env=prod,!legacy
    #[arg(long, value_name = "SELECTOR")]
    labels: Option<String>,
    /// Only nodes at these sites, by id or name
    #[arg(long, value_name = "SITES", value_delimiter = ',')]
    sites: Vec<String>,
    /// Only the time in these shifts
    #[arg(long, value_name = "SHIFTS", value_delimiter = ',')]
    shifts: Vec<String>,
    /// Print CSV instead of a table
    #[arg(long, conflicts_with = "json")]
    csv: bool,
    /// The organization, by id or slug; for root keys
    #[arg(long, value_name = "NAME", help_heading = "Server")]
    organization: Option<String>,
    #[command(flatten)]
    server: ServerArgs,
}

/// A time until now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Last {
    Days(u32),
    Hours(u32),
}

fn last(text: &str) -> Result<Last, String> {
    let expected = || "expected a number with d, w or h, as in 7d".to_owned();
    let (number, unit) = text.split_at_checked(text.len().saturating_sub(1)).ok_or_else(expected)?;
    let number: u32 = number.parse().ok().filter(|number| *number > 0).ok_or_else(expected)?;
    match unit {
        "d" => Ok(Last::Days(number)),
        "w" => number.checked_mul(7).map(Last::Days).ok_or_else(expected),
        "h" => Ok(Last::Hours(number)),
        _ => Err(expected()),
    }
}

impl ReportArgs {
    /// The body of the request. `now` is the end of the last hours.
    fn body(&self, now: Timestamp) -> Value {
        let mut body = Map::new();
        let mut put = |name: &str, value: Value| drop(body.insert(name.to_owned(), value));
        match self.last {
            Some(Last::Days(days)) => put("last_days", days.into()),
            Some(Last::Hours(hours)) => {
                put("from", now.plus_seconds(i64::from(hours).saturating_mul(-3_600)).to_string().into());
                put("until", now.to_string().into());
            }
            None => {}
        }
        // A day has no time.
        let names = if self.from.as_deref().is_some_and(|from| from.contains('T')) {
            ["from", "until"]
        } else {
            ["first_day", "last_day"]
        };
        for (name, value) in names.into_iter().zip([&self.from, &self.until]) {
            if let Some(value) = value {
                put(name, json!(value));
            }
        }
        let lists = [
            ("group_by", &self.by),
            ("metrics", &self.metrics),
            ("nodes", &self.nodes),
            ("sites", &self.sites),
            ("shifts", &self.shifts),
        ];
        for (name, list) in lists.into_iter().filter(|(_, list)| !list.is_empty()) {
            put(name, json!(list));
        }
        if let Some(labels) = &self.labels {
            put("labels", json!(labels));
        }
        if self.csv {
            put("format", json!("csv"));
        }
        body.into()
    }
}

/// Asks for the report, and shows it.
pub(crate) fn run(command: &ReportCommand) -> anyhow::Result<ExitCode> {
    let (name, args) = match command {
        ReportCommand::Production(args) => ("production", args),
        ReportCommand::Downtime(args) => ("downtime", args),
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let server = args.server.server()?;
    let query = server.query(args.organization.as_deref());
    let path = ["v1", "reports", name].map(str::to_owned);
    let body = args.body(SystemClock.now());
    let reply = runtime.block_on(server.call("POST", &path, &query, Some(&body)))?;
    if args.server.json {
        output::json(&reply.body);
    } else if !reply.status.is_success() {
        show_problem(&reply.body);
    } else if args.csv {
        output::bytes(output::clean(reply.body["data"].as_str().unwrap_or_default()).as_bytes());
    } else {
        table::show(&reply.body, bars::Style::of_locale());
    }
    Ok(if reply.status.is_success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        args: ReportArgs,
    }

    fn body(line: &[&str]) -> Value {
        let line = Line::try_parse_from([&["report"], line].concat()).unwrap();
        line.args.body("2030-01-31T12:00:00Z".parse().unwrap())
    }

    #[test]
    fn arguments_become_a_request() {
        assert_eq!(body(&[]), json!({}));
        assert_eq!(
            body(&["--last", "7d", "--by", "node,day", "--metrics", "oee"]),
            json!({ "last_days": 7, "group_by": ["node", "day"], "metrics": ["oee"] })
        );
        assert_eq!(body(&["--last", "2w"]), json!({ "last_days": 14 }));
        assert_eq!(
            body(&["--last", "12h"]),
            json!({ "from": "2030-01-31T00:00:00Z", "until": "2030-01-31T12:00:00Z" })
        );
        assert_eq!(
            body(&["--from", "2030-01-01", "--until", "2030-01-02", "--csv"]),
            json!({ "first_day": "2030-01-01", "last_day": "2030-01-02", "format": "csv" })
        );
        let times = body(&["--from", "2030-01-01T06:00:00Z", "--labels", "hall=a", "--nodes", "a,b"]);
        assert_eq!(times, json!({ "from": "2030-01-01T06:00:00Z", "labels": "hall=a", "nodes": ["a", "b"] }));
        for line in
            [["--last", "7"], ["--last", "d"], ["--last", "0d"], ["--last", "7é"], ["--until", "2030-01-01"]]
        {
            assert!(Line::try_parse_from([&["report"], &line[..]].concat()).is_err(), "{line:?}");
        }
        assert!(Line::try_parse_from(["report", "--last", "7d", "--from", "2030-01-01"]).is_err());
    }
}
