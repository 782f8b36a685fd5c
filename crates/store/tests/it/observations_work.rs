//! Observations are sealed, kept for a time, and deleted; outdated times and coverage.

use std::collections::BTreeSet;

use bailiwick_domain::observations::kind::Kind;
use bailiwick_domain::observations::retention::Kept;
use bailiwick_domain::observations::value::Value;
use bailiwick_store::{Coverage, DirtyRange, Sealed, Settling, StoredDay, Window};

use crate::database::Database;
use crate::observations::{EVER, NOW, Row, all_series, append, read, state};
use crate::samples::{at, node_id, organization_id};

on_both!(
    samples_are_sealed_after_an_hour,
    servers_seal_different_series_at_once,
    a_seal_that_is_given_up_loses_and_repeats_nothing,
    small_parts_are_merged,
    old_chunks_are_deleted_after_the_retention,
    the_observations_of_a_node_are_deleted,
    late_observations_mark_times_as_outdated,
    an_outdated_time_that_changed_again_stays,
    sums_of_days_are_stored_only_if_nothing_changed,
    a_source_that_may_be_silent_for_longer_makes_all_time_outdated,
    coverage_is_joined,
);

const DAY: i64 = 86_400_000_000;

async fn samples_are_sealed_after_an_hour(db: &Database) {
    let observations = db.observations().await;
    append(&observations, [(1, "a", 0, Value::Count(1), None)]).await;
    assert!(observations.log_bytes().await.unwrap() > 0);
    assert_eq!(observations.seal_due(NOW.plus_seconds(3_599)).await.unwrap(), Sealed::default());
    let sealed = observations.seal_due(NOW.plus_seconds(3_600)).await.unwrap();
    assert_eq!(sealed, Sealed { series: 1, samples: 1 });
    assert_eq!(observations.log_bytes().await.unwrap(), 0);
    assert_eq!(read(&observations, 1, "a", EVER).await, [(0, Value::Count(1), None)]);
    observations.close().await;
}

async fn servers_seal_different_series_at_once(db: &Database) {
    let observations = db.observations().await;
    let other = db.observations().await;
    let rows = || (0..200).map(|n| (n, "a", i64::from(n), Value::Count(1), None));
    append(&observations, rows()).await;
    let (mut samples, mut rounds) = (0, 0);
    while samples < 200 {
        let (one, two) = tokio::join!(observations.seal(NOW), other.seal(NOW));
        samples += one.unwrap().samples + two.unwrap().samples;
        rounds += 1;
        assert!(rounds < 100, "{samples} of 200 samples were sealed");
    }
    assert_eq!(samples, 200);
    for n in [0, 99, 199] {
        assert_eq!(read(&observations, n, "a", EVER).await.len(), 1);
    }
    other.close().await;
    observations.close().await;
}

async fn a_seal_that_is_given_up_loses_and_repeats_nothing(db: &Database) {
    let observations = db.observations().await;
    let mut expected = Vec::new();
    for round in 0..30_i64 {
        append(&observations, [(1, "a", round, Value::Count(round), None)]).await;
        expected.push((round, Value::Count(round), None));
        // It is given up after more and more steps, and a reader goes on meanwhile.
        let series = all_series(&observations).await;
        let mut samples = observations.samples(series, EVER, 1_000).await.unwrap();
        let mut seal = Box::pin(observations.seal(NOW));
        for _ in 0..round * 3 {
            if futures::poll!(&mut seal).is_ready() {
                break;
            }
            tokio::task::yield_now().await;
        }
        let page = samples.next_page().await.unwrap().unwrap();
        assert_eq!(page.times.len(), expected.len());
        assert!(samples.next_page().await.unwrap().is_none());
        drop(seal);
        assert_eq!(read(&observations, 1, "a", EVER).await, expected);
    }
    observations.close().await;
}

