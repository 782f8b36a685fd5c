//! Serving: plain HTTP, an end that lets requests end, slow clients, `migrate` and `serve`.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::net::UnixDatagram;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::process::{Place, curl, wait_for};

#[test]
fn without_tls_the_server_speaks_plain_http() {
    let place = Place::new();
    std::fs::write(place.path().join("bailiwick.yml"), "server:\n  tls: off\n").unwrap();
    let server = place.up();
    assert!(server.out().contains(&format!("http://127.0.0.1:{}/v1/docs", place.port)));
    let (status, _) = curl(&[
        "-H",
        &format!("X-API-KEY: {}", place.key()),
        &format!("http://127.0.0.1:{}/v1/whoami", place.port),
    ]);
    assert_eq!(status, 200);
    assert!(!place.path().join("bailiwick-data/tls").exists());
    assert_eq!(place.json(&["whoami", "get"])["key"]["kind"], "org");
}

/// A connection over which half of a request was sent.
fn half_a_request(place: &Place, text: &str) -> TcpStream {
    let mut stream = TcpStream::connect(("127.0.0.1", place.port)).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    stream.write_all(text.as_bytes()).unwrap();
    stream
}

fn rest(mut stream: TcpStream) -> String {
    let mut text = Vec::new();
    // A connection that is reset has ended too; one that is only silent has not.
    if let Err(error) = stream.read_to_end(&mut text) {
        assert!(
            !matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut),
            "the connection is still open"
        );
    }
    String::from_utf8_lossy(&text).into_owned()
}

#[test]
fn slow_clients_are_disconnected() {
    let place = Place::new();
    let limits = "server:\n  tls: off\n  header_timeout_seconds: 1\n  request_timeout_seconds: 1\n";
    std::fs::write(place.path().join("bailiwick.yml"), limits).unwrap();
    let _server = place.up();
    // Clients that send nothing at all, or only the beginning of the HTTP/2 preface.
    rest(half_a_request(&place, ""));
    rest(half_a_request(&place, "PRI * HTTP/2.0\r\n"));
    // The head of this request never ends.
    let head = half_a_request(&place, "GET /v1/readyz HTTP/1.1\r\nHost: x\r\n");
    rest(head);
    // The body of this one does not.
    let body = format!(
        "POST /v1/sites HTTP/1.1\r\nHost: x\r\nX-API-KEY: {}\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{{",
        place.key()
    );
    let answer = rest(half_a_request(&place, &body));
    assert!(answer.starts_with("HTTP/1.1 503") && answer.contains("\"code\":\"body_too_slow\""), "{answer}");
}

#[test]
fn a_refusal_arrives_although_its_body_is_not_read() {
    let place = Place::new();
    std::fs::write(place.path().join("bailiwick.yml"), "server:\n  tls: off\n").unwrap();
    let _server = place.up();
    for (credential, bytes, status) in
        [("", 8 << 20, 401), ("X-API-KEY: bwk_wrong\r\n", 8 << 20, 401), ("", 24 << 20, 401)]
    {
        let head = format!(
            "POST /v1/observations HTTP/1.1\r\nHost: x\r\n{credential}Content-Type: application/json\r\nContent-Length: {bytes}\r\n\r\n"
        );
        let mut stream = half_a_request(&place, &head);
        // Like many clients, this one reads nothing before it has sent everything.
        stream.write_all(&vec![b' '; bytes]).unwrap();
        let answer = rest(stream);
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{bytes} bytes: {answer}");
    }
}

