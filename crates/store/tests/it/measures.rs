//! Measuring statements, and logging the slow ones.

use std::io::Write;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use bailiwick_domain::audit::{Event, Outcome, Target};
use bailiwick_domain::histogram::{BOUNDS_MICROS, Distribution};
use bailiwick_domain::key::Actor;
use bailiwick_domain::node_filter::NodeFilter;
use bailiwick_domain::outside::Stopwatch;
use bailiwick_store::{Engine, List, SlowStatements, StatementMeasures, Store};
use tracing::subscriber::DefaultGuard;

use crate::database::Database;
use crate::list::{by, limit};
use crate::samples::{add_nodes, add_organizations, at, labels, node, node_id, organization_id, whole};

on_both!(
    statements_are_counted_with_their_durations,
    a_slow_statement_is_logged_with_its_operation_and_without_its_values,
    plans_of_slow_statements_are_logged_once_a_minute_without_values,
);

/// A stopwatch that is set by hand. Each time that it is read, it advances by a step.
#[derive(Default)]
struct Steps {
    micros: AtomicU64,
    step: AtomicU64,
}

impl Steps {
    fn of_millis(millis: u64) -> Arc<Self> {
        Arc::new(Self { micros: AtomicU64::new(0), step: AtomicU64::new(millis * 1_000) })
    }
}

impl Stopwatch for Steps {
    fn elapsed(&self) -> Duration {
        let step = self.step.load(Ordering::Relaxed);
        Duration::from_micros(self.micros.fetch_add(step, Ordering::Relaxed))
    }
}

/// The lines of a log.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// A subscriber for the whole process that writes nothing.
///
/// While a process has one subscriber only, `tracing` asks the thread that reaches a log statement first
/// whether anybody wants it. A thread of another test would say no for all of them.
static FOR_THE_PROCESS: LazyLock<()> = LazyLock::new(|| {
    let log = tracing_subscriber::fmt().with_max_level(tracing::Level::ERROR);
    tracing::subscriber::set_global_default(log.with_writer(std::io::sink).finish()).unwrap();
});

