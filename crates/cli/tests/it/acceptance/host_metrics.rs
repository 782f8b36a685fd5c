//! The metrics of a host while the server is away for ten minutes, in which the agent is killed.

use std::time::Instant;

use crate::host_metrics::Outage;

#[test]
#[ignore = "acceptance"]
fn acceptance_host_metrics_of_ten_minutes_without_a_server() {
    for transport in [&[] as &[&str], &["--transport", "http"]] {
        let began = Instant::now();
        Outage { database: "", transport, every: 60, readings: 5 }.happen();
        println!("{transport:?}: nothing was lost or stored twice, after {:?}", began.elapsed());
    }
}
