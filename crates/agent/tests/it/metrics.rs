//! The agent reports the metrics of its host. The server's part is played by the test.

use std::time::Duration;

use bailiwick_domain::key::KeyKind;
use bailiwick_link::custom::Custom;
use bailiwick_link::observations::{Readings, Stored};
use bailiwick_link::opamp::{CustomCapabilities, ServerToAgent};
use prost::Message as _;

use crate::agent::{Place, bearer, key, start};
use crate::server::{Connection, Server, offer, welcome};

/// The next readings of an agent.
async fn readings(connection: &mut Connection) -> Readings {
    loop {
        let message = connection.hear().await.expect("a message");
        let custom = message.custom_message.filter(|it| Custom::of_agent(it) == Some(Custom::Observations));
        if let Some(custom) = custom {
            return Readings::decode(custom.data.as_slice()).unwrap();
        }
    }
}

fn sequences(readings: &Readings) -> Vec<u64> {
    readings.batches.iter().map(|batch| batch.sequence).collect()
}

/// Tells an agent that its readings are stored.
async fn acknowledge(connection: &mut Connection, readings: &Readings) {
    let stored = Stored { buffer: readings.buffer, sequence: *sequences(readings).last().unwrap() };
    let custom_message = Some(Custom::Observations.tell_agent(&stored));
    connection.say(ServerToAgent { custom_message, ..ServerToAgent::default() }).await;
}

/// Enrols an agent that reads its host each second; the connection that it then makes, before it is welcomed.
async fn enrolled(server: &Server) -> Connection {
    let (mut connection, _) = server.accept().await;
    connection.say(offer(1, &bearer(&key(KeyKind::Agent)))).await;
    drop(connection);
    server.accept().await.0
}

#[tokio::test]
async fn readings_are_sent_until_they_are_acknowledged() {
    let (place, server) = (Place::new(), Server::bind().await);
    let mut options = place.options(&server.url(), Some(key(KeyKind::Enrol)));
    options.host_metrics = Some(Duration::from_secs(1));
    let agent = start(options.clone());
    let mut connection = enrolled(&server).await;
    connection.welcome().await;
    let first = readings(&mut connection).await;
    let keys: Vec<&str> = first.batches[0].readings.iter().map(|reading| reading.key.as_str()).collect();
    assert!(keys.contains(&"system.memory.usage") && keys.contains(&"bailiwick.agent.batches_dropped"));
    assert_eq!(first.batches[0].at % 1_000_000, 0, "it is read at whole seconds");

    // The acknowledgement does not come, and the agent is started again.
    drop(connection);
    agent.stop.cancel();
    agent.end().await.unwrap();
    let agent = start(options);
    let (mut connection, _) = server.accept().await;
    connection.welcome().await;
    let again = readings(&mut connection).await;
    assert_eq!(again.buffer, first.buffer);
    assert_eq!(again.batches[..first.batches.len()], first.batches);

    // What is acknowledged is not sent again; what follows is, one message after the other.
    let mut before = again;
    for _ in 0..3 {
        acknowledge(&mut connection, &before).await;
        let next = readings(&mut connection).await;
        assert_eq!(sequences(&next)[0], sequences(&before).last().unwrap() + 1);
        before = next;
    }
    agent.stop.cancel();
    drop(connection);
    agent.end().await.unwrap();
}

#[tokio::test]
async fn readings_are_kept_for_a_server_that_takes_them() {
    let (place, server) = (Place::new(), Server::bind().await);
    let mut options = place.options(&server.url(), Some(key(KeyKind::Enrol)));
    options.host_metrics = Some(Duration::from_secs(1));
    let agent = start(options);
    let mut connection = enrolled(&server).await;
    // A server of an earlier version.
    let commands = CustomCapabilities { capabilities: vec![Custom::Commands.name().to_owned()] };
    connection.say(ServerToAgent { custom_capabilities: Some(commands), ..welcome() }).await;
    let metrics = place.data().join("metrics");
    let bytes = || {
        let files = std::fs::read_dir(&metrics).unwrap();
        files.map(|file| file.unwrap().metadata().unwrap().len()).sum::<u64>()
    };
    let heard = async {
        while let Some(message) = connection.hear().await {
            let custom = message.custom_message.as_ref().and_then(Custom::of_agent);
            assert_ne!(custom, Some(Custom::Observations), "the server has no such capability");
        }
    };
    let kept = async {
        while bytes() < 2_500 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::select! {
        () = heard => panic!("the agent disconnected"),
        () = kept => {}
    }
    drop(connection);
    let (mut connection, _) = server.accept().await;
    connection.welcome().await;
    assert!(readings(&mut connection).await.batches.len() >= 2);
    agent.stop.cancel();
    drop(connection);
    agent.end().await.unwrap();
}
