//! No secret is anywhere but in the hands of its owner.

use std::path::Path;

use serde_json::{Value, json};

use crate::process::{Place, curl};

/// The secret part of a key.
fn secret(key: &str) -> &str {
    &key.rsplit('_').next().unwrap()[..43]
}

/// Every file below a directory.
fn files(directory: &Path, found: &mut Vec<std::path::PathBuf>) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files(&path, found) } else { found.push(path) }
    }
}

fn contains(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

/// Has people be invited, log in and use a second factor, right and wrong; every secret of it.
fn people(place: &Place, url: &str) -> Vec<String> {
    let jar = place.path().join("cookies");
    let jar = jar.to_str().unwrap();
    let owner = format!("Authorization: Bearer {}", place.key());
    let call = |header: &[&str], path: &str, body: Value| {
        let (body, url) = (body.to_string(), format!("{url}{path}"));
        let mut arguments = vec!["-k", "-H", "Content-Type: application/json", "-d", &body];
        arguments.extend(header);
        arguments.push(&url);
        serde_json::from_str::<Value>(&curl(&arguments).1).unwrap()
    };
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let body = json!({ "email": "ada@example.com", "name": "Ada" });
    let invited = call(&["-H", &owner], "/v1/users", body);
    let token = text(&invited["invitation"]["token"]);
    let line = json!({ "email": "eve@example.com", "name": "Eve" }).to_string();
    let body = json!({ "format": "jsonl", "data": line });
    let key = "Idempotency-Key: import";
    let imported = call(&["-H", &owner, "-H", key], "/v1/users/import", body.clone());
    let brought_in = text(&imported["invitations"][0]["token"]);
    let again = call(&["-H", &owner, "-H", key], "/v1/users/import", body);
    assert_eq!(again["code"], "answer_shown_once");
    let password = "a password of which nothing is kept".to_owned();
    let accept = json!({ "token": token, "password": password });
    for _ in 0..2 {
        call(&[], "/v1/invitations/accept", accept.clone());
    }
    let login = |password: &str, code: &str| {
        let body = json!({ "email": "ada@example.com", "password": password, "code": code });
        call(&["-c", jar], "/v1/sessions", body)
    };
    let wrong = "a password that nobody ever had".to_owned();
    assert_eq!(login(&wrong, "000000")["code"], "login_failed");
    assert!(login(&password, "000000")["session"]["id"].is_string());
    let session = std::fs::read_to_string(jar).unwrap();
    let session = session.split_whitespace().last().unwrap().to_owned();
    assert_eq!(session.len(), 64);
    let begun = call(&["-b", jar], "/v1/me/second_factor", json!({ "password": password }));
    let secret = text(&begun["secret"]);
    let refused = call(&["-b", jar], "/v1/me/second_factor/confirm", json!({ "code": "000000" }));
    assert_eq!(refused["code"], "invalid");
    let short = "tiny-pass-9".to_owned();
    let change = json!({ "password": { "current": wrong, "new": short } });
    call(&["-b", jar, "-X", "PATCH"], "/v1/me", change);
    call(
        &[],
        "/v1/sessions",
        json!({ "email": password, "password": [password], "code": { "x": password } }),
    );
    std::fs::remove_file(jar).unwrap();
    vec![token, brought_in, password, wrong, session, secret, short]
}

#[test]
fn no_secret_is_in_the_log_the_database_or_the_audit_trail() {
    let place = Place::new();
    std::fs::write(place.path().join("bailiwick.yml"), "log:\n  level: trace\n").unwrap();
    let mut server = place.up();
    let (url, owner) = (place.url(), place.key());
    let mut keys = vec![owner.clone(), place.root_key()];
    let call = |key: &str, method: &str, path: &str, body: Value| {
        let authorization = format!("Authorization: Bearer {key}");
        let body = body.to_string();
        let arguments = [
            "-k",
            "-X",
            method,
            "-H",
            &authorization,
            "-H",
            "Content-Type: application/json",
            "-H",
            "Idempotency-Key: same",
            "-d",
            &body,
            &format!("{url}{path}"),
        ];
        let (_, text) = curl(&arguments);
        serde_json::from_str::<Value>(&text).unwrap()
    };
    let made = call(&owner, "POST", "/v1/keys", json!({ "name": "One", "scopes": ["sites:read"] }));
    keys.push(made["secret"].as_str().unwrap().to_owned());
    let id = made["key"]["id"].as_str().unwrap().to_owned();
    let rotated =
        call(&place.root_key(), "POST", &format!("/v1/keys/{id}/rotate"), json!({ "overlap_seconds": 600 }));
    keys.push(rotated["secret"].as_str().unwrap().to_owned());

    // The secrets of agents, in their place and in others; none holds a character that JSON escapes.
    let agent_secrets = ["correct-horse-battery-staple-1", "correct-horse-battery-staple-2"];
    let body = json!({ "type": "external_exporter", "listen_port": 9187, "secrets": { "password": agent_secrets[0] } });
    let post = |path: &str, key: &str, body: &Value| {
        let authorization = format!("Authorization: Bearer {owner}");
        let (url, body, key) = (format!("{url}{path}"), body.to_string(), format!("Idempotency-Key: {key}"));
        let json = "Content-Type: application/json";
        curl(&["-k", "-X", "POST", "-H", &authorization, "-H", json, "-H", &key, "-d", &body, &url])
    };
    let (status, text) = post("/v1/agents", "agent", &body);
    assert_eq!(status, 201, "{text}");
    let agent = serde_json::from_str::<Value>(&text).unwrap()["id"].as_str().unwrap().to_owned();
    assert_eq!(
        post("/v1/agents", "agent", &body),
        (201, text),
        "the repeated request did not get the stored answer"
    );
    let [_, second] = agent_secrets;
    for body in [
        json!({ "secrets": { "password": second } }),
        json!({ "secrets": { "passwort": second } }),
        json!({ "secrets": { "password": [second] } }),
        json!({ "secrets": second }),
        json!({ "settings": { "password": second, "scheme": second } }),
        json!({ "password": second }),
    ] {
        let answered = call(&owner, "PATCH", &format!("/v1/agents/{agent}"), body);
        assert!(!answered.to_string().contains(second), "{answered:#}");
    }
    for path in ["/v1/agents", "/v1/audit", "/v1/services"] {
        let answered = call(&owner, "GET", path, json!({}));
        assert!(!answered.to_string().contains("battery"), "{answered:#}");
    }

    let people = people(&place, &url);

    // In every wrong place that a key can be put, good and mistyped.
    for key in keys.clone() {
        for wrong in [key.clone(), format!("{}x", &key[..key.len() - 1])] {
            curl(&["-k", &format!("{url}/v1/sites?key={wrong}")]);
            curl(&["-k", &format!("{url}/v1/sites/{wrong}")]);
            curl(&["-k", &format!("{url}/{wrong}")]);
            curl(&[
                "-k",
                "-X",
                "DELETE",
                "-H",
                &format!("X-API-KEY: {wrong}"),
                &format!("{url}/v1/keys/{wrong}"),
            ]);
            curl(&["-k", "-H", &format!("Authorization: {wrong}"), &format!("{url}/v1/whoami")]);
            curl(&["-k", "-u", &format!("{wrong}:{wrong}"), &format!("{url}/v1/whoami")]);
            let answered = call(&owner, "POST", "/v1/sites", json!({ wrong.as_str(): wrong }));
            assert!(!answered.to_string().contains(secret(&key)), "{answered:#}");
            call(&owner, "POST", "/v1/whoami/can", json!({ "operation": wrong }));
            call(&owner, "PATCH", &format!("/v1/keys/{id}"), json!({ "scopes": [wrong] }));
            call(&owner, "GET", &format!("/v1/audit?operation={wrong}"), json!({}));
        }
    }
    server.signal("TERM");
    assert!(server.wait().success());

    assert!(!server.err().is_empty());
    let password = place.first_run()["admin"]["password"].as_str().unwrap().to_owned();
    let mut found = vec![place.path().join("err")];
    files(&place.path().join("bailiwick-data"), &mut found);
    assert!(found.iter().any(|path| path.ends_with("bailiwick.db")));
    let peppers = std::fs::read_to_string(place.path().join("bailiwick-data/peppers")).unwrap();
    let pepper = peppers.trim().split(':').nth(1).unwrap();
    for path in found.iter().filter(|path| !path.ends_with("first-run.json")) {
        let bytes = std::fs::read(path).unwrap();
        for key in &keys {
            assert!(!contains(&bytes, secret(key)), "{} holds a secret", path.display());
        }
        assert!(!contains(&bytes, &password), "{} holds the password", path.display());
        for secret in &people {
            assert!(!contains(&bytes, secret), "{} holds a secret of a person", path.display());
        }
        for secret in agent_secrets {
            assert!(!contains(&bytes, secret), "{} holds the secret of an agent", path.display());
        }
        assert!(
            path.ends_with("peppers") || !contains(&bytes, pepper),
            "{} holds the pepper",
            path.display()
        );
    }
    // The search finds what is there: the ids of the same keys, which are public.
    let log = std::fs::read(place.path().join("err")).unwrap();
    assert!(contains(&log, owner.split('_').nth(2).unwrap()));
}
