//! Restores over data that are there.

use serde_json::Value;

use super::{files, get, is_littered, place, said};
use crate::postgres::Database;

#[test]
fn newer_data_are_replaced_only_if_that_is_asked_for_and_are_moved_aside() {
    let place = place("");
    let mut server = place.up();
    let make = |name: &str| place.json(&["keys", "create", "--name", name, "--scopes", "*:read"]);
    let secret = |made: &Value| made["secret"].as_str().unwrap().to_owned();
    let [deleted, disabled, rotated, left] = ["deleted", "disabled", "rotated", "left"].map(make);
    assert!(place.run(&["backup", "--output", "archive"]).status.success());
    place.json(&["keys", "disable", "disabled"]);
    let after = place.json(&["keys", "rotate", "rotated"]);
    assert!(place.run(&["keys", "delete", "deleted"]).status.success());
    let made = make("made");
    server.signal("TERM");
    server.wait();

    let data = place.path().join("bailiwick-data");
    let before = files(&data);
    let refused = place.run(&["restore", "archive", "--keep-keys"]);
    let shown = said(&refused);
    assert!(
        !refused.status.success() && shown.contains("the backup is older than the data there: 4 audit"),
        "{shown}"
    );
    let undecided = place.run(&["restore", "archive", "--replace"]);
    assert!(
        !undecided.status.success() && said(&undecided).contains("--disable-keys"),
        "{}",
        said(&undecided)
    );
    assert!(files(&data) == before, "the data were changed");

    let replaced = place.json(&["restore", "archive", "--replace", "--keep-keys"]);
    assert_eq!(replaced["age"]["older"], 4, "{replaced:#}");
    let mut undone: Vec<_> = replaced["affected_keys"]
        .as_array()
        .unwrap()
        .iter()
        .map(|key| (key["name"].as_str().unwrap(), key["undone"].as_str().unwrap()))
        .collect();
    undone.sort_unstable();
    let expected = ["deleted", "disabled", "made", "rotated"].map(|word| (word, word));
    assert_eq!(undone, expected);
    // The former files are complete, where the answer says.
    let aside = place.path().join(replaced["moved_to"].as_str().unwrap());
    for (path, bytes) in &before {
        let name = path.strip_prefix(&data).unwrap();
        let text = name.to_str().unwrap();
        if text != "server.json" && !text.ends_with("-reserve") {
            assert!(std::fs::read(aside.join(name)).unwrap() == *bytes, "{text}");
        }
    }
    assert!(!is_littered(&data));
    // What the list says comes true.
    let mut server = place.up();
    for (made, status) in
        [(&deleted, 200), (&disabled, 200), (&rotated, 200), (&left, 200), (&made, 401), (&after, 401)]
    {
        assert_eq!(get(&place, &secret(made), "whoami").0, status, "{made:#}");
    }
    server.signal("TERM");
    server.wait();

    // The same again, with all keys disabled.
    let shown = said(&place.run(&["restore", "archive", "--replace", "--disable-keys"]));
    assert!(shown.contains("6 keys were disabled"), "{shown}");
    let _server = place.up();
    for made in [&deleted, &left] {
        let (status, answer) = get(&place, &secret(made), "whoami");
        assert_eq!((status, &answer["code"]), (401, &"key_disabled".into()), "{answer:#}");
    }
    let link = place.json(&["admin", "link"]);
    assert_eq!(link["email"], "admin@localhost");
}

#[test]
fn a_database_on_postgresql_must_be_empty_and_of_the_kind_of_the_archive() {
    let Some(database) = Database::of("restore_full") else { return };
    let full = place(&database.config());
    assert!(full.run(&["migrate"]).status.success());
    assert!(full.run(&["backup", "--output", "archive"]).status.success());
    let archive = full.path().join("archive");
    let archive = archive.to_str().unwrap();
    let elsewhere = place(&database.config());
    let refused = elsewhere.run(&["restore", archive, "--keep-keys"]);
    assert!(!refused.status.success() && said(&refused).contains("is not empty"), "{}", said(&refused));
    let other = place("");
    let refused = other.run(&["restore", archive, "--keep-keys"]);
    assert!(!refused.status.success() && said(&refused).contains("PostgreSQL"), "{}", said(&refused));
    for place in [&elsewhere, &other] {
        assert!(files(&place.path().join("bailiwick-data")).is_empty());
    }
    // Without the program, it is said what to install, and nothing is left.
    let made = full.command(&["backup", "--output", "second"]).env("PATH", "/nowhere").output().unwrap();
    assert!(!made.status.success() && said(&made).contains("install the client programs"), "{}", said(&made));
    assert!(!full.path().join("second").exists() && !is_littered(full.path()));
}
