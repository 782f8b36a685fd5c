use std::collections::HashMap;

use bailiwick_link::commands::{Output, ShellOrder};

use super::*;

const LIMIT: u32 = 65_536;
/// Longer than any of these tests takes.
const LONG: Duration = Duration::from_secs(60);

fn sh(text: &str) -> ShellOrder {
    ShellOrder { shell: "sh".into(), command: text.into(), ..ShellOrder::default() }
}

struct Ran {
    outcome: JobOutcome,
    captures: Arc<Captures>,
}

impl Ran {
    fn bytes(capture: &Mutex<Capture>) -> Vec<u8> {
        capture.lock().pieces().into_iter().flat_map(|piece: Output| piece.bytes).collect()
    }
    fn stdout(&self) -> String {
        String::from_utf8(Self::bytes(&self.captures.stdout)).unwrap()
    }
    fn stderr(&self) -> String {
        String::from_utf8(Self::bytes(&self.captures.stderr)).unwrap()
    }
}

async fn run_within(order: ShellOrder, timeout: Duration, stop: &Stop) -> Ran {
    let captures = Captures::new(LIMIT);
    let patience = Patience {
        end: Duration::from_millis(400),
        pipes: Duration::from_millis(200),
        ..Patience::default()
    };
    let job = Job::of(order, &Becoming::default()).unwrap();
    let outcome = run(job, timeout, patience, &captures, stop).await;
    Ran { outcome, captures }
}

async fn run_it(order: ShellOrder) -> Ran {
    run_within(order, LONG, &Stop::default()).await
}

fn is_alive(pid: &str) -> bool {
    // A process that has ended but was not waited for is a zombie, which no longer runs.
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    !stat.is_empty() && !stat.contains(") Z ")
}

