//! `bailiwick agent` as a process of its own: killed, asked to end, as another user. The server's part is
//! played by the test.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ExitStatus};

use bailiwick_agent::outside::{SystemClock, SystemEntropy};
use bailiwick_domain::id::CommandId;
use bailiwick_domain::key::{KeyKind, KeyText};
use bailiwick_link::commands::{End, Orders, ReportBody, What};
use uuid::Uuid;

use crate::agent_server::{Connection, Server, offer, run, shell};
use crate::process::{Place, skip, wait_for};

/// An agent that runs; it is killed when this is dropped.
struct Agent {
    child: Child,
    log: PathBuf,
}

impl Agent {
    fn start(place: &Place, arguments: &[&str], enrol: Option<&KeyText>) -> Self {
        let log = place.path().join("agent.log");
        let mut command =
            place.command(&[&["agent", "--data", "data", "--log-level", "debug"], arguments].concat());
        if let Some(key) = enrol {
            command.env("BAILIWICK_ENROL_KEY", key.reveal().as_str());
        }
        let file = std::fs::OpenOptions::new().create(true).append(true).open(&log).unwrap();
        let child = command.stdout(file.try_clone().unwrap()).stderr(file).spawn().unwrap();
        Self { child, log }
    }

    fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        assert!(
            std::process::Command::new("kill").args([&format!("-{name}"), &pid]).status().unwrap().success()
        );
    }

    fn wait(&mut self) -> ExitStatus {
        wait_for("the agent's end", || self.child.try_wait().unwrap())
    }

    fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap()
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn key(kind: KeyKind) -> KeyText {
    KeyText::mint(kind, &SystemEntropy)
}

#[test]
fn a_data_directory_that_others_can_write_is_refused() {
    let place = Place::new();
    let data = place.path().join("data");
    std::fs::create_dir(&data).unwrap();
    std::fs::set_permissions(&data, std::fs::Permissions::from_mode(0o777)).unwrap();
    let mut agent = Agent::start(&place, &["--server", "http://127.0.0.1:1"], Some(&key(KeyKind::Enrol)));
    // It is not started again: a person has to look.
    assert_eq!(agent.wait().code(), Some(2), "{}", agent.log());
    let expected = format!("run `chmod go-w {}`", data.canonicalize().unwrap().display());
    assert!(agent.log().contains(&expected), "{}", agent.log());
    assert_eq!(std::fs::read_dir(&data).unwrap().count(), 0, "the agent wrote into the refused directory");
}

fn new_id() -> Uuid {
    CommandId::new(&SystemClock, &SystemEntropy).as_uuid()
}

/// Enrols an agent with the key that it then has; the connection that it makes with that.
async fn enrolled(server: &Server, own: &KeyText) -> Connection {
    let (mut connection, _) = server.accept().await;
    connection.say(offer(1, &format!("Bearer {}", *own.reveal()))).await;
    drop(connection);
    welcomed(server).await
}

async fn welcomed(server: &Server) -> Connection {
    let (mut connection, _) = server.accept().await;
    connection.welcome().await;
    connection
}