async fn small_parts_are_merged(db: &Database) {
    let observations = db.observations().await;
    let mut most = 0;
    for n in 0..20 {
        append(&observations, [(1, "a", 1_000 - n, Value::Count(n), None)]).await;
        observations.seal(NOW).await.unwrap();
        // A statement that changes nothing counts the rows.
        let parts = execute(db, "UPDATE observation_chunks SET part = part").await;
        most = most.max(parts);
    }
    assert_eq!(most, 3);
    let expected: Vec<_> = (0..20).rev().map(|n| (1_000 - n, Value::Count(n), None)).collect();
    assert_eq!(read(&observations, 1, "a", EVER).await, expected);
    // When the series goes on, the slot becomes one part.
    append(&observations, [(1, "a", 40 * DAY, Value::Count(0), None)]).await;
    observations.seal(NOW).await.unwrap();
    assert_eq!(execute(db, "UPDATE observation_chunks SET part = part").await, 2);
    assert_eq!(read(&observations, 1, "a", EVER).await.len(), 21);
    observations.close().await;
}

/// Runs SQL on the database of observations.
async fn execute(db: &Database, sql: &str) -> u64 {
    db.execute_on_observations(sql).await.unwrap()
}

async fn old_chunks_are_deleted_after_the_retention(db: &Database) {
    let observations = db.observations().await;
    let rows = (0..90).flat_map(|day| {
        let count = |key| (1, key, day * DAY, Value::Count(day), None);
        [count("a"), count("system.b"), count("System.c"), (1, "s", day * DAY, state("ON"), None)]
    });
    append(&observations, rows).await;
    observations.seal(NOW).await.unwrap();
    let delete = async |kept| observations.delete_expired(organization_id(1), kept, 30, NOW).await.unwrap();
    let deleted = delete(Kept::Kind(Kind::Count)).await;
    assert!(deleted >= 1, "{deleted}");
    assert_eq!(delete(Kept::Kind(Kind::Count)).await, 0);
    let found = read(&observations, 1, "a", EVER).await;
    let is_new = |(micros, _, _): &(i64, Value, Option<i64>)| *micros >= 70 * DAY;
    assert_eq!(
        found.iter().filter(|sample| is_new(sample)).count(),
        20,
        "a sample within the retention was deleted"
    );
    assert!(found[0].0 >= (70 - 32) * DAY, "a chunk is a slot of at most 32 days");
    assert_eq!(read(&observations, 1, "s", EVER).await.len(), 90, "another kind is kept");
    assert_eq!(read(&observations, 1, "system.b", EVER).await.len(), 90, "a host's own metric is kept");
    let other = observations.delete_expired(organization_id(2), Kept::Host, 30, NOW).await.unwrap();
    assert_eq!(other, 0, "another organization has nothing");
    let before = found.len();
    assert!(delete(Kept::Host).await >= 1);
    let found = read(&observations, 1, "system.b", EVER).await;
    assert!((20..=21).contains(&found.len()), "chunks of hosts are slots of one day: {}", found.len());
    assert_eq!(read(&observations, 1, "a", EVER).await.len(), before);
    assert_eq!(read(&observations, 1, "System.c", EVER).await.len(), before, "the case of letters counts");
    observations.close().await;
}

