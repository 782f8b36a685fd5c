//! `contracts/cli.txt`: every command and its arguments. `cargo xtask generate` writes it.

use std::path::PathBuf;

use crate::process::Place;

fn help(place: &Place, command: &[&str]) -> String {
    let mut command = place.command(&[command, &["--help"]].concat());
    // The help shows the values of variables, and this one differs each time.
    let output = command.env("COLUMNS", "100").env_remove("BAILIWICK_SESSION").output().unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap()
}

/// The names of the commands in a help text.
fn commands(help: &str) -> Vec<String> {
    let mut inside = false;
    let mut names = Vec::new();
    for line in help.lines() {
        if line == "Commands:" {
            inside = true;
        } else if !line.starts_with(' ') && !line.is_empty() {
            inside = false;
        } else if inside && line.starts_with("  ") && !line.starts_with("   ") {
            names.extend(line.split_whitespace().next().map(str::to_owned).filter(|name| name != "help"));
        }
    }
    names
}

#[test]
fn the_checked_in_list_of_commands_is_current() {
    let place = Place::new();
    let mut text = String::new();
    let mut waiting: Vec<Vec<String>> = vec![Vec::new()];
    while let Some(command) = waiting.pop() {
        let words: Vec<&str> = command.iter().map(String::as_str).collect();
        let shown = help(&place, &words);
        text.push_str(&format!("# bailiwick {}\n\n{}\n", words.join(" "), shown.trim_end()));
        text.push('\n');
        // `api` holds the same operations as the nouns, under their ids.
        let below = commands(&shown);
        waiting.extend(below.into_iter().rev().map(|name| [command.clone(), vec![name]].concat()));
    }
    let text: String = text.lines().map(|line| format!("{}\n", line.trim_end())).collect();
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../contracts/cli.txt");
    if std::env::var_os("BAILIWICK_GENERATE").is_some() {
        std::fs::write(&path, text).unwrap();
        return;
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        found == text,
        "contracts/cli.txt is not what the code makes: run `cargo xtask generate` and look at the difference"
    );
}
