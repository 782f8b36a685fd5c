//! The commands of the README, run word for word in a fresh directory.
//!
//! Before them there are only the two commands that set up: the first builds and starts the server, for which the debug
//! program stands; the second lets the shell find it. `KEY` stands for the key that the server prints. A network namespace keeps
//! the README's port free.

use std::fs;
use std::os::unix::fs::symlink;
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

use crate::chaos::machine::is_administrator;
use crate::process::{Place, wait_for};

const README: &str = include_str!("../../../../README.md");

/// Builds and starts the server.
const RUN: &str = "cargo run --release -- up";
/// Lets the shell find the program.
const FIND: &str = "export PATH=\"$PWD/target/release:$PATH\"";
/// Runs every test.
const TEST: &str = "cargo xtask test";

/// The commands of the page's `sh` blocks, one block after the other.
fn blocks(page: &str) -> Vec<&str> {
    page.split("```sh\n").skip(1).map(|rest| rest.split("```").next().unwrap().trim()).collect()
}

/// A block with a key in the places that the page marks with `KEY`. The header `X-API-KEY` is none of them.
fn with_key(block: &str, key: &str) -> String {
    block.replace("X-API-KEY", "X-API-\0").replace("KEY", key).replace('\0', "KEY")
}

/// A `bailiwick up` in a network namespace of its own; it is killed when this is dropped.
struct Up<'a> {
    place: &'a Place,
    server: Child,
}

impl<'a> Up<'a> {
    fn start(place: &'a Place) -> Self {
        fs::create_dir_all(place.path().join("target/release")).unwrap();
        symlink(env!("CARGO_BIN_EXE_bailiwick"), place.path().join("target/release/bailiwick")).unwrap();
        // A refused request is a failure of the pasted line.
        fs::write(place.path().join(".curlrc"), "fail-with-body\nsilent\nshow-error\n").unwrap();
        let mut command = Self::clean(place, "unshare");
        command.args(["--net", "bash", "-euc", "ip link set lo up; exec target/release/bailiwick up"]);
        let file = |name: &str| fs::File::create(place.path().join(name)).unwrap();
        let server = command.stdout(file("out")).stderr(file("err")).spawn().unwrap();
        let up = Self { place, server };
        wait_for("the server", || up.log().contains("serving").then_some(()));
        up
    }

    /// A command in the fresh directory, with nothing of this machine's settings.
    fn clean(place: &Place, program: &str) -> Command {
        let mut command = Command::new(program);
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("BAILIWICK_")) {
            command.env_remove(name);
        }
        command.current_dir(place.path()).env("HOME", place.path()).stdin(Stdio::null());
        command
    }

    fn log(&self) -> String {
        fs::read_to_string(self.place.path().join("err")).unwrap_or_default()
    }

    fn printed(&self) -> String {
        fs::read_to_string(self.place.path().join("out")).unwrap_or_default()
    }

    /// What the lines print when they are pasted into a shell beside the server. Each of them must succeed.
    fn paste(&self, lines: &str) -> String {
        let output = self.run(lines);
        let (out, err) = (text(&output.stdout), text(&output.stderr));
        assert!(output.status.success(), "{lines}\n{out}\n{err}\n{}", self.log());
        out
    }

    /// Runs lines in a new shell, after the command that lets it find the program.
    fn run(&self, lines: &str) -> Output {
        let mut command = Self::clean(self.place, "nsenter");
        let lines = format!("{FIND}\n{lines}");
        command.args(["--net", "--target", &self.server.id().to_string(), "bash", "-euc", &lines]);
        command.output().unwrap()
    }
}

impl Drop for Up<'_> {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn the_commands_of_the_readme_work_word_for_word() {
    if !is_administrator() {
        return;
    }
    let blocks = blocks(README);
    let [first, second, pasted @ .., last] = blocks.as_slice() else { panic!("{blocks:?}") };
    assert_eq!((*first, *second, *last), (RUN, FIND, TEST));

    let place = Place::new();
    let up = Up::start(&place);
    let printed = up.printed();
    let line = printed.lines().map(str::trim).find(|line| line.starts_with("curl ")).unwrap();
    let whoami: Value = serde_json::from_str(&up.paste(line)).unwrap();
    assert_eq!(whoami["organization"]["name"], "Default");

    // The node appears a moment after the start, as the README says.
    wait_for("this machine's node", || {
        let output = up.run("bailiwick nodes list --json");
        text(&output.stdout).contains("\"online\"").then_some(())
    });
    let key = place.key();
    let said: Vec<String> = pasted.iter().map(|block| up.paste(&with_key(block, &key))).collect();
    let [me, ways, created, command_line, machine] = said.as_slice() else { panic!("{said:?}") };

    let me: Value = serde_json::from_str(me).unwrap();
    assert_eq!((&me["key"]["name"], &me["key"]["kind"]), (&"First organization key".into(), &"org".into()));
    assert_eq!(me["scopes"], serde_json::json!(["*:*"]));
    let ways: Vec<Value> = serde_json::Deserializer::from_str(ways).into_iter().map(Result::unwrap).collect();
    assert_eq!((ways.len(), &ways[2]), (3, &me));
    let created: Value = serde_json::from_str(created).unwrap();
    let report = &created["key"];
    assert_eq!((&report["name"], &report["scopes"]), (&"report".into(), &serde_json::json!(["sites:read"])));
    assert!(created["secret"].as_str().unwrap().len() > 20, "{created}");
    assert!(command_line.contains("keys.create"), "{command_line}");
    let uname = text(&Command::new("uname").arg("-a").output().unwrap().stdout);
    assert!(machine.contains(uname.trim()), "{machine}");
}