async fn the_observations_of_a_node_are_deleted(db: &Database) {
    let observations = db.observations().await;
    let keys = ["a", "b", "c"];
    let rows = |node: u32| (0..100).flat_map(move |n| keys.map(|key| (node, key, n, Value::Count(n), None)));
    append(&observations, rows(1).chain(rows(2))).await;
    observations.seal(NOW).await.unwrap();
    append(&observations, [(1, "s", 0, state("ON"), None), (2, "s", 0, state("ON"), None)]).await;
    let coverage =
        |node| Coverage { node: node_id(node), source: "x".parse().unwrap(), from: at(0), until: at(9) };
    observations.cover(organization_id(1), &[coverage(1), coverage(2)], NOW).await.unwrap();
    assert_eq!(observations.delete_node(organization_id(2), node_id(1)).await.unwrap(), 0);
    assert_eq!(observations.delete_node(organization_id(1), node_id(1)).await.unwrap(), 4);
    assert_eq!(observations.delete_node(organization_id(1), node_id(1)).await.unwrap(), 0);
    let nodes: BTreeSet<_> = all_series(&observations).await.into_iter().map(|series| series.node).collect();
    assert_eq!(nodes, [node_id(2)].into());
    assert_eq!(read(&observations, 2, "a", EVER).await.len(), 100);
    assert_eq!(read(&observations, 2, "s", EVER).await.len(), 1);
    let dirty = observations.dirty(organization_id(1), None, 10).await.unwrap();
    assert_eq!(dirty.iter().map(|range| range.node).collect::<Vec<_>>(), [node_id(2)]);
    let left = observations.coverage(organization_id(1), &[node_id(1), node_id(2)], EVER).await.unwrap();
    assert_eq!(left, [coverage(2)]);
    // The node may come back, with another kind.
    assert_eq!(append(&observations, [(1, "a", 0, state("ON"), None)]).await.stored, 1);
    for table in ["observation_log", "observation_chunks", "series_words"] {
        let sql = format!("DELETE FROM {table} WHERE series_id NOT IN (SELECT id FROM series)");
        assert_eq!(execute(db, &sql).await, 0, "{table} has rows of a deleted series");
    }
    observations.close().await;
}

/// How long a source may be silent, in microseconds.
const SILENCE: i64 = 60_000_000;

async fn late_observations_mark_times_as_outdated(db: &Database) {
    let observations = db.observations().await;
    let ranges = async |nodes: Option<&[_]>| -> Vec<(u32, i64, i64)> {
        let found = observations.dirty(organization_id(1), nodes, 100).await.unwrap();
        let relative = |at_micros: i64| at_micros - at(0).as_micros();
        let node = |range: &DirtyRange| (0..9).find(|n| node_id(*n) == range.node).unwrap();
        found.iter().map(|range| (node(range), relative(range.first_at), relative(range.last_at))).collect()
    };
    let clean = async || {
        let found = observations.dirty(organization_id(1), None, 100).await.unwrap();
        assert_eq!(observations.clean(&found).await.unwrap(), found.len() as u64);
        assert_eq!(ranges(None).await, []);
    };
    let rows: Vec<Row> = vec![
        (1, "s", 0, state("A"), None),
        (1, "s", 5 * DAY, state("B"), None),
        (2, "s", 7, state("A"), None),
    ];
    append(&observations, rows.clone()).await;
    // A state holds until the next one, or until now. And each contact decides about data for a minute around it.
    let of_other = (2, 7 - SILENCE, 100 * DAY);
    let of_one = [(1, -SILENCE, 100 * DAY), (1, 5 * DAY - SILENCE, 5 * DAY + SILENCE)];
    assert_eq!(ranges(None).await, [of_one[0], of_one[1], of_other]);
    assert_eq!(ranges(Some(&[node_id(2)])).await, [of_other]);
    clean().await;
    // What is known already changes nothing.
    append(&observations, rows).await;
    assert_eq!(ranges(None).await, []);
    for (seals, micros) in [(false, DAY), (true, 2 * DAY)] {
        if seals {
            observations.seal(NOW).await.unwrap();
        }
        append(&observations, [(1, "s", micros, state("C"), None)]).await;
        let found = ranges(None).await;
        assert_eq!(found, [(1, micros - SILENCE, 5 * DAY)], "a late state holds until the next one");
        clean().await;
    }
    observations.close().await;
}