impl Lines {
    /// Collects what this thread logs from now on, until the guard is dropped.
    fn collect() -> (Self, DefaultGuard) {
        LazyLock::force(&FOR_THE_PROCESS);
        let lines = Self::default();
        let to = lines.clone();
        let log = tracing_subscriber::fmt().with_ansi(false).with_max_level(tracing::Level::WARN);
        let guard = tracing::subscriber::set_default(log.with_writer(move || to.clone()).finish());
        (lines, guard)
    }

    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

fn measured(store: &Store, name: &str) -> StatementMeasures {
    let measures = store.measures().statements.into_iter().find(|statement| statement.name == name);
    measures.unwrap_or_else(|| panic!("there is no statement {name}"))
}

/// So many durations of so many milliseconds each.
fn distribution(count: u64, millis: u64) -> Distribution {
    let mut distribution = Distribution { sum_micros: count * millis * 1_000, ..Distribution::default() };
    let bucket = BOUNDS_MICROS.iter().position(|bound| *bound >= millis * 1_000);
    distribution.counts[bucket.unwrap_or(BOUNDS_MICROS.len())] = count;
    distribution
}

async fn statements_are_counted_with_their_durations(db: &Database) {
    let store = db.another_store_with(Steps::of_millis(4)).await;
    store.setting("one").await.unwrap();
    store.setting("two").await.unwrap();
    let mut tx = store.begin().await.unwrap();
    tx.set_once("one", "1").await.unwrap();
    tx.set_once("one", "1").await.unwrap_err();
    drop(tx);
    let read = measured(&store, "settings.get");
    let expected =
        StatementMeasures { name: "settings.get", slow: 0, failed: 0, durations: distribution(2, 4) };
    assert_eq!(read, expected);
    assert_eq!(store.measures().waits.count(), 2, "only reads outside of a transaction wait");
    let written = measured(&store, "settings.set_once");
    assert_eq!((written.failed, written.durations), (1, distribution(2, 4)));
    assert_eq!(measured(&store, "transactions.begin").durations.count(), 1);
    assert_eq!(measured(&store, "nodes.list").durations, Distribution::default());
    store.close().await;
}

async fn a_slow_statement_is_logged_with_its_operation_and_without_its_values(db: &Database) {
    let store = db.another_store_with(Steps::of_millis(300)).await;
    // Opens the connection. What that needs is not the subject here.
    store.is_initialized().await.unwrap();
    let before = measured(&store, "settings.get");
    let (lines, _guard) = Lines::collect();
    let span = tracing::warn_span!("operation", operation = "sites.list", request_id = 7);
    tracing::Instrument::instrument(store.setting("a secret"), span).await.unwrap();
    let text = lines.text();
    assert_eq!(text.lines().count(), 1, "{text}");
    for part in [
        "WARN operation{operation=\"sites.list\" request_id=7}: bailiwick::statement: a statement was slow",
        "statement=\"settings.get\"",
        "took_ms=300",
        "waited_ms=300",
        "rows=0",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(!text.contains("a secret"), "{text}");
    store.log_slow_statements(SlowStatements { after: Duration::from_millis(301), with_plan: false });
    store.setting("a secret").await.unwrap();
    assert_eq!(lines.text(), text, "this statement was not slow");
    let read = measured(&store, "settings.get");
    let counts = (read.slow - before.slow, read.durations.count() - before.durations.count());
    assert_eq!(counts, (1, 2));
    store.close().await;
}

async fn plans_of_slow_statements_are_logged_once_a_minute_without_values(db: &Database) {
    let stopwatch = Steps::of_millis(1);
    let store = db.another_store_with(Arc::<Steps>::clone(&stopwatch)).await;
    add_organizations(&store, &[1]).await;
    let (lines, _guard) = Lines::collect();
    store.log_slow_statements(SlowStatements { after: Duration::ZERO, with_plan: true });
    // Logs waiting plans until one of this statement was logged.
    let plan_of = async |name: &str| {
        let before = lines.text().len();
        let found = async {
            while !lines.text()[before..].contains(&format!("statement=\"{name}\" plan=")) {
                store.log_next_plan().await;
            }
        };
        let found = tokio::time::timeout(Duration::from_secs(30), found).await;
        let text = lines.text();
        found.unwrap_or_else(|_| panic!("no plan of {name}: {text}"));
        text[before..].to_owned()
    };
    // Statements with values of every type, in each kind of statement.
    let mut secret = node(1, 1);
    secret.labels = labels(&[("kind", "secret-label")]);
    add_nodes(&store, std::slice::from_ref(&secret)).await;
    plan_of("nodes.create").await;
    let mut tx = store.begin().await.unwrap();
    tx.nodes(&whole(1)).update(&secret, secret.revision).await.unwrap();
    drop(tx);
    plan_of("nodes.update").await;
    // On its own, because only eight statements wait for their plans.
    let mut tx = store.begin().await.unwrap();
    tx.append_audit(event()).await.unwrap();
    drop(tx);
    plan_of(if store.engine() == Engine::Sqlite { "audit.append" } else { "audit.append_at_commit" }).await;
    let mut tx = store.begin().await.unwrap();
    tx.nodes(&whole(1)).rivals(&[&secret]).await.unwrap();
    drop(tx);
    let plan = plan_of("nodes.rivals_by_name").await;
    assert!(store.engine() == Engine::Postgres || plan.contains("folded_name=?"), "{plan}");
    let reach = whole(1);
    let filter = NodeFilter { labels: "kind=secret-label".parse().unwrap(), ..NodeFilter::default() };
    let list = || List { limit: limit(10), cursor: None, sort: by("name"), total: false };
    store.nodes(&reach).list(&filter, list()).await.unwrap();
    let plan = plan_of("nodes.list").await;
    let index = if store.engine() == Engine::Sqlite { "USING INDEX" } else { "Index" };
    assert!(plan.contains(index), "{plan}");
    // Within a minute the plan is not logged again; after it, it is.
    store.nodes(&reach).list(&filter, list()).await.unwrap();
    store.setting("one").await.unwrap();
    let plan = plan_of("settings.get").await;
    assert!(!plan.contains("statement=\"nodes.list\" plan="), "{plan}");
    stopwatch.micros.fetch_add(60_000_000, Ordering::Relaxed);
    store.nodes(&reach).list(&filter, list()).await.unwrap();
    plan_of("nodes.list").await;
    let text = lines.text();
    assert!(!text.contains("could not be read"), "{text}");
    assert!(!text.contains("secret-label"), "a value is in the log: {text}");
    store.close().await;
}

fn event() -> Event {
    Event {
        at: at(1),
        actor: Actor::System,
        organization_id: Some(organization_id(1)),
        operation: "nodes.update".into(),
        targets: vec![Target::new("node", node_id(1))],
        outcome: Outcome::Allowed,
        reason: None,
        address: None,
        request_id: None,
    }
}
