//! What the command line tells people beside an answer, and how it understands what they write.

use std::process::Output;

use crate::process::Place;

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// What a command says, which must succeed.
fn of(place: &Place, arguments: &[&str]) -> String {
    let output = place.run(arguments);
    let said = said(&output);
    assert!(output.status.success(), "{arguments:?}: {said}");
    said
}

/// What a command says, which must fail.
fn refused(place: &Place, arguments: &[&str]) -> String {
    let output = place.run(arguments);
    let said = said(&output);
    assert!(!output.status.success(), "{arguments:?}: {said}");
    said
}

fn log_in(place: &Place, more: &[&str]) -> String {
    let password = place.first_run()["admin"]["password"].as_str().unwrap().to_owned();
    std::fs::write(place.path().join("password"), password).unwrap();
    of(place, &[&["login", "--email", "admin@localhost", "--password-file", "password"], more].concat())
}

#[test]
fn the_only_organization_is_chosen_and_a_choice_outlives_the_session() {
    let place = Place::new();
    let _server = place.up();
    let shown = log_in(&place, &[]);
    assert!(shown.contains("Organization: default (the only one"), "{shown}");
    of(&place, &["sites", "create", "--name", "Berlin"]);
    let trail = of(&place, &["audit", "list", "--operation", "sites.create"]);
    assert!(
        trail.contains("The trail of the organization default") && trail.contains("admin@localhost"),
        "{trail}"
    );
    let trail = of(&place, &["audit", "list", "--organization", "-", "--operation", "sites.create"]);
    assert!(
        trail.contains("The trail of the server as a whole") && trail.contains("Nothing was found"),
        "{trail}"
    );
    let trail = refused(&place, &["audit", "list", "--operation", "sites.creat"]);
    assert!(trail.contains("did you mean `sites.create`?"), "{trail}");

    // With a second one, nothing is chosen by itself, but what was chosen is.
    of(&place, &["organizations", "create", "--slug", "north", "--name", "North"]);
    log_in(&place, &["--organization", "north"]);
    of(&place, &["logout"]);
    assert!(log_in(&place, &[]).contains("Organization: north"));
    of(&place, &["organizations", "delete", "north"]);
    of(&place, &["logout"]);
    let shown = log_in(&place, &[]);
    assert!(shown.contains("north was chosen before") && shown.contains("Organization: default"), "{shown}");

    of(&place, &["organizations", "create", "--slug", "south", "--name", "South"]);
    let shown = log_in(&place, &["--organization", "-"]);
    assert!(shown.contains("bailiwick login --organization NAME"), "{shown}");
    let shown = of(&place, &["status"]);
    assert!(shown.contains("Cannot tell") && !shown.contains("Nothing needs attention"), "{shown}");
    let shown = of(&place, &["keys", "list"]);
    assert!(shown.contains("these are the keys of the whole server"), "{shown}");
}

#[test]
fn a_key_is_used_at_the_server_of_the_session() {
    let place = Place::new();
    let _server = place.up();
    log_in(&place, &[]);
    std::fs::write(place.path().join("key"), place.key()).unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    let key = place.path().join("key");
    let arguments = ["whoami", "get", "--key-file", key.to_str().unwrap()];
    let output = place.command(&arguments).current_dir(elsewhere.path()).output().unwrap();
    assert!(output.status.success() && said(&output).contains("the key of "), "{}", said(&output));
}

