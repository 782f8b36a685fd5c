use std::path::Path;

use bailiwick_domain::command::COMMAND_MAX;
use bailiwick_domain::id::CommandId;
use bailiwick_domain::time::Timestamp;
use bailiwick_link::commands::{InstallUpdates, Output, ReportBody, ScanUpdates, ShellOrder, What};
use prost::Message as _;

use super::*;
use crate::testing::{HandClock, Seeded};

const LONG: Duration = Duration::from_secs(30);

fn clock() -> Arc<HandClock> {
    Arc::new(HandClock::at(Timestamp::from_micros(1_700_000_000_000_000)))
}

fn open(directory: &Path) -> Server {
    let patience = Patience {
        end: Duration::from_millis(500),
        pipes: Duration::from_millis(100),
        ..Patience::default()
    };
    let settings = Settings { becoming: Becoming::default(), patience };
    let commands = Commands::open(&directory.join("journal"), settings, clock()).unwrap();
    Server { commands, told: Vec::new() }
}

fn new_id(seed: u64) -> Uuid {
    CommandId::new(&*clock(), &Seeded::new(seed)).as_uuid()
}

fn shell(id: Uuid, text: &str) -> Order {
    let order = ShellOrder { shell: "sh".into(), command: text.into(), ..ShellOrder::default() };
    Order {
        id: id.as_bytes().to_vec(),
        timeout_seconds: 60,
        expires_in_ms: 60_000,
        output_limit_bytes: 4_096,
        what: Some(What::Shell(order)),
    }
}

fn run(orders: Vec<Order>) -> Orders {
    Orders { run: orders, ..Orders::default() }
}

fn cancel(id: Uuid) -> Orders {
    Orders { cancel: vec![id.as_bytes().to_vec()], ..Orders::default() }
}

fn acknowledge(id: Uuid) -> Orders {
    Orders { acknowledge: vec![id.as_bytes().to_vec()], ..Orders::default() }
}

/// The server's side: the reports that it received and has not looked at yet.
struct Server {
    commands: Commands,
    told: Vec<Report>,
}

impl std::ops::Deref for Server {
    type Target = Commands;
    fn deref(&self) -> &Commands {
        &self.commands
    }
}

impl Server {
    /// Starts a new connection and drops the reports from before.
    async fn connected(&mut self) {
        self.told.clear();
        self.commands.connected().await;
    }

    /// Waits for the first report that fits.
    async fn until<T>(&mut self, mut fits: impl FnMut(&Report) -> Option<T>) -> T {
        let end = Instant::now() + LONG;
        loop {
            if let Some((at, found)) = self.told.iter().enumerate().find_map(|(at, r)| Some((at, fits(r)?))) {
                self.told.remove(at);
                return found;
            }
            assert!(Instant::now() < end, "no such report among {:?}", self.told);
            let reports = self.commands.reports(true).await;
            if reports.is_empty() {
                let _ = tokio::time::timeout(Duration::from_millis(20), self.commands.changed()).await;
            }
            self.told.extend(reports);
        }
    }

    async fn end_of(&mut self, id: Uuid) -> Finished {
        self.until(|report| match &report.news {
            Some(ReportBody::Finished(finished)) if report.id == id.as_bytes() => Some(finished.clone()),
            _ => None,
        })
        .await
    }

    async fn start_of(&mut self, id: Uuid) {
        self.until(|report| {
            (report.id == id.as_bytes() && matches!(report.news, Some(ReportBody::Started(_)))).then_some(())
        })
        .await;
    }
}

#[tokio::test]
async fn a_command_cancelled_before_it_arrives_is_not_started() {
    let directory = tempfile::tempdir().unwrap();
    let mut server = open(directory.path());
    let id = new_id(1);
    for _ in 0..2 {
        server.take(cancel(id)).await;
        let finished = server.end_of(id).await;
        assert_eq!(finished.end(), End::Cancelled, "{finished:?}");
        assert!(finished.error.contains("before it arrived"), "{finished:?}");
    }
    // It arrives late, after the agent was restarted.
    drop(server);
    let mut server = open(directory.path());
    let mark = directory.path().join("ran");
    server.take(run(vec![shell(id, &format!("touch {}", mark.display()))])).await;
    assert_eq!(server.end_of(id).await.end(), End::Cancelled);
    server.take(acknowledge(id)).await;
    server.take(cancel(id)).await;
    assert_eq!(server.end_of(id).await.end(), End::Cancelled);
    assert!(!mark.exists());
}

#[tokio::test]
async fn a_command_of_the_maximum_length_runs() {
    let directory = tempfile::tempdir().unwrap();
    let mut server = open(directory.path());
    let mut text = "echo ran #".to_owned();
    text.push_str(&"x".repeat(COMMAND_MAX - text.len()));
    let id = new_id(1);
    server.take(run(vec![shell(id, &text)])).await;
    let finished = server.end_of(id).await;
    assert_eq!((finished.end(), finished.stdout_bytes), (End::Succeeded, 4), "{finished:?}");
}

