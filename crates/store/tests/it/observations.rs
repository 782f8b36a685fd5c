//! Observations are appended and read.

use std::collections::{BTreeMap, BTreeSet};

use bailiwick_domain::id::NodeId;
use bailiwick_domain::observations::batch::{Batch, BatchAnswer, OnRefusal};
use bailiwick_domain::observations::column::{Column, Columns, Lines, Values};
use bailiwick_domain::observations::kind::Kind;
use bailiwick_domain::observations::limits::{BATCH_VALUES_MAX, WORDS_PER_SERIES_MAX};
use bailiwick_domain::observations::metric::Metric;
use bailiwick_domain::observations::observation::Observation;
use bailiwick_domain::observations::refusal::Reason;
use bailiwick_domain::observations::series::Series;
use bailiwick_domain::observations::value::{Alarm, AlarmLevel, Quantity, Value};
use bailiwick_domain::time::Timestamp;
use bailiwick_store::{AppendError, Observations, ReadError, SeriesFilter, Window};

use crate::database::Database;
use crate::samples::{at, node_id, organization_id};

on_both!(
    every_kind_of_value_is_read_as_it_was_sent,
    a_batch_that_is_sent_twice_has_no_effect,
    another_value_at_the_same_time_is_refused_with_both,
    a_batch_is_stored_in_part_or_not_at_all,
    another_kind_or_unit_under_the_same_key_is_refused,
    states_of_one_microsecond_are_in_order,
    late_observations_are_stored_where_they_belong,
    times_in_the_far_future_are_refused,
    words_of_a_series_are_bounded,
    a_batch_and_a_read_are_bounded,
    batches_that_come_together_are_all_stored,
    series_are_listed_with_their_latest_observations,
    many_series_are_read_together_as_one_by_one,
);

