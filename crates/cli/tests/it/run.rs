//! `bailiwick run` with a server and the agent of this machine.

use serde_json::Value;

use crate::process::{Place, wait_for};

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The name of this machine's node, once it is online.
fn machine(place: &Place) -> String {
    wait_for("this machine", || {
        let nodes = place.json(&["nodes", "list"]);
        let node = nodes["items"].as_array()?.iter().find(|node| node["status"] == "online")?.clone();
        node["name"].as_str().map(str::to_owned)
    })
}

#[test]
fn run_shows_the_output_and_exit_code_of_a_command() {
    let place = Place::new();
    let _server = place.start(&["up", "--listen", &format!("127.0.0.1:{}", place.port)]);
    let name = machine(&place);
    let shown =
        place.run(&["run", "--nodes", &name, "--", "uname", "-s;", "echo", "oh", ">&2;", "exit", "3"]);
    assert_eq!(
        (text(&shown.stdout).as_str(), shown.status.code()),
        ("Linux\n", Some(3)),
        "{}",
        text(&shown.stderr)
    );
    let (err, heading) = (text(&shown.stderr), format!("--- {name}: failed: exit code 3"));
    assert!(err.contains("oh\n") && err.contains(&heading), "{err}");

    let mut command =
        place.command(&["run", "--nodes", &name, "--env", "TOKEN", "--json", "--", "echo", "$TOKEN"]);
    let output = command.env("TOKEN", "hunter2").output().unwrap();
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        (output.status.code(), &found["results"][0]["stdout"]["text"]),
        (Some(0), &"hunter2\n".into())
    );
    assert_eq!(found["command"]["progress"]["succeeded"], 1);
    assert!(!found["command"].to_string().contains("hunter2"));

    // What is no text goes into a pipe as it was written, and nothing is added.
    let gzip = b"\x1f\x8b\x08\x00\xff\xfe\x80end";
    let octal: String = gzip.iter().map(|byte| format!("\\{byte:03o}")).collect();
    let print = |to: &str| format!("printf '{octal}'{to}");
    let binary = place.run(&["run", "--nodes", &name, "--", &print("")]);
    assert_eq!(binary.stdout, gzip, "{}", text(&binary.stderr));
    let binary = place.run(&["run", "--nodes", &name, "--", &print(" >&2")]);
    assert!(binary.stdout.is_empty() && binary.stderr.ends_with(gzip), "{:?}", binary.stderr);

    let slow = place.run(&["run", "--nodes", &name, "--timeout", "1", "--", "sleep", "60"]);
    assert_eq!(slow.status.code(), Some(124), "{}", text(&slow.stderr));
    let refused = place.run(&["run", "--labels", "nobody=here", "--", "true"]);
    assert!(
        !refused.status.success() && text(&refused.stderr).contains("targets"),
        "{}",
        text(&refused.stderr)
    );
    let nothing = place.run(&["run", "--nodes", &name]);
    assert_eq!(nothing.status.code(), Some(2), "{}", text(&nothing.stderr));

    let id = place.run(&["run", "--nodes", &name, "--no-wait", "--", "true"]);
    let id = text(&id.stdout).trim().to_owned();
    let events = place.run(&["commands", "events", &id]);
    let last = text(&events.stdout).lines().last().unwrap().to_owned();
    assert_eq!(serde_json::from_str::<Value>(&last).unwrap()["event"], "end");

    // What turns a text around, or moves a terminal's cursor, is shown escaped: it says the same.
    let print = "printf 'a\\342\\200\\256\\302\\2332J\\177\\033[2Jb'";
    let id = place.run(&["run", "--nodes", &name, "--no-wait", "--", print]);
    let id = text(&id.stdout).trim().to_owned();
    let events = text(&place.run(&["commands", "events", &id]).stdout);
    assert!(!events.chars().any(|c| (c.is_control() && c != '\n') || c == '\u{202e}'), "{events:?}");
    let said = |line: &str| serde_json::from_str::<Value>(line).unwrap().to_string();
    assert!(events.lines().any(|line| said(line).contains('\u{202e}')), "{events}");
    // A file gets what the command wrote, byte by byte.
    let output = place.run(&["run", "--nodes", &name, "--", print]);
    assert_eq!(output.stdout, "a\u{202e}\u{9b}2J\u{7f}\u{1b}[2Jb".as_bytes());
}

