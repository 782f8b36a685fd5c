//! `bailiwick backup` and `bailiwick restore`, on SQLite and on PostgreSQL.

mod archives;
mod forged;
mod peppers;
mod replaced;
mod writes;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Output;

use serde_json::Value;

use crate::process::{Place, curl};

/// What a program wrote.
fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

/// A place whose server speaks plain HTTP, with more of a configuration.
fn place(more: &str) -> Place {
    let place = Place::new();
    let config = format!("server:\n  tls: off\nlog:\n  level: warn,bailiwick_server=info\n{more}");
    std::fs::write(place.path().join("bailiwick.yml"), config).unwrap();
    place
}

/// A place with a database, and an archive of it.
fn with_archive(options: &[&str]) -> (Place, PathBuf) {
    let place = place("");
    assert!(place.run(&["migrate"]).status.success());
    let archive = place.path().join("archive");
    let made = place.run(&[&["backup", "--output", "archive"], options].concat());
    assert!(made.status.success(), "{}", said(&made));
    (place, archive)
}

/// The answer to a request with a key.
fn get(place: &Place, key: &str, path: &str) -> (u16, Value) {
    let url = format!("http://127.0.0.1:{}/v1/{path}", place.port);
    let (status, body) = curl(&["-H", &format!("Authorization: Bearer {key}"), &url]);
    (status, serde_json::from_str(&body).unwrap_or_default())
}

/// The files below a directory with their bytes, but for the lock.
fn files(directory: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut waiting = vec![directory.to_owned()];
    while let Some(directory) = waiting.pop() {
        for entry in std::fs::read_dir(directory).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                waiting.push(path);
            } else if path.file_name().unwrap() != "lock" {
                found.insert(path.clone(), std::fs::read(&path).unwrap());
            }
        }
    }
    found
}

/// Whether a command has left a temporary file or directory behind.
fn is_littered(directory: &Path) -> bool {
    let names = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().file_name());
    names.map(|name| name.into_string().unwrap()).any(|name| {
        name.starts_with(".bailiwick") || name.starts_with(".tmp") || name.starts_with("restore-")
    })
}
