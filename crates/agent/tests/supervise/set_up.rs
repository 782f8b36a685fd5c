//! Desired states as they come over the wire.

use bailiwick_domain::agent::AgentStatus::{Done, Waiting};
use bailiwick_link::desired::Desired;
use bailiwick_link::health;
use bailiwick_link::opamp::{AgentRemoteConfig, Applied, ComponentHealth};
use serde_json::json;

use crate::harness::{Bench, id, program};

#[tokio::test]
async fn a_configuration_is_applied_or_refused_as_a_whole() {
    let bench = Bench::with_script("#!/bin/sh\nexit 1\n");
    let node = program(json!({ "type": "node_exporter", "settings": {} }));
    let desired =
        |count: u8| Desired { programs: (0..count).map(|n| (id(n), node.clone())).collect(), front: None };
    let config = desired(1).to_remote_config().unwrap();
    let status = bench.supervisor.apply_remote_config(&config);
    assert_eq!((status.status(), &status.last_remote_config_hash), (Applied::Applied, &config.config_hash));
    bench.until_status(id(0), Waiting).await;

    let status = bench.supervisor.apply_remote_config(&desired(65).to_remote_config().unwrap());
    assert_eq!(status.status(), Applied::Failed);
    assert_eq!(status.error_message, "expected at most 64 programs, found 65");
    let none = AgentRemoteConfig { config: None, config_hash: vec![1] };
    assert_eq!(bench.supervisor.apply_remote_config(&none).status(), Applied::Failed);
    assert_eq!(bench.health(id(0)).status, Waiting);

    let component_health_map = bench.supervisor.component_health();
    let told = ComponentHealth { component_health_map, ..Default::default() };
    assert_eq!(health::programs(&told), bench.supervisor.health());
}

#[tokio::test]
async fn the_number_of_remembered_ended_programs_is_bounded() {
    let bench = Bench::with_script("#!/bin/sh\nexit 1\n");
    let node = program(json!({ "type": "node_exporter", "settings": {} }));
    for n in 0..70 {
        bench.apply([(id(n), node.clone())]);
        bench.until_status(id(n), Waiting).await;
        bench.apply([]);
        bench.until_status(id(n), Done).await;
    }
    let told: Vec<_> = bench.supervisor.health().into_keys().collect();
    assert!(told.len() <= 64 && told.contains(&id(69)) && !told.contains(&id(0)), "{}", told.len());
}
