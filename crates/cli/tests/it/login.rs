//! `bailiwick login` and `logout` with a real server.

use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use bailiwick_domain::outside::Clock as _;
use bailiwick_engine::outside::SystemClock;
use serde_json::Value;
use totp_rs::Totp;

use crate::process::Place;

const ADMIN: &str = "admin@localhost";

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Both outputs of a command, for messages.
fn said(output: &Output) -> String {
    text(&output.stdout) + &text(&output.stderr)
}

/// Writes a file in the place, and returns its name.
fn file(place: &Place, name: &str, content: &str) -> String {
    std::fs::write(place.path().join(name), format!("{content}\n")).unwrap();
    name.to_owned()
}

fn session_file(place: &Place) -> PathBuf {
    place.path().join("session.json")
}

/// The token in the session's file.
fn token(place: &Place) -> String {
    let session: Value = serde_json::from_slice(&std::fs::read(session_file(place)).unwrap()).unwrap();
    session["token"].as_str().unwrap().to_owned()
}

/// Logs the administrator in, with the password from a file.
fn log_in(place: &Place, more: &[&str]) -> Output {
    let password = place.first_run()["admin"]["password"].as_str().unwrap().to_owned();
    file(place, "password", &password);
    place.run(&[&["login", "--email", ADMIN, "--password-file", "password"], more].concat())
}

#[test]
fn a_person_logs_in_acts_and_logs_out() {
    let place = Place::new();
    let _server = place.up();
    // Before that, what only a person may do is refused without a request.
    for arguments in
        [&["sessions", "list"][..], &["me", "update", "--name", "Ada"], &["second_factor", "begin"]]
    {
        let output = place.command(arguments).env("BAILIWICK_URL", "https://127.0.0.1:1").output().unwrap();
        let said = said(&output);
        assert!(!output.status.success() && said.contains("log in with `bailiwick login`"), "{said}");
        assert!(!said.contains("127.0.0.1:1"), "{said}");
    }
    let output = log_in(&place, &["--organization", "default"]);
    assert!(output.status.success(), "{}", said(&output));
    let shown = said(&output);
    assert!(
        shown.contains("Logged in as admin@localhost") && shown.contains("Organization: default"),
        "{shown}"
    );
    let mode = std::fs::metadata(session_file(&place)).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode, 0o600);
    assert!(!shown.contains(&token(&place)));

    // The session is used, in its organization, also elsewhere than beside the data directory.
    let me = place.json(&["whoami", "get"]);
    assert_eq!((&me["key"], &me["user"]["email"]), (&Value::Null, &ADMIN.into()));
    let elsewhere = tempfile::tempdir().unwrap();
    let output =
        place.command(&["sites", "create", "--name", "Berlin"]).current_dir(elsewhere.path()).output();
    let output = output.unwrap();
    assert!(output.status.success(), "{}", said(&output));
    let shown = text(&place.run(&["whoami", "get"]).stdout);
    assert!(shown.contains("credential  the session of admin@localhost until "), "{shown}");
    let sessions = place.json(&["sessions", "list"]);
    assert_eq!(sessions["items"].as_array().unwrap().len(), 1);
    assert_eq!(place.json(&["me", "update", "--name", "Ada"])["name"], "Ada");

    // A key that is named wins.
    let of_key = |me: Value| me["key"]["kind"].as_str().map(str::to_owned);
    assert_eq!(of_key(place.json(&["whoami", "get", "--as", "root"])).as_deref(), Some("root"));
    assert_eq!(of_key(place.json(&["whoami", "get", "--data", "bailiwick-data"])).as_deref(), Some("org"));
    let with_key = |arguments: &[&str]| place.command(arguments).env("BAILIWICK_KEY", place.key()).output();
    let output = with_key(&["whoami", "get"]).unwrap();
    assert!(text(&output.stdout).contains("the key of BAILIWICK_KEY"), "{}", said(&output));
    let output = with_key(&["sessions", "list"]).unwrap();
    let shown = said(&output);
    assert!(!output.status.success() && shown.contains("leave the key of BAILIWICK_KEY out"), "{shown}");
    // The session is for its own server only.
    let other = place.run(&["whoami", "get", "--url", "https://localhost:1"]);
    assert!(!other.status.success());

    // A new login replaces the session, and ends the former one.
    let former = token(&place);
    assert!(log_in(&place, &[]).status.success());
    assert_ne!(token(&place), former);
    assert_eq!(place.json(&["sessions", "list"])["items"].as_array().unwrap().len(), 1);
    assert_eq!(
        place.json(&["sites", "list"])["items"][0]["name"],
        "Berlin",
        "the organization is remembered"
    );

    let output = place.run(&["logout"]);
    assert!(output.status.success() && text(&output.stdout).contains("Logged out"), "{}", said(&output));
    assert!(!session_file(&place).exists());
    let again = place.run(&["logout"]);
    assert!(again.status.success() && text(&again.stdout).contains("not logged in"), "{}", said(&again));
    let refused = place.run(&["sessions", "list"]);
    assert!(said(&refused).contains("bailiwick login"), "{}", said(&refused));
}

