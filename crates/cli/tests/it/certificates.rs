//! Certificates of one's own, plain HTTP where HTTPS is spoken, and what `config check` finds.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Stdio};

use rcgen::{BasicConstraints, CertificateParams, IsCa, KeyPair, SanType, date_time_ymd};

use crate::process::{Place, curl, free_port, skip, wait_for};

/// Writes a self-signed certificate and its key beside each other, and a configuration that names them.
fn own_certificate(directory: &Path, change: impl FnOnce(&mut CertificateParams)) {
    let mut params = CertificateParams::new(vec!["127.0.0.1".to_owned(), "localhost".to_owned()]).unwrap();
    change(&mut params);
    let key = KeyPair::generate().unwrap();
    std::fs::write(directory.join("own.pem"), params.self_signed(&key).unwrap().pem()).unwrap();
    std::fs::write(directory.join("own-key.pem"), key.serialize_pem()).unwrap();
    let settings = "server:\n  certificate: own.pem\n  private_key: own-key.pem\n";
    std::fs::write(directory.join("bailiwick.yml"), settings).unwrap();
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Sends bytes, and reads all that is answered until the connection ends.
fn say(port: u16, request: &str) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = Vec::new();
    // The end may be rough where more was sent than was read.
    let _ = stream.read_to_end(&mut answer);
    text(&answer)
}

#[test]
fn plain_http_on_the_https_port_is_refused_with_the_reason() {
    let place = Place::new();
    let _server = place.up();
    let url = format!("http://127.0.0.1:{}/v1/whoami", place.port);
    let (status, body) = curl(&[&url]);
    assert_eq!(status, 400, "{body}");
    assert!(body.contains("\"code\":\"https_only\"") && body.contains("https://"), "{body}");
    let answer = say(place.port, "GET / HTTP/1.0\r\n\r\n");
    assert!(answer.starts_with("HTTP/1.0 400 ") || answer.starts_with("HTTP/1.1 400 "), "{answer}");
    assert!(answer.contains("application/problem+json"), "{answer}");

    // A key that came so was read by others.
    let key = place.key();
    for arguments in [
        vec!["-H".to_owned(), format!("Authorization: Bearer {key}"), url.clone()],
        vec!["-H".to_owned(), format!("X-API-KEY: {key}"), url.clone()],
        vec!["-b".to_owned(), "session=x".to_owned(), url.clone()],
        vec![format!("{url}?key={key}")],
    ] {
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let (status, body) = curl(&arguments);
        assert_eq!(status, 403, "{body}");
        assert!(body.contains("sent_in_clear") && body.contains("rotate it"), "{body}");
        assert!(!body.contains(&key));
    }

    // What says nothing, or no HTTP, is not answered; HTTPS is, meanwhile and afterwards.
    let _silent = TcpStream::connect(("127.0.0.1", place.port)).unwrap();
    let stranger = say(place.port, "\u{1}\u{2}\u{3}\r\n\r\n");
    assert!(!stranger.contains("HTTP"), "{stranger}");
    assert_eq!(place.json(&["whoami", "get"])["key"]["kind"], "org");

    // The command line says which of the two it is.
    let output = place.run(&["whoami", "get", "--url", &format!("http://127.0.0.1:{}", place.port)]);
    assert!(text(&output.stderr).contains("https://"), "{}", text(&output.stderr));
}

#[test]
fn the_cli_names_a_server_that_speaks_plain_http() {
    let place = Place::new();
    std::fs::write(place.path().join("bailiwick.yml"), "server: {tls: off}\n").unwrap();
    let _server = place.up();
    let output = place.run(&["whoami", "get", "--url", &format!("https://127.0.0.1:{}", place.port)]);
    let said = text(&output.stderr);
    assert!(!output.status.success() && said.contains("write http:// instead of https://"), "{said}");
}

