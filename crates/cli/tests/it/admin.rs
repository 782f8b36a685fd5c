//! `bailiwick admin` on the server's own machine, and the link of the first start.

use std::os::unix::fs::{FileTypeExt as _, PermissionsExt as _};
use std::process::{Command, Output};

use bailiwick_domain::outside::Clock as _;
use bailiwick_engine::outside::SystemClock;
use serde_json::{Value, json};
use totp_rs::Totp;

use crate::process::{Place, curl, skip, wait_for};

const ADMIN: &str = "admin@localhost";

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

fn accept(place: &Place, token: &str, password: &str) -> u16 {
    let url = format!("{}/v1/invitations/accept", place.url());
    let body = json!({ "token": token, "password": password }).to_string();
    curl(&["-k", "-H", "Content-Type: application/json", "-d", &body, &url]).0
}

fn log_in(place: &Place, password: &str) -> Output {
    std::fs::write(place.path().join("password"), password).unwrap();
    place.run(&["login", "--email", ADMIN, "--password-file", "password"])
}

fn first_password(place: &Place) -> String {
    place.first_run()["admin"]["password"].as_str().unwrap().to_owned()
}

#[test]
fn an_administrator_chooses_a_password_with_a_link_of_a_running_server() {
    let place = Place::new();
    let server = place.up();
    assert!(
        !server.out().contains("first-run#"),
        "a log shows the link of the first start: {}",
        server.out()
    );
    let socket = std::fs::metadata(place.path().join("bailiwick-data/admin.socket")).unwrap();
    assert!(socket.file_type().is_socket());
    assert_eq!(socket.permissions().mode() & 0o777, 0o600);

    let former = place.json(&["admin", "link"]);
    let made = place.json(&["admin", "link", "--email", ADMIN]);
    let token = made["token"].as_str().unwrap();
    assert_eq!(made["email"], ADMIN);
    assert_eq!(made["link"], format!("{}/console/first-run#{token}", place.url()));
    // Nothing has changed until the link is used.
    assert!(log_in(&place, &first_password(&place)).status.success());
    assert_eq!(accept(&place, former["token"].as_str().unwrap(), "a password of my own"), 403);
    assert_eq!(accept(&place, token, "a password of my own"), 200);
    assert_eq!(accept(&place, token, "another password here"), 403, "a link works once");
    assert!(!log_in(&place, &first_password(&place)).status.success());
    assert!(log_in(&place, "a password of my own").status.success());

    let unknown = place.run(&["admin", "link", "--email", "nobody@example.com"]);
    let shown = said(&unknown);
    assert!(!unknown.status.success() && shown.contains("these are: admin@localhost"), "{shown}");
    let listed = place.json(&["audit", "list", "--as", "root", "--operation", "users.recover"]);
    let entries = listed["items"].as_array().unwrap();
    assert_eq!(entries.len(), 2, "{listed}");
    assert_eq!(entries[0]["actor"]["kind"], "system", "{listed}");
    assert!(!listed.to_string().contains(token) && !server.err().contains(token));
}

#[test]
fn a_reset_removes_the_second_factor_and_ends_the_sessions() {
    let place = Place::new();
    let _server = place.up();
    let password = first_password(&place);
    assert!(log_in(&place, &password).status.success());
    let begun = place.json(&["second_factor", "begin", "--password", "@password"]);
    let totp = Totp::from_url(begun["otpauth_uri"].as_str().unwrap()).unwrap();
    let seconds = u64::try_from(SystemClock.now().as_micros() / 1_000_000).unwrap();
    std::fs::write(place.path().join("code"), totp.generate(seconds).to_string()).unwrap();
    place.json(&["second_factor", "confirm", "--code", "@code"]);

    // A link leaves the second factor.
    place.json(&["admin", "link"]);
    assert_eq!(place.json(&["whoami", "get"])["user"]["second_factor"], true);
    let made = place.json(&["admin", "reset"]);
    assert!(!place.run(&["whoami", "get"]).status.success(), "the session goes on");
    let administrator = place.json(&["users", "get", ADMIN, "--as", "root"]);
    assert_eq!(administrator["second_factor"], false, "{administrator}");
    assert_eq!(accept(&place, made["token"].as_str().unwrap(), "a password of my own"), 200);
    assert!(log_in(&place, "a password of my own").status.success());
    let listed = place.json(&["audit", "list", "--as", "root", "--operation", "users.recover"]);
    assert!(listed.to_string().contains("its second factor was removed"), "{listed}");
}

#[test]
fn a_link_is_made_while_the_server_is_stopped() {
    let place = Place::new();
    let mut server = place.up();
    server.signal("KILL");
    server.wait();
    assert!(place.path().join("bailiwick-data/admin.socket").exists(), "a killed server leaves its socket");
    let listen = format!("127.0.0.1:{}", place.port);
    let made = place.json(&["admin", "link", "--listen", &listen]);
    assert_eq!(made["link"].as_str().unwrap().split('#').next().unwrap(), place.url() + "/console/first-run");

    let mut server = place.up();
    assert_eq!(accept(&place, made["token"].as_str().unwrap(), "a password of my own"), 200);
    assert!(log_in(&place, "a password of my own").status.success());
    server.signal("TERM");
    server.wait();
    assert!(!place.path().join("bailiwick-data/admin.socket").exists());
    // Without any server there is nothing to help with.
    let elsewhere = tempfile::tempdir().unwrap();
    let output = place.command(&["admin", "link"]).current_dir(elsewhere.path()).output().unwrap();
    assert!(!output.status.success() && said(&output).contains("bailiwick migrate"), "{}", said(&output));
}

#[test]
fn the_first_start_shows_a_link_on_a_terminal() {
    if Command::new("script").arg("--version").output().is_err() {
        skip("script");
        return;
    }
    let place = Place::new();
    let up = format!("{} up --no-agent --listen 127.0.0.1:{}", env!("CARGO_BIN_EXE_bailiwick"), place.port);
    let mut command = Command::new("script");
    command.args(["--quiet", "--flush", "--command", &up, "screen"]);
    command.current_dir(place.path());
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("BAILIWICK_")) {
        command.env_remove(name);
    }
    let mut terminal =
        command.stdin(std::process::Stdio::null()).stdout(std::process::Stdio::null()).spawn().unwrap();
    let screen = || std::fs::read_to_string(place.path().join("screen")).unwrap_or_default();
    let page = format!("{}/console/first-run#", place.url());
    let token = wait_for("the link", || {
        let screen = screen();
        let (_, rest) = screen.split_once(&page)?;
        screen.contains("serving").then(|| rest.split_whitespace().next().unwrap().to_owned())
    });
    let first_run: Value = place.first_run();
    assert!(!first_run.to_string().contains(&token), "the link is stored");
    assert_eq!(accept(&place, &token, "a password of my own"), 200);
    assert!(log_in(&place, "a password of my own").status.success());
    let _ = terminal.kill();
    let _ = terminal.wait();
}
