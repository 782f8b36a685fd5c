//! Observations in any order of arrival, compared with a plain map in memory.

use std::collections::BTreeMap;

use bailiwick_domain::observations::value::{Alarm, AlarmLevel, Value};
use bailiwick_store::{Engine, Window};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::database::{Database, on};
use crate::observations::{EVER, NOW, Row, append, quantity, read, state};
use crate::samples::at;

/// What happens to the storage.
#[derive(Clone, Debug)]
enum Step {
    /// A batch is appended: for each value the node, which metric, the time, which value, and the sequence number.
    Append(Vec<(u32, usize, i64, u8, Option<i64>)>),
    /// Everything that has arrived is sealed.
    Seal,
    /// The storage is closed and opened again.
    Reopen,
}

const KEYS: [&str; 4] = ["count", "execution", "load", "system"];

fn steps() -> impl Strategy<Value = Vec<Step>> {
    // Few different times and values, so that many are equal; some far apart, so that there are several slots.
    let time = prop_oneof![0..12_i64, (0..90_i64).prop_map(|day| day * 86_400_000_000), 0..2_000_000_000_i64];
    let row = (1..3_u32, 0..KEYS.len(), time, 0..4_u8, prop::option::weighted(0.5, 0..4_i64));
    let append = prop::collection::vec(row, 1..30).prop_map(Step::Append);
    let step = prop_oneof![6 => append, 3 => Just(Step::Seal), 1 => Just(Step::Reopen)];
    prop::collection::vec(step, 1..14)
}

fn value(metric: usize, number: u8) -> Value {
    match metric {
        0 => Value::Count(i64::from(number) - 1),
        1 => state(["A", "B", "C", ""][usize::from(number)]),
        2 => quantity(f64::from(number) / 3.0),
        _ => Value::Alarm(Alarm {
            code: ["E1", "E2"][usize::from(number / 2)].parse().unwrap(),
            level: AlarmLevel::Fault,
            on: number.is_multiple_of(2),
        }),
    }
}

/// What is stored: by node and metric, the time and what tells apart samples of one time, and the value.
type Model = BTreeMap<(u32, usize), BTreeMap<(i64, String), (Value, Option<i64>)>>;

/// Adds a batch to the model as documented: the first value at a time stays, and the same again changes nothing. The
/// sequence numbers order states of one time; here all of a time have them, or none.
fn add(model: &mut Model, rows: &[Row]) -> (u64, u64, u64) {
    let (mut stored, mut known, mut refused) = (0, 0, 0);
    for (node, key, micros, value, sequence) in rows {
        let metric = KEYS.iter().position(|known| known == key).unwrap();
        let name = match (value, sequence) {
            (Value::State(_), Some(sequence)) => format!("{sequence:09}"),
            (Value::Alarm(alarm), _) => alarm.code.to_string(),
            _ => String::new(),
        };
        let series = model.entry((*node, metric)).or_default();
        match series.get(&(*micros, name.clone())) {
            None => {
                let sequence = sequence.filter(|_| matches!(value, Value::State(_)));
                series.insert((*micros, name), (value.clone(), sequence));
                stored += 1;
            }
            Some((there, _)) if there == value => known += 1,
            Some(_) => refused += 1,
        }
    }
    (stored, known, refused)
}

async fn run(db: &Database, steps: &[Step]) {
    let mut observations = db.observations().await;
    let mut model = Model::new();
    for step in steps {
        match step {
            Step::Append(rows) => {
                let row =
                    |(node, metric, micros, number, sequence): &(u32, usize, i64, u8, Option<i64>)| -> Row {
                        // States of even times have numbers, others have none and are one for each time.
                        let sequence = sequence.filter(|_| *metric == 1 && micros % 2 == 0);
                        let sequence = sequence.or((*metric == 1 && micros % 2 == 0).then_some(9));
                        (*node, KEYS[*metric], *micros, value(*metric, *number), sequence)
                    };
                let mut rows: Vec<Row> = rows.iter().map(row).collect();
                // Several states of one time without numbers, in one batch, would all be stored in their order.
                let mut seen = std::collections::BTreeSet::new();
                rows.retain(|row| row.4.is_some() || row.1 != "execution" || seen.insert((row.0, row.2)));
                let answer = append(&observations, rows.clone()).await;
                let expected = add(&mut model, &rows);
                assert_eq!((answer.stored, answer.known, answer.refused), expected, "{rows:?}");
            }
            Step::Seal => while observations.seal(NOW).await.unwrap().series > 0 {},
            Step::Reopen => {
                observations.close().await;
                observations = db.observations().await;
            }
        }
    }
    for node in 1..3 {
        for (metric, key) in KEYS.iter().enumerate() {
            let all = model.remove(&(node, metric)).unwrap_or_default();
            let expected: Vec<_> = all
                .iter()
                .map(|((micros, _), (value, sequence))| (*micros, value.to_string(), *sequence))
                .collect();
            let found = |found: Vec<(i64, Value, Option<i64>)>| -> Vec<_> {
                let mut found: Vec<_> = found
                    .into_iter()
                    .map(|(at, value, sequence)| (at, value.to_string(), sequence))
                    .collect();
                // Alarms of one time are in no order.
                found.sort_by_key(|(at, value, sequence)| {
                    (*at, *sequence, if *key == "system" { value.clone() } else { String::new() })
                });
                found
            };
            assert_eq!(found(read(&observations, node, key, EVER).await), expected, "{node} {key}");
            let window = Window { from: at(3), until: at(86_400_000_000) };
            let part: Vec<_> =
                expected.into_iter().filter(|sample| (3..86_400_000_000).contains(&sample.0)).collect();
            assert_eq!(found(read(&observations, node, key, window).await), part, "{node} {key}");
        }
    }
    let nodes: Vec<_> = observations.nodes_with_series(None, 10).await.unwrap();
    for (organization, node) in nodes {
        observations.delete_node(organization, node).await.unwrap();
    }
    observations.close().await;
}

/// Each case begins with an empty storage, which the case before has left.
fn equals_the_model(engine: Engine, cases: u32) {
    on(engine, true, async |db: &Database| {
        tokio::task::block_in_place(|| {
            let runtime = tokio::runtime::Handle::current();
            let config = Config { cases, failure_persistence: None, ..Config::default() };
            let ran = TestRunner::new(config).run(&steps(), |steps| {
                runtime.block_on(run(db, &steps));
                Ok(())
            });
            ran.unwrap_or_else(|error| panic!("{error}"));
        });
    });
}

mod any_order_of_arrival_gives_the_same {
    use super::*;

    #[test]
    fn sqlite() {
        equals_the_model(Engine::Sqlite, 60);
    }

    #[test]
    fn postgres() {
        equals_the_model(Engine::Postgres, 30);
    }
}
