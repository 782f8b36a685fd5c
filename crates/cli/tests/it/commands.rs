//! The commands: tables for people, JSON for programs, errors that say what to do next.

use crate::process::Place;

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn the_cli_offers_the_operations_of_the_api() {
    let place = Place::new();
    let _server = place.up();
    let site = place.json(&["sites", "create", "--name", "Berlin", "--labels", "env=prod,tier=web,floor=3"]);
    assert_eq!((&site["labels"]["tier"], &site["labels"]["floor"]), (&"web".into(), &"3".into()));
    let id = site["id"].as_str().unwrap();
    assert_eq!(place.json(&["api", "sites.get", "--site", id]), site);
    let changed = place.json(&["sites", "update", id, "--description", "Plant 1"]);
    assert_eq!(changed["description"], "Plant 1");
    let cleared = place.json(&["sites", "update", id, "--description", "null"]);
    assert!(cleared["description"].is_null());
    let shown = place.run(&["sites", "list", "--labels", "env in (prod)"]);
    assert!(
        text(&shown.stdout).contains("Berlin") && text(&shown.stdout).contains("NAME"),
        "{}",
        text(&shown.stdout)
    );
    let none = place.run(&["sites", "list", "--labels", "env=test"]);
    assert_eq!(text(&none.stdout).trim(), "Nothing was found.");

    let arguments = [
        "keys",
        "create",
        "--name",
        "x",
        "--scopes",
        "sites:read,keys.list",
        "--ttl-seconds",
        "60",
        "--allowed_ips",
        "10.0.0.0/8",
        "--rate-limit",
        "per_minute=60,burst=5",
        "--reach",
        "{\"labels\":\"env=prod\"}",
    ];
    let key = place.json(&arguments);
    let id = site["id"].as_str().unwrap();
    let narrow = place.json(&[
        "keys",
        "create",
        "--name",
        "x",
        "--scopes",
        "sites:read",
        "--reach",
        &format!("sites={id}"),
    ]);
    assert_eq!(narrow["key"]["reach"]["sites"][0], id);
    assert_eq!(key["key"]["rate_limit"]["burst"], 5);
    assert_eq!(key["key"]["reach"]["labels"], "env=prod");
    assert_eq!(key["key"]["scopes"].as_array().unwrap().len(), 2);

    for n in 0..5 {
        place.json(&["organizations", "create", "--name", "O", "--slug", &format!("o{n}"), "--as", "root"]);
    }
    let page = place.json(&["organizations", "list", "--as", "root", "--limit", "2"]);
    assert_eq!(page["items"].as_array().unwrap().len(), 2);
    let all = place.json(&["organizations", "list", "--as", "root", "--limit", "2", "--all"]);
    assert_eq!(all["items"].as_array().unwrap().len(), 6);
    let sites = place.json(&["sites", "list", "--as", "root", "--organization", "o1"]);
    assert_eq!(sites["items"].as_array().unwrap().len(), 0);
    let removed = place.json(&["organizations", "delete", "o1", "--as", "root", "--dry-run"]);
    assert_eq!(removed["dry_run"], true);
}

#[test]
fn errors_say_what_to_do_next() {
    let place = Place::new();
    let says = |arguments: &[&str], expected: &str| {
        let output = place.run(arguments);
        let text = text(&output.stderr);
        assert!(!output.status.success() && text.contains(expected), "{arguments:?}: {text}");
    };
    says(
        &["whoami", "get", "--url", "http://127.0.0.1:1"],
        "check that the server is running (`bailiwick up` starts one)",
    );
    let _server = place.up();
    let url = place.url();
    says(&["organizations", "create", "--name", "x", "--slug", "x"], "use the root key: --as root");
    says(&["sites", "list", "--as", "root"], "add --organization NAME");
    says(&["sites", "create", "--name", ""], "name: expected 1 to 255 characters");
    says(&["sites", "create"], "--name");
    says(&["sites", "lst"], "list");
    says(&["whoami", "get", "--data", "elsewhere", "--url", &url], "--ca FILE, or use --insecure");
    says(&["whoami", "get", "--data", "elsewhere", "--url", &url, "--insecure"], "set BAILIWICK_KEY");
    // A key that was found is for the server that it was found with.
    let other = url.replace("127.0.0.1", "localhost");
    says(&["whoami", "get", "--url", &other, "--insecure"], "set BAILIWICK_KEY");
    says(&["whoami", "get", "--url", "127.0.0.1:1"], "expected an address such as https://");
    says(&["whoami", "get", "--url", &url.replace("https", "http")], "write https:// in the address");
    says(&["up", "--listen", "localhost"], "expected an address and a port");
    says(&["organizations", "delete", "default", "--as", "root"], "--force deletes them");
    let broken = place.run(&["sites", "create", "--name", "", "--json"]);
    let problem: serde_json::Value = serde_json::from_slice(&broken.stdout).unwrap();
    assert_eq!((problem["code"].as_str(), broken.status.code()), (Some("invalid"), Some(1)));
}

