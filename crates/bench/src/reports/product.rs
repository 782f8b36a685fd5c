//! Measures reports of the product.

use std::time::Instant;

use anyhow::ensure;
use bailiwick_domain::id::NodeId;
use bailiwick_store::Store;
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use super::ask;
use super::machines::{DAYS, HOURS, Month, by_minute, hourly};
use crate::connection::{Connection, post};
use crate::inventory::{Budget, Database, Figure, Fleet, SITES, fill};
use crate::product::Home;
use crate::report::count;

/// How many values a request has at most.
const VALUES: usize = 100_000;
/// How many machines report every minute of a day.
const BY_MINUTE: usize = 1_000;
/// How many days of machines one report sums.
const SUMMED: usize = 2_000;

pub(super) const BY_SITE: &str = "utilization by site, from day cells";
pub(super) const BY_SITE_AND_HOUR: &str = "utilization by site and hour, from half-hour cells";
pub(super) const BY_NODE_AND_DAY: &str = "utilization by node and day, nested, from day cells";

/// A client of the server: its key and its connection.
struct Asker {
    connection: Connection,
    key: String,
    address: std::net::SocketAddr,
}

impl Asker {
    async fn new(address: std::net::SocketAddr, key: &str) -> anyhow::Result<Self> {
        Ok(Self { connection: Connection::open(address).await?, key: key.to_owned(), address })
    }

    fn request(&self, path: &str, body: &Value) -> Vec<u8> {
        post(self.address, Some(&self.key), path, &body.to_string())
    }

    /// Measures a report, in milliseconds.
    async fn report(&mut self, what: &str, body: &Value, most: Option<f64>) -> anyhow::Result<Figure> {
        let request = self.request("/v1/reports/production", body);
        let (times, length) = ask(&mut self.connection, &request).await?;
        eprintln!("  {what}: {} bytes", count(length));
        Ok(Figure::times(what, &times).judged(most.map(|most| Budget::at_most("ms", most))))
    }

    /// Sends a request of observations.
    async fn send(&mut self, body: &str) -> anyhow::Result<()> {
        let request = post(self.address, Some(&self.key), "/v1/observations", body);
        self.connection.ask(&request, "200").await?;
        Ok(())
    }
}

/// Fills a database, and measures reports.
pub(super) fn figures(
    runtime: &Runtime,
    database: &Database,
    machines: usize,
    month: Month,
) -> anyhow::Result<Vec<Figure>> {
    let home = Home::new(database.url())?;
    home.start(true)?.process.stop()?;
    let key = home.first_run()?.organization_key;
    let url = database.store_url(&home)?;
    let fleet = runtime.block_on(async {
        let store = Store::connect(&url, 1).await?;
        let fleet = Fleet::of(&store, machines).await?;
        fill(&store, &fleet).await?;
        store.close().await;
        anyhow::Ok(fleet)
    })?;
    let server = home.start(true)?;
    let mut figures = runtime.block_on(async {
        let mut asker = Asker::new(server.address, &key).await?;
        ingest(&mut asker, &fleet, month).await
    })?;
    server.process.stop()?;
    runtime.block_on(seal(&url))?;
    let server = home.start(true)?;
    let figures = runtime.block_on(async {
        let mut asker = Asker::new(server.address, &key).await?;
        figures.push(sum(&mut asker, machines, month).await?);
        database.settle().await?;
        figures.extend(ask_all(&mut asker, &fleet.nodes, month).await?);
        anyhow::Ok(figures)
    })?;
    server.process.stop()?;
    Ok(figures)
}

/// Sends what machines report.
async fn ingest(asker: &mut Asker, fleet: &Fleet, month: Month) -> anyhow::Result<Vec<Figure>> {
    let (mut took, mut values) = (0.0, 0);
    let nodes: Vec<(usize, NodeId)> = fleet.nodes.iter().copied().enumerate().collect();
    for nodes in nodes.chunks(VALUES / (DAYS * HOURS)) {
        let body = hourly(month, nodes.iter().copied());
        let began = Instant::now();
        asker.send(&body).await?;
        took += began.elapsed().as_secs_f64();
        values += nodes.len() * DAYS * HOURS;
    }
    let hours = Figure::number("hourly samples taken, one connection", "/s", values as f64 / took);
    let (mut took, mut values) = (0.0, 0);
    for nodes in nodes[..nodes.len().min(BY_MINUTE)].chunks(VALUES / (60 * HOURS)) {
        let body = by_minute(month, nodes.iter().copied());
        let began = Instant::now();
        asker.send(&body).await?;
        took += began.elapsed().as_secs_f64();
        values += nodes.len() * 60 * HOURS;
    }
    Ok(vec![hours, Figure::number("samples by minute taken, one connection", "/s", values as f64 / took)])
}

