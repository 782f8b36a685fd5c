//! A recording of a real machine, with figures that were worked out by hand.

use std::io::Write;
use std::path::{Path, PathBuf};

use super::*;
use crate::production::coverage::covered;
use crate::production::history::{
    ConditionChange, CounterReading, History, QuantityReading, StateChange, Word,
};
use crate::production::quantity::Fixed;

const DIRECTORY: &str = "shared/data";
const FILE: &str = "okuma-multus-u3000.shdr";

/// The recording, if there is a directory for it beside the workspace or above it. Otherwise the test is
/// skipped.
fn recording() -> Option<String> {
    let above = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    let directory: PathBuf = above.map(|path| path.join(DIRECTORY)).find(|path| path.is_dir())?;
    let text = std::fs::read_to_string(directory.join(FILE)).ok();
    let required = std::env::var("BAILIWICK_TEST_REQUIRE_ALL").is_ok_and(|value| value == "1");
    assert!(text.is_some() || !required, "BAILIWICK_TEST_REQUIRE_ALL=1 requires {FILE} in {DIRECTORY}");
    text
}

/// Reads SHDR: lines of a time and pairs of a key and a value, and lines of a condition. Lines of assets, and
/// those of their documents, are not observations.
fn read(text: &str) -> History {
    let mut history = History::none(Timestamp::from_micros(i64::MAX));
    let (mut heard, mut counter, mut load) = (Vec::new(), Vec::new(), Vec::new());
    for (sequence, line) in (0..).zip(text.lines()) {
        let Some((time, rest)) = line.split_once('|') else { continue };
        let Ok(at) = time.parse::<Timestamp>() else { continue };
        if rest.starts_with('@') {
            continue;
        }
        heard.push(at);
        let fields: Vec<&str> = rest.split('|').collect();
        if let [key, level @ ("NORMAL" | "WARNING" | "FAULT" | "UNAVAILABLE"), code, ..] = fields.as_slice() {
            // Any number will do, as long as equal texts have equal numbers.
            let number = |text: &str| text.bytes().fold(0_u32, |sum, b| sum.wrapping_mul(31) + u32::from(b));
            history.conditions.push(ConditionChange {
                at,
                sequence,
                condition: number(key),
                code: (!code.is_empty()).then(|| number(code)),
                level: level.parse().unwrap(),
            });
            continue;
        }
        for pair in fields.chunks(2) {
            let &[key, value] = pair else { continue };
            let word = match key {
                "avail" => Word::Availability(value.parse().unwrap()),
                "estop" => Word::EmergencyStop(value.parse().unwrap()),
                "fmode" => Word::FunctionalMode(value.parse().unwrap()),
                "pexecution" => Word::Execution { path: 0, word: value.parse().unwrap() },
                "pmode" => Word::ControllerMode { path: 0, word: value.parse().unwrap() },
                "ppartcount" => {
                    counter.push(CounterReading { at, sequence, value: value.parse().ok() });
                    continue;
                }
                "X1load" => {
                    load.push(QuantityReading { at, value: value.parse().ok().and_then(Fixed::from_f64) });
                    continue;
                }
                _ => continue,
            };
            history.states.push(StateChange { at, sequence, word });
        }
    }
    history.until = heard.iter().max().copied().unwrap();
    history.covered = covered(&[], heard, 60_000_000, history.until);
    history.counters = vec![counter];
    history.quantities = vec![load];
    history
}

#[test]
fn the_recording_has_the_figures_that_were_worked_out_by_hand() {
    let Some(text) = recording() else {
        // Not `eprintln!`, which the test runner hides if the test passes.
        let _ = writeln!(
            std::io::stderr(),
            "SKIPPED: {DIRECTORY}/{FILE} is not here; its figures were not checked"
        );
        return;
    };
    let day = Calendar::without_shifts("Europe/Berlin".parse().unwrap()).day("2022-08-08".parse().unwrap());
    let mut history = read(&text);
    let first = history.states.iter().map(|state| state.at).min().unwrap();
    let window = Span::new(first, history.until);
    let found = cut(&day, window, &history.clone().sorted(), &half_hours(window));

    let of = |sum| found.total.sums.get(sum);
    assert_eq!(of(Sum::All), 3_180_822_616);
    assert_eq!(of(Sum::NoData), 1_803_749_542);
    assert_eq!(of(Sum::InCycle), 1_357_376_086);
    assert_eq!(of(Sum::Idle), 3_180_822_616 - 1_803_749_542 - 1_357_376_086);
    assert_eq!((of(Sum::PartsTotal), found.total.parts_unattributed, of(Sum::Alarms)), (4, 1, 0));
    let seconds = |micros: i64| format!("{:.3}", micros as f64 / 1e6);
    assert_eq!(seconds(of(Sum::All)), "3180.823");
    assert_eq!(seconds(of(Sum::InCycle)), "1357.376");
    assert_eq!(seconds(of(Sum::NoData)), "1803.750");
    let utilization = crate::production::metrics::METRICS.iter().find(|metric| metric.name == "utilization");
    let utilization = utilization.unwrap().evaluate(&found.total.sums).unwrap();
    assert_eq!(format!("{utilization:.4}"), "0.9857");
    assert_eq!(found.slices.len(), 1);
    assert_eq!(found.total.quantities[0].known_micros, 1_377_073_074);

    // The lines of the file are not in the order of time. Any other order gives the same.
    history.states.reverse();
    history.conditions.reverse();
    history.counters[0].reverse();
    history.quantities[0].reverse();
    assert_eq!(cut(&day, window, &history.sorted(), &half_hours(window)), found);
}