async fn an_outdated_time_that_changed_again_stays(db: &Database) {
    let observations = db.observations().await;
    append(&observations, [(1, "a", 10, Value::Count(1), None)]).await;
    let read = observations.dirty(organization_id(1), None, 10).await.unwrap();
    append(&observations, [(1, "a", 20, Value::Count(2), None)]).await;
    assert_eq!(observations.clean(&read).await.unwrap(), 0);
    let left = observations.dirty(organization_id(1), None, 10).await.unwrap();
    let outdated = (at(10 - SILENCE).as_micros(), at(20 + SILENCE).as_micros());
    assert_eq!((left[0].first_at, left[0].last_at), outdated);
    assert_eq!(observations.clean(&left).await.unwrap(), 1);
    observations.mark_dirty(&left, NOW.plus_seconds(1)).await.unwrap();
    assert_eq!(observations.clean(&left).await.unwrap(), 0, "it was marked again since");
    observations.close().await;
}

async fn coverage_is_joined(db: &Database) {
    let observations = db.observations().await;
    let interval = |source: &str, from: i64, until: i64| Coverage {
        node: node_id(1),
        source: source.parse().unwrap(),
        from: at(from),
        until: at(until),
    };
    let cover = async |new: &[Coverage]| observations.cover(organization_id(1), new, NOW).await.unwrap();
    let found = async |from, until| {
        let window = Window { from: at(from), until: at(until) };
        observations.coverage(organization_id(1), &[node_id(1)], window).await.unwrap()
    };
    cover(&[interval("x", 0, 10), interval("y", 5, 6), interval("x", 30, 40)]).await;
    cover(&[interval("x", 10, 12)]).await;
    let y = interval("y", 5, 6);
    assert_eq!(found(0, 100).await, [interval("x", 0, 12), interval("x", 30, 40), y.clone()]);
    assert_eq!(found(12, 30).await, [interval("x", 0, 12)]);
    assert_eq!(found(41, 100).await, []);
    let dirty = observations.dirty(organization_id(1), None, 10).await.unwrap();
    observations.clean(&dirty).await.unwrap();
    // What is covered already changes nothing.
    cover(&[interval("x", 2, 8)]).await;
    assert_eq!(observations.dirty(organization_id(1), None, 10).await.unwrap(), []);
    // Both ends of what is there, at once.
    cover(&[interval("x", 11, 31), interval("x", 39, 50)]).await;
    assert_eq!(found(0, 100).await, [interval("x", 0, 50), y]);
    assert_eq!(observations.coverage(organization_id(2), &[node_id(1)], EVER).await.unwrap(), []);
    observations.close().await;
}