async fn until(what: &str, condition: impl Fn() -> bool) {
    let end = Instant::now() + LONG;
    while !condition() {
        assert!(Instant::now() < end, "timed out waiting for {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn both_streams_and_the_exit_code_are_reported() {
    let ran = run_it(sh("echo out; echo err >&2; exit 3")).await;
    assert_eq!((ran.stdout().as_str(), ran.stderr().as_str()), ("out\n", "err\n"));
    assert_eq!((ran.outcome.end, ran.outcome.exit_code), (End::Failed, Some(3)));
    assert!(ran.outcome.error.is_empty() && ran.outcome.duration.is_some());
    assert_eq!(run_it(sh("true")).await.outcome.end, End::Succeeded);
    let killed = run_it(sh("kill -KILL $$")).await.outcome;
    assert_eq!((killed.end, killed.exit_code, killed.signal), (End::Failed, None, Some(9)));
}

#[tokio::test]
async fn a_command_gets_its_arguments_environment_and_directory() {
    let order = ShellOrder {
        arguments: vec!["a b".into(), "$x;'\"".into()],
        env: HashMap::from([("GREETING".into(), "hello\nworld".into())]),
        working_directory: "/usr".into(),
        ..sh("printf '%s|%s|%s|%s|%s' \"$0\" \"$1\" \"$2\" \"$GREETING\" \"$PWD\"")
    };
    assert_eq!(run_it(order).await.stdout(), "sh|a b|$x;'\"|hello\nworld|/usr");
    let path = ShellOrder { shell: "/bin/sh".into(), arguments: vec!["x".into()], ..sh("echo $0 $1") };
    assert_eq!(run_it(path).await.stdout(), "/bin/sh x\n");
    if crate::shells::find(&bailiwick_domain::command::Shell::Python).is_some() {
        let text = "import sys; print(sys.argv[1:])";
        let arguments = vec!["a".into(), "b c".into()];
        let order = ShellOrder { shell: "python".into(), arguments, ..sh(text) };
        assert_eq!(run_it(order).await.stdout(), "['a', 'b c']\n");
    }
    // Standard input is empty: a program that reads it gets end-of-file.
    assert_eq!(run_it(sh("cat; echo end")).await.stdout(), "end\n");
}

#[test]
fn an_impossible_command_is_refused_with_the_reason() {
    let refuse = |order: ShellOrder| Job::of(order, &Becoming::default()).unwrap_err();
    let missing = refuse(ShellOrder { shell: "cmd".into(), ..sh("dir") });
    assert!(missing.starts_with("this machine has no cmd; it has: ") && missing.contains("sh"), "{missing}");
    assert!(refuse(ShellOrder { shell: "zsh".into(), ..sh("") }).contains("expected bash, sh"));
    let directory = refuse(ShellOrder { working_directory: "/nowhere".into(), ..sh("true") });
    assert_eq!(directory, "the working directory /nowhere does not exist");
    let user = refuse(ShellOrder { run_as: "nobody-of-this-name".into(), ..sh("true") });
    assert_eq!(user, "this machine has no user nobody-of-this-name");
    let env = HashMap::from([("A=B".into(), "x".into())]);
    assert!(refuse(ShellOrder { env, ..sh("true") }).contains("A=B"));
    assert!(refuse(sh("echo \0")).contains("NUL"));
}

#[tokio::test]
async fn a_command_longer_than_the_system_allows_is_refused() {
    let outcome = run_it(sh(&format!("true {}", "x".repeat(200_000)))).await.outcome;
    assert_eq!((outcome.end, outcome.duration), (End::Failed, None));
    assert!(outcome.error.contains("longer than this system"), "{}", outcome.error);
}

#[tokio::test]
async fn a_command_that_times_out_is_ended_with_its_children() {
    let ran =
        run_within(sh("sleep 1000 & echo $!; sleep 1000"), Duration::from_millis(300), &Stop::default())
            .await;
    assert_eq!((ran.outcome.end, ran.outcome.signal), (End::TimedOut, Some(15)));
    assert!(ran.outcome.error.contains("longer than"));
    let pid = ran.stdout().trim().to_owned();
    assert!(!pid.is_empty() && !is_alive(&pid));
}

#[tokio::test]
async fn a_command_that_ignores_sigterm_is_killed() {
    let stop = Stop::default();
    let directory = tempfile::tempdir().unwrap();
    let ready = directory.path().join("ready");
    let text = format!("trap '' TERM; echo $$; : > '{}'; while :; do sleep 0.05; done", ready.display());
    let cancel = async {
        until("the trap to be set", || ready.exists()).await;
        stop.cancelled.cancel();
    };
    let (ran, ()) = tokio::join!(run_within(sh(&text), LONG, &stop), cancel);
    assert_eq!((ran.outcome.end, ran.outcome.signal), (End::Cancelled, Some(9)));
    let pid = ran.stdout().trim().to_owned();
    until("the process to be gone", || !is_alive(&pid)).await;
}

#[tokio::test]
async fn the_rest_of_a_process_group_is_killed() {
    let stop = Stop::default();
    let directory = tempfile::tempdir().unwrap();
    let ready = directory.path().join("ready");
    // The shell ends on SIGTERM; the process that it started ignores it.
    let text = format!(
        "sh -c 'trap \"\" TERM; echo $$; : > {}; while :; do sleep 0.05; done' & wait",
        ready.display()
    );
    let cancel = async {
        until("the trap to be set", || ready.exists()).await;
        stop.leaving.cancel();
    };
    let (ran, ()) = tokio::join!(run_within(sh(&text), LONG, &stop), cancel);
    assert_eq!(ran.outcome.end, End::Failed);
    assert!(ran.outcome.error.contains("the agent was stopped"));
    let pid = ran.stdout().trim().to_owned();
    until("the process to be gone", || !is_alive(&pid)).await;
}

#[tokio::test]
async fn a_command_ends_although_a_daemon_holds_its_pipes() {
    let began = Instant::now();
    let ran = run_it(sh("sleep 30 & echo $!")).await;
    assert!(began.elapsed() < Duration::from_secs(20));
    assert_eq!((ran.outcome.end, ran.outcome.exit_code), (End::Succeeded, Some(0)));
    let pid = ran.stdout().trim().to_owned();
    // It was not ended: a command may start a service.
    assert!(is_alive(&pid));
    let _ = std::process::Command::new("kill").arg(&pid).status();
}

#[tokio::test]
async fn long_output_is_bounded_and_binary_output_is_kept() {
    let ran = run_it(sh("head -c 50000000 /dev/zero; printf 'the end\\377'; head -c 9 /dev/zero >&2")).await;
    assert_eq!(ran.outcome.end, End::Succeeded);
    let stdout = Ran::bytes(&ran.captures.stdout);
    assert_eq!(ran.captures.stdout.lock().total(), 50_000_008);
    assert_eq!(stdout.len(), LIMIT as usize);
    assert!(stdout.ends_with(b"the end\xff") && stdout.starts_with(&[0; 100]));
    assert_eq!(Ran::bytes(&ran.captures.stderr), [0; 9]);
}

/// A job that creates a file, waits for another one, and succeeds.
fn waits_for(directory: &std::path::Path) -> Job {
    let place = directory.display();
    let text = format!(
        "echo begun; touch {place}/begun; until [ -e {place}/go ]; do sleep 0.02; done; \
         echo done; echo err >&2; touch {place}/done"
    );
    Job::of(sh(&text), &Becoming::default()).unwrap()
}

async fn run_waiting(
    finish: Duration,
    timeout: Duration,
    act: impl AsyncFnOnce(&std::path::Path, &Stop),
) -> (Ran, tempfile::TempDir) {
    let directory = tempfile::tempdir().unwrap();
    let (captures, stop) = (Captures::new(LIMIT), Stop::default());
    let patience = Patience { finish, ..Patience::default() };
    let running = run_to_its_end(waits_for(directory.path()), timeout, patience, &captures, &stop);
    let acting = async {
        until("the command to begin", || directory.path().join("begun").exists()).await;
        act(directory.path(), &stop).await;
    };
    let (outcome, ()) = tokio::join!(running, acting);
    (Ran { outcome, captures }, directory)
}

fn go(directory: &std::path::Path) {
    std::fs::write(directory.join("go"), "").unwrap();
}

#[tokio::test]
async fn an_uninterruptible_command_is_allowed_to_finish() {
    let (ran, _directory) = run_waiting(LONG, LONG, async |directory, stop| {
        stop.cancelled.cancel();
        go(directory);
    })
    .await;
    assert_eq!((ran.outcome.end, ran.outcome.exit_code), (End::Cancelled, Some(0)));
    let expected = "the command was cancelled; the running program was allowed to finish (exit status: 0)";
    assert_eq!(ran.outcome.error, expected);
    assert_eq!((ran.stdout().as_str(), ran.stderr().as_str()), ("begun\ndone\n", "err\n"));

    // It times out before it may go on.
    let (ran, _directory) =
        run_waiting(LONG, Duration::from_millis(1), async |directory, _| go(directory)).await;
    assert_eq!((ran.outcome.end, ran.outcome.exit_code), (End::TimedOut, Some(0)));
    assert_eq!(ran.stdout(), "begun\ndone\n");

    let (ran, _directory) = run_waiting(LONG, LONG, async |directory, _| go(directory)).await;
    assert_eq!((ran.outcome.end, ran.outcome.error.as_str()), (End::Succeeded, ""));
}

#[tokio::test]
async fn an_uninterruptible_command_continues_without_the_agent() {
    for leaves in [true, false] {
        let finish = if leaves { LONG } else { Duration::from_millis(1) };
        let (ran, directory) =
            run_waiting(
                finish,
                LONG,
                async |_, stop| {
                    if leaves { stop.leaving.cancel() } else { stop.cancelled.cancel() }
                },
            )
            .await;
        let expected = if leaves { End::Lost } else { End::Cancelled };
        assert_eq!((ran.outcome.end, ran.outcome.exit_code), (expected, None));
        assert!(ran.outcome.error.ends_with("it continues on its own"), "{}", ran.outcome.error);
        assert!(!directory.path().join("done").exists());
        go(directory.path());
        until("the command to finish", || directory.path().join("done").exists()).await;
    }
}

#[tokio::test]
async fn a_command_that_was_already_stopped_is_not_started() {
    let stop = Stop::default();
    assert_eq!(stop.already(LONG), None);
    assert_eq!(stop.already(Duration::ZERO).unwrap().end, End::TimedOut);
    stop.leaving.cancel();
    assert_eq!(stop.already(LONG).unwrap().end, End::Failed);
    stop.cancelled.cancel();
    assert_eq!(stop.already(LONG).unwrap().end, End::Cancelled);
}