/// Sums all days for the first time: as many in one request as a report sums.
async fn sum(asker: &mut Asker, machines: usize, month: Month) -> anyhow::Result<Figure> {
    let of_site = machines.div_ceil(SITES);
    let days = (SUMMED / of_site).clamp(1, DAYS);
    let began = Instant::now();
    // The day before has the samples by minute.
    let first = month.day(0).plus_seconds(-super::machines::DAY).to_string();
    let first = first.get(.."2030-01-31".len()).unwrap_or_default().to_owned();
    let mut spans = vec![(first.clone(), first)];
    let starts = (0..DAYS).step_by(days);
    spans.extend(starts.map(|day| (month.date(day), month.date((day + days).min(DAYS) - 1))));
    for (first, last) in spans {
        for site in 0..SITES {
            let site = crate::inventory::site_name(site);
            let body =
                json!({ "first_day": first, "last_day": last, "sites": [site], "metrics": ["utilization"] });
            let request = asker.request("/v1/reports/production", &body);
            let mut complete = false;
            for _ in 0..10 {
                let answer: Value = serde_json::from_slice(asker.connection.ask(&request, "200").await?)?;
                complete = answer["complete"] == true;
                if complete {
                    break;
                }
            }
            ensure!(complete, "the sums of {first} are still not complete");
        }
    }
    let rate = (machines * (DAYS + 1)) as f64 / began.elapsed().as_secs_f64();
    Ok(Figure::number("days of machines summed from raw samples (cold sums)", "/s", rate))
}

/// Seals what is in the log.
async fn seal(url: &bailiwick_store::DatabaseUrl) -> anyhow::Result<()> {
    use bailiwick_domain::outside::Clock as _;

    let store = Store::connect(url, 1).await?;
    let observations = store.observations().await?;
    let now = bailiwick_engine::outside::SystemClock.now();
    while observations.seal(now).await?.series > 0 {}
    observations.close().await;
    store.close().await;
    Ok(())
}

async fn ask_all(asker: &mut Asker, nodes: &[NodeId], month: Month) -> anyhow::Result<Vec<Figure>> {
    let all =
        json!({ "first_day": month.date(0), "last_day": month.date(DAYS - 1), "metrics": ["utilization"] });
    let with = |more: Value| {
        let mut body = all.clone();
        if let (Value::Object(body), Value::Object(more)) = (&mut body, more) {
            body.extend(more);
        }
        body
    };
    let middle = nodes[nodes.len() / 2];
    let by_site = with(json!({ "group_by": ["site"] }));
    let by_hour = with(json!({ "group_by": ["site", "hour"] }));
    // The first reports put what was summed into cells.
    for body in [&by_site, &by_hour] {
        for _ in 0..8 {
            let request = asker.request("/v1/reports/production", body);
            asker.connection.ask(&request, "200").await?;
        }
    }
    let by_day = |layout: &str| with(json!({ "group_by": ["node", "day"], "layout": layout }));
    let one = with(json!({ "nodes": [middle], "group_by": ["hour"] }));
    let day = json!({ "nodes": [nodes[0]], "group_by": ["hour"], "metrics": ["utilization"],
        "from": month.day(0).plus_seconds(-super::machines::DAY), "until": month.day(0) });
    Ok(vec![
        asker.report(BY_SITE, &by_site, Some(20.0)).await?,
        asker.report(BY_SITE_AND_HOUR, &by_hour, None).await?,
        asker.report(BY_NODE_AND_DAY, &by_day("nested"), Some(100.0)).await?,
        asker.report("– as columns", &by_day("columns"), Some(100.0)).await?,
        asker.report("one machine by hour, 30 days, from its stored days", &one, Some(5.0)).await?,
        asker.report("one machine by hour, a day of samples by minute", &day, Some(5.0)).await?,
    ])
}