#[test]
fn no_key_is_sent_to_a_server_from_a_file_that_others_can_write() {
    use std::os::unix::fs::PermissionsExt as _;
    let place = Place::new();
    let data = place.path().join("bailiwick-data");
    std::fs::create_dir(&data).unwrap();
    let file = data.join("server.json");
    std::fs::write(&file, r#"{"url":"https://127.0.0.1:1"}"#).unwrap();
    let asks = |mode: u32| {
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();
        let output = place.command(&["whoami", "get"]).env("BAILIWICK_KEY", "x").output().unwrap();
        text(&output.stderr)
    };
    for mode in [0o622, 0o602, 0o666] {
        assert!(asks(mode).contains("name the server with --url"), "{mode:o}");
    }
    assert!(asks(0o644).contains("check that the server is running"));
    if nix::unistd::geteuid().is_root() {
        std::os::unix::fs::chown(&file, Some(65_534), None).unwrap();
        assert!(asks(0o644).contains("it belongs to user 65534"));
        std::os::unix::fs::chown(&file, Some(0), None).unwrap();
    }
    // Nor from a directory in which others could exchange the file, or through a link.
    std::fs::set_permissions(&data, std::fs::Permissions::from_mode(0o777)).unwrap();
    assert!(asks(0o644).contains("name the server with --url"));
    std::fs::set_permissions(&data, std::fs::Permissions::from_mode(0o755)).unwrap();
    std::fs::rename(&file, data.join("other.json")).unwrap();
    std::os::unix::fs::symlink("other.json", &file).unwrap();
    assert!(asks(0o644).contains("it is a symbolic link"));
}

#[test]
fn a_key_is_read_from_the_environment_or_a_file() {
    let place = Place::new();
    let _server = place.up();
    let key = place.json(&["keys", "create", "--name", "From elsewhere", "--scopes", ""]);
    let secret = key["secret"].as_str().unwrap();
    let name = |output: std::process::Output| {
        serde_json::from_slice::<serde_json::Value>(&output.stdout).unwrap()["key"]["name"].clone()
    };
    let by_environment =
        place.command(&["whoami", "get", "--json"]).env("BAILIWICK_KEY", secret).output().unwrap();
    assert_eq!(name(by_environment), "From elsewhere");
    std::fs::write(place.path().join("key"), format!("{secret}\n")).unwrap();
    assert_eq!(name(place.run(&["whoami", "get", "--json", "--key-file", "key"])), "From elsewhere");
}

#[test]
fn the_cli_works_without_the_first_run_file() {
    let place = Place::new();
    let _server = place.up();
    let key = place.key();
    std::fs::remove_file(place.path().join("bailiwick-data/first-run.json")).unwrap();
    let output = place
        .command(&["whoami", "get", "--json"])
        .env("BAILIWICK_KEY", format!("{key}\n"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    // To name the directory again would not help.
    let said = text(&place.run(&["whoami", "get", "--data", "bailiwick-data"]).stderr);
    assert!(
        said.contains("bailiwick-data/first-run.json is not there") && said.contains("--key-file"),
        "{said}"
    );
    assert!(!said.contains("name the data directory"), "{said}");
    let with_v1 = format!("{}/v1", place.url());
    let output =
        place.command(&["whoami", "get", "--url", &with_v1]).env("BAILIWICK_KEY", &key).output().unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
}

#[test]
fn every_command_has_its_own_help_text() {
    let place = Place::new();
    let help = text(&place.run(&["--help"]).stdout);
    for (command, about) in
        [("up", "Start everything"), ("serve", "Start the server"), ("migrate", "Migrate the database")]
    {
        let line = help.lines().find(|l| l.trim_start().starts_with(command)).unwrap();
        assert!(line.contains(about), "{line}");
    }
    let sites = text(&place.run(&["sites", "--help"]).stdout);
    assert!(
        sites.contains("List the sites of an organization") && sites.contains("Create a site"),
        "{sites}"
    );
}

#[test]
fn config_check_shows_each_value_and_its_origin() {
    let place = Place::new();
    std::fs::write(place.path().join("bailiwick.yml"), "server:\n  port: 9443\n").unwrap();
    let output = place
        .command(&["config", "check", "--listen", "[::1]:9444"])
        .env("BAILIWICK_LOG__LEVEL", "debug")
        .env("BAILIWICK_DATABASE__URL", "postgres://u:hunter2@h/d")
        .output()
        .unwrap();
    let shown = text(&output.stdout);
    let line = |name: &str| {
        let line =
            shown.lines().find(|l| l.trim_start().starts_with(name)).unwrap_or_else(|| panic!("{shown}"));
        line.split_whitespace().map(str::to_owned).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(line("server.port"), "server.port 9444 flag --listen");
    assert_eq!(line("log.level"), "log.level debug environment BAILIWICK_LOG__LEVEL");
    assert_eq!(line("docs.swagger"), "docs.swagger true default");
    assert!(!shown.contains("hunter2"));
    let json = place.json(&["config", "check"]);
    let port = json.as_array().unwrap().iter().find(|s| s["name"] == "server.port").unwrap();
    assert_eq!(
        (&port["value"], &port["origin"]),
        (&serde_json::json!(9443), &serde_json::json!("bailiwick.yml"))
    );
}

#[test]
fn variables_set_by_cargo_are_not_settings() {
    // `cargo run` and `cargo test` hand on what the build script sets; `config check` would name it.
    let place = Place::new();
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_bailiwick"));
    command.args(["config", "check"]).current_dir(place.path()).env_remove("BAILIWICK_GENERATE");
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
}

#[test]
fn secrets_are_given_by_file_or_input_and_never_as_arguments() {
    let place = Place::new();
    let _server = place.up();
    let user = place.json(&["users", "create", "--email", "ada@example.com", "--name", "Ada"]);
    let token = user["invitation"]["token"].as_str().unwrap();
    let write = |name: &str, content: &str| {
        std::fs::write(place.path().join(name), format!("{content}\n")).unwrap();
    };
    write("token", token);
    write("password", "correct horse battery staple");
    let given = |arguments: &[&str], input: &str| {
        let mut command = place.command(&[&["invitations", "accept"], arguments].concat());
        let input = std::fs::File::open(place.path().join(input)).unwrap();
        let output = command.stdin(input).output().unwrap();
        (output.status.success(), text(&output.stdout) + &text(&output.stderr))
    };
    for (arguments, expected) in [
        (&["--token", token, "--password", "@password"][..], "a secret is not taken from an argument"),
        (&["--token", "@token", "--password", "hunter2"], "a secret is not taken from an argument"),
        // Nobody is there to be asked, and nothing is read that was not meant.
        (&["--token", "@token"], "--password is missing: `-` reads it from standard input"),
        (&["--token", "-", "--password", "-"], "only one value can be read from standard input"),
        (&["--token", "@token", "--password", "@nowhere"], "nowhere cannot be read"),
    ] {
        let (is_accepted, said) = given(arguments, "password");
        assert!(!is_accepted && said.contains(expected), "{said}");
        assert!(!said.contains("hunter2") && !said.contains(token), "{said}");
    }
    let (is_accepted, said) = given(&["--token", "@token", "--password", "-"], "password");
    assert!(is_accepted, "{said}");

    let agent = ["agents", "create", "--type", "external_exporter", "--listen-port", "9187"];
    for secrets in ["password=hunter2", r#"{"password": "hunter2"}"#] {
        let output = place.run(&[&agent[..], &["--secrets", secrets]].concat());
        let said = text(&output.stderr);
        assert!(
            said.contains("a secret is not taken from an argument") && !said.contains("hunter2"),
            "{said}"
        );
    }
    let made = place.json(&[&agent[..], &["--secrets", "password=@password"]].concat());
    assert!(made.to_string().contains("\"password\""), "{made}");
    write("secrets.json", r#"{"password": "hunter2"}"#);
    let id = made["id"].as_str().unwrap();
    place.json(&["agents", "update", id, "--secrets", "@secrets.json"]);
    // A session that nobody would keep is not offered.
    let output = place.run(&["sessions", "create"]);
    assert_eq!(output.status.code(), Some(2), "{}", text(&output.stderr));
}

#[test]
fn values_come_from_json_files_and_durations() {
    let place = Place::new();
    let _server = place.up();
    let write = |name: &str, content: &str| std::fs::write(place.path().join(name), content).unwrap();
    write("hello.sh", "#!/bin/sh\necho hello\n");
    let script =
        place.json(&["scripts", "create", "--name", "hello", "--shell", "sh", "--body", "@hello.sh"]);
    assert_eq!(script["body"], "#!/bin/sh\necho hello");
    write("parameters.json", r#"[{"name":"unit"},{"name":"host"}]"#);
    let update = ["scripts", "update", "hello", "--description", "@@noon"];
    let script = place.json(&[&update[..], &["--parameters", "@parameters.json"]].concat());
    assert_eq!((&script["description"], &script["parameters"][1]["name"]), (&"@noon".into(), &"host".into()));
    let missing = text(&place.run(&["scripts", "update", "hello", "--body", "@nowhere.sh"]).stderr);
    assert!(missing.contains("nowhere.sh cannot be read") && !missing.contains("os error"), "{missing}");

    write("scopes", "sites:read\nnodes:read\n");
    for scopes in [r#"["sites:read", "nodes:read"]"#, "sites:read,nodes:read", "@scopes"] {
        let made = place.json(&["keys", "create", "--name", "x", "--ttl-seconds", "1d", "--scopes", scopes]);
        assert_eq!(made["key"]["scopes"].as_array().unwrap().len(), 2, "{made}");
    }
    let mut command = place.command(&["keys", "create", "--name", "x", "--scopes", "-", "--json"]);
    let input = std::fs::File::open(place.path().join("scopes")).unwrap();
    assert!(command.stdin(input).output().unwrap().status.success());
    let policy = |value: &str| {
        place.json(&["organizations", "update", "default", "--as", "root", "--key-policy", value])["key_policy"]
            .clone()
    };
    assert_eq!(policy("longest_life_seconds=30d")["longest_life_seconds"], 30 * 86_400);
    assert!(policy("longest_life_seconds=null")["longest_life_seconds"].is_null());
    let enrolment =
        ["keys", "create", "--name", "e", "--kind", "enrol", "--enrolment", "uses=2,labels.env=edge"];
    let made = place.json(&enrolment);
    assert_eq!(made["key"]["enrolment"]["labels"]["env"], "edge", "{made}");
    let goal = place.json(&[
        "goals",
        "create",
        "--metric",
        "utilization",
        "--warning-ratio",
        "0.5",
        "--failure-ratio",
        "0.25",
    ]);
    assert_eq!(goal["warning_ratio"], 0.5);

    for (arguments, expected) in [
        (
            &["keys", "create", "--name", "x", "--ttl-seconds", "soon"][..],
            "expected a number of seconds, or a time such as",
        ),
        (&["nodes", "list", "--limit", "many"], "expected a number"),
        (&["sites", "create", "--name", "x", "--labels", "null"], "{} makes it empty"),
        (&["sites", "create", "--name", "x", "--labels", r#"{"a""#], "not valid JSON"),
        (
            &["commands", "create", "--targets", "vm", "--command", "true"],
            "expected all=VALUE,… with the names all, host, labels, nodes, search, selection, site, status, tolerance, type, or a JSON object",
        ),
    ] {
        let output = place.run(arguments);
        let said = text(&output.stderr);
        assert!(!output.status.success() && said.contains(expected), "{arguments:?}: {said}");
        for word in ["struct", "variant", "invalid digit", "i64", "u32", "os error"] {
            assert!(!said.contains(word), "{arguments:?}: {said}");
        }
    }
}

#[test]
fn an_edit_is_done_only_at_the_named_revision() {
    let place = Place::new();
    let _server = place.up();
    let site = place.json(&["sites", "create", "--name", "Berlin"]);
    let id = site["id"].as_str().unwrap();
    let revision = site["revision"].to_string();
    place.json(&["sites", "update", id, "--name", "Hamburg", "--if-match", &revision]);
    for (verb, more) in [("update", &["--name", "Bremen"][..]), ("delete", &[])] {
        let output = place.run(&[&["sites", verb, id, "--if-match", &revision], more].concat());
        let said = text(&output.stderr);
        assert!(!output.status.success() && said.contains("--if-match 2"), "{said}");
    }
    assert_eq!(place.json(&["sites", "get", id])["name"], "Hamburg");
    place.json(&["sites", "delete", id, "--if-match", "\"2\""]);
}

#[test]
fn a_closed_pipe_ends_no_command_with_a_panic() {
    use std::io::Read as _;
    let place = Place::new();
    let _server = place.up();
    for n in 0..20 {
        place.json(&["sites", "create", "--name", &format!("Site {n}")]);
    }
    for arguments in [
        &["completions", "bash"][..],
        &["--help"],
        &["sites", "list"],
        &["sites", "list", "--json"],
        &["audit", "list", "--all"],
        &["audit", "export"],
        &["config", "check"],
        &["status"],
        &["events", "stream", "--after", "0"],
        &["graphql", "{ sites { name } }"],
    ] {
        let mut command = place.command(arguments);
        let spawned =
            command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped()).spawn();
        let mut child = spawned.unwrap();
        let mut out = child.stdout.take().unwrap();
        let _ = out.read(&mut [0; 16]).unwrap();
        drop(out);
        if arguments[0] == "events" {
            // The next event finds that nobody reads.
            place.json(&["sites", "create", "--name", "One more"]);
        }
        let output = child.wait_with_output().unwrap();
        assert!(!text(&output.stderr).contains("panicked"), "{arguments:?}: {}", text(&output.stderr));
    }
}

#[test]
fn peppers_are_rotated_and_pruned() {
    let place = Place::new();
    let mut server = place.up();
    let stop = |server: &mut crate::process::Server| {
        server.signal("TERM");
        assert!(server.wait().success());
    };
    let agent = ["agents", "create", "--type", "external_exporter", "--listen-port", "9187"];
    std::fs::write(place.path().join("password"), "hunter2\n").unwrap();
    place.json(&[&agent[..], &["--secrets", "password=@password"]].concat());
    stop(&mut server);
    let counted = |listed: &serde_json::Value, what: &str| {
        let versions = listed.as_array().unwrap().iter();
        versions.map(|version| version[what].as_i64().unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(counted(&place.json(&["peppers", "list"]), "secrets"), [1]);
    assert!(place.run(&["peppers", "rotate"]).status.success());
    let early = place.run(&["peppers", "prune"]);
    assert!(text(&early.stderr).contains("2 keys still need pepper 1"), "{}", text(&early.stderr));
    let mut server = place.up();
    place.json(&["whoami", "get"]);
    place.json(&["whoami", "get", "--as", "root"]);
    stop(&mut server);
    let listed = place.json(&["peppers", "list"]);
    assert_eq!((counted(&listed, "keys"), counted(&listed, "secrets")), (vec![0, 2], vec![0, 1]));
    assert!(place.run(&["peppers", "prune"]).status.success());
    let _server = place.up();
    place.json(&["whoami", "get"]);
}

#[test]
fn nodes_are_imported_from_a_file_and_exported() {
    let place = Place::new();
    let _server = place.up();
    let csv = "type,name,address,labels\ngeneric,db-1,10.0.0.1,env=prod\ngeneric,db-2,10.0.0.2,\n";
    let file = place.path().join("nodes.csv");
    std::fs::write(&file, csv).unwrap();
    let file = file.to_str().unwrap();
    let done = place.json(&["nodes", "import", file]);
    assert_eq!((&done["created"], &done["dry_run"]), (&serde_json::json!(2), &serde_json::json!(false)));
    let out = place.path().join("out.csv");
    let out = out.to_str().unwrap();
    let exported = place.run(&["nodes", "export", "--output", out]);
    assert!(exported.status.success() && exported.stdout.is_empty(), "{}", text(&exported.stderr));
    let shown = std::fs::read_to_string(out).unwrap();
    assert_eq!(shown.lines().count(), 3, "{shown}");
    assert!(shown.starts_with("type,name,address,") && shown.contains("generic,db-2,10.0.0.2"), "{shown}");
    assert_eq!(text(&place.run(&["nodes", "export", "--format", "csv"]).stdout), shown);
    let lines = text(&place.run(&["nodes", "export"]).stdout);
    assert!(lines.lines().count() == 2 && lines.starts_with('{'), "{lines}");
    let page = place.run(&["nodes", "export", "--format", "csv", "--limit", "1"]);
    assert!(text(&page.stderr).contains("There are more: leave out --limit"), "{}", text(&page.stderr));
    assert_eq!(place.json(&["nodes", "import", out, "--existing", "update"])["unchanged"], 2);
    let would = place.json(&["nodes", "import", out, "--existing", "update", "--dry-run"]);
    assert_eq!(would["dry_run"], true);
    let refused = place.run(&["nodes", "import", file]);
    assert!(text(&refused.stderr).contains("line 2: name: expected a value that is not taken"));
    for (arguments, expected) in [
        (vec!["nodes", "import", "none.csv"], "cannot read none.csv"),
        (vec!["nodes", "import", "nodes.txt"], "the format of the file is unknown"),
        (vec!["nodes", "export", "--output", "/nowhere/x.csv"], "cannot write /nowhere/x.csv"),
    ] {
        let output = place.run(&arguments);
        assert!(text(&output.stderr).contains(expected), "{arguments:?}: {}", text(&output.stderr));
    }
    let agent = [
        "agents",
        "add",
        "--type",
        "mysqld_exporter",
        "--runs-on",
        "db-1",
        "--settings",
        "username=monitor,tls=true",
    ];
    let agent = place.json(&agent);
    assert_eq!(agent["settings"], serde_json::json!({ "username": "monitor", "tls": true }));
    place.json(&["agents", "remove", agent["id"].as_str().unwrap()]);
    let words = place.json(&["nodes", "show", "db-1"]);
    assert_eq!(words, place.json(&["nodes", "get", "db-1"]));
    place.run(&["nodes", "create", "--type", "generic", "--name", "vm", "--address", "h", "--host", "db-1"]);
    let in_use = text(&place.run(&["nodes", "delete", "db-1"]).stderr);
    assert!(in_use.contains("1 nodes (detached with --force): vm"), "{in_use}");
}

#[test]
fn roles_and_users_are_imported_from_files_and_exported() {
    let place = Place::new();
    let _server = place.up();
    let file = |name: &str, content: &str| {
        let path = place.path().join(name);
        std::fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let roles =
        file("roles.csv", "name,scopes,reach\nNight,sites:read,\"{\"\"labels\"\":\"\"env=prod\"\"}\"\n");
    assert_eq!(place.json(&["roles", "import", &roles])["created"], 1);
    let users = file("users.csv", "email,name,role\nada@example.com,Ada,Night\neve@example.com,Eve,\n");
    let shown = text(&place.run(&["users", "import", &users]).stdout);
    assert!(shown.contains("invitations[1].email") && shown.contains("eve@example.com"), "{shown}");
    assert!(
        shown.contains("invitations[1].token") && shown.contains("The secret is shown only this once"),
        "{shown}"
    );
    for noun in ["roles", "users"] {
        let out = place.path().join(format!("{noun}.jsonl"));
        let out = out.to_str().unwrap();
        let exported = place.run(&[noun, "export", "--output", out]);
        assert!(exported.status.success() && exported.stdout.is_empty(), "{}", text(&exported.stderr));
        let lines = std::fs::read_to_string(out).unwrap();
        assert!(lines.contains("Night") && !lines.contains("token"), "{lines}");
        let again = place.run(&[noun, "import", out, "--existing", "update"]);
        let again = text(&again.stdout);
        assert!(again.contains("unchanged") && !again.contains("secret"), "{again}");
        assert_eq!(text(&place.run(&[noun, "export", "--format", "jsonl"]).stdout), lines);
        let refused = text(&place.run(&[noun, "import", out]).stderr);
        assert!(refused.contains("line 1: ") && refused.contains("not taken"), "{refused}");
    }
}

#[test]
fn completion_knows_operations_and_their_fields() {
    let place = Place::new();
    for shell in ["bash", "zsh", "fish"] {
        let script = text(&place.run(&["completions", shell]).stdout);
        assert!(script.contains("sites.create") && script.contains("ttl-seconds"), "{shell}");
    }
    // In a real shell: the script is read, and completes an operation and a field.
    let script = place.path().join("completions.bash");
    std::fs::write(&script, place.run(&["completions", "bash"]).stdout).unwrap();
    let complete = |words: &str| {
        let program = format!(
            "source '{}'; COMP_WORDS=({words}); COMP_CWORD=$((${{#COMP_WORDS[@]}}-1)); \
             _bailiwick bailiwick \"${{COMP_WORDS[$COMP_CWORD]}}\" \"${{COMP_WORDS[$((COMP_CWORD-1))]}}\"; echo \"${{COMPREPLY[@]}}\"",
            script.display()
        );
        text(&std::process::Command::new("bash").arg("-c").arg(program).output().unwrap().stdout)
    };
    assert!(complete("bailiwick api sites.cr").contains("sites.create"));
    assert!(complete("bailiwick keys create --ttl").contains("--ttl-seconds"));
    assert!(complete("bailiwick sites list --sort cr").contains("created_at"));
}