/// What a test appends at once: node, metric key, time, value, sequence number.
pub type Row = (u32, &'static str, i64, Value, Option<i64>);

pub fn state(word: &str) -> Value {
    Value::State(word.parse().unwrap())
}

pub fn quantity(number: f64) -> Value {
    Value::Quantity(Quantity::try_from(number).unwrap())
}

fn alarm(code: &str, level: AlarmLevel, on: bool) -> Value {
    Value::Alarm(Alarm { code: code.parse().unwrap(), level, on })
}

pub fn columns(rows: impl IntoIterator<Item = Row>) -> Vec<Column> {
    let mut columns = Columns::default();
    for (line, (node, key, micros, value, sequence)) in (1..).zip(rows) {
        let metric = Metric::new(key.parse().unwrap(), value.kind());
        let row = Observation { node: node_id(node), metric, at: at(micros), value, sequence };
        columns.add(line, row).unwrap();
    }
    columns.finish()
}

pub fn batch(rows: impl IntoIterator<Item = Row>) -> Batch {
    Batch {
        organization: organization_id(1),
        source: "test".parse().unwrap(),
        id: None,
        on_refusal: OnRefusal::StoreOthers,
        columns: columns(rows),
    }
}

/// A minute after the last time of the tests.
pub const NOW: Timestamp = at(100 * 86_400_000_000);

pub async fn append(to: &Observations, rows: impl IntoIterator<Item = Row>) -> BatchAnswer {
    to.append(batch(rows), NOW).await.unwrap()
}

pub async fn all_series(of: &Observations) -> Vec<Series> {
    of.series(organization_id(1), &SeriesFilter::default(), None, 1_000).await.unwrap()
}

pub const EVER: Window = Window { from: Timestamp::from_micros(0), until: NOW };

/// What one series holds: times relative to those of the tests, values, and sequence numbers.
pub async fn read(
    from: &Observations,
    node: u32,
    key: &str,
    window: Window,
) -> Vec<(i64, Value, Option<i64>)> {
    let filter = SeriesFilter {
        nodes: Some(vec![node_id(node)]),
        metrics: Some(vec![key.parse().unwrap()]),
        kind: None,
    };
    let series = from.series(organization_id(1), &filter, None, 10).await.unwrap();
    let mut samples = from.samples(series, window, u64::MAX).await.unwrap();
    let mut found = Vec::new();
    while let Some(page) = samples.next_page().await.unwrap() {
        for place in 0..page.times.len() {
            let value = match &page.values {
                Values::State { words, places } => Value::State(words[places[place] as usize].clone()),
                Values::Count(counts) => Value::Count(counts[place]),
                Values::Quantity(quantities) => Value::Quantity(quantities[place]),
                Values::Alarm { words, places } => {
                    let (word, on) = places[place];
                    let (code, level) = words[word as usize].clone();
                    Value::Alarm(Alarm { code, level, on })
                }
            };
            let sequence = page.sequences.get(place).copied().flatten();
            found.push((page.times[place].as_micros() - at(0).as_micros(), value, sequence));
        }
    }
    found
}

async fn every_kind_of_value_is_read_as_it_was_sent(db: &Database) {
    let observations = db.observations().await;
    let rows: Vec<Row> = vec![
        (1, "execution", 0, state("ACTIVE"), None),
        (1, "execution", 5, state(""), None),
        (1, "execution", 9, state("it's \"ready\" 😀"), None),
        (1, "part_count", 0, Value::Count(i64::MIN), None),
        (1, "part_count", 1, Value::Count(i64::MAX), None),
        (1, "load", 0, quantity(0.1), None),
        (1, "load", 1, quantity(-f64::MAX), None),
        (1, "load", 2, quantity(f64::MIN_POSITIVE), None),
        (1, "system", 3, alarm("17", AlarmLevel::Fault, true), None),
        (1, "system", 3, alarm("18", AlarmLevel::Warning, true), None),
        (1, "system", 4, alarm("17", AlarmLevel::Fault, false), None),
        (2, "execution", 0, state("READY"), None),
    ];
    let answer = append(&observations, rows.clone()).await;
    assert_eq!((answer.stored, answer.known, answer.refused), (12, 0, 0), "{answer:?}");
    for seals in 0..2 {
        for key in ["execution", "part_count", "load", "system"] {
            let sent = rows.iter().filter(|row| row.0 == 1 && row.1 == key);
            let sent: Vec<_> = sent.map(|row| (row.2, row.3.clone(), None)).collect();
            assert_eq!(read(&observations, 1, key, EVER).await, sent, "{key}");
        }
        let ready = (0, state("READY"), None);
        assert_eq!(read(&observations, 2, "execution", EVER).await, [ready]);
        // A window includes its beginning and not its end.
        let window = Window { from: at(1), until: at(2) };
        assert_eq!(read(&observations, 1, "load", window).await, [(1, quantity(-f64::MAX), None)]);
        let sealed = observations.seal(NOW).await.unwrap();
        assert_eq!(sealed.samples, if seals == 0 { 12 } else { 0 });
    }
    // The same again, now that it is sealed.
    let answer = append(&observations, rows).await;
    assert_eq!((answer.stored, answer.known, answer.refused), (0, 12, 0), "{answer:?}");
    // Another organization has other series.
    let mut other = batch([(1, "execution", 0, state("OFF"), None)]);
    other.organization = organization_id(2);
    assert_eq!(observations.append(other, NOW).await.unwrap().stored, 1);
    assert_eq!(read(&observations, 1, "execution", EVER).await.len(), 3);
    observations.close().await;
}

async fn a_batch_that_is_sent_twice_has_no_effect(db: &Database) {
    let observations = db.observations().await;
    let rows = || [(1, "a", 0, Value::Count(1), None), (1, "a", 0, Value::Count(2), None)];
    let mut first = batch(rows());
    first.id = Some("7".parse().unwrap());
    let answer = observations.append(first.clone(), NOW).await.unwrap();
    assert_eq!((answer.stored, answer.refused, answer.is_repeated), (1, 1, false));
    // The id decides, even if the content differs.
    let mut again = batch([(1, "a", 5, Value::Count(9), None)]);
    again.id.clone_from(&first.id);
    let answer = observations.append(again.clone(), NOW).await.unwrap();
    assert_eq!((answer.stored, answer.refused, answer.is_repeated), (1, 1, true));
    // Another source has ids of its own.
    again.source = "other".parse().unwrap();
    assert_eq!(observations.append(again.clone(), NOW).await.unwrap().stored, 1);
    // A batch that was refused completely may be corrected under its id.
    let mut refused = batch(rows());
    refused.id = Some("8".parse().unwrap());
    refused.on_refusal = OnRefusal::StoreNothing;
    refused.columns = columns([(1, "a", 0, Value::Count(3), None)]);
    assert_eq!(observations.append(refused.clone(), NOW).await.unwrap().refused, 1);
    refused.columns = columns([(1, "a", 6, Value::Count(3), None)]);
    assert_eq!(observations.append(refused, NOW).await.unwrap().stored, 1);
    // Ids are forgotten after seven days.
    assert_eq!(observations.forget_batches(NOW.plus_seconds(7 * 86_400), 100).await.unwrap(), 0);
    assert_eq!(observations.forget_batches(NOW.plus_seconds(7 * 86_400 + 1), 2).await.unwrap(), 2);
    assert_eq!(observations.forget_batches(NOW.plus_seconds(7 * 86_400 + 1), 2).await.unwrap(), 1);
    // Without the id, identical values have no effect either.
    let answer = observations.append(first, NOW).await.unwrap();
    assert_eq!((answer.stored, answer.known, answer.refused), (0, 1, 1));
    observations.close().await;
}

async fn another_value_at_the_same_time_is_refused_with_both(db: &Database) {
    let observations = db.observations().await;
    let rows: Vec<Row> = vec![
        (1, "count", 10, Value::Count(4), None),
        (1, "load", 10, quantity(1.5), None),
        (1, "execution", 10, state("ACTIVE"), None),
        (1, "system", 10, alarm("E1", AlarmLevel::Fault, true), None),
    ];
    append(&observations, rows.clone()).await;
    let others: Vec<Row> = vec![
        (1, "count", 10, Value::Count(5), None),
        (1, "load", 10, quantity(2.5), None),
        (1, "execution", 10, state("READY"), None),
        (1, "system", 10, alarm("E1", AlarmLevel::Fault, false), None),
    ];
    for _ in 0..2 {
        let answer = append(&observations, others.clone()).await;
        assert_eq!((answer.stored, answer.refused), (0, 4));
        let expected = rows.iter().zip(&others).map(|(stored, sent)| Reason::Conflict {
            at: at(10),
            stored: stored.3.clone(),
            sent: sent.3.clone(),
        });
        assert_eq!(
            answer.refusals.iter().map(|r| r.reason.clone()).collect::<Vec<_>>(),
            expected.collect::<Vec<_>>()
        );
        assert_eq!(answer.refusals.iter().map(|r| r.line).collect::<Vec<_>>(), [1, 2, 3, 4]);
        observations.seal(NOW).await.unwrap();
    }
    let text = append(&observations, others).await.refusals[0].reason.to_string();
    assert!(text.contains("is 4, so it cannot be 5"), "{text}");
    // The same within a batch: the first one counts.
    let rows: Vec<Row> =
        vec![(1, "count", 11, Value::Count(1), None), (1, "count", 11, Value::Count(2), None)];
    let answer = append(&observations, rows).await;
    assert_eq!((answer.stored, answer.refused, answer.refusals[0].line), (1, 1, 2));
    observations.close().await;
}

async fn a_batch_is_stored_in_part_or_not_at_all(db: &Database) {
    let observations = db.observations().await;
    append(&observations, [(1, "a", 10, Value::Count(1), None)]).await;
    let rows = || -> Vec<Row> {
        vec![
            (1, "a", 10, Value::Count(2), None),
            (1, "a", 11, Value::Count(3), None),
            (2, "new", 12, state("ON"), None),
        ]
    };
    let mut none = batch(rows());
    none.on_refusal = OnRefusal::StoreNothing;
    let answer = observations.append(none, NOW).await.unwrap();
    assert_eq!((answer.stored, answer.refused, answer.refusals.len()), (0, 1, 1));
    assert_eq!(read(&observations, 1, "a", EVER).await.len(), 1);
    assert_eq!(all_series(&observations).await.len(), 1, "a refused batch made a series");
    let answer = append(&observations, rows()).await;
    assert_eq!((answer.stored, answer.refused), (2, 1));
    assert_eq!(read(&observations, 1, "a", EVER).await.len(), 2);
    observations.close().await;
}

async fn another_kind_or_unit_under_the_same_key_is_refused(db: &Database) {
    let observations = db.observations().await;
    let with_unit = |unit: Option<&str>, micros: i64| {
        let mut sent = batch([(1, "temperature", micros, quantity(1.0), None)]);
        sent.columns[0].metric.unit = unit.map(|unit| unit.parse().unwrap());
        sent.columns[0].metric.metric_type = Some("TEMPERATURE".parse().unwrap());
        sent
    };
    assert_eq!(observations.append(with_unit(Some("°C"), 0), NOW).await.unwrap().stored, 1);
    assert_eq!(observations.append(with_unit(Some("°C"), 1), NOW).await.unwrap().stored, 1);
    let answer = observations.append(with_unit(Some("K"), 2), NOW).await.unwrap();
    let text = answer.refusals[0].reason.to_string();
    assert!(text.contains("°C") && text.contains("another metric key"), "{text}");
    // A unit that is not said fits.
    assert_eq!(observations.append(with_unit(None, 2), NOW).await.unwrap().stored, 1);
    let answer = append(&observations, [(1, "temperature", 2, Value::Count(1), None)]).await;
    assert_eq!(answer.refusals[0].reason, Reason::OtherKind { stored: Kind::Quantity, sent: Kind::Count });
    // Both kinds in one batch: the first one makes the series.
    let rows: Vec<Row> = vec![(1, "b", 0, Value::Count(1), None), (1, "b", 1, quantity(1.0), None)];
    let answer = append(&observations, rows).await;
    assert_eq!((answer.stored, answer.refusals[0].line), (1, 2));
    let metric = &all_series(&observations).await[0].metric;
    assert_eq!((metric.unit.as_ref().unwrap().as_str(), metric.kind), ("°C", Kind::Quantity));
    assert_eq!(metric.metric_type.as_ref().unwrap().as_str(), "TEMPERATURE");
    observations.close().await;
}

async fn states_of_one_microsecond_are_in_order(db: &Database) {
    let observations = db.observations().await;
    // The sequence numbers decide, whatever the order of arrival.
    let numbered = [(5, 3, "C"), (5, 1, "A"), (5, 2, "B"), (5, 4, "A")];
    for (micros, sequence, word) in numbered {
        let answer = append(&observations, [(1, "s", micros, state(word), Some(sequence))]).await;
        assert_eq!(answer.stored, 1, "{answer:?}");
        observations.seal(NOW).await.unwrap();
    }
    let expected: Vec<_> = [(1, "A"), (2, "B"), (3, "C"), (4, "A")]
        .map(|(sequence, word)| (5, state(word), Some(sequence)))
        .to_vec();
    assert_eq!(read(&observations, 1, "s", EVER).await, expected);
    let answer = append(&observations, [(1, "s", 5, state("B"), Some(1))]).await;
    assert_eq!(answer.refused, 1, "another state under the same number");
    let answer =
        append(&observations, [(1, "s", 5, state("A"), Some(1)), (1, "s", 5, state("A"), None)]).await;
    assert_eq!((answer.known, answer.refused), (2, 0));
    // Without numbers, the position in the batch decides.
    let rows = || ["A", "B", "A"].map(|word| (1, "t", 7, state(word), None));
    assert_eq!(append(&observations, rows()).await.stored, 3);
    let words = |found: Vec<(i64, Value, Option<i64>)>| -> Vec<String> {
        found.into_iter().map(|(_, value, _)| value.to_string()).collect()
    };
    for _ in 0..2 {
        assert_eq!(words(read(&observations, 1, "t", EVER).await), ["A", "B", "A"]);
        let answer = append(&observations, rows()).await;
        assert_eq!((answer.known, answer.refused), (3, 0), "the same again");
        let part = append(&observations, [(1, "t", 7, state("B"), None)]).await;
        assert_eq!((part.known, part.refused), (1, 0), "a part of it again");
        let other = append(&observations, [(1, "t", 7, state("C"), None)]).await;
        assert_eq!((other.known, other.refused), (0, 1));
        observations.seal(NOW).await.unwrap();
    }
    observations.close().await;
}

async fn late_observations_are_stored_where_they_belong(db: &Database) {
    let observations = db.observations().await;
    const DAY: i64 = 86_400_000_000;
    // More than 300 a day, so that a slot is a day.
    let minute = |n: i64| (1, "load", n * 60_000_000, quantity(n as f64), None);
    append(&observations, (0..3_000).filter(|n| n % 7 != 0).map(minute)).await;
    observations.seal(NOW).await.unwrap();
    let late: Vec<i64> = (0..3_000).filter(|n| n % 7 == 0).rev().collect();
    for late in late.chunks(50) {
        assert_eq!(append(&observations, late.iter().copied().map(minute)).await.refused, 0);
        observations.seal(NOW).await.unwrap();
    }
    let expected: Vec<_> = (0..3_000).map(minute).map(|row| (row.2, row.3, None)).collect();
    assert_eq!(read(&observations, 1, "load", EVER).await, expected);
    let window = Window { from: at(DAY), until: at(2 * DAY) };
    assert_eq!(read(&observations, 1, "load", window).await.len(), 1_440);
    observations.close().await;
}

async fn times_in_the_far_future_are_refused(db: &Database) {
    let observations = db.observations().await;
    let now = at(0);
    let hour = 3_600_000_000;
    let rows: Vec<Row> =
        vec![(1, "a", hour, Value::Count(1), None), (1, "a", hour + 1, Value::Count(2), None)];
    let answer = observations.append(batch(rows), now).await.unwrap();
    assert_eq!((answer.stored, answer.refused), (1, 1));
    assert_eq!(answer.refusals[0].reason, Reason::Future { at: at(hour + 1) });
    let answer = append(&observations, [(1, "s", 0, state("A"), Some(-1))]).await;
    assert_eq!(answer.refusals[0].reason, Reason::Sequence);
    observations.close().await;
}

async fn words_of_a_series_are_bounded(db: &Database) {
    let observations = db.observations().await;
    let most = WORDS_PER_SERIES_MAX as usize;
    let words = |count: usize, from: usize| {
        let mut sent = batch([(1, "program", 0, state("x"), None)]);
        let column = &mut sent.columns[0];
        column.times = (0..count).map(|n| at(1_000_000 + i64::try_from(from + n).unwrap())).collect();
        column.lines = Lines::From(1);
        column.values = Values::State {
            words: (0..count).map(|n| format!("word {}", from + n).parse().unwrap()).collect(),
            places: (0..u32::try_from(count).unwrap()).collect(),
        };
        sent
    };
    let answer = observations.append(words(most - 1, 0), NOW).await.unwrap();
    assert_eq!(answer.stored, most as u64 - 1);
    let answer = observations.append(words(3, most - 2), NOW).await.unwrap();
    assert_eq!((answer.stored, answer.known, answer.refused), (1, 1, 1), "{answer:?}");
    assert_eq!((answer.refusals[0].line, &answer.refusals[0].reason), (3, &Reason::TooManyWords));
    observations.close().await;
}

async fn a_batch_and_a_read_are_bounded(db: &Database) {
    let observations = db.observations().await;
    let mut sent = batch([(1, "a", 0, Value::Count(0), None)]);
    let count = BATCH_VALUES_MAX;
    let column = &mut sent.columns[0];
    column.times = (0..count).map(|n| at(i64::try_from(n).unwrap() * 1_000)).collect();
    column.values = Values::Count((0..i64::try_from(count).unwrap()).collect());
    column.lines = Lines::From(1);
    assert_eq!(observations.append(sent.clone(), NOW).await.unwrap().stored, count as u64);
    let series = all_series(&observations).await;
    for _ in 0..2 {
        let refused = observations.samples(series.clone(), EVER, count as u64 - 1).await.unwrap_err();
        assert!(matches!(refused, ReadError::TooManySamples { most: 99_999, found: 100_000 }), "{refused}");
        let found = read(&observations, 1, "a", EVER).await;
        assert_eq!(found.len(), count);
        assert!(found.is_sorted_by(|one, next| one.0 < next.0));
        observations.seal(NOW).await.unwrap();
    }
    sent.columns.push(sent.columns[0].clone());
    let refused = observations.append(sent, NOW).await.unwrap_err();
    assert!(matches!(refused, AppendError::TooManyValues(200_000)), "{refused}");
    let mut uneven = batch([(1, "a", 0, Value::Count(0), None)]);
    uneven.columns[0].times.clear();
    assert!(matches!(observations.append(uneven, NOW).await, Err(AppendError::Uneven)));
    observations.close().await;
}

async fn batches_that_come_together_are_all_stored(db: &Database) {
    let observations = db.observations().await;
    let other = db.observations().await;
    let sends = (0..40).map(|n| {
        let to = if n % 2 == 0 { &observations } else { &other };
        let rows: Vec<Row> = vec![
            (n % 3, "a", i64::from(n), Value::Count(i64::from(n)), None),
            (n % 3, "shared", 5, Value::Count(7), None),
        ];
        append(to, rows)
    });
    let answers = futures::future::join_all(sends).await;
    assert_eq!(answers.iter().map(|answer| answer.stored).sum::<u64>(), 43);
    assert_eq!(answers.iter().map(|answer| answer.known).sum::<u64>(), 37);
    for n in 0..3 {
        let found = read(&observations, n, "a", EVER).await;
        assert_eq!(found.len(), (0..40).filter(|m| m % 3 == n).count());
    }
    // One that is given up does not take the others with it.
    let mut given_up = Box::pin(append(&observations, [(1, "b", 1, Value::Count(1), None)]));
    // A fast database may have stored it already.
    let is_stored = futures::poll!(&mut given_up).is_ready();
    let mut waits = Box::pin(append(&observations, [(1, "b", 2, Value::Count(2), None)]));
    let waited = futures::poll!(&mut waits);
    assert!(is_stored || waited.is_pending());
    drop(given_up);
    let answer = match waited {
        std::task::Poll::Ready(answer) => answer,
        std::task::Poll::Pending => waits.await,
    };
    assert_eq!(answer.stored, 1);
    other.close().await;
    observations.close().await;
}

async fn series_are_listed_with_their_latest_observations(db: &Database) {
    let observations = db.observations().await;
    let rows: Vec<Row> = vec![
        (1, "execution", 0, state("READY"), None),
        (1, "execution", 9, state("ACTIVE"), None),
        (1, "execution", 9, state("STOPPED"), None),
        (2, "execution", 3, state("READY"), None),
        (2, "system", 4, alarm("E1", AlarmLevel::Warning, true), None),
        (2, "load", 4, quantity(3.5), None),
    ];
    append(&observations, rows).await;
    let of = |filter: SeriesFilter| {
        let observations = observations.clone();
        async move { observations.series(organization_id(1), &filter, None, 10).await.unwrap() }
    };
    assert_eq!(of(SeriesFilter { nodes: Some(vec![node_id(2)]), ..SeriesFilter::default() }).await.len(), 3);
    assert_eq!(of(SeriesFilter { kind: Some(Kind::State), ..SeriesFilter::default() }).await.len(), 2);
    assert_eq!(of(SeriesFilter { nodes: Some(Vec::new()), ..SeriesFilter::default() }).await.len(), 0);
    let all = all_series(&observations).await;
    let after =
        observations.series(organization_id(1), &SeriesFilter::default(), Some(all[1].id), 1).await.unwrap();
    assert_eq!(after, [all[2].clone()]);
    let nodes = observations.nodes_with_series(None, 1).await.unwrap();
    assert_eq!(nodes, [(organization_id(1), node_id(1))]);
    let nodes = observations.nodes_with_series(Some(nodes[0]), 10).await.unwrap();
    assert_eq!(nodes, [(organization_id(1), node_id(2))]);
    for _ in 0..2 {
        let latest = observations.latest(&all).await.unwrap();
        let mut found: Vec<_> = latest
            .into_iter()
            .map(|latest| (latest.at, format!("{} {}", latest.series.metric.key, latest.value)))
            .collect();
        found.sort();
        let expected = [
            (at(3), "execution READY"),
            (at(4), "load 3.5"),
            (at(4), "system E1 warning on"),
            (at(9), "execution STOPPED"),
        ];
        assert_eq!(found, expected.map(|(at, text)| (at, text.to_owned())));
        observations.seal(NOW).await.unwrap();
        // What is late is not the latest.
        append(&observations, [(1, "execution", 1, state("ACTIVE"), None)]).await;
    }
    observations.close().await;
}

async fn many_series_are_read_together_as_one_by_one(db: &Database) {
    const DAY: i64 = 86_400_000_000;
    const KEYS: [&str; 4] = ["execution", "load", "parts", "fault"];
    let observations = db.observations().await;
    let value = |key: &str, number: i64| match key {
        "execution" => state(if number % 2 == 0 { "ACTIVE" } else { "READY" }),
        "load" => quantity(number as f64),
        "parts" => Value::Count(number),
        _ => alarm("E1", AlarmLevel::Fault, number % 2 == 0),
    };
    // Sealed in days, sealed in longer slots, and not sealed. What is in several parts comes out of order.
    for numbers in [0..400, 1_000..1_003, 300..700, 2_000..2_040] {
        let rows = (0..3).flat_map(|node| KEYS.map(|key| (node, key))).flat_map(|(node, key)| {
            numbers.clone().map(move |n| (node, key, n * DAY / 100 + i64::from(node), value(key, n), None))
        });
        append(&observations, rows).await;
        if numbers.start < 1_500 {
            while observations.seal(NOW).await.unwrap().series > 0 {}
        }
    }
    let all = all_series(&observations).await;
    for (from, until) in
        [(0, 90 * DAY), (3 * DAY, 4 * DAY), (DAY, DAY + 1), (19 * DAY, 21 * DAY), (50 * DAY, 51 * DAY)]
    {
        let window = Window { from: at(from), until: at(until) };
        let mut expected: BTreeMap<NodeId, BTreeSet<Timestamp>> = BTreeMap::new();
        let mut samples = observations.samples(all.clone(), window, u64::MAX).await.unwrap();
        let mut pages = Vec::new();
        while let Some(page) = samples.next_page().await.unwrap() {
            expected.entry(page.node).or_default().extend(page.times.iter().copied());
            pages.push(page);
        }
        // No series fills a page.
        assert_eq!(
            observations.columns_of(&all, window, u64::MAX).await.unwrap(),
            pages,
            "{from} to {until}"
        );
        let times = observations.times(&all, window, u64::MAX).await.unwrap();
        let times = times.into_iter().map(|(node, times)| (node, times.into_iter().collect()));
        let mut times: BTreeMap<NodeId, BTreeSet<Timestamp>> = times.collect();
        times.retain(|_, times| !times.is_empty());
        assert_eq!(times, expected, "{from} to {until}");
    }
    let refused = observations.times(&all, EVER, 100).await.unwrap_err();
    assert!(matches!(refused, ReadError::TooManySamples { most: 100, .. }), "{refused}");
    observations.close().await;
}
