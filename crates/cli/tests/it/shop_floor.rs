//! The guide of a shop floor: its lines are run as they stand.

use std::path::Path;
use std::process::Command;

use crate::process::Place;

const GUIDE: &str = include_str!("../../../../docs/guides/shop-floor.md");

/// The blocks of lines for a shell.
fn blocks() -> impl Iterator<Item = &'static str> {
    GUIDE.split("```sh\n").skip(1).filter_map(|rest| rest.split_once("```").map(|(block, _)| block))
}

/// Runs lines in a shell in which `bailiwick` is the program; what they printed.
fn shell(place: &Place, lines: &str) -> String {
    let program = place.command(&[]);
    let directory = Path::new(program.get_program()).parent().unwrap();
    let path = format!("{}:{}", directory.display(), std::env::var("PATH").unwrap());
    let mut command = Command::new("sh");
    command.args(["-eu", "-c", lines]).current_dir(place.path()).env_clear().env("PATH", path);
    let output = command.env("LANG", "C.UTF-8").output().unwrap();
    let [out, error] =
        [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    assert!(output.status.success(), "{lines}\n{out}{error}");
    out
}

#[test]
fn the_lines_of_the_guide_work() {
    let place = Place::new();
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs");
    std::os::unix::fs::symlink(docs, place.path().join("docs")).unwrap();
    let _server = place.up();
    let printed: Vec<String> = blocks().map(|block| shell(&place, block)).collect();
    let with = |text: &str| printed.iter().filter(|printed| printed.contains(text)).count();
    assert_eq!(printed.len(), 6);

    let report = printed.iter().find(|printed| printed.contains("UTILIZATION")).unwrap();
    let row =
        |name: &str| report.lines().find(|line| line.trim_start().starts_with(name)).unwrap().to_owned();
    assert!(row("mill-1").contains('·') && row("mill-1").contains('▇'), "{report}");
    let downtime = printed.iter().find(|printed| printed.contains("UNPLANNED DOWNTIME")).unwrap();
    let line = downtime.lines().find(|line| line.trim_start().starts_with("Breakdown|Tool")).unwrap();
    assert!(line.contains("mill-1") && line.contains("39m 00s"), "{downtime}");
    assert_eq!(with("TOTAL"), 2);

    let csv = place.run(&[
        "report",
        "production",
        "--from",
        "2026-06-01",
        "--until",
        "2026-06-01",
        "--by",
        "node",
        "--metrics",
        "parts_total,scheduled_ms",
        "--csv",
    ]);
    assert_eq!(
        String::from_utf8_lossy(&csv.stdout),
        "node,parts_total,scheduled_ms\nmill-1,44,28800000\nmill-2,27,28800000\n"
    );
    let status = place.run(&["machines", "status"]);
    let status = String::from_utf8_lossy(&status.stdout).into_owned();
    assert!(status.contains("mill-2") && status.contains("no_data"), "{status}");
}