#[test]
fn the_end_and_the_reach_of_a_key_are_shown() {
    let place = Place::new();
    let _server = place.up();
    of(&place, &["sites", "create", "--name", "Berlin"]);
    let create = |more: &[&str]| of(&place, &[&["keys", "create", "--scopes", "*:read"], more].concat());
    let shown = create(&["--name", "whole"]);
    let lines = |shown: &str, name: &str, value: &str| {
        let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
        shown.lines().any(|line| words(line) == format!("{name} {value}"))
    };
    assert!(lines(&shown, "key.reach", "all") && lines(&shown, "key.expires_at", "never"), "{shown}");
    let shown = create(&["--name", "narrow", "--reach", "site=Berlin", "--expires-at", "2126-12-06"]);
    assert!(shown.contains("--expires-at: expires Fri 6 Dec 2126 23:59:59 UTC, in "), "{shown}");
    assert!(lines(&shown, "key.expires_at", "2126-12-06T23:59:59Z"), "{shown}");
    assert!(lines(&shown, "key.reach", "1 site"), "{shown}");
    of(&place, &["sites", "delete", "Berlin", "--force"]);
    assert!(lines(&of(&place, &["keys", "get", "narrow"]), "reach", "nothing"));
    let list = of(&place, &["keys", "list"]);
    let row = |name: &str| list.lines().find(|line| line.contains(name)).unwrap().to_owned();
    assert!(list.contains("REACH") && row("narrow").contains("nothing"), "{list}");
    assert!(row("whole").contains(" all ") && row("whole").contains("never"), "{list}");
    let wrong =
        refused(&place, &["keys", "create", "--name", "x", "--scopes", "*:read", "--expires-at", "soon"]);
    assert!(wrong.contains("friday") && wrong.contains("its end in UTC"), "{wrong}");
    let wrong =
        refused(&place, &["keys", "create", "--name", "x", "--scopes", "*:read", "--reach", "Berlin"]);
    assert!(wrong.contains("for example sites=Berlin"), "{wrong}");
    let wrong = refused(&place, &["updates", "scan", "--targets", "Berlin"]);
    assert!(wrong.contains("for example site=Berlin"), "{wrong}");
    // The same word in the plural: the site is looked up.
    let wrong = refused(&place, &["updates", "scan", "--targets", "sites=Nowhere"]);
    assert!(wrong.contains("there is no site Nowhere"), "{wrong}");
}

#[test]
fn a_leaked_key_is_rotated_by_the_id_in_it() {
    let place = Place::new();
    let _server = place.up();
    let made = place.json(&["keys", "create", "--name", "leaked", "--scopes", "sites:read"]);
    let (secret, id) = (made["secret"].as_str().unwrap(), made["key"]["id"].as_str().unwrap());
    let shown = refused(&place, &["keys", "rotate", secret]);
    assert!(shown.contains(&format!("write its id, {id}")) && !shown.contains(secret), "{shown}");
    of(&place, &["keys", "rotate", id]);
    let shown = of(&place, &["permissions", "list"]);
    assert!(shown.lines().any(|line| line.contains("sites.create") && line.contains("write")), "{shown}");
}

#[test]
fn an_invitation_says_what_to_send_and_what_comes_next() {
    let place = Place::new();
    let _server = place.up();
    let shown = refused(&place, &["users", "invite", "bob@example.com"]);
    assert!(shown.contains("bailiwick users create --email bob@example.com"), "{shown}");
    let bob = ["users", "create", "--email", "bob@example.com", "--name", "Bob", "--role", "viewer"];
    let shown = of(&place, &bob);
    let link = format!("{}/console/invitation#", place.url());
    assert!(shown.contains("Send bob@example.com this link") && shown.contains(&link), "{shown}");
    assert!(!shown.contains("store it safely"), "{shown}");
    let shown = of(&place, &["users", "invite", "bob@example.com"]);
    let token = shown.split(&link).nth(1).and_then(|rest| rest.split_whitespace().next()).unwrap().to_owned();
    std::fs::write(place.path().join("token"), token).unwrap();
    std::fs::write(place.path().join("new"), "correct horse battery staple").unwrap();
    let shown = of(&place, &["invitations", "accept", "--token", "@token", "--password", "@new"]);
    assert!(
        shown.contains("Now log in: bailiwick login --url ") && shown.contains("--email bob@example.com"),
        "{shown}"
    );
}

#[test]
fn an_exporter_that_nothing_starts_says_so() {
    let place = Place::new();
    let _server = place.up();
    of(&place, &["nodes", "create", "--type", "generic", "--name", "web-1", "--address", "192.0.2.1"]);
    let shown = of(&place, &["agents", "create", "--type", "node_exporter", "--runs-on", "web-1"]);
    assert!(shown.contains("Warning: nothing starts node_exporter"), "{shown}");
    let shown = of(&place, &["agents", "logs", "web-1/node_exporter"]);
    assert!(
        shown.contains("There is no log: nothing starts node_exporter") && shown.contains("add-machine"),
        "{shown}"
    );
}

#[test]
fn an_agent_says_that_its_file_with_the_key_does_not_exist() {
    let place = Place::new();
    let arguments = ["agent", "--data", "agent", "--enrol-file", "nofile", "--server", "https://127.0.0.1:1"];
    let shown = refused(&place, &arguments);
    assert!(
        shown.contains("the file nofile does not exist") && !shown.contains("Make an enrolment key"),
        "{shown}"
    );
}