#[test]
fn an_interrupted_run_leaves_its_command_running() {
    let place = Place::new();
    let _server = place.start(&["up", "--listen", &format!("127.0.0.1:{}", place.port)]);
    let name = machine(&place);
    let mut watching = place.command(&["run", "--nodes", &name, "--", "sleep", "60"]);
    let watching = watching.stderr(std::process::Stdio::piped()).spawn().unwrap();
    let id = wait_for("the command", || {
        let commands = place.json(&["commands", "list", "--finished=false"]);
        let id = commands["items"][0]["id"].as_str()?.to_owned();
        (place.json(&["commands", "get", &id])["progress"]["running"] == 1).then_some(id)
    });
    let pid = watching.id().to_string();
    assert!(std::process::Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
    let ended = watching.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(130));
    assert!(
        text(&ended.stderr).contains(&format!("bailiwick commands cancel {id}")),
        "{}",
        text(&ended.stderr)
    );
    place.json(&["commands", "cancel", &id]);
    wait_for("the end", || {
        (place.json(&["commands", "get", &id])["progress"]["cancelled"] == 1).then_some(())
    });
}

#[test]
fn run_keeps_names_in_a_pipe_passes_words_exactly_and_other_commands_wait() {
    let place = Place::new();
    let _server = place.start(&["up", "--listen", &format!("127.0.0.1:{}", place.port)]);
    let name = machine(&place);
    let run = |arguments: &[&str]| {
        let output = place.run(&[&["run", "--nodes", &name], arguments].concat());
        (text(&output.stdout), text(&output.stderr), output.status.code())
    };
    let (out, err, code) = run(&["--prefix", "--", "printf 'a\nb'; echo oh >&2; exit 3"]);
    assert_eq!((out, code), (format!("{name}: a\n{name}: b\n"), Some(3)));
    assert!(err.contains(&format!("{name}: oh\n")) && err.contains("failed: exit code 3"), "{err}");
    let (out, err, _) = run(&["--exact", "--", "printf", "%s|", "a  b", "$HOME", "it's", "*"]);
    assert_eq!(out, "a  b|$HOME|it's|*|", "{err}");

    // Other operations that give a command wait for it too.
    let wait = |arguments: &[&str]| {
        let output = place.run(&[arguments, &["--wait"]].concat());
        (text(&output.stdout), text(&output.stderr), output.status.code())
    };
    place.json(&["scripts", "create", "--name", "fail", "--shell", "sh", "--body", "echo done; exit 4"]);
    let targets = format!("nodes={name}");
    let (out, err, code) = wait(&["scripts", "run", "fail", "--targets", &targets]);
    assert_eq!((out.as_str(), code), ("done\n", Some(4)), "{err}");
    let (out, err, code) =
        wait(&["commands", "create", "--targets", &targets, "--command", "echo x", "--shell", "sh"]);
    assert_eq!((out.as_str(), code), ("x\n", Some(0)), "{err}");
    let schedule = place.json(&[
        "schedules",
        "create",
        "--name",
        "s",
        "--cron",
        "0 0 1 1 *",
        "--targets",
        &targets,
        "--run",
        "kind=command,shell=sh,command=echo scheduled; exit 5",
    ]);
    let id = schedule["id"].as_str().unwrap();
    let (out, err, code) = wait(&["schedules", "run", id]);
    assert_eq!((out.as_str(), code), ("scheduled\n", Some(5)), "{err}");
    // What a failed command wrote is shown with its results, and by itself.
    let command =
        place.json(&["commands", "list", "--failed"])["items"][0]["id"].as_str().unwrap().to_owned();
    let results = text(&place.run(&["commands", "results", &command]).stdout);
    assert!(results.contains(&format!("--- {name}: failed: exit code 5\n  scheduled")), "{results}");
    let output = place.run(&["commands", "output", &command, &name]);
    assert_eq!(text(&output.stdout), "scheduled\n", "{}", text(&output.stderr));
    let status = place.json(&["status"]);
    let failed =
        status["attention"].as_array().unwrap().iter().find(|item| item["kind"] == "commands_failed");
    assert_eq!(failed.unwrap()["count"], 3, "{status:#}");
}
