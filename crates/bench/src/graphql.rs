//! Measures GraphQL queries over a large inventory, and how soon hostile documents are refused.

use std::time::Instant;

use bailiwick_store::Store;
use serde_json::{Value, json};

use crate::connection::{Connection, post};
use crate::inventory::{Budget, Database, Engine, Figure, Fleet, POSTGRES, fill};
use crate::proc;
use crate::product::Home;
use crate::report::{Times, count};

/// How many nodes there are; three times as many services and agents come with them.
pub(crate) const NODES: u32 = 10_000;
/// How often a query is asked before it is measured, and then.
const WARM: usize = 3;
const ASKED: usize = 300;

/// The queries: what they ask for, the document, and the most milliseconds for it.
const QUERIES: [(&str, &str, Option<f64>); 4] = [
    ("the names of all machines", "{ machines { name } }", Some(15.0)),
    (
        "with three relations: site, services, agents",
        "{ nodes { name site { name } services { name } agents { type } } }",
        Some(80.0),
    ),
    ("one machine by its name", "{ machines(where: {name: {_eq: \"node-000007\"}}) { name model } }", None),
    ("the number of machines", "{ nodes_aggregate { aggregate { count } } }", None),
];

/// The most milliseconds until a hostile document is refused.
const REFUSED_WITHIN: f64 = 5.0;

fn hostile() -> [(&'static str, String); 4] {
    let aliases: String = (0..1_000).map(|n| format!("a{n}: machines {{ name }} ")).collect();
    let fragments: String = (0..1_000).map(|n| format!("fragment f{n} on MachineTP {{ name }} ")).collect();
    let mut doubling = "{ machines { ...f0 } } ".to_owned();
    for n in 0..60 {
        doubling.push_str(&format!("fragment f{n} on MachineTP {{ ...f{} ...f{} }} ", n + 1, n + 1));
    }
    doubling.push_str("fragment f60 on MachineTP { name }");
    let cycle = "{ machines { ...a } } fragment a on MachineTP { node { machine { ...b } } ...b } \
                 fragment b on MachineTP { ...a }";
    [
        ("a thousand aliases", format!("{{ {aliases} }}")),
        ("a thousand fragments", format!("{{ machines {{ ...f0 }} }} {fragments}")),
        ("fragments that double sixty times", doubling),
        ("fragments in a cycle", cycle.to_owned()),
    ]
}

/// Prints a table for each database.
pub(crate) fn measure(nodes: u32, only: Option<Engine>) -> anyhow::Result<()> {
    for engine in Engine::ALL.into_iter().filter(|engine| only.is_none_or(|only| only == *engine)) {
        if !engine.is_there() {
            println!("GraphQL on {engine}: SKIPPED, {POSTGRES} is not set");
            println!();
            continue;
        }
        eprintln!("{engine} …");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let database = runtime.block_on(Database::make(engine))?;
        let figures = figures(&runtime, &database, nodes);
        runtime.block_on(database.remove())?;
        let figures = figures?;
        println!(
            "GraphQL on {engine}: {} nodes, the real server over plain HTTP/1.1 on loopback",
            count(nodes as usize)
        );
        println!("  {:<56} {:>15}", "", "p50     p99");
        for Figure { what, text, unit, verdict, .. } in figures {
            let verdict = verdict.as_ref().map(|verdict| format!("   {verdict}")).unwrap_or_default();
            println!("  {what:<56} {text:>15} {unit}{verdict}");
        }
        println!();
    }
    Ok(())
}

fn figures(
    runtime: &tokio::runtime::Runtime,
    database: &Database,
    nodes: u32,
) -> anyhow::Result<Vec<Figure>> {
    let home = Home::new(database.url())?;
    home.start(true)?.process.stop()?;
    let key = home.first_run()?.organization_key;
    let url = database.store_url(&home)?;
    runtime.block_on(async {
        let store = Store::connect(&url, 1).await?;
        let fleet = Fleet::of(&store, nodes as usize).await?;
        fill(&store, &fleet).await?;
        store.close().await;
        database.settle().await
    })?;
    let server = home.start(true)?;
    let process = server.process.0.id();
    let figures = runtime.block_on(async {
        let mut connection = Connection::open(server.address).await?;
        let mut figures = Vec::new();
        let request = |query: &str| {
            let body = json!({ "query": query }).to_string();
            post(server.address, Some(&key), "/graphql", &body)
        };
        for (what, query, most) in QUERIES {
            let before = proc::resident(process);
            let (times, answer) = ask(&mut connection, &request(query)).await?;
            let answer: Value = serde_json::from_slice(&answer)?;
            anyhow::ensure!(answer.get("errors").is_none(), "{query}: {answer}");
            let budget = most.map(|most| Budget::at_most("ms", most));
            figures.push(Figure::times(what, &times).judged(budget));
            let grown =
                proc::resident(process).zip(before).map(|(after, before)| after.saturating_sub(before));
            figures.extend(
                grown.map(|bytes| Figure::number("– memory kept afterwards", "MB", bytes as f64 / 1e6)),
            );
        }
        for (what, query) in hostile() {
            let (times, answer) = ask(&mut connection, &request(&query)).await?;
            let answer: Value = serde_json::from_slice(&answer)?;
            anyhow::ensure!(answer.get("data").is_none(), "{what} was answered");
            let budget = Budget::at_most("ms", REFUSED_WITHIN);
            figures.push(Figure::times(format!("refused: {what}"), &times).judged(Some(budget)));
        }
        anyhow::Ok(figures)
    })?;
    server.process.stop()?;
    Ok(figures)
}

/// Asks a query again and again. Returns the durations, and the last answer.
async fn ask(connection: &mut Connection, request: &[u8]) -> anyhow::Result<(Times, Vec<u8>)> {
    for _ in 0..WARM {
        connection.ask(request, "200").await?;
    }
    let (mut nanos, mut answer) = (Vec::new(), Vec::new());
    for _ in 0..ASKED {
        let asked = Instant::now();
        let body = connection.ask(request, "200").await?;
        nanos.push(u32::try_from(asked.elapsed().as_nanos()).unwrap_or(u32::MAX));
        answer.clear();
        answer.extend_from_slice(body);
    }
    Ok((Times::new(nanos), answer))
}