#[tokio::test]
async fn an_install_order_without_a_choice_of_updates_fails() {
    let directory = tempfile::tempdir().unwrap();
    let mut server = open(directory.path());
    let id = new_id(1);
    let what = Some(What::InstallUpdates(InstallUpdates::default()));
    server.take(run(vec![Order { what, ..shell(id, "") }])).await;
    let finished = server.end_of(id).await;
    assert_eq!(finished.end(), End::Failed);
    assert!(finished.error.starts_with("expected the updates to install"), "{finished:?}");
}

#[tokio::test]
async fn update_orders_run_one_at_a_time_and_do_not_delay_commands() {
    let directory = tempfile::tempdir().unwrap();
    let server = open(directory.path());
    let scan = Order { what: Some(What::ScanUpdates(ScanUpdates {})), ..shell(new_id(1), "") };
    let first = server.0.turn(&scan).await;
    let mut second = std::pin::pin!(server.0.turn(&scan));
    assert!(futures::poll!(&mut second).is_pending());
    assert!(server.0.turn(&shell(new_id(2), "true")).await.0.is_none());
    drop(first);
    assert!(second.await.0.is_some());
}

#[tokio::test]
async fn a_command_that_is_sent_repeatedly_runs_once() {
    let directory = tempfile::tempdir().unwrap();
    let count = directory.path().join("count");
    let text = format!("echo ran | tee -a '{}'", count.display());
    let id = new_id(1);
    let mut commands = open(directory.path());
    commands.take(run(vec![shell(id, &text), shell(id, &text)])).await;
    commands.take(run(vec![shell(id, &text)])).await;
    let first = commands.end_of(id).await;
    assert_eq!((first.end(), first.exit_code, first.stdout_bytes), (End::Succeeded, Some(0), 4));
    // If it is sent again, it is reported again, until it is acknowledged.
    commands.take(run(vec![shell(id, &text)])).await;
    commands.connected().await;
    let again = commands.end_of(id).await;
    assert_eq!(again.output[0].bytes, b"ran\n");
    assert!(commands.reports(true).await.is_empty());
    commands.take(acknowledge(id)).await;
    commands.connected().await;
    assert!(commands.reports(true).await.is_empty());
    // A server that has lost its data still gets the report.
    commands.take(run(vec![shell(id, &text)])).await;
    assert_eq!(commands.end_of(id).await.end(), End::Succeeded);
    commands.leave().await;
    drop(commands);
    let mut commands = open(directory.path());
    commands.take(run(vec![shell(id, &text)])).await;
    assert_eq!(commands.end_of(id).await.exit_code, Some(0));
    assert_eq!(std::fs::read_to_string(&count).unwrap(), "ran\n");
}

#[tokio::test]
async fn a_command_running_when_the_agent_was_killed_is_reported_lost() {
    let directory = tempfile::tempdir().unwrap();
    let (ran, not_begun) = (new_id(1), new_id(2));
    let mut journal = Journal::open(&directory.path().join("journal"), clock().now()).unwrap();
    journal.write(vec![Change::Accept(ran)], clock().now()).unwrap();
    drop(journal);
    let mut commands = open(directory.path());
    commands.connected().await;
    let lost = commands.end_of(ran).await;
    assert_eq!(lost.end(), End::Lost);
    assert!(lost.error.contains("the agent ended while the command was running"));
    let witness = directory.path().join("witness");
    let text = format!(": > '{}'", witness.display());
    commands.take(run(vec![shell(ran, &text), shell(not_begun, "true")])).await;
    assert_eq!(commands.end_of(ran).await.end(), End::Lost);
    assert_eq!(commands.end_of(not_begun).await.end(), End::Succeeded);
    assert!(!witness.exists());
}

#[tokio::test]
async fn output_is_reported_during_a_run_and_again_after_reconnecting() {
    let directory = tempfile::tempdir().unwrap();
    let go = directory.path().join("go");
    let id = new_id(1);
    let text = format!("echo first; while [ ! -e '{}' ]; do sleep 0.02; done; echo last", go.display());
    let mut commands = open(directory.path());
    commands.take(run(vec![shell(id, &text)])).await;
    commands.start_of(id).await;
    let piece = |report: &Report| match &report.news {
        Some(ReportBody::Output(piece)) => Some(piece.clone()),
        _ => None,
    };
    let first = commands.until(piece).await;
    assert_eq!((first.position, first.bytes.as_slice()), (0, &b"first\n"[..]));
    assert!(commands.is_busy());
    commands.connected().await;
    commands.start_of(id).await;
    assert_eq!(commands.until(piece).await, first);
    std::fs::write(&go, "").unwrap();
    let finished = commands.end_of(id).await;
    // Output that was sent on this connection is not repeated with the end.
    let rest: Vec<u8> = finished.output.iter().flat_map(|piece: &Output| piece.bytes.clone()).collect();
    assert!(finished.output.iter().all(|piece| piece.position >= 6) && b"last\n".ends_with(&rest));
    assert_eq!(finished.stdout_bytes, 11);
    // On a new connection it is repeated.
    commands.connected().await;
    assert_eq!(commands.end_of(id).await.output[0], first);
}

