//! What clients of the link can write into the server's log.

use std::io::{self, Write};
use std::sync::{Arc, LazyLock, Mutex};

use bailiwick_link::commands::{Finished, Report, ReportBody, Reports};
use bailiwick_link::custom::Custom;
use bailiwick_link::opamp::{AgentToServer, Applied, ConnectionSettingsStatus, CustomMessage};
use prost::Message as _;
use serde_json::json;
use tracing::subscriber::DefaultGuard;
use tracing::{Level, Subscriber};
use uuid::Uuid;

use crate::app::TestApp;
use crate::client::{Client, Machine, poll};

const PROTOBUF: (&str, &str) = ("content-type", "application/x-protobuf");

/// The lines that this thread logs.
#[derive(Clone, Default)]
pub(crate) struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A subscriber for the whole process that writes nothing.
///
/// While a process has one subscriber only, `tracing` asks the thread that reaches a log statement first
/// whether anybody wants it. A thread of another test would say no for all of them.
static FOR_THE_PROCESS: LazyLock<()> = LazyLock::new(|| {
    let nothing = tracing_subscriber::fmt().with_max_level(Level::ERROR).with_writer(io::sink).finish();
    tracing::subscriber::set_global_default(nothing).unwrap();
});

impl Lines {
    /// Collects what this thread logs from now on, until the guard is dropped.
    fn kept() -> (Self, DefaultGuard) {
        let (lines, to) = Self::with_writer();
        let guard = Self::log(tracing_subscriber::fmt().with_ansi(false).with_writer(to).finish());
        (lines, guard)
    }

    /// No lines yet, and what writes into them.
    pub(crate) fn with_writer() -> (Self, impl Fn() -> Self + Send + Sync + 'static) {
        let lines = Self::default();
        let to = lines.clone();
        (lines, move || to.clone())
    }

    /// Lets this thread log with a subscriber, until the guard is dropped.
    pub(crate) fn log(subscriber: impl Subscriber + Send + Sync) -> DefaultGuard {
        LazyLock::force(&FOR_THE_PROCESS);
        tracing::subscriber::set_default(subscriber)
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }

    fn with(&self, text: &str) -> Vec<String> {
        self.text().lines().filter(|line| line.contains(text)).map(str::to_owned).collect()
    }
}

#[tokio::test]
async fn an_agent_writes_few_and_short_lines_into_the_log() {
    let (lines, _guard) = Lines::kept();
    let app = TestApp::new().await;
    let served = app.serve().await;
    let (enrols, _) = app.enrolment_key(json!({})).await;
    let machine = app.enrol(&served, &enrols, Machine::named("db-1")).await;
    let mut client = Client::connected(&served, &machine).await;
    let say = |client: &mut Client, data: Vec<u8>| AgentToServer {
        custom_message: Some(CustomMessage { data, ..Custom::Commands.tell_server(&Reports::default()) }),
        connection_settings_status: Some(ConnectionSettingsStatus {
            status: Applied::Failed.into(),
            error_message: "B\u{202e}".repeat(100_000),
            ..ConnectionSettingsStatus::default()
        }),
        ..client.next()
    };
    for _ in 0..5 {
        let updates = format!("{{\"source\":\"{}\"}}", "A".repeat(100_000)).into_bytes();
        let finished = Finished { end: 1, updates, ..Finished::default() };
        let report =
            Report { id: Uuid::now_v7().as_bytes().to_vec(), news: Some(ReportBody::Finished(finished)) };
        let message = say(&mut client, Reports { reports: vec![report] }.encode_to_vec());
        client.ask(message).await;
        let message = say(&mut client, vec![0xff; 10]);
        client.ask(message).await;
    }
    for (text, begins) in [
        ("the result of a scan for updates cannot be decoded", "unknown variant `AAAA"),
        ("a message of an agent cannot be decoded", "the bytes are not a Protocol Buffers message"),
        ("an agent could not apply its new key", "B\\u{202e}B"),
    ] {
        let found = lines.with(text);
        assert_eq!(found.len(), 1, "{text}: {found:?}");
        assert!(found[0].contains(begins) && found[0].contains("agent="), "{}", found[0]);
        assert!(found[0].len() < 2_000, "{} bytes: {text}", found[0].len());
    }
}

#[tokio::test]
async fn the_log_has_the_address_of_a_client_that_is_refused() {
    let (lines, _guard) = Lines::kept();
    let app = TestApp::new().await;
    assert_eq!(poll(&app, "nonsense", &[PROTOBUF], Vec::new()).await.0, 401);
    let found = lines.with("an OpAMP client was refused");
    assert_eq!(found.len(), 1);
    assert!(found[0].contains("client=192.0.2.1"), "{}", found[0]);
}
