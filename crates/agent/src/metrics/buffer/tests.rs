use bailiwick_link::observations::Value;
use proptest::prelude::*;

use super::*;
use crate::testing::Seeded;

const LARGE: Limits = Limits { segment: 1 << 20, all: 16 << 20 };

fn open(directory: &Path, limits: Limits) -> Buffer {
    Buffer::open(directory, limits, &Seeded::new(3)).unwrap()
}

fn at(n: u64) -> Timestamp {
    Timestamp::from_micros(1_700_000_000_000_000).plus_seconds(60 * n as i64)
}

fn readings(n: u64) -> Vec<Reading> {
    vec![Reading { key: "system.uptime".into(), unit: "s".into(), value: Some(Value::Count(n as i64)) }]
}

/// The numbers of the batches that wait. Each has the content that it was added with.
fn waiting(buffer: &mut Buffer) -> Vec<u64> {
    let all = buffer.oldest(usize::MAX, u64::MAX).unwrap();
    assert_eq!(all.buffer, buffer.id());
    let number = |batch: &Batch| {
        assert_eq!((batch.at, &batch.readings), (at(batch.sequence).as_micros(), &readings(batch.sequence)));
        batch.sequence
    };
    all.batches.iter().map(number).collect()
}

fn add(buffer: &mut Buffer) -> u64 {
    let next = buffer.next;
    assert_eq!(buffer.add(at(next), readings(next)).unwrap(), next);
    next
}

fn files(directory: &Path) -> Vec<PathBuf> {
    let segments = Segment::all(directory).unwrap();
    segments.into_iter().map(|segment| segment.path).collect()
}

#[test]
fn numbers_go_on_after_a_restart_and_when_everything_is_stored() {
    let directory = tempfile::tempdir().unwrap();
    let mut buffer = open(directory.path(), LARGE);
    assert!(!buffer.has_waiting());
    for n in 1..=3 {
        assert_eq!(add(&mut buffer), n);
    }
    let id = buffer.id();
    buffer.forget(2);
    drop(buffer);
    let mut buffer = Buffer::open(directory.path(), LARGE, &Seeded::new(99)).unwrap();
    assert_eq!((buffer.id(), waiting(&mut buffer)), (id, vec![3]));
    // A server that names a number that does not exist yet changes nothing of what follows.
    buffer.forget(1_000_000);
    assert_eq!(add(&mut buffer), 4);
    drop(buffer);
    let mut buffer = open(directory.path(), LARGE);
    assert_eq!(waiting(&mut buffer), [4]);
    assert_eq!((buffer.dropped(), files(directory.path()).len()), (0, 1));
}

#[test]
fn a_full_buffer_drops_the_oldest_and_counts_them() {
    let directory = tempfile::tempdir().unwrap();
    let limits = Limits { segment: 400, all: 2_000 };
    let mut buffer = open(directory.path(), limits);
    for _ in 0..500 {
        add(&mut buffer);
        let bytes: u64 = files(directory.path()).iter().map(|path| path.metadata().unwrap().len()).sum();
        assert!(bytes <= limits.all, "{bytes}");
    }
    let left = waiting(&mut buffer);
    assert_eq!(left.last(), Some(&500));
    assert!(left.len() > 10 && left.windows(2).all(|pair| pair[1] == pair[0] + 1));
    assert_eq!(buffer.dropped(), 500 - left.len() as u64);
    let dropped = buffer.dropped();
    drop(buffer);
    let mut buffer = open(directory.path(), limits);
    assert_eq!((buffer.dropped(), waiting(&mut buffer)), (dropped, left));
}

#[test]
fn a_batch_larger_than_a_segment_is_kept() {
    let directory = tempfile::tempdir().unwrap();
    let mut buffer = open(directory.path(), Limits { segment: 10, all: 1_000 });
    for n in 1..=3 {
        assert_eq!(add(&mut buffer), n);
    }
    assert_eq!(waiting(&mut buffer), [1, 2, 3]);
    assert_eq!(files(directory.path()).len(), 3);
}

#[test]
fn a_message_has_a_bounded_number_of_batches_and_bytes() {
    let directory = tempfile::tempdir().unwrap();
    let mut buffer = open(directory.path(), LARGE);
    for _ in 0..20 {
        add(&mut buffer);
    }
    assert_eq!(buffer.oldest(7, u64::MAX).unwrap().batches.len(), 7);
    assert_eq!(buffer.oldest(7, 60).unwrap().batches.len(), 1);
    assert_eq!(buffer.oldest(7, 0).unwrap().batches.len(), 1, "one batch is always sent");
}

#[test]
fn a_damaged_file_loses_only_what_is_damaged() {
    let directory = tempfile::tempdir().unwrap();
    let mut buffer = open(directory.path(), LARGE);
    for _ in 0..5 {
        add(&mut buffer);
    }
    let third = buffer.waiting[2];
    drop(buffer);
    let [path] = files(directory.path()).try_into().unwrap();
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[usize::try_from(third.offset + 12).unwrap()] ^= 0xff;
    std::fs::write(&path, &bytes).unwrap();
    let mut buffer = open(directory.path(), LARGE);
    assert_eq!(waiting(&mut buffer), [1, 2, 4, 5]);
    assert_eq!(add(&mut buffer), 6);
    assert_eq!(files(directory.path()).len(), 2, "a damaged file is not written to");
    // Damage after it was opened is noticed when it is sent.
    let fourth = buffer.waiting[2];
    bytes[usize::try_from(fourth.offset + 12).unwrap()] ^= 0xff;
    std::fs::write(&path, &bytes).unwrap();
    assert_eq!(waiting(&mut buffer), [1, 2, 5, 6]);
    assert_eq!(buffer.dropped(), 1);
}