#[test]
fn a_login_with_a_second_factor_needs_its_code() {
    let place = Place::new();
    let _server = place.up();
    assert!(log_in(&place, &[]).status.success());
    // Secrets come from files, and an argument that is a secret is refused without being shown.
    let refused = place.run(&["second_factor", "begin", "--password", "hunter2-hunter2"]);
    let shown = said(&refused);
    assert!(!refused.status.success() && shown.contains("not taken from an argument"), "{shown}");
    assert!(!shown.contains("hunter2"), "{shown}");
    let begun = place.json(&["second_factor", "begin", "--password", "@password"]);
    let totp = Totp::from_url(begun["otpauth_uri"].as_str().unwrap()).unwrap();
    let seconds = u64::try_from(SystemClock.now().as_micros() / 1_000_000).unwrap();
    // Each code is accepted once, and one step ahead is accepted.
    let (now, next) = (totp.generate(seconds).to_string(), totp.generate(seconds + 30).to_string());
    file(&place, "code", &now);
    let confirmed = place.json(&["second_factor", "confirm", "--code", "@code"]);
    let recovery = confirmed["recovery_codes"][0].as_str().unwrap().to_owned();
    assert!(place.run(&["logout"]).status.success());

    let without = log_in(&place, &[]);
    let shown = said(&without);
    assert!(!without.status.success() && shown.contains("--code-file"), "{shown}");
    file(&place, "code", &now);
    let used = log_in(&place, &["--code-file", "code"]);
    assert!(!used.status.success() && !session_file(&place).exists(), "{}", said(&used));
    file(&place, "code", &next);
    let output = log_in(&place, &["--code-file", "code"]);
    assert!(output.status.success(), "{}", said(&output));
    assert_eq!(place.json(&["whoami", "get"])["user"]["second_factor"], true);

    // Both at once from standard input is too much; one of them is not.
    let both = ["login", "--email", ADMIN, "--password-file", "-", "--code-file", "-"];
    let output = place.run(&both);
    assert!(said(&output).contains("only one value can be read from standard input"), "{}", said(&output));
    file(&place, "code", &recovery);
    let mut command =
        place.command(&["login", "--email", ADMIN, "--password-file", "password", "--code-file", "-"]);
    let input = std::fs::File::open(place.path().join("code")).unwrap();
    let output = command.stdin(input).output().unwrap();
    assert!(output.status.success(), "{}", said(&output));
}

#[test]
fn a_session_that_has_ended_says_to_log_in_again() {
    let place = Place::new();
    let _server = place.up();
    assert!(log_in(&place, &["--organization", "default"]).status.success());
    let id = place.json(&["sessions", "list"])["items"][0]["id"].as_str().unwrap().to_owned();
    place.json(&["sessions", "end", &id]);
    for arguments in [&["sites", "list"][..], &["me", "update", "--name", "Ada"], &["status"]] {
        let output = place.run(arguments);
        let shown = said(&output);
        assert!(!output.status.success() && shown.contains("log in again: bailiwick login"), "{shown}");
    }
    // What has ended at the server can be forgotten here.
    assert!(place.run(&["logout"]).status.success());
    assert!(!session_file(&place).exists());

    // `whoami revoke` logs out too.
    assert!(log_in(&place, &[]).status.success());
    place.json(&["whoami", "revoke"]);
    assert!(!session_file(&place).exists());
}

