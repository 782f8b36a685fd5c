use super::*;
use crate::testing::Seeded;

/// A host with one metric, which counts how often it was read.
#[derive(Default)]
struct Counting(i64);

impl Host for Counting {
    fn read(&mut self) -> Vec<Reading> {
        self.0 += 1;
        let reading = |key: &str, value| Reading { key: key.into(), unit: "s".into(), value: Some(value) };
        // The server takes no NaN, so it is left out.
        vec![
            reading("system.uptime", Value::Count(self.0)),
            reading("system.cpu.utilization", Value::Quantity(f64::NAN)),
        ]
    }
}

/// A clock that goes with the paused clock of the runtime.
struct Paused {
    start: tokio::time::Instant,
    at: i64,
}

impl Clock for Paused {
    fn now(&self) -> Timestamp {
        let elapsed = i64::try_from(self.start.elapsed().as_micros()).unwrap();
        Timestamp::from_micros(self.at + elapsed)
    }
}

fn metrics(directory: &tempfile::TempDir) -> Metrics {
    Metrics::new(Buffer::open(directory.path(), Limits::default(), &Seeded::new(1)).unwrap())
}

#[tokio::test(start_paused = true)]
async fn the_host_is_asked_for_once_a_minute_at_the_agents_own_second() {
    let (ask, mut asked) = mpsc::channel(1);
    let schedule = Schedule::new(uuid::Uuid::from_u128(7), EVERY);
    let clock = Arc::new(Paused { start: tokio::time::Instant::now(), at: 1_700_000_000_000_000 });
    let first = schedule.last(clock.now());
    let asking = ask_on_time(schedule, clock, ask);
    let heard = async {
        for minute in 1..=100 {
            assert_eq!(asked.recv().await, Some(first.plus_seconds(60 * minute)));
        }
    };
    tokio::select! {
        () = asking => panic!("it goes on"),
        () = heard => {}
    }
}

#[tokio::test]
async fn what_was_read_waits_until_the_server_has_stored_it() {
    let directory = tempfile::tempdir().unwrap();
    let at = |minute: i64| Timestamp::from_micros(1_700_000_000_000_000).plus_seconds(60 * minute);
    let mut host = Counting::default();
    let metrics = self::metrics(&directory);
    assert!(!metrics.has_waiting() && metrics.oldest().await.unwrap().is_none());
    for minute in 0..35 {
        metrics.read(&mut host, at(minute));
    }
    metrics.added().await;
    let readings = metrics.oldest().await.unwrap().unwrap();
    assert_eq!(readings.batches.len(), BATCHES_AT_ONCE);
    let batch = &readings.batches[0];
    assert_eq!((batch.sequence, batch.at), (1, at(0).as_micros()));
    let found: Vec<(&str, Option<Value>)> =
        batch.readings.iter().map(|reading| (reading.key.as_str(), reading.value)).collect();
    assert_eq!(found, [("system.uptime", Some(Value::Count(1))), (DROPPED, Some(Value::Count(0)))]);
    let stored = Stored { buffer: readings.buffer, sequence: 30 };
    assert!(!metrics.stored(Stored { buffer: stored.buffer ^ 1, ..stored }).await);
    assert_eq!(metrics.oldest().await.unwrap().unwrap(), readings);
    assert!(metrics.stored(stored).await);

    // After a restart, the rest is there.
    drop(metrics);
    let metrics = self::metrics(&directory);
    let rest = metrics.oldest().await.unwrap().unwrap();
    assert_eq!(rest.batches.iter().map(|batch| batch.sequence).collect::<Vec<_>>(), [31, 32, 33, 34, 35]);
    assert!(metrics.stored(Stored { buffer: rest.buffer, sequence: 35 }).await);
    assert!(!metrics.has_waiting());
}