#[tokio::test]
async fn queued_and_running_commands_are_cancelled() {
    let directory = tempfile::tempdir().unwrap();
    let mut commands = open(directory.path());
    let running: Vec<Uuid> = (1..=RUNNING_MAX as u64).map(new_id).collect();
    commands.take(run(running.iter().map(|id| shell(*id, "sleep 1000")).collect())).await;
    for id in &running {
        commands.start_of(*id).await;
    }
    let waiting = new_id(1_000);
    let late = Order { expires_in_ms: 0, ..shell(new_id(1_001), "true") };
    commands.take(run(vec![shell(waiting, "true"), late])).await;
    commands.take(cancel(waiting)).await;
    let finished = commands.end_of(waiting).await;
    assert_eq!((finished.end(), finished.duration_ms), (End::Cancelled, None));
    commands.take(cancel(running[0])).await;
    let finished = commands.end_of(running[0]).await;
    assert_eq!((finished.end(), finished.signal), (End::Cancelled, Some(15)));
    // Now there is room, but it is too late.
    let finished = commands.end_of(new_id(1_001)).await;
    assert_eq!((finished.end(), finished.duration_ms), (End::Expired, None));
    // All other running commands are ended when the agent ends, and that is reported.
    commands.leave().await;
    let finished = commands.end_of(running[1]).await;
    assert_eq!(finished.end(), End::Failed);
    assert!(finished.error.contains("the agent was stopped"));
}

#[tokio::test]
async fn commands_beyond_the_queue_limit_are_refused() {
    let directory = tempfile::tempdir().unwrap();
    let mut commands = open(directory.path());
    let count = (RUNNING_MAX + WAITING_MAX) as u64;
    commands.take(run((1..=count).map(|n| shell(new_id(n), "sleep 1000")).collect())).await;
    let refused = new_id(count + 1);
    commands.take(run(vec![shell(refused, "true")])).await;
    let finished = commands.end_of(refused).await;
    assert_eq!(finished.end(), End::Failed);
    assert!(finished.error.contains("1000 commands are already waiting"), "{}", finished.error);
    commands.leave().await;
}

#[tokio::test]
async fn a_command_that_cannot_be_recorded_is_not_run() {
    let directory = tempfile::tempdir().unwrap();
    let witness = directory.path().join("witness");
    let mut commands = open(directory.path());
    let keeper = commands.0.journal.clone();
    keeper.break_it().await;
    let id = new_id(1);
    commands.take(run(vec![shell(id, &format!(": > '{}'", witness.display()))])).await;
    let finished = commands.end_of(id).await;
    assert_eq!(finished.end(), End::Failed);
    assert!(finished.error.contains("cannot record"), "{}", finished.error);
    assert!(!witness.exists());
    // It is reported from memory until the server acknowledges it.
    commands.connected().await;
    assert_eq!(commands.end_of(id).await.end(), End::Failed);
    commands.take(acknowledge(id)).await;
    commands.connected().await;
    assert!(commands.reports(false).await.is_empty());
}

#[tokio::test]
async fn unknown_orders_fail_and_malformed_orders_are_skipped() {
    let directory = tempfile::tempdir().unwrap();
    let mut commands = open(directory.path());
    let unknown = Order { what: None, ..shell(new_id(2), "") };
    let nonsense = Order { id: vec![1, 2], ..shell(new_id(3), "true") };
    let other_version = shell(Uuid::from_u128(5), "true");
    commands.take(run(vec![nonsense, other_version, unknown])).await;
    commands.take(cancel(new_id(9))).await;
    commands.take(acknowledge(new_id(9))).await;
    let finished = commands.end_of(new_id(2)).await;
    assert_eq!(finished.end(), End::Failed);
    assert!(finished.error.contains("this version of the agent"), "{}", finished.error);
    assert!(commands.0.state.lock().open.is_empty());
}

#[test]
fn a_long_result_is_reported_in_several_messages() {
    let id = new_id(1);
    let captures = Captures::new(OUTPUT_MAX);
    captures.stdout.lock().take(&vec![b'o'; 5_000_000]);
    captures.stderr.lock().take(&vec![b'e'; 700_000]);
    let outcome = JobOutcome::not_begun(End::Succeeded, "");
    let finished = finished(outcome.into(), Some(&captures));
    assert!(finished.encoded_len() > 1_700_000);
    let mut news = PendingReports::default();
    news.tell_end(&Ended::untold(id), finished.clone());
    let mut kept = Vec::new();
    let mut last = None;
    loop {
        let reports = news.next(std::iter::empty(), true);
        if reports.is_empty() {
            break;
        }
        let length: usize = reports.iter().map(Report::encoded_len).sum();
        assert!(length < bailiwick_link::frame::TO_SERVER_MAX - 1_000, "{length}");
        for report in reports {
            assert!(last.is_none(), "the end of the command is not the last report");
            match report.news {
                Some(ReportBody::Output(piece)) => kept.push(piece),
                Some(ReportBody::Finished(end)) => last = Some(end),
                other => panic!("{other:?}"),
            }
        }
    }
    kept.extend(last.unwrap().output);
    assert_eq!(kept, finished.output);
}