#[test]
fn large_heads_are_refused_and_incomplete_ones_share_memory() {
    let place = Place::new();
    // Nothing here ends because it takes too long.
    let limits = "server:\n  tls: off\n  header_timeout_seconds: 300\n";
    std::fs::write(place.path().join("bailiwick.yml"), limits).unwrap();
    let _server = place.up();
    let head = |bytes: usize| format!("GET /v1/readyz HTTP/1.1\r\nHost: x\r\nX: {}", "y".repeat(bytes));
    let large = || rest(half_a_request(&place, &(head(30_000) + "\r\nConnection: close\r\n\r\n")));
    let answer = large();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let answer = rest(half_a_request(&place, &head(40_000)));
    assert!(answer.starts_with("HTTP/1.1 431"), "{answer}");

    // One network has 8 MiB, and each of these heads takes 26 KiB of it: 315 have room.
    let incomplete: Vec<TcpStream> = (0..330).map(|_| half_a_request(&place, &head(30_000))).collect();
    let is_closed = |stream: &&TcpStream| {
        stream.set_nonblocking(true).unwrap();
        !matches!(stream.peek(&mut [0]), Err(error) if error.kind() == ErrorKind::WouldBlock)
    };
    let closed = || incomplete.iter().filter(is_closed).count();
    crate::process::wait_for("the end of those without room", || (closed() >= 15).then_some(()));
    assert!(closed() < 100, "{} of 330 were closed", closed());
    let (status, _) = curl(&[&format!("http://127.0.0.1:{}/v1/readyz", place.port)]);
    assert_eq!(status, 200, "small heads need no place");
    drop(incomplete);
    crate::process::wait_for("room for a large head", || large().starts_with("HTTP/1.1 200").then_some(()));
}

#[test]
fn a_stopping_server_completes_requests_under_way() {
    let place = Place::new();
    std::fs::write(place.path().join("bailiwick.yml"), "server:\n  tls: off\n").unwrap();
    let mut server = place.up();
    let head = format!(
        "POST /v1/sites HTTP/1.1\r\nHost: x\r\nX-API-KEY: {}\r\nContent-Type: application/json\r\nContent-Length: 17\r\nExpect: 100-continue\r\n\r\n",
        place.key()
    );
    let mut stream = half_a_request(&place, &head);
    // The server asks for the body: the request is under way.
    let mut asked = [0; 25];
    stream.read_exact(&mut asked).unwrap();
    assert!(asked.starts_with(b"HTTP/1.1 100"));
    server.signal("TERM");
    crate::process::wait_for("the stop", || server.err().contains("stopping").then_some(()));
    stream.write_all(b"{\"name\":\"Berlin\"}").unwrap();
    let answer = rest(stream);
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    assert!(server.wait().success());
    let _server = place.up();
    assert_eq!(place.json(&["sites", "list"])["items"][0]["name"], "Berlin");
}

#[test]
fn a_signal_during_the_start_does_not_wait_for_load_balancers() {
    let place = Place::new();
    std::fs::write(place.path().join("bailiwick.yml"), "server: {shutdown_delay_seconds: 600}\n").unwrap();
    let listen = format!("127.0.0.1:{}", place.port);
    let log = place.path().join("err");
    let mut command = place.command(&["up", "--no-agent", "--listen", &listen]);
    let mut child =
        command.stdout(Stdio::null()).stderr(std::fs::File::create(&log).unwrap()).spawn().unwrap();
    // It handles signals from before it opens the data directory, and the first start takes a while after that.
    let lock = place.path().join("bailiwick-data/lock");
    wait_for("the data directory", || lock.exists().then_some(()));
    assert!(Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap().success());
    let status = wait_for("the end", || child.try_wait().unwrap());
    let said = std::fs::read_to_string(&log).unwrap();
    assert!(status.success() && !said.contains("stopping in"), "{status}: {said}");
}