fn exists(path: &Path) -> bool {
    wait_for("a file", || path.exists().then_some(true))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_running_when_the_agent_was_killed_never_runs_again() {
    let (place, server) = (Place::new(), Server::bind().await);
    let (enrol, own) = (key(KeyKind::Enrol), key(KeyKind::Agent));
    let mut agent = Agent::start(&place, &["--server", &server.url()], Some(&enrol));
    let mut connection = enrolled(&server, &own).await;

    let count = place.path().join("count");
    let (done, killed) = (new_id(), new_id());
    connection.order(run(vec![shell(done, "echo done")])).await;
    assert_eq!(connection.end_of(done.as_bytes()).await.end(), End::Succeeded);
    let text = format!("echo $$ >> '{}'; sleep 1000", count.display());
    connection.order(run(vec![shell(killed, &text)])).await;
    connection.start_of(killed.as_bytes()).await;
    assert!(exists(&count));
    agent.signal("KILL");
    agent.wait();

    let _again = Agent::start(&place, &[], None);
    let mut connection = welcomed(&server).await;
    // Both are told without being asked for: the one that ended, and the one of which nobody knows.
    let end = connection.end_of(done.as_bytes()).await;
    assert_eq!((end.end(), end.exit_code), (End::Succeeded, Some(0)));
    let end = connection.end_of(killed.as_bytes()).await;
    assert_eq!(end.end(), End::Lost);
    assert!(end.error.contains("the agent ended while the command was running"));
    // The server sends it again, since it has not heard of its end: it does not run again.
    let other = new_id();
    connection.order(run(vec![shell(killed, &text), shell(other, "true")])).await;
    assert_eq!(connection.end_of(killed.as_bytes()).await.end(), End::Lost);
    assert_eq!(connection.end_of(other.as_bytes()).await.end(), End::Succeeded);
    let pids = std::fs::read_to_string(&count).unwrap();
    assert_eq!(pids.lines().count(), 1, "the command did not run exactly once");
    let _ = std::process::Command::new("kill").args(["-KILL", "--", &format!("-{}", pids.trim())]).status();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_that_is_to_start_again_waits_for_its_commands() {
    let (place, server) = (Place::new(), Server::bind().await);
    let (enrol, own) = (key(KeyKind::Enrol), key(KeyKind::Agent));
    let agent = Agent::start(&place, &["--server", &server.url()], Some(&enrol));
    let mut connection = enrolled(&server, &own).await;
    let (running, waiting) = (new_id(), new_id());
    let go_on = place.path().join("go-on");
    let text = format!("until [ -e '{}' ]; do sleep 0.05; done; echo $PPID", go_on.display());
    connection.order(run(vec![shell(running, &text)])).await;
    connection.start_of(running.as_bytes()).await;

    agent.signal("USR1");
    wait_for("the agent to take the signal", || {
        agent.log().contains("starts again as soon as").then_some(())
    });
    connection.order(run(vec![shell(waiting, "echo $PPID")])).await;
    std::fs::write(&go_on, "").unwrap();
    let end = connection.end_of(running.as_bytes()).await;
    assert_eq!(end.end(), End::Succeeded, "the running command was ended: {}", end.error);

    // The same process, with a program that may be another one, connects again. The command that it did not start
    // runs then, when the server sends it again.
    let mut connection = welcomed(&server).await;
    connection.order(run(vec![shell(waiting, "echo $PPID")])).await;
    assert_eq!(connection.end_of(waiting.as_bytes()).await.end(), End::Succeeded);
    assert_eq!(agent.log().matches("a command started").count(), 2, "{}", agent.log());
    assert!(agent.log().matches("connected").count() >= 2, "{}", agent.log());
    drop(agent);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopping_agent_ends_its_commands_and_reports_it() {
    let (place, server) = (Place::new(), Server::bind().await);
    let (enrol, own) = (key(KeyKind::Enrol), key(KeyKind::Agent));
    let file = place.path().join("key");
    std::fs::write(&file, format!("{}\n", *enrol.reveal())).unwrap();
    let file = file.to_str().unwrap().to_owned();
    let mut agent = Agent::start(&place, &["--server", &server.url(), "--enrol-file", &file], None);
    let mut connection = enrolled(&server, &own).await;
    let id = new_id();
    let secret = "hunter2-in-a-text";
    let mut order = shell(id, &format!(": {secret}; echo $BAILIWICK_LOG__LEVEL$TOKEN; sleep 1000"));
    if let Some(What::Shell(shell)) = &mut order.what {
        shell.env.insert("TOKEN".into(), "hunter2-in-the-environment".into());
    }
    connection.order(run(vec![order])).await;
    let piece = connection
        .report(id.as_bytes(), |news| match news {
            ReportBody::Output(piece) => Some(piece.clone()),
            _ => None,
        })
        .await;
    assert_eq!(piece.bytes, b"hunter2-in-the-environment\n");
    // Another one cannot use the same directory.
    let mut second = Agent::start(&place, &[], None);
    assert_eq!(second.wait().code(), Some(1));
    agent.signal("TERM");
    let end = connection.end_of(id.as_bytes()).await;
    assert_eq!((end.end(), end.signal), (End::Failed, Some(15)));
    assert!(end.error.contains("the agent was stopped"), "{}", end.error);
    connection.order(Orders { acknowledge: vec![id.as_bytes().to_vec()], ..Orders::default() }).await;
    let mut is_goodbye = false;
    while let Some(message) = connection.hear().await {
        is_goodbye = message.agent_disconnect.is_some();
    }
    assert!(is_goodbye);
    assert_eq!(agent.wait().code(), Some(0));
    let log = agent.log();
    assert!(log.contains("the agent is stopping") && !log.contains("the server is stopping"), "{log}");
    assert!(
        log.contains("connected with the new key") && log.contains("another agent uses this data directory")
    );
    for hidden in [enrol.reveal().as_str(), own.reveal().as_str(), secret, "hunter2-in-the-environment"] {
        assert!(!log.contains(hidden), "{log}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_run_as_another_user_with_its_groups_and_home() {
    let is_root = std::process::Command::new("id").arg("-u").output().unwrap().stdout == b"0\n";
    let has_nobody = std::process::Command::new("id").arg("nobody").output().unwrap().status.success();
    if !is_root || !has_nobody {
        skip("root, and a user nobody");
        return;
    }
    let (place, server) = (Place::new(), Server::bind().await);
    let _agent = Agent::start(&place, &["--server", &server.url()], Some(&key(KeyKind::Enrol)));
    let mut connection = enrolled(&server, &key(KeyKind::Agent)).await;
    let as_nobody = |text: &str, directory: &str| {
        let id = new_id();
        let mut order = shell(id, text);
        if let Some(What::Shell(shell)) = &mut order.what {
            shell.run_as = "nobody".into();
            shell.working_directory = directory.into();
            shell.arguments = vec!["--one".into(), "two three".into()];
            shell.env.insert("LD_LIBRARY_PATH".into(), "/of/nobody".into());
        }
        (id, order)
    };
    let (id, order) = as_nobody(
        // What the agent was started with (here by cargo) is not for nobody to read.
        "id -un; id -Gn; echo $USER $HOME $2; echo $LD_LIBRARY_PATH; env | grep -c -e BAILIWICK_ -e CARGO; \
         cat /etc/shadow",
        "/",
    );
    let private = place.path().join("private");
    std::fs::create_dir(&private).unwrap();
    std::fs::set_permissions(&private, std::fs::Permissions::from_mode(0o700)).unwrap();
    let (barred, barred_order) = as_nobody("true", private.to_str().unwrap());
    connection.order(run(vec![order, barred_order])).await;
    let end = connection.end_of(id.as_bytes()).await;
    let text = connection.output_of(id.as_bytes(), &end);
    let expected = |arguments: &[&str]| {
        String::from_utf8(std::process::Command::new("id").args(arguments).output().unwrap().stdout).unwrap()
    };
    let home = std::fs::read_to_string("/etc/passwd").unwrap();
    let home = home.lines().find(|line| line.starts_with("nobody:")).unwrap().split(':').nth(5).unwrap();
    let groups = expected(&["-Gn", "nobody"]);
    assert_eq!(
        String::from_utf8(text).unwrap(),
        format!("nobody\n{groups}nobody {home} two three\n/of/nobody\n0\n")
    );
    assert_ne!(end.exit_code, Some(0), "the user nobody could read /etc/shadow");
    // Where nobody may not go, its commands do not run.
    let end = connection.end_of(barred.as_bytes()).await;
    assert_eq!((end.end(), end.exit_code), (End::Failed, Some(126)));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_that_cannot_work_exits_with_a_code_and_reason() {
    let (place, server) = (Place::new(), Server::bind().await);
    let ends = |arguments: &[&str], enrol: Option<&KeyText>| {
        let mut agent = Agent::start(&place, arguments, enrol);
        let code = agent.wait().code();
        (code, agent.log())
    };
    let (code, log) = ends(&["--server", &server.url()], None);
    assert!(code == Some(2) && log.contains("bailiwick keys create --kind enrol"), "{log}");
    let (code, log) = ends(&["--server", &server.url()], Some(&key(KeyKind::Org)));
    assert!(code == Some(2) && log.contains("expected an enrolment key"), "{log}");
    let (code, log) = ends(&["--server", "nonsense"], None);
    assert!(code == Some(2) && log.contains("such as https://bailiwick.example:8443"), "{log}");
    let body = r#"{"code":"expired","detail":"the key expired yesterday"}"#;
    let mut agent = Agent::start(&place, &["--server", &server.url()], Some(&key(KeyKind::Enrol)));
    server.answer("401 Unauthorized", "", body).await;
    let (code, log) = (agent.wait().code(), agent.log());
    assert!(code == Some(3) && log.contains("the key expired yesterday"), "{log}");
    // With the process that started it, it ends, also if that has ended before.
    let (code, _) = ends(&["--end-with", "1"], None);
    assert_eq!(code, Some(0));
}

#[test]
fn the_systemd_units_are_valid() {
    let Ok(version) = std::process::Command::new("systemd-analyze").arg("--version").output() else {
        skip("systemd-analyze");
        return;
    };
    assert!(version.status.success());
    let place = Place::new();
    for unit in ["bailiwick.service", "bailiwick-agent.service"] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packaging").join(unit);
        let text = std::fs::read_to_string(path).unwrap();
        // Only the program that is there can be looked at.
        let program = env!("CARGO_BIN_EXE_bailiwick");
        let text = text.replace("/usr/bin/bailiwick-agent", program).replace("/usr/bin/bailiwick", program);
        let copy = place.path().join(unit);
        std::fs::write(&copy, text).unwrap();
        let verify = std::process::Command::new("systemd-analyze").arg("verify").arg(&copy).output().unwrap();
        let said = String::from_utf8_lossy(&verify.stderr).into_owned();
        assert!(verify.status.success() && said.is_empty(), "{unit}: {said}");
    }
}
