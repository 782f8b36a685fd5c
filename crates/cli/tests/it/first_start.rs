//! The first start, the second, and the lines that are printed.

use std::process::Command;

use crate::process::{Place, curl, wait_for};

#[test]
fn the_commands_of_the_readme_work() {
    let place = Place::new();
    let _server = place.up();
    let (key, url) = (place.key(), place.url());
    for arguments in [
        vec!["-k", "-H", &format!("Authorization: Bearer {key}"), &format!("{url}/v1/version")],
        vec!["-k", "-X", "GET", &format!("https://api_key:{key}@127.0.0.1:{}/v1/version", place.port)],
        vec!["-k", "-H", &format!("X-API-KEY: {key}"), &format!("{url}/v1/whoami")],
    ] {
        let (status, body) = curl(&arguments);
        assert_eq!(status, 200, "{arguments:?}: {body}");
    }
    let (_, body) = curl(&["-k", "-H", &format!("X-API-KEY: {key}"), &format!("{url}/v1/whoami")]);
    let me: serde_json::Value = serde_json::from_str(&body).unwrap();
    assert_eq!(me["key"]["kind"], "org");
    assert_eq!(me["organization"]["slug"], "default");
    assert_eq!(me["scopes"], serde_json::json!(["*:*"]));
    assert_eq!(me["reach"]["organizations"][0], me["organization"]["id"]);
}

#[test]
fn a_second_start_shows_no_secret_and_works() {
    let place = Place::new();
    let mut first = place.up();
    let file = place.first_run();
    let names: Vec<_> = file.as_object().unwrap().keys().cloned().collect();
    assert_eq!(names, ["admin", "organization", "organization_key", "root_key", "url"]);
    assert_eq!(file["url"], place.url());
    assert!(first.out().contains(&place.root_key()) && first.out().contains(&place.key()));
    let mode = std::fs::metadata(place.path().join("bailiwick-data/first-run.json")).unwrap();
    assert_eq!(std::os::unix::fs::PermissionsExt::mode(&mode.permissions()) & 0o777, 0o600);
    for file in ["bailiwick.db", "bailiwick.db-wal", "peppers", "tls/private-key.pem"] {
        let mode = std::fs::metadata(place.path().join("bailiwick-data").join(file)).unwrap().permissions();
        assert_eq!(std::os::unix::fs::PermissionsExt::mode(&mode) & 0o077, 0, "{file}");
    }
    first.signal("TERM");
    assert!(first.wait().success(), "{}", first.err());

    let second = place.up();
    let out = second.out();
    for secret in ["root_key", "organization_key"].map(|name| file[name].as_str().unwrap()) {
        assert!(!out.contains(secret) && !second.err().contains(secret));
    }
    assert!(!out.contains(file["admin"]["password"].as_str().unwrap()));
    assert!(out.contains("first-run.json"));
    // The line that is printed to be pasted is pasted.
    let line = out.lines().find(|line| line.trim_start().starts_with("curl ")).unwrap();
    let pasted = Command::new("sh").arg("-c").arg(line).current_dir(place.path()).output().unwrap();
    assert!(String::from_utf8_lossy(&pasted.stdout).contains("First organization key"), "{line}");
}

#[test]
fn the_curl_command_shown_at_the_first_start_works() {
    let place = Place::new();
    let server = place.up();
    let line = server.out().lines().find(|line| line.trim_start().starts_with("curl ")).unwrap().to_owned();
    let pasted = Command::new("sh").arg("-c").arg(&line).output().unwrap();
    assert!(String::from_utf8_lossy(&pasted.stdout).contains("\"kind\":\"org\""), "{line}");
    assert!(server.out().contains(&format!("{}/v1/docs", place.url())));
}

#[test]
fn a_start_that_fails_gives_the_reason() {
    let place = Place::new();
    let _server = place.up();
    let listen = format!("127.0.0.1:{}", place.port);
    let says = |arguments: &[&str], expected: &str| {
        let output = place.run(arguments);
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && text.contains(expected), "{arguments:?}: {text}");
    };
    says(&["up", "--listen", &listen], "another Bailiwick server uses this data directory");
    says(
        &["up", "--data", "other", "--listen", &listen],
        "stop the process that uses this address, or choose another one with --listen",
    );
    says(&["serve", "--data", "third", "--listen", "127.0.0.1:0"], "run `bailiwick migrate`");
    says(&["up", "--config", "missing.yml"], "missing.yml");
    std::fs::write(place.path().join("bailiwick.yml"), "server:\n  prot: 1\n").unwrap();
    says(&["up"], "bailiwick.yml: there is no setting server.prot; did you mean server.port?");
    says(&["config", "check"], "did you mean server.port?");
}

#[test]
fn peppers_that_do_not_fit_the_database_are_refused() {
    let place = Place::new();
    let mut server = place.up();
    server.signal("TERM");
    assert!(server.wait().success());
    let peppers = place.path().join("bailiwick-data/peppers");
    let own = std::fs::read_to_string(&peppers).unwrap();
    let refused = |expected: &str| {
        let output = place.run(&["up", "--listen", &format!("127.0.0.1:{}", place.port)]);
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && text.contains(expected), "{text}");
    };
    std::fs::write(&peppers, format!("1:{}\n", "0".repeat(64))).unwrap();
    refused("pepper 1 differs from the one that the keys of this database were made with");
    std::fs::write(&peppers, format!("2:{}\n", "0".repeat(64))).unwrap();
    refused("2 keys need pepper 1");
    std::fs::write(&peppers, own).unwrap();
    let _server = place.up();
    assert_eq!(place.json(&["whoami", "get"])["key"]["kind"], "org");
}

#[test]
fn the_certificate_is_kept_and_an_own_one_is_reloaded_when_changed() {
    let place = Place::new();
    let mut server = place.up();
    let made = place.path().join("bailiwick-data/tls/certificate.pem");
    let first = std::fs::read(&made).unwrap();
    // Verified against the certificate itself, not waved through.
    let ca = made.to_str().unwrap();
    let (status, _) = curl(&["--cacert", ca, &format!("{}/v1/readyz", place.url())]);
    assert_eq!(status, 200);
    server.signal("TERM");
    assert!(server.wait().success());

    // A second certificate, made the same way elsewhere, becomes the configured one.
    let other = Place::new();
    drop(other.up());
    let (certificate, key) = (place.path().join("own.pem"), place.path().join("own-key.pem"));
    let copy = |from: &Place| {
        let tls = from.path().join("bailiwick-data/tls");
        std::fs::copy(tls.join("private-key.pem"), &key).unwrap();
        std::fs::copy(tls.join("certificate.pem"), &certificate).unwrap();
    };
    copy(&place);
    std::fs::write(
        place.path().join("bailiwick.yml"),
        "server:\n  certificate: own.pem\n  private_key: own-key.pem\n",
    )
    .unwrap();
    let _server = place.up();
    assert_eq!(std::fs::read(&made).unwrap(), first, "the certificate was replaced");
    let trusts = |ca: &std::path::Path| {
        curl(&["--cacert", ca.to_str().unwrap(), &format!("{}/v1/readyz", place.url())]).0 == 200
    };
    assert!(trusts(&made));
    copy(&other);
    let theirs = other.path().join("bailiwick-data/tls/certificate.pem");
    wait_for("the new certificate", || trusts(&theirs).then_some(()));
    assert!(!trusts(&made));
}