async fn sums_of_days_are_stored_only_if_nothing_changed(db: &Database) {
    let observations = db.observations().await;
    let organization = organization_id(1);
    let nodes = [node_id(1), node_id(2)];
    let range = |node: u32, first_at: i64, last_at: i64| DirtyRange {
        organization,
        node: node_id(node),
        first_at,
        last_at,
        change: 0,
    };
    observations.mark_dirty(&[range(1, 0, 10 * DAY), range(2, DAY, 2 * DAY)], NOW).await.unwrap();
    let within = async |first: i64, end: i64| {
        let found = observations.dirty_within(organization, &nodes, (first, end)).await.unwrap();
        found.iter().map(|range| (range.node, range.first_at, range.last_at)).collect::<Vec<_>>()
    };
    assert_eq!(within(0, DAY).await, [(node_id(1), 0, 10 * DAY)]);
    assert_eq!(within(2 * DAY + 1, 3 * DAY).await, [(node_id(1), 0, 10 * DAY)]);
    let read = observations.dirty_within(organization, &nodes, (4 * DAY, 5 * DAY)).await.unwrap();
    let day =
        |node: u32, byte: u8| StoredDay { node: node_id(node), day: 4, known_until: NOW, body: vec![byte] };
    let settle_after = async |days: Vec<StoredDay>, before: &[StoredDay], ranges: &[DirtyRange]| {
        let settling = Settling { organization, days, before, ranges, part: (4 * DAY, 5 * DAY) };
        observations.settle_days(settling, NOW).await.unwrap();
    };
    let settle = async |days: Vec<StoredDay>, ranges: &[DirtyRange]| {
        let before = observations.days(organization, &nodes, 0, 9).await.unwrap();
        settle_after(days, &before, ranges).await;
    };
    let stored = async || {
        let mut days = observations.days(organization, &nodes, 0, 9).await.unwrap();
        days.sort_by_key(|day| day.node);
        days.into_iter().map(|day| day.body).collect::<Vec<_>>()
    };
    settle(vec![day(1, 1), day(2, 2)], &read).await;
    assert_eq!(stored().await, [[1], [2]]);
    // What lies before and after the day is still outdated.
    assert_eq!(within(4 * DAY, 5 * DAY).await, []);
    let left = [(node_id(1), 0, 4 * DAY - 1), (node_id(1), 5 * DAY, 10 * DAY)];
    assert_eq!(within(0, 4 * DAY).await, [left[0], (node_id(2), DAY, 2 * DAY)]);
    assert_eq!(within(5 * DAY, 6 * DAY).await, [left[1]]);
    // The same range was settled by another server: what was summed of that node may be outdated again.
    settle(vec![day(1, 7), day(2, 8)], &read).await;
    assert_eq!(stored().await, [[1], [8]]);
    // If one range of a node changed, its others stay outdated too: nothing was stored for them.
    observations.mark_dirty(&[range(1, 4 * DAY, 4 * DAY + 1)], NOW).await.unwrap();
    observations.mark_dirty(&[range(1, 3 * DAY, 4 * DAY + 5)], NOW).await.unwrap();
    let read = observations.dirty_within(organization, &nodes, (4 * DAY, 5 * DAY)).await.unwrap();
    assert_eq!(read.len(), 2);
    observations.mark_dirty(&[range(1, 4 * DAY + 2, 4 * DAY + 3)], NOW).await.unwrap();
    settle(vec![day(1, 9)], &read).await;
    assert_eq!(stored().await, [[1], [8]]);
    let outdated = [(node_id(1), 3 * DAY, 4 * DAY + 5), (node_id(1), 4 * DAY, 4 * DAY + 3)];
    assert_eq!(within(4 * DAY, 5 * DAY).await, outdated);
    // Sums that were read before others were stored are older than those.
    let read = observations.dirty_within(organization, &nodes, (4 * DAY, 5 * DAY)).await.unwrap();
    let before = observations.days(organization, &nodes, 0, 9).await.unwrap();
    settle(vec![day(1, 9)], &[]).await;
    settle_after(vec![day(1, 7)], &before, &read).await;
    assert_eq!(stored().await, [[9], [8]]);
    assert_eq!(within(4 * DAY, 5 * DAY).await, outdated);
    settle(vec![day(1, 10)], &read).await;
    assert_eq!((stored().await, within(4 * DAY, 5 * DAY).await), (vec![vec![10], vec![8]], vec![]));
    observations.close().await;
}

async fn a_source_that_may_be_silent_for_longer_makes_all_time_outdated(db: &Database) {
    let observations = db.observations().await;
    let (organization, source) = (organization_id(1), "key:abc".parse().unwrap());
    let nodes = [node_id(1), node_id(2)];
    let outdated = async || observations.dirty_within(organization, &nodes, (0, DAY)).await.unwrap();
    observations.set_silence(organization, &nodes, &source, 5_000_000, NOW).await.unwrap();
    let first = outdated().await;
    assert_eq!(first.len(), 2);
    observations.clean(&first).await.unwrap();
    // Only where it changes.
    observations.set_silence(organization, &nodes, &source, 5_000_000, NOW).await.unwrap();
    assert_eq!(outdated().await, []);
    observations.set_silence(organization, &nodes[..1], &source, 6_000_000, NOW).await.unwrap();
    assert_eq!(outdated().await.len(), 1);
    let silence = observations.silence(&nodes.into()).await.unwrap();
    assert_eq!(silence, [(nodes[0], 6_000_000), (nodes[1], 5_000_000)].into());
    observations.close().await;
}