#[test]
fn http_port_redirects_to_https_and_refuses_keys() {
    let place = Place::new();
    let port = free_port();
    std::fs::write(place.path().join("bailiwick.yml"), format!("server: {{http_port: {port}}}\n")).unwrap();
    let mut server = place.up();
    let answer = say(port, "GET /v1/nodes?limit=1 HTTP/1.1\r\nHost: localhost\r\n\r\n");
    assert!(answer.starts_with("HTTP/1.1 308 "), "{answer}");
    let location = format!("location: https://localhost:{}/v1/nodes?limit=1\r\n", place.port);
    assert!(answer.to_lowercase().contains(&location), "{answer}");
    let own = place.path().join("bailiwick-data/tls/certificate.pem");
    let readyz = format!("http://localhost:{port}/v1/readyz");
    assert_eq!(curl(&["-L", "--cacert", own.to_str().unwrap(), &readyz]).0, 200);
    let (status, body) = curl(&["-L", "-H", &format!("X-API-KEY: {}", place.key()), &readyz]);
    assert_eq!(status, 403, "{body}");
    assert!(body.contains("sent unencrypted"), "{body}");
    // A client would send a password again that others have read, and nobody would notice.
    let login = format!("http://localhost:{port}/v1/sessions");
    let (status, body) = curl(&["-L", "--json", r#"{"email":"a@example.com","password":"x"}"#, &login]);
    assert_eq!(status, 400, "{body}");
    assert!(body.contains("body_in_clear") && body.contains("change that"), "{body}");
    server.signal("TERM");
    assert!(server.wait().success());
}

#[test]
fn an_expired_certificate_is_reported_by_server_check_and_client() {
    let place = Place::new();
    own_certificate(place.path(), |params| {
        params.not_before = date_time_ymd(2019, 1, 1);
        params.not_after = date_time_ymd(2020, 1, 6);
    });
    let output = place.run(&["config", "check"]);
    let shown = text(&output.stdout);
    assert!(!output.status.success(), "{shown}");
    let fault = "fault: server.certificate (bailiwick.yml): the certificate expired at 2020-01-06T00:00:00Z";
    assert!(shown.contains(fault), "{shown}");
    let server = place.up();
    let said = server.err();
    assert!(said.contains("the certificate expired at 2020-01-06T00:00:00Z"), "{said}");
    let own = place.path().join("own.pem");
    let output = place.run(&["whoami", "get", "--ca", own.to_str().unwrap()]);
    assert!(text(&output.stderr).contains("the certificate has expired"), "{}", text(&output.stderr));
    // One that is right takes its place without a restart.
    own_certificate(place.path(), |_| {});
    wait_for("the new certificate", || {
        place.run(&["whoami", "get", "--ca", own.to_str().unwrap()]).status.success().then_some(())
    });
}

#[test]
fn a_self_signed_ca_certificate_works_when_named_with_ca() {
    let place = Place::new();
    own_certificate(place.path(), |params| params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained));
    let server = place.up();
    assert!(server.err().contains("CA:TRUE"), "{}", server.err());
    let own = place.path().join("own.pem");
    let whoami = |ca: &Path| place.run(&["whoami", "get", "--ca", ca.to_str().unwrap()]);
    let output = whoami(&own);
    assert!(output.status.success(), "{}", text(&output.stderr));
    // Another certificate of the same kind does not make it believed.
    let other = Place::new();
    own_certificate(other.path(), |params| params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained));
    let output = whoami(&other.path().join("own.pem"));
    assert!(text(&output.stderr).contains("is not trusted"), "{}", text(&output.stderr));
}

#[test]
fn the_data_directory_is_enough_with_a_certificate_of_ones_own() {
    let place = Place::new();
    // Its name is not that of this machine, and no authority that anybody trusts has issued it.
    let name = SanType::DnsName("bailiwick.example.com".try_into().unwrap());
    own_certificate(place.path(), |params| params.subject_alt_names = vec![name.clone()]);
    let server = place.up();
    assert_eq!(place.json(&["whoami", "get", "--data", "bailiwick-data"])["key"]["kind"], "org");
    drop(server);
    // Another certificate at the same address is not believed.
    let other = Place { port: place.port, ..Place::new() };
    own_certificate(other.path(), |params| params.subject_alt_names = vec![name]);
    let _other = other.up();
    let output = place.run(&["whoami", "get", "--data", "bailiwick-data"]);
    assert!(text(&output.stderr).contains("is not trusted"), "{}", text(&output.stderr));
}

/// As root, a command that runs the program where `/proc` shows processes only, as with `ProcSubset=pid` in the
/// packaged unit; nothing where that is not possible.
fn without_kernel_files(place: &Place, arguments: &[&str]) -> Option<Command> {
    let mount = "mount -t proc -o subset=pid proc /proc";
    let works = Command::new("unshare").args(["-m", "sh", "-c", mount]).stderr(Stdio::null()).status();
    if !works.is_ok_and(|status| status.success()) {
        skip("root, unshare, and a Linux that can hide what is in /proc");
        return None;
    }
    let mut command = place.command(&[]);
    let program = command.get_program().to_owned();
    let environment: Vec<_> = command.get_envs().map(|(name, _)| name.to_owned()).collect();
    command = Command::new("unshare");
    for name in environment {
        command.env_remove(name);
    }
    let script = format!("{mount} && exec \"$@\"");
    command.args(["-m", "sh", "-c", &script, "sh"]).arg(program).args(arguments);
    command.current_dir(place.path()).stdin(Stdio::null());
    Some(command)
}

