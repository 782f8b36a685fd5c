//! A server whose clock is ten minutes off the database's.

use std::time::Duration;

use super::clocks::SHIM;
use crate::first_start_faults::preloaded;
use crate::postgres::Database;
use crate::process::{Place, curl, wait_for};

#[test]
#[ignore = "acceptance"]
fn a_clock_ten_minutes_off_is_refused_with_the_reason() {
    let Some(database) = Database::of("clock_skew") else { return };
    let Some((_directory, shim)) = preloaded(SHIM) else { return };
    let place = Place::new();
    let config = format!("server:\n  tls: off\n{}", database.config());
    std::fs::write(place.path().join("bailiwick.yml"), config).unwrap();
    let clock = place.path().join("clock");
    let set = |seconds: i64| std::fs::write(&clock, seconds.to_string()).unwrap();
    let listen = format!("127.0.0.1:{}", place.port);
    let arguments = ["up", "--no-agent", "--listen", &listen];
    let command = || {
        let mut command = place.command(&arguments);
        command.env("LD_PRELOAD", &shim).env("CLOCK_SHIM", &clock);
        command
    };
    for (seconds, said) in
        [(-600, " s behind the clock of the database"), (600, " s ahead of the clock of the database")]
    {
        set(seconds);
        let output = command().output().unwrap();
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        println!("{seconds} s: {}", text.lines().last().unwrap_or_default());
        assert!(!output.status.success() && text.contains(said), "{text}");
    }
    // Near enough, it starts; a clock that goes astray later is said, and when it is right again, too.
    set(0);
    let server = place.start_command(command());
    let ready = || curl(&[&format!("http://127.0.0.1:{}/v1/readyz", place.port)]);
    for (seconds, expected) in
        [(3, None), (600, Some("clocks_differ")), (0, None), (-600, Some("clocks_differ"))]
    {
        set(seconds);
        let began = std::time::Instant::now();
        wait_for("readyz", || {
            let (status, body) = ready();
            let is_as_expected =
                expected.map_or(status == 200, |reason| status == 503 && body.contains(reason));
            is_as_expected.then_some(())
        });
        println!("{seconds} s: {expected:?} after {:.1} s", began.elapsed().as_secs_f64());
        if seconds == 3 {
            wait_for("a warning", || server.err().contains("clock is ahead of the database's").then_some(()));
        }
        assert!(began.elapsed() < Duration::from_secs(10));
    }
}
