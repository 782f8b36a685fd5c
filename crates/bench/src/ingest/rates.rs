//! Measures how fast observations are taken by a server that has one processor.

use std::sync::mpsc;
use std::time::{Duration, Instant};

use bailiwick_domain::id::NodeId;
use bailiwick_domain::outside::Clock as _;
use bailiwick_engine::outside::SystemClock;
use tokio::runtime::Runtime;

use super::bodies::{Form, body};
use super::{Filled, MACHINES, VALUES, senders, values};
use crate::connection::{Connection, post_as};
use crate::inventory::{Budget, Figure};

/// How long observations are sent: so long that some are sealed meanwhile, which happens every ten seconds.
const TURN: Duration = Duration::from_secs(30);
/// How many requests wait to be sent.
const AHEAD: usize = 4;
/// The goals, in values per second.
const COLUMNS: f64 = 1_400_000.0;
const LINES: f64 = 1_000_000.0;

pub(super) fn figures(runtime: &Runtime, filled: &Filled<'_>) -> anyhow::Result<Vec<Figure>> {
    let fleet = runtime.block_on(filled.fleet(500))?;
    let machines = senders(&fleet);
    let mut figures = Vec::new();
    for (form, what, goal) in [(Form::Columns, "columns", COLUMNS), (Form::Lines, "JSON lines", LINES)] {
        let server = filled.start_pinned()?;
        let key = filled.key.clone();
        let (sender, bodies) = mpsc::sync_channel(AHEAD);
        let machines: Vec<NodeId> = machines.to_vec();
        // Columns go back a year and lines half a year, so that they do not meet.
        let back = if form == Form::Columns { 365 } else { 182 };
        let first = SystemClock.now().plus_seconds(-86_400 * back);
        std::thread::spawn(move || {
            let made = (0..).map(|number| {
                let body = body(form, &machines, first, number);
                post_as(server.address, Some(&key), "/v1/observations", form.content_type(), &body)
            });
            for request in made {
                if sender.send(request).is_err() {
                    return;
                }
            }
        });
        let rate = runtime.block_on(async {
            let mut connection = Connection::open(server.address).await?;
            connection.ask(&bodies.recv()?, "200").await?;
            let (began, mut sent) = (Instant::now(), 0);
            while began.elapsed() < TURN {
                connection.ask(&bodies.recv()?, "200").await?;
                sent += VALUES;
            }
            anyhow::Ok(sent as f64 / began.elapsed().as_secs_f64())
        })?;
        drop(bodies);
        server.process.stop()?;
        let what = format!("{what}, {} a request of {MACHINES} machines, one connection", values(VALUES));
        figures.push(Figure::number(what, "/s", rate).judged(Some(Budget::at_least("/s", goal))));
    }
    Ok(figures)
}
