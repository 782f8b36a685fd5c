use bailiwick_link::commands::{End, Output, Stream};
use proptest::prelude::*;

use super::*;

const NOW: i64 = 1_700_000_000_000_000;

fn now() -> Timestamp {
    Timestamp::from_micros(NOW)
}

/// An id that was made `before_ms` milliseconds before now.
fn id(n: u64, before_ms: u64) -> Uuid {
    let mut random = [0; 10];
    random[2..].copy_from_slice(&n.to_be_bytes());
    uuid::Builder::from_unix_timestamp_millis(now().as_millis() - before_ms, &random).into_uuid()
}

fn finished(bytes: usize) -> Box<Finished> {
    let output = Output { stream: Stream::Stdout.into(), position: 0, bytes: vec![b'x'; bytes] };
    Box::new(Finished {
        end: End::Succeeded.into(),
        exit_code: Some(0),
        stdout_bytes: bytes as u64,
        output: vec![output],
        ..Finished::default()
    })
}

fn open(path: &Path) -> Journal {
    Journal::open(path, now()).unwrap()
}

#[test]
fn an_accepted_command_is_known_after_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("journal");
    let (one, two) = (id(1, 0), id(2, 0));
    let mut journal = open(&path);
    assert_eq!(journal.known(one), JournalState::Nothing);
    journal.write(vec![Change::Accept(one), Change::Accept(two)], now()).unwrap();
    drop(journal);
    let mut journal = open(&path);
    assert_eq!(journal.accepted(), [one, two]);
    journal.write(vec![Change::Finish(one, finished(10))], now()).unwrap();
    drop(journal);
    let mut journal = open(&path);
    assert_eq!((journal.known(one), journal.known(two)), (JournalState::Finished, JournalState::Accepted));
    assert_eq!(journal.unacknowledged(), [one]);
    assert_eq!(journal.read(one).unwrap().unwrap(), *finished(10));
    journal.acknowledge(&[one, two, id(9, 0)], now()).unwrap();
    // Reading moved the file's position; the next write must still go to the end.
    assert_eq!(
        (journal.known(one), journal.known(two)),
        (JournalState::Acknowledged, JournalState::Accepted)
    );
    drop(journal);
    let journal = open(&path);
    assert_eq!(
        (journal.known(one), journal.known(two)),
        (JournalState::Acknowledged, JournalState::Accepted)
    );
    assert_eq!(journal.spooled, 0);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
}

#[test]
fn old_commands_are_forgotten_and_refused_as_too_old() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("journal");
    let mut journal = open(&path);
    let old = id(1, 60_000);
    journal.write(vec![Change::Accept(old)], now()).unwrap();
    journal.write(vec![Change::Finish(old, finished(1))], now()).unwrap();
    journal.acknowledge(&[old], now()).unwrap();
    let later = now().plus_seconds(i64::from(bailiwick_domain::command::TTL_MAX));
    drop(journal);
    let journal = Journal::open(&path, later).unwrap();
    assert_eq!(journal.known(old), JournalState::TooOld);
    assert_eq!(journal.known(id(2, 60_001)), JournalState::TooOld);
    assert_eq!(journal.known(id(2, 59_999)), JournalState::Nothing);
}

#[test]
fn the_journal_is_compacted_when_most_of_it_is_acknowledged() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("journal");
    let mut journal = open(&path);
    let waiting = id(1_000, 0);
    journal.write(vec![Change::Finish(waiting, finished(5))], now()).unwrap();
    let running = id(1_001, 0);
    journal.write(vec![Change::Accept(running)], now()).unwrap();
    for n in 0..20 {
        journal.write(vec![Change::Finish(id(n, 0), finished(100_000))], now()).unwrap();
    }
    let long = journal.length;
    assert!(long > 2_000_000 && journal.spooled > 2_000_000);
    let ids: Vec<Uuid> = (0..20).map(|n| id(n, 0)).collect();
    journal.acknowledge(&ids, now()).unwrap();
    assert!(journal.length < 10_000 && std::fs::metadata(&path).unwrap().len() == journal.length);
    for mut journal in [journal, open(&path)] {
        assert_eq!(journal.known(id(3, 0)), JournalState::Acknowledged);
        let end = journal.read(id(3, 0)).unwrap().unwrap();
        assert_eq!((end.exit_code, end.stdout_bytes, end.output.len()), (Some(0), 100_000, 0));
        assert_eq!(journal.read(waiting).unwrap().unwrap(), *finished(5));
        assert_eq!((journal.accepted(), journal.unacknowledged()), (vec![running], vec![waiting]));
        // The compacted journal can be written further.
        journal.write(vec![Change::Finish(running, finished(7))], now()).unwrap();
        assert_eq!(journal.read(running).unwrap().unwrap(), *finished(7));
    }
}

