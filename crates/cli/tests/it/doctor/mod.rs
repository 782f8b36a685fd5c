//! `bailiwick doctor`: faults are planted in healthy installations, one at a time. Each yields exactly its finding
//! with its next step, and goes away when it is undone.

mod agent;
mod certificates;
mod peers;
mod postgresql;
mod running;
mod stopped;

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::process::{Place, wait_for};

/// Undoes what was planted.
type Undo = Box<dyn FnOnce()>;

/// An installation, and how the doctor is called there.
struct Patient<'a> {
    place: &'a Place,
    /// The options of every examination, each with its value.
    arguments: Vec<String>,
    /// The key that the doctor uses.
    key: Option<String>,
}

/// What is expected of an examination: the check, its mark, and texts within the finding and the next step.
type Expected<'a> = (&'a str, &'a str, &'a str, &'a str);

/// How the doctor is called for one fault.
#[derive(Default)]
struct Call<'a> {
    more: &'a [&'a str],
    environment: &'a [(&'a str, &'a str)],
}

impl<'a> Patient<'a> {
    fn new(place: &'a Place, arguments: &[&str], key: Option<String>) -> Self {
        let units = place.path().join("units");
        std::fs::create_dir_all(&units).unwrap();
        let packaging = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packaging");
        for unit in ["bailiwick.service", "bailiwick-agent.service"] {
            std::fs::copy(packaging.join(unit), units.join(unit)).unwrap();
        }
        let usual = ["--free-mib", "1", "--units", "units"];
        let arguments = usual.iter().chain(arguments).map(|text| (*text).to_owned()).collect();
        Self { place, arguments, key }
    }

    /// A file of the data directory.
    fn data(&self, file: &str) -> PathBuf {
        self.place.path().join("bailiwick-data").join(file)
    }

    /// What the doctor found that is not in order, and whether its exit code fits.
    fn examine(&self, call: &Call<'_>) -> Vec<Value> {
        // An option of the call replaces that of every examination.
        let usual = self.arguments.chunks(2).filter(|pair| !call.more.contains(&pair[0].as_str()));
        let mut command = self.place.command(&["doctor", "--json"]);
        command.args(usual.flatten()).args(call.more);
        if let Some(key) = &self.key {
            command.env("BAILIWICK_KEY", key);
        }
        let output = command.envs(call.environment.iter().copied()).output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        let shown: Value = serde_json::from_str(&text)
            .unwrap_or_else(|error| panic!("{error}: {text}{}", String::from_utf8_lossy(&output.stderr)));
        let checks = shown["checks"].as_array().unwrap();
        assert!(!checks.is_empty());
        let count = |mark: &str| checks.iter().filter(|check| check["mark"] == mark).count();
        assert_eq!(
            (count("fault"), count("warning")),
            (number(&shown["faults"]), number(&shown["warnings"]))
        );
        assert_eq!(output.status.code(), Some(i32::from(count("fault") > 0)), "{shown:#}");
        checks.iter().filter(|check| check["mark"] != "ok").cloned().collect()
    }

    /// Nothing is wrong, and everything could be checked.
    fn is_healthy(&self) {
        let found = self.examine(&Call::default());
        assert!(found.is_empty(), "in a healthy installation: {found:#?}");
    }

    /// Plants a fault, and expects one finding, and none when it was undone.
    fn fault(&self, call: &Call<'_>, plant: impl FnOnce() -> Undo, expected: Expected<'_>) {
        let undo = plant();
        let found = self.examine(call);
        let bad: Vec<_> = found.iter().filter(|check| check["mark"] != "skipped").collect();
        assert_eq!(bad.len(), 1, "expected {expected:?} alone: {found:#?}");
        is_expected(bad[0], expected);
        undo();
        self.is_healthy();
    }
}

fn number(value: &Value) -> usize {
    usize::try_from(value.as_u64().unwrap()).unwrap()
}

fn is_expected(found: &Value, (check, mark, finding, next): Expected<'_>) {
    let text = |member: &str| found[member].as_str().unwrap_or_default().to_owned();
    assert_eq!((text("check"), text("mark")), (check.to_owned(), mark.to_owned()), "{found:#}");
    assert!(text("finding").contains(finding), "{finding}: {found:#}");
    assert!(text("next").contains(next), "{next}: {found:#}");
}

/// Nothing is planted: the call itself is what is wrong.
fn nothing() -> Undo {
    Box::new(|| {})
}

/// Changes the mode of a file.
fn mode(path: PathBuf, mode: u32) -> Undo {
    let before = std::fs::metadata(&path).unwrap().permissions();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
    Box::new(move || std::fs::set_permissions(&path, before).unwrap())
}

/// Changes the content of a file.
fn content(path: PathBuf, bytes: impl AsRef<[u8]>) -> Undo {
    let before = std::fs::read(&path).unwrap();
    std::fs::write(&path, bytes).unwrap();
    Box::new(move || std::fs::write(&path, before).unwrap())
}

/// Replaces a text in a file.
fn text(path: PathBuf, from: &str, to: &str) -> Undo {
    let before = std::fs::read_to_string(&path).unwrap();
    assert!(before.contains(from), "{from}: {before}");
    content(path, before.replace(from, to))
}

/// Moves a file away.
fn away(path: PathBuf) -> Undo {
    let elsewhere = path.with_extension("away");
    std::fs::rename(&path, &elsewhere).unwrap();
    Box::new(move || std::fs::rename(elsewhere, path).unwrap())
}

/// Makes a file that should not be there.
fn stray(path: PathBuf, bytes: &str) -> Undo {
    assert!(!path.exists());
    std::fs::write(&path, bytes).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    Box::new(move || std::fs::remove_file(path).unwrap())
}

/// What SQLite's own program answers.
fn sqlite(database: &Path, sql: &str) -> String {
    let output =
        Command::new("sqlite3").arg("-cmd").arg(".timeout 10000").arg(database).arg(sql).output().unwrap();
    assert!(output.status.success(), "{sql}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// Changes a row, and changes it back.
fn row(database: PathBuf, change: &str, back: impl Into<String>) -> Undo {
    sqlite(&database, change);
    let back = back.into();
    Box::new(move || {
        sqlite(&database, &back);
    })
}

/// Waits until the doctor finds this, which takes a moment to be seen.
fn until_found(patient: &Patient<'_>, call: &Call<'_>, expected: Expected<'_>) {
    let found = wait_for("the finding", || {
        let found = patient.examine(call);
        (!found.is_empty()).then_some(found)
    });
    assert_eq!(found.len(), 1, "{found:#?}");
    is_expected(&found[0], expected);
}