#[test]
fn a_batch_that_cannot_be_written_is_counted_and_its_number_not_used_again() {
    let directory = tempfile::tempdir().unwrap();
    let mut buffer = open(directory.path(), LARGE);
    add(&mut buffer);
    // A file that is open for reading only, as if the disk were broken.
    let [path] = files(directory.path()).try_into().unwrap();
    buffer.file = Some(File::open(path).unwrap());
    assert!(buffer.add(at(2), readings(2)).is_err());
    assert_eq!(add(&mut buffer), 3);
    assert_eq!((waiting(&mut buffer), buffer.dropped()), (vec![1, 3], 1));
    drop(buffer);
    let mut buffer = open(directory.path(), LARGE);
    assert_eq!((waiting(&mut buffer), buffer.dropped()), (vec![1, 3], 1));
}

/// What happens to a buffer.
#[derive(Clone, Debug)]
enum Event {
    Add,
    /// The server has stored this share of what waits.
    Stored(f64),
    /// The agent is started again.
    Restart,
    /// The machine crashes: what was not synced is gone, and so much of a record that was being written is there.
    Crash(usize),
    /// The machine crashes while a segment is made, of which so much is there.
    CrashWhileBeginning(usize),
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        6 => Just(Event::Add),
        2 => (0.0..1.0).prop_map(Event::Stored),
        1 => Just(Event::Restart),
        1 => (0_usize..80).prop_map(Event::Crash),
        1 => (0_usize..40).prop_map(Event::CrashWhileBeginning),
    ]
}

/// The bytes of a record that was not acknowledged, with another number than any other.
fn torn() -> Vec<u8> {
    let batch = Batch { sequence: 9_999, at: 0, readings: readings(9_999) };
    let mut bytes = Vec::new();
    framed::append(&Record { what: Some(What::Batch(batch)) }, &mut bytes);
    bytes
}

proptest! {
    // Each adds batches, which wait for the disk.
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn nothing_that_was_kept_is_lost_or_there_twice(
        events in proptest::collection::vec(event(), 0..80),
        is_small in any::<bool>(),
    ) {
        let directory = tempfile::tempdir().unwrap();
        let limits = if is_small { Limits { segment: 300, all: 1_200 } } else { Limits { segment: 300, all: LARGE.all } };
        let mut buffer = open(directory.path(), limits);
        let id = buffer.id();
        // The largest number that was added, and the largest that the server has stored.
        let (mut added, mut stored) = (0, 0);
        // The length up to which the last file is synced.
        let mut synced: Option<(PathBuf, u64)> = None;
        for event in events {
            match event {
                Event::Add => {
                    let number = add(&mut buffer);
                    prop_assert_eq!(number, added + 1);
                    added = number;
                    synced = buffer.segments.back().map(|last| (last.path.clone(), last.length));
                }
                Event::Stored(share) => {
                    let all = waiting(&mut buffer);
                    let count = (all.len() as f64 * share) as usize;
                    if let Some(last) = all.get(count) {
                        buffer.forget(*last);
                        stored = stored.max(*last);
                    }
                }
                Event::Restart => {}
                Event::Crash(bytes) => {
                    if let Some((path, length)) = &synced {
                        let mut content = std::fs::read(path).unwrap();
                        content.truncate(usize::try_from(*length).unwrap());
                        let torn = torn();
                        content.extend_from_slice(&torn[..bytes.min(torn.len() - 1)]);
                        std::fs::write(path, content).unwrap();
                    }
                }
                Event::CrashWhileBeginning(bytes) => {
                    let segment = Segment::new(directory.path(), buffer.next_segment);
                    let mut content = HEADER.to_vec();
                    let begin = Begin { buffer: 1, next: 7, oldest: 7, dropped: 7 };
                    framed::append(&Record { what: Some(What::Begin(begin)) }, &mut content);
                    std::fs::write(segment.path, &content[..bytes.min(content.len() - 1)]).unwrap();
                }
            }
            if matches!(event, Event::Restart | Event::Crash(_) | Event::CrashWhileBeginning(_)) {
                let dropped = buffer.dropped();
                drop(buffer);
                buffer = open(directory.path(), limits);
                prop_assert_eq!((buffer.id() == id || added == 0, buffer.dropped()), (true, dropped));
            }
            let all = waiting(&mut buffer);
            prop_assert!(all.windows(2).all(|pair| pair[1] == pair[0] + 1), "{:?}", all);
            // What the server has stored may be sent again after a crash, but nothing else is missing.
            let first = all.first().copied().unwrap_or(added + 1);
            prop_assert!(all.last().is_none_or(|last| *last == added));
            let missing = first.saturating_sub(stored + 1);
            if is_small {
                prop_assert!(missing <= buffer.dropped(), "{} are missing", missing);
            } else {
                prop_assert_eq!((missing, buffer.dropped()), (0, 0));
            }
        }
    }
}
