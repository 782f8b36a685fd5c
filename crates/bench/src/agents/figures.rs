//! The figures of connected agents, next to their budgets.

use std::time::Duration;

use crate::report::{count, median, verdict};

/// The most server memory per agent in bytes, without TLS.
const MEMORY: f64 = 16_384.0;
/// The most milliseconds from a command to the last of 10,000 stored results.
const COMMAND: f64 = 1_000.0;
const COMMAND_AT: u32 = 10_000;

/// The figures of one number of agents.
pub(crate) struct Column {
    pub(crate) agents: u32,
    /// Resident memory before the agents connect, with all connected, and after the commands, in bytes.
    pub(crate) rest: u64,
    pub(crate) held: u64,
    pub(crate) after: u64,
    /// The time until all agents had enrolled and reconnected with their own keys.
    pub(crate) enrolling: Duration,
    /// The time until all agents were connected again after all had disconnected at once.
    pub(crate) connecting: Duration,
    /// Processor time per second while the agents sent only heartbeats.
    pub(crate) idle: Duration,
    /// For each command, the time until the last of its results was stored, in milliseconds.
    pub(crate) commands: Vec<f64>,
}

impl Column {
    fn per_agent(&self) -> f64 {
        self.held.saturating_sub(self.rest) as f64 / f64::from(self.agents)
    }

    fn a_second(&self, time: Duration) -> f64 {
        f64::from(self.agents) / time.as_secs_f64()
    }
}

type Row = (&'static str, &'static str, fn(&Column) -> f64);

const ROWS: [Row; 8] = [
    ("resident, without agents", "MB", |column| column.rest as f64 / 1e6),
    ("resident, all connected", "MB", |column| column.held as f64 / 1e6),
    ("memory of one agent", "bytes", Column::per_agent),
    ("resident, after the commands", "MB", |column| column.after as f64 / 1e6),
    ("enrolled, reconnected with own keys", "/s", |column| column.a_second(column.enrolling)),
    ("reconnected after all left at once", "/s", |column| column.a_second(column.connecting)),
    ("one core, heartbeats only", "%", |column| column.idle.as_secs_f64() * 100.0),
    ("command to the last stored result", "ms", |column| median(column.commands.clone())),
];

/// The budget of a figure for one number of agents, and the verdict. The memory budget applies without TLS.
fn budget(what: &str, column: &Column, value: f64, tls: bool) -> Option<(&'static str, &'static str)> {
    match what {
        "memory of one agent" if !tls => Some(("≤ 16 KB", verdict(value <= MEMORY))),
        "command to the last stored result" if column.agents == COMMAND_AT => {
            Some(("10,000: ≤ 1 s", verdict(value <= COMMAND)))
        }
        _ => None,
    }
}

/// Prints the figures of all sizes side by side, followed by the verdicts on the budgets in the order of the
/// sizes.
pub(crate) fn print(columns: &[Column], tls: bool) {
    let mut head = format!("  {:<40}", "agents");
    for column in columns {
        head.push_str(&format!("{:>12}", count(column.agents as usize)));
    }
    println!("{head}");
    for (what, unit, value) in ROWS {
        let mut line = format!("  {what:<40}");
        let mut verdicts = Vec::new();
        for column in columns {
            let value = value(column);
            let text = match value {
                1_000.0.. => count(value.round() as usize),
                10.0.. => format!("{value:.1}"),
                _ => format!("{value:.2}"),
            };
            line.push_str(&format!("{text:>12}"));
            verdicts.extend(budget(what, column, value, tls));
        }
        let budget = verdicts.first().map(|(budget, _)| {
            let seen: Vec<_> = verdicts.iter().map(|(_, seen)| *seen).collect();
            format!("{budget}: {}", seen.join(", "))
        });
        println!("{}", format!("{line} {unit:<6} {}", budget.unwrap_or_default()).trim_end());
    }
}
