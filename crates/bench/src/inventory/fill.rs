//! Measures how fast a fleet is inserted into a database.

use std::time::{Duration, Instant};

use bailiwick_domain::reach::OrganizationReach;
use bailiwick_store::Store;

use crate::inventory::figure::Figure;
use crate::inventory::fleet::{Fleet, SITES};

/// How many objects one transaction inserts, as an import does.
const AT_ONCE: usize = 1_000;

/// Inserts a whole fleet. Returns the rates.
pub(crate) async fn fill(store: &Store, fleet: &Fleet) -> anyhow::Result<Vec<Figure>> {
    let reach = OrganizationReach::whole(fleet.organization);
    let mut tx = store.begin().await?;
    for n in 0..SITES {
        tx.sites(&reach).create(&fleet.site(n)?).await?;
    }
    tx.commit().await?;
    Ok(vec![
        rate(
            "nodes",
            fleet.nodes.len(),
            |n| fleet.node(n),
            async |nodes| {
                let mut tx = store.begin().await?;
                tx.nodes(&reach).create_many(nodes).await?;
                tx.commit().await
            },
        )
        .await?,
        rate(
            "services",
            fleet.services(),
            |n| fleet.service(n),
            async |services| {
                let mut tx = store.begin().await?;
                tx.services(&reach).create_many(services).await?;
                tx.commit().await
            },
        )
        .await?,
        rate(
            "agents",
            fleet.agents(),
            |n| fleet.agent(n),
            async |agents| {
                let mut tx = store.begin().await?;
                tx.agents(&reach).create_many(agents).await?;
                tx.commit().await
            },
        )
        .await?,
    ])
}

/// Inserts all objects of a noun and measures the rate. The time for generating them does not count.
async fn rate<T, C>(
    what: &str,
    all: usize,
    make: impl Fn(usize) -> anyhow::Result<T>,
    add: impl AsyncFn(&[T]) -> bailiwick_store::Result<C>,
) -> anyhow::Result<Figure> {
    let mut took = Duration::ZERO;
    for begin in (0..all).step_by(AT_ONCE) {
        let end = (begin + AT_ONCE).min(all);
        let some = (begin..end).map(&make).collect::<anyhow::Result<Vec<_>>>()?;
        let began = Instant::now();
        add(&some).await?;
        took += began.elapsed();
    }
    let per_second = all as f64 / took.as_secs_f64();
    Ok(Figure::number(format!("{what} added, {AT_ONCE} in a transaction"), "/s", per_second))
}