#[test]
fn the_self_signed_certificate_names_the_machine_also_under_the_packaged_unit() {
    let place = Place::new();
    let settings = "server: {certificate_names: [bailiwick.example.com]}\n";
    std::fs::write(place.path().join("bailiwick.yml"), settings).unwrap();
    let listen = format!("127.0.0.1:{}", place.port);
    let Some(command) = without_kernel_files(&place, &["up", "--no-agent", "--listen", &listen]) else {
        return;
    };
    let server = place.start_command(command);
    let own = place.path().join("bailiwick-data/tls/certificate.pem");
    let machine = text(&Command::new("uname").arg("-n").output().unwrap().stdout).trim().to_owned();
    for name in [machine.as_str(), "bailiwick.example.com", "localhost"] {
        let resolve = format!("{name}:{}:127.0.0.1", place.port);
        let url = format!("https://{name}:{}/v1/readyz", place.port);
        let (status, _) = curl(&["--cacert", own.to_str().unwrap(), "--resolve", &resolve, &url]);
        assert_eq!(status, 200, "{name}: {}", server.err());
    }
    assert!(server.err().contains("a self-signed certificate was made"), "{}", server.err());
    // A name that is added later is not in it, which is told.
    let settings = "server: {certificate_names: [bailiwick.example.com, later.example.com]}\n";
    std::fs::write(place.path().join("bailiwick.yml"), settings).unwrap();
    let shown = text(&place.run(&["config", "check"]).stdout);
    assert!(shown.contains("note: server.certificate_names (bailiwick.yml): the self-signed"), "{shown}");
    assert!(shown.contains("was made without later.example.com, so"), "{shown}");
}

#[test]
fn config_check_finds_faults_that_prevent_a_start() {
    let place = Place::new();
    let check = |settings: &str| {
        std::fs::write(place.path().join("bailiwick.yml"), settings).unwrap();
        let output = place.run(&["config", "check"]);
        (output.status.success(), text(&output.stdout) + &text(&output.stderr))
    };
    let (well, shown) = check("");
    assert!(well, "{shown}");
    let settings = "server:\n  certificate: nope.pem\n  private_key: nope-key.pem\n";
    let (well, shown) = check(settings);
    assert!(
        !well && shown.contains("fault: server.certificate (bailiwick.yml): nope.pem: No such file"),
        "{shown}"
    );
    let output = place.run(&["up", "--listen", &format!("127.0.0.1:{}", place.port)]);
    assert!(
        text(&output.stderr).contains("server.certificate: nope.pem: No such file"),
        "{}",
        text(&output.stderr)
    );
    let (well, shown) = check("server: {certificate: own.pem}");
    assert!(!well && shown.contains("bailiwick.yml: server.certificate: expected both"), "{shown}");
    let (well, shown) = check("database: {url: \"postgres://u:hunter2@127.0.0.1:1/d\"}");
    assert!(!well && shown.contains("fault: database.url (bailiwick.yml): the database"), "{shown}");
    assert!(!shown.contains("hunter2"), "{shown}");

    // With a server that runs all is well, and it is said.
    std::fs::remove_file(place.path().join("bailiwick.yml")).unwrap();
    let mut server = place.up();
    let output = place.run(&["config", "check", "--listen", &format!("127.0.0.1:{}", place.port)]);
    let shown = text(&output.stdout);
    assert!(output.status.success(), "{shown}");
    assert!(shown.contains("a server is running with this data directory"), "{shown}");
    assert!(shown.contains("another process already listens on"), "{shown}");
    server.signal("TERM");
    assert!(server.wait().success());
    std::fs::remove_file(place.path().join("bailiwick-data/peppers")).unwrap();
    let output = place.run(&["config", "check"]);
    let shown = text(&output.stdout);
    assert!(!output.status.success() && shown.contains("fault: keys.peppers"), "{shown}");
    std::fs::remove_file(place.path().join("bailiwick-data/bailiwick.db")).unwrap();
    let output = place.run(&["config", "check"]);
    let shown = text(&output.stdout);
    assert!(!output.status.success() && shown.contains("fault: database.url"), "{shown}");
    assert!(shown.contains("a server has run with this data directory"), "{shown}");
}

#[test]
fn a_closed_output_pipe_causes_no_panic() {
    let place = Place::new();
    for arguments in
        [&["completions", "bash"][..], &["completions", "zsh"], &["config", "check"], &["--help"]]
    {
        let mut child =
            place.command(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert!(!text(&output.stderr).contains("panicked"), "{arguments:?}: {}", text(&output.stderr));
    }
}

#[test]
fn a_data_directory_without_a_server_is_named() {
    let place = Place::new();
    let output = place.run(&["whoami", "get"]);
    let said = text(&output.stderr);
    assert!(
        said.contains(
            "bailiwick-data does not contain the address of a server: name the data directory with --data"
        ),
        "{said}"
    );
}
