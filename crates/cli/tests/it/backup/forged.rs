//! Archives whose digests are right, but whose content is not.

use std::process::Command;

use serde_json::Value;

use super::{files, place, said, with_archive};
use crate::process::skip;

fn shell(directory: &std::path::Path, script: &str) -> String {
    let output = Command::new("sh").args(["-euc", script]).current_dir(directory).output().unwrap();
    assert!(output.status.success(), "{script}: {}", said(&output));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_database_that_is_newer_damaged_or_forged_is_refused() {
    if Command::new("sqlite3").arg("--version").output().is_err() {
        skip("sqlite3");
        return;
    }
    let (made, archive) = with_archive(&[]);
    let elsewhere = place("");
    for (n, (script, migration, expected)) in [
        (
            "sqlite3 bailiwick.db \"INSERT INTO _sqlx_migrations VALUES (9999, 'later', '2030-01-01', 1, x'00', 1)\"",
            Some(9999),
            "the database in the archive is newer than this program",
        ),
        (
            "sqlite3 bailiwick.db \"DROP TRIGGER audit_entries_stay; UPDATE audit_entries SET reason = 'x' WHERE number = 1\"",
            None,
            "entry 1: this entry or the one before it was changed",
        ),
        (
            "sqlite3 bailiwick.db 'UPDATE audit_chains SET number = 0'",
            None,
            "is not intact",
        ),
        ("printf '1:%064d\\n' 7 > peppers", None, "pepper 1 differs"),
        (
            "printf '%0300d' 0 | dd of=bailiwick.db bs=1 seek=40960 conv=notrunc 2>/dev/null",
            None,
            "the copy of the database is damaged",
        ),
    ]
    .into_iter()
    .enumerate()
    {
        let directory = tempfile::tempdir().unwrap();
        let directory = directory.path();
        shell(directory, &format!("tar xzf {}; {script}", archive.display()));
        let path = directory.join("manifest.json");
        let mut manifest: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        if let Some(migration) = migration {
            manifest["database"]["migration"] = migration.into();
        }
        let mut names = "manifest.json".to_owned();
        for file in manifest["files"].as_array_mut().unwrap() {
            let name = file["name"].as_str().unwrap().to_owned();
            file["size"] = std::fs::metadata(directory.join(&name)).unwrap().len().into();
            let digest = shell(directory, &format!("sha256sum {name} | cut -c1-64"));
            file["sha256"] = digest.trim().into();
            names = format!("{names} {name}");
        }
        std::fs::write(path, manifest.to_string()).unwrap();
        let forged = elsewhere.path().join("forged");
        shell(directory, &format!("tar czf {} {names}", forged.display()));
        let verified = made.run(&["backup", "verify", forged.to_str().unwrap()]);
        assert!(!verified.status.success() && said(&verified).contains(expected), "{n}: {}", said(&verified));
        let restored = elsewhere.run(&["restore", "forged", "--keep-keys"]);
        assert!(!restored.status.success() && said(&restored).contains(expected), "{n}: {}", said(&restored));
        assert!(files(&elsewhere.path().join("bailiwick-data")).is_empty(), "{n}");
    }
}