#[test]
fn the_output_that_waits_for_the_server_is_bounded() {
    let directory = tempfile::tempdir().unwrap();
    let mut journal = open(&directory.path().join("journal"));
    for n in 0..40 {
        journal.write(vec![Change::Finish(id(n, 0), finished(2 << 20))], now()).unwrap();
    }
    assert!(journal.spooled <= SPOOL_MAX + 40 * ENTRY_BYTES);
    assert_eq!(journal.read(id(0, 0)).unwrap().unwrap(), *finished(2 << 20));
    let last = journal.read(id(39, 0)).unwrap().unwrap();
    assert!(last.output.is_empty() && last.error.contains("not kept") && last.exit_code == Some(0));
}

#[test]
fn a_damaged_journal_refuses_commands_that_may_have_run() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("journal");
    std::fs::write(&path, b"something else").unwrap();
    let journal = open(&path);
    assert_eq!(journal.known(id(1, 1)), JournalState::TooOld);
    drop(journal);
    // The horizon persists.
    assert_eq!(open(&path).known(id(1, 1)), JournalState::TooOld);
    for cut in 0..HEADER.len() {
        std::fs::write(&path, &HEADER[..cut]).unwrap();
        assert_eq!(open(&path).known(id(1, 1)), JournalState::Nothing, "cut off while it was made");
    }
}

/// Writes a journal in which each of `count` commands was accepted and every second one ended, and
/// returns where each record ends.
fn written(path: &Path, count: u64) -> Vec<u64> {
    let mut journal = open(path);
    let mut ends = Vec::new();
    for n in 0..count {
        journal.write(vec![Change::Accept(id(n, 1))], now()).unwrap();
        ends.push(journal.length);
        if n % 2 == 0 {
            journal.write(vec![Change::Finish(id(n, 1), finished(n as usize))], now()).unwrap();
            ends.push(journal.length);
        }
    }
    ends
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_torn_last_record_loses_no_earlier_record(count in 1_u64..8, share in 0.0..1.0_f64, garbage in proptest::collection::vec(any::<u8>(), 0..20)) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("journal");
        let ends = written(&path, count);
        let bytes = std::fs::read(&path).unwrap();
        let cut = HEADER.len() + ((bytes.len() - HEADER.len()) as f64 * share) as usize;
        std::fs::write(&path, [&bytes[..cut], &garbage].concat()).unwrap();
        let mut journal = open(&path);
        let whole = ends.iter().filter(|end| **end <= cut as u64).count();
        let mut records = 0;
        for n in 0..count {
            records += 1;
            let expected = if records > whole { JournalState::Nothing } else if n % 2 == 0 && records < whole {
                JournalState::Finished
            } else {
                JournalState::Accepted
            };
            prop_assert_eq!(journal.known(id(n, 1)), expected, "command {}", n);
            records += u64::from(n % 2 == 0) as usize;
        }
        // A later write survives the next start.
        journal.write(vec![Change::Accept(id(99, 1))], now()).unwrap();
        drop(journal);
        prop_assert_eq!(open(&path).known(id(99, 1)), JournalState::Accepted);
    }

    #[test]
    fn damage_before_the_last_record_never_makes_a_command_new(count in 2_u64..8, share in 0.0..1.0_f64, flip in 1_u8..) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("journal");
        let ends = written(&path, count);
        let mut bytes = std::fs::read(&path).unwrap();
        let last = ends[ends.len() - 2] as usize;
        let at = (last as f64 * share) as usize;
        bytes[at] ^= flip;
        std::fs::write(&path, &bytes).unwrap();
        let journal = open(&path);
        for n in 0..count {
            prop_assert_ne!(journal.known(id(n, 1)), JournalState::Nothing, "command {}", n);
        }
    }
}