#[test]
fn a_server_that_is_set_up_wrongly_ends_with_a_code_of_its_own() {
    let place = Place::new();
    let listen = format!("127.0.0.1:{}", place.port);
    let ends = |settings: &str, command: &str| {
        std::fs::write(place.path().join("bailiwick.yml"), settings).unwrap();
        let output = place.run(&[command, "--listen", &listen]);
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    for command in ["up", "serve", "migrate"] {
        let (code, said) = ends("server: {prot: 1}", command);
        assert!(
            code == Some(2) && said.contains("there is no setting server.prot"),
            "{command}: {code:?} {said}"
        );
    }
    let (code, said) = ends("server: {certificate: nope.pem, private_key: nope.pem}", "up");
    assert!(code == Some(2) && said.contains("nope.pem: No such file"), "{code:?} {said}");
    // A database that does not answer, or an address in use, may be over soon.
    let (code, said) = ends("database: {url: 'postgres://u@127.0.0.1:1/d'}", "serve");
    assert!(code == Some(1), "{code:?} {said}");
    std::fs::remove_file(place.path().join("bailiwick.yml")).unwrap();
    let _other = std::net::TcpListener::bind(&listen).unwrap();
    let output = place.run(&["up", "--listen", &listen]);
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn the_unit_does_not_restart_a_server_that_is_set_up_wrongly() {
    let unit = include_str!("../../../../packaging/bailiwick.service");
    let values = |name: &str| -> Vec<_> { unit.lines().filter_map(|line| line.strip_prefix(name)).collect() };
    assert_eq!(values("RestartPreventExitStatus="), ["2"]);
    // systemd looks at the exit code of the main process only, so a failed migration must not end the start.
    let before = values("ExecStartPre=");
    assert!(!before.is_empty() && before.iter().all(|command| command.starts_with('-')), "{before:?}");
}

/// A socket that stands for systemd's, and its address.
fn notify_socket(place: &Place) -> (UnixDatagram, PathBuf) {
    let path = place.path().join("notify");
    let socket = UnixDatagram::bind(&path).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    (socket, path)
}

fn told(socket: &UnixDatagram) -> String {
    let mut buffer = [0; 100];
    let length = socket.recv(&mut buffer).expect("systemd is told something");
    String::from_utf8_lossy(&buffer[..length]).trim().to_owned()
}

#[test]
fn systemd_is_told_when_the_server_and_the_agent_are_ready_and_when_they_stop() {
    for unit in [
        include_str!("../../../../packaging/bailiwick.service"),
        include_str!("../../../../packaging/bailiwick-agent.service"),
    ] {
        assert!(unit.lines().any(|line| line == "Type=notify"));
    }
    let place = Place::new();
    let (socket, path) = notify_socket(&place);
    let mut command = place.command(&["up", "--no-agent", "--listen", &format!("127.0.0.1:{}", place.port)]);
    command.env("NOTIFY_SOCKET", &path);
    let mut server = place.start_command(command);
    assert_eq!(told(&socket), "READY=1");
    let enrolment = ["keys", "create", "--kind", "enrol", "--name", "e", "--enrolment", "uses=1"];
    let key = place.json(&enrolment)["secret"].as_str().unwrap().to_owned();
    server.signal("TERM");
    assert_eq!(told(&socket), "STOPPING=1");
    assert!(server.wait().success());

    // The agent is ready although there is no server: it tries until there is one.
    let data = place.path().join("agent");
    let mut command = place.command(&["agent", "--server", &place.url(), "--data"]);
    command.arg(data).env("NOTIFY_SOCKET", &path).env("BAILIWICK_ENROL_KEY", key);
    let mut agent = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    assert_eq!(told(&socket), "READY=1");
    let kill = Command::new("kill").arg(agent.id().to_string()).status().unwrap();
    assert!(kill.success());
    assert_eq!(told(&socket), "STOPPING=1");
    assert!(agent.wait().unwrap().success());
}

#[test]
fn serve_works_after_migrate_prepared_the_database() {
    let place = Place::new();
    let output = place.run(&["migrate"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let key = place.key();
    let again = place.run(&["migrate"]);
    assert!(String::from_utf8_lossy(&again.stdout).contains("already has this version"));
    assert_eq!(place.key(), key, "a second `migrate` replaced the first keys");
    let server = place.start(&["serve", "--listen", &format!("127.0.0.1:{}", place.port)]);
    assert!(server.out().is_empty(), "`serve` printed to standard output, which it must leave empty");
    let (status, _) =
        curl(&["-k", "-H", &format!("X-API-KEY: {key}"), &format!("{}/v1/whoami", place.url())]);
    assert_eq!(status, 200);
}