#[test]
fn a_wrong_login_stores_nothing_and_says_what_is_wrong() {
    let place = Place::new();
    let _server = place.up();
    file(&place, "wrong", "a password that nobody has");
    let output = place.run(&["login", "--email", ADMIN, "--password-file", "wrong"]);
    assert!(!output.status.success() && !session_file(&place).exists(), "{}", said(&output));
    assert!(!said(&output).contains("nobody has"), "{}", said(&output));
    let output = place.run(&["login", "--email", ADMIN]);
    assert!(said(&output).contains("--password-file"), "{}", said(&output));
    let output = place.run(&["login", "--password-file", "wrong"]);
    assert!(said(&output).contains("--email is missing"), "{}", said(&output));
    let output = log_in(&place, &["--organization", "nowhere"]);
    assert!(!output.status.success() && !session_file(&place).exists(), "{}", said(&output));
    // A certificate that is not trusted gets no password.
    let (url, empty) = (place.url(), tempfile::tempdir().unwrap());
    let mut command = place.command(&["login", "--email", ADMIN, "--url", &url, "--password-file"]);
    let output = command.arg(place.path().join("password")).current_dir(empty.path()).output().unwrap();
    assert!(said(&output).contains("certificate is not trusted"), "{}", said(&output));
    // With its certificate, it is remembered with the session.
    let certificate = place.path().join("bailiwick-data/tls/certificate.pem");
    let mut command = place.command(&["login", "--email", ADMIN, "--server", &url, "--password-file"]);
    let command = command.arg(place.path().join("password")).arg("--ca").arg(&certificate);
    let output = command.current_dir(empty.path()).output().unwrap();
    assert!(output.status.success(), "{}", said(&output));
    let output = place.command(&["sessions", "list"]).current_dir(empty.path()).output().unwrap();
    assert!(output.status.success(), "{}", said(&output));
    // A program elsewhere does not read what another user could have written.
    std::fs::set_permissions(session_file(&place), std::fs::Permissions::from_mode(0o666)).unwrap();
    let output = place.run(&["sessions", "list"]);
    assert!(said(&output).contains("may change it"), "{}", said(&output));
}

#[test]
fn the_password_is_asked_for_at_the_terminal_without_showing_it() {
    let place = Place::new();
    let _server = place.up();
    let password = place.first_run()["admin"]["password"].as_str().unwrap().to_owned();
    // `script` gives the program a terminal, and writes there what comes from its input.
    let login = format!("'{}' login --email {ADMIN}", env!("CARGO_BIN_EXE_bailiwick"));
    let mut command = Command::new("script");
    command.args(["--quiet", "--return", "--command", &login, "/dev/null"]).current_dir(place.path());
    command.env("BAILIWICK_SESSION", session_file(&place)).env_remove("BAILIWICK_KEY");
    let spawned = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let Ok(mut child) = spawned else { return crate::process::skip("script (bsdutils)") };
    let mut input = child.stdin.take().unwrap();
    let mut out = child.stdout.take().unwrap();
    let mut shown = Vec::new();
    while !text(&shown).contains("password: ") {
        let mut bytes = [0; 256];
        let count = std::io::Read::read(&mut out, &mut bytes).unwrap();
        assert!(count > 0, "{}", text(&shown));
        shown.extend(&bytes[..count]);
    }
    // The terminal stops echoing right after the prompt.
    let children = format!("/proc/{0}/task/{0}/children", child.id());
    let program = std::fs::read_to_string(children).unwrap();
    let terminal = std::fs::read_link(format!("/proc/{}/fd/0", program.trim())).unwrap();
    crate::process::wait_for("a terminal without an echo", || {
        let settings = Command::new("stty").arg("-aF").arg(&terminal).output().unwrap();
        text(&settings.stdout).split_whitespace().any(|setting| setting == "-echo").then_some(())
    });
    std::io::Write::write_all(&mut input, format!("{password}\n").as_bytes()).unwrap();
    std::io::Read::read_to_end(&mut out, &mut shown).unwrap();
    drop(input);
    assert!(child.wait().unwrap().success(), "{}", text(&shown));
    assert!(text(&shown).contains("Logged in as") && !text(&shown).contains(&password), "{}", text(&shown));
}
