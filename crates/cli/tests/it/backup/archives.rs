//! Archives that are damaged, truncated, encrypted, or of something else.

use std::os::unix::fs::PermissionsExt as _;

use super::{files, is_littered, place, said, with_archive};

#[test]
fn a_damaged_or_truncated_archive_is_refused_before_anything_is_written() {
    let (place, archive) = with_archive(&[]);
    let whole = std::fs::read(&archive).unwrap();
    let verified = place.run(&["backup", "verify", "archive"]);
    assert!(
        verified.status.success() && said(&verified).contains("The archive is intact."),
        "{}",
        said(&verified)
    );
    let data = place.path().join("bailiwick-data");
    let before = files(&data);
    let mut broken: Vec<(Vec<u8>, &str)> = Vec::new();
    for at in [30, whole.len() / 3, whole.len() / 2, whole.len() - 6] {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x10;
        broken.push((bytes, "the archive is "));
    }
    for length in [12, 700, whole.len() / 2, whole.len() - 1] {
        broken.push((whole[..length].to_vec(), "the archive is truncated"));
    }
    broken.push((Vec::new(), "the archive is truncated"));
    broken.push(([whole.clone(), vec![0; 9]].concat(), "something follows its end"));
    broken.push((b"SQLite format 3".to_vec(), "not an archive of `bailiwick backup`"));
    let count = broken.len();
    for (n, (bytes, expected)) in broken.into_iter().enumerate() {
        std::fs::write(place.path().join("broken"), bytes).unwrap();
        if n % 4 == 0 {
            let verified = place.run(&["backup", "verify", "broken"]);
            let shown = said(&verified);
            assert!(!verified.status.success() && shown.contains(expected), "{n}: {shown}");
        }
        let restored = place.run(&["restore", "broken", "--replace", "--keep-keys"]);
        assert!(!restored.status.success() && said(&restored).contains(expected), "{n}: {}", said(&restored));
        assert!(files(&data) == before, "{n}: the data were changed");
    }
    assert_eq!(count, 11);
    assert!(!is_littered(&data) && !is_littered(place.path()));
}

#[test]
fn an_archive_is_private_is_not_overwritten_and_is_what_it_says() {
    let (place, archive) = with_archive(&[]);
    let mode = std::fs::metadata(&archive).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let whole = std::fs::read(&archive).unwrap();
    let again = place.run(&["backup", "--output", "archive"]);
    assert!(!again.status.success() && said(&again).contains("exists already"), "{}", said(&again));
    assert_eq!(std::fs::read(&archive).unwrap(), whole);
    let made = place.json(&["backup", "--output", "second"]);
    let verified = place.json(&["backup", "verify", "second"]);
    assert_eq!((&made["files"], &made["made_at"]), (&verified["files"], &verified["made_at"]));
    let names: Vec<_> =
        made["files"].as_array().unwrap().iter().map(|file| file["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["bailiwick.db", "observations.db", "peppers", "configuration/bailiwick.yml"]);
    // Where there is nothing to back up, nothing is made.
    let elsewhere = place.run(&["backup", "--data", "elsewhere", "--output", "third"]);
    assert!(!elsewhere.status.success() && said(&elsewhere).contains("--data"), "{}", said(&elsewhere));
    assert!(!place.path().join("third").exists() && !place.path().join("elsewhere").exists());
    assert!(!is_littered(place.path()));
}

#[test]
fn an_encrypted_archive_is_restored_with_its_passphrase_and_with_no_other() {
    let elsewhere = place("");
    for (file, text) in [("passphrase", "correct horse\n"), ("other", "battery staple\n")] {
        std::fs::write(elsewhere.path().join(file), text).unwrap();
    }
    let passphrase = elsewhere.path().join("passphrase");
    let (place, archive) = with_archive(&["--passphrase-file", passphrase.to_str().unwrap()]);
    let bytes = std::fs::read(&archive).unwrap();
    assert!(bytes.starts_with(b"age-encryption.org/v1\n-> scrypt "));
    let archive = archive.to_str().unwrap();
    let restore = |options: &[&str]| elsewhere.run(&[&["restore", archive, "--keep-keys"], options].concat());
    for (options, expected) in [
        (&["--passphrase-file", "other"][..], "the passphrase is wrong"),
        (&[], "there is no terminal to ask for the passphrase"),
    ] {
        let refused = restore(options);
        assert!(!refused.status.success() && said(&refused).contains(expected), "{}", said(&refused));
        assert!(files(&elsewhere.path().join("bailiwick-data")).is_empty());
    }
    // A damaged one is not taken for one with another passphrase.
    let mut broken = bytes.clone();
    let middle = bytes.len() / 2;
    broken[middle] ^= 1;
    std::fs::write(elsewhere.path().join("broken"), broken).unwrap();
    std::fs::write(elsewhere.path().join("short"), &bytes[..bytes.len() - 100]).unwrap();
    for file in ["broken", "short"] {
        let refused = elsewhere.run(&["backup", "verify", file, "--passphrase-file", "passphrase"]);
        let shown = said(&refused);
        assert!(!refused.status.success() && shown.contains("the archive is "), "{file}: {shown}");
    }
    let restored = restore(&["--passphrase-file", "passphrase"]);
    assert!(restored.status.success(), "{}", said(&restored));
    let peppers =
        |place: &crate::process::Place| std::fs::read(place.path().join("bailiwick-data/peppers")).unwrap();
    assert_eq!(peppers(&elsewhere), peppers(&place));
    // A passphrase for an archive without one.
    assert!(place.run(&["backup", "--output", "clear"]).status.success());
    let clear = place.run(&["backup", "verify", "clear", "--passphrase-file", passphrase.to_str().unwrap()]);
    assert!(!clear.status.success() && said(&clear).contains("is not encrypted"), "{}", said(&clear));
}
