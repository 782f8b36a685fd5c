//! Measures the memory of a server at rest that keeps many series.

use anyhow::Context as _;
use bailiwick_domain::outside::Clock as _;
use bailiwick_engine::outside::SystemClock;
use serde_json::json;
use tokio::runtime::Runtime;

use super::Filled;
use crate::connection::{Connection, post};
use crate::inventory::{Budget, Figure};
use crate::{proc, rest};

/// How many nodes there are, and how many series each has.
const NODES: usize = 10_000;
const SERIES: usize = 20;
/// How many nodes are in a request.
const AT_ONCE: usize = 200;

pub(super) fn figure(runtime: &Runtime, filled: &Filled<'_>) -> anyhow::Result<Figure> {
    let fleet = runtime.block_on(filled.fleet(NODES))?;
    let server = filled.home.start(true)?;
    let at = SystemClock.now().plus_seconds(-86_400 * 40).to_string();
    runtime.block_on(async {
        let mut connection = Connection::open(server.address).await?;
        for nodes in fleet.nodes.chunks(AT_ONCE) {
            let columns: Vec<_> = nodes
                .iter()
                .flat_map(|node| (0..SERIES).map(move |series| (node, series)))
                .map(|(node, series)| {
                    json!({ "node": node, "metric": format!("load{series}"), "at": [at], "values": [0.5] })
                })
                .collect();
            let body = json!({ "columns": columns }).to_string();
            let request = post(server.address, Some(&filled.key), "/v1/observations", &body);
            connection.ask(&request, "200").await?;
        }
        anyhow::Ok(())
    })?;
    server.process.stop()?;
    let server = filled.home.start(true)?;
    std::thread::sleep(rest::SETTLE);
    let bytes = proc::resident(server.process.0.id()).context("the memory of the server cannot be read")?;
    server.process.stop()?;
    let what = "resident at rest, 10,000 nodes with 20 series each, none recent";
    Ok(Figure::number(what, "MB", bytes as f64 / 1e6).judged(Some(Budget::at_most("MB", 80.0))))
}
