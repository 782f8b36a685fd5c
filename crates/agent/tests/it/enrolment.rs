//! Enrolling, getting a key, getting another, losing both.

use std::time::{Duration, Instant};

use bailiwick_agent::client::{AgentError, NoConnection};
use bailiwick_agent::outside::{SystemClock, SystemEntropy};
use bailiwick_domain::id::CommandId;
use bailiwick_domain::key::KeyKind;
use bailiwick_link::commands::{End, Orders};
use bailiwick_link::custom::announce_all;
use bailiwick_link::opamp::{
    AgentIdentification, Applied, ErrorType, RetryInfo, ServerErrorResponse, ServerToAgent,
};
use bailiwick_link::{capability, description};

use crate::agent::{Place, bearer, key, start};
use crate::server::{Connection, Server, offer, run, shell, welcome};

fn new_id() -> uuid::Uuid {
    CommandId::new(&SystemClock, &SystemEntropy).as_uuid()
}

/// Reads messages until one tells what became of an offer.
async fn applied(connection: &mut Connection) -> Applied {
    loop {
        let message = connection.hear().await.expect("a message");
        if let Some(status) = message.connection_settings_status {
            return status.status();
        }
    }
}

#[tokio::test]
async fn a_machine_enrols_gets_its_own_key_and_runs_a_command() {
    let (place, server) = (Place::new(), Server::bind().await);
    let (enrol, own) = (key(KeyKind::Enrol), key(KeyKind::Agent));
    let agent = start(place.options(&server.url(), Some(enrol.clone())));

    let (mut connection, hello) = server.accept().await;
    assert_eq!(connection.authorization, bearer(&enrol));
    assert_eq!((hello.sequence_num, hello.capabilities), (1, capability::agent::OURS));
    assert_eq!(hello.custom_capabilities, Some(announce_all()));
    let told = hello.agent_description.unwrap();
    assert_eq!(description::attribute(&told, description::SERVICE_NAME).unwrap(), description::OUR_NAME);
    assert!(description::facts(&told).cpu_cores.is_some() && hello.health.unwrap().healthy);
    let machine = description::attribute(&told, description::HOST_ID).unwrap();
    connection.say(offer(1, &bearer(&own))).await;
    // It says that it applies the offer, then that it leaves, and closes.
    assert_eq!(applied(&mut connection).await, Applied::Applying);
    assert!(connection.hear().await.unwrap().agent_disconnect.is_some());
    assert!(connection.hear().await.is_none());
    assert!(place.credential()["valid"].is_null(), "the candidate key became valid before it was tried");

    let (mut connection, again) = server.accept().await;
    assert_eq!(connection.authorization, bearer(&own));
    assert_eq!(again.instance_uid, hello.instance_uid);
    assert!(again.sequence_num > 1 && again.agent_description.is_some());
    connection.welcome().await;
    assert_eq!(applied(&mut connection).await, Applied::Applied);
    assert!(place.credential()["candidate"].is_null());
    let kept = std::fs::read_to_string(place.data().join("credential.json")).unwrap();
    assert!(kept.contains(&bearer(&own)) && !kept.contains(&*enrol.reveal()));

    let id = new_id();
    connection.order(run(vec![shell(id, "uname -s; echo no >&2")])).await;
    connection.start_of(id.as_bytes()).await;
    let finished = connection.end_of(id.as_bytes()).await;
    assert_eq!((finished.end(), finished.exit_code), (End::Succeeded, Some(0)));
    assert_eq!(connection.output_of(id.as_bytes(), &finished), b"Linux\n");
    // Until that is acknowledged it is told again, on every connection.
    connection.close().await;
    let (mut connection, _) = server.accept().await;
    connection.welcome().await;
    assert_eq!(connection.end_of(id.as_bytes()).await, finished);
    connection.order(Orders { acknowledge: vec![id.as_bytes().to_vec()], ..Orders::default() }).await;
    let other = new_id();
    connection.order(run(vec![shell(other, "exit 7")])).await;
    assert_eq!(connection.end_of(other.as_bytes()).await.exit_code, Some(7));
    connection.close().await;
    let (mut connection, last) = server.accept().await;
    connection.welcome().await;
    assert_eq!(connection.end_of(other.as_bytes()).await.exit_code, Some(7));
    assert!(connection.told(id.as_bytes()).is_none());
    let told = last.agent_description.unwrap();
    assert_eq!(description::attribute(&told, description::HOST_ID).unwrap(), machine);

    agent.stop.cancel();
    agent.end().await.unwrap();
    let mut is_goodbye = false;
    while let Some(message) = connection.hear().await {
        is_goodbye = message.agent_disconnect.is_some();
    }
    assert!(is_goodbye, "the agent closed the connection without `agent_disconnect`");

    // It needs neither the address nor a key any more.
    let mut options = place.options(&server.url(), None);
    options.server = None;
    let agent = start(options);
    let (connection, hello) = server.accept().await;
    assert_eq!((connection.authorization, hello.instance_uid), (bearer(&own), again.instance_uid));
    agent.stop.cancel();
    agent.end().await.unwrap();
}

#[tokio::test]
async fn a_refused_enrolment_ends_the_agent_with_the_reason() {
    let (place, server) = (Place::new(), Server::bind().await);
    let enrol = key(KeyKind::Enrol);
    let agent = start(place.options(&server.url(), Some(enrol.clone())));
    let body = r#"{"code":"enrolment_used_up","detail":"the key has enrolled 1 of 1 machines"}"#;
    server.answer("401 Unauthorized", "content-type: application/problem+json\r\n", body).await;
    let error = agent.end().await.unwrap_err();
    assert!(matches!(&error, AgentError::NotTaken { why: NoConnection::Refused(_), .. }));
    let text = format!("{error} {error:?}");
    assert!(text.contains("1 of 1 machines (enrolment_used_up)") && !text.contains(&*enrol.reveal()));

    // The server may also say so where it answers the hello.
    let agent = start(place.options(&server.url(), Some(enrol)));
    let (mut connection, _) = server.accept().await;
    let error_response = Some(ServerErrorResponse {
        r#type: ErrorType::BadRequest.into(),
        error_message: "enrolment_used_up: the key has enrolled 1 of 1 machines".into(),
        retry_info: None,
    });
    connection.say(ServerToAgent { error_response, ..ServerToAgent::default() }).await;
    let error = agent.end().await.unwrap_err();
    assert!(matches!(&error, AgentError::NotTaken { why: NoConnection::Refused(_), .. }), "{error}");

    let error = start(place.options(&server.url(), None)).end().await.unwrap_err();
    assert!(matches!(error, AgentError::NotEnrolled));
    let error = start(place.options(&server.url(), Some(key(KeyKind::Org)))).end().await.unwrap_err();
    assert!(matches!(error, AgentError::NotAnEnrolmentKey(KeyKind::Org)));
}

#[tokio::test]
async fn a_refused_new_key_leaves_the_old_key_in_use() {
    let (place, server) = (Place::new(), Server::bind().await);
    let (first, second) = (key(KeyKind::Agent), key(KeyKind::Agent));
    let agent = start(place.options(&server.url(), Some(key(KeyKind::Enrol))));
    let (mut connection, _) = server.accept().await;
    connection.say(offer(1, &bearer(&first))).await;
    drop(connection);
    let (mut connection, _) = server.accept().await;
    connection.say(offer(2, &bearer(&second))).await;
    drop(connection);
    server.answer("401 Unauthorized", "", "").await;
    let (mut connection, hello) = server.accept().await;
    assert_eq!(connection.authorization, bearer(&first));
    let status = hello.connection_settings_status.unwrap();
    assert_eq!(
        (status.status(), status.last_connection_settings_hash.as_slice()),
        (Applied::Failed, &[2][..])
    );
    // An offer of another server is not taken.
    let mut elsewhere = offer(3, &bearer(&second));
    elsewhere.connection_settings.as_mut().unwrap().opamp.as_mut().unwrap().destination_endpoint =
        "https://elsewhere.example/v1/opamp".into();
    connection.say(elsewhere).await;
    assert_eq!(applied(&mut connection).await, Applied::Failed);
    // The same key again is nothing new: the connection stays.
    connection.say(offer(4, &bearer(&first))).await;
    assert_eq!(applied(&mut connection).await, Applied::Applied);
    drop(connection);
    // A key that no longer works is tried again: it may have been disabled for a while only.
    server.answer("401 Unauthorized", "", "").await;
    server.answer("403 Forbidden", "", "").await;
    let (connection, _) = server.accept().await;
    assert_eq!(connection.authorization, bearer(&first));
    agent.stop.cancel();
    agent.end().await.unwrap();
    // What it holds is for this server, and for no other.
    let error = start(place.options("http://127.0.0.1:1", None)).end().await.unwrap_err();
    assert!(matches!(error, AgentError::Elsewhere { .. }), "{error}");
}

#[tokio::test]
async fn a_key_that_cannot_be_sent_is_not_stored() {
    let (place, server) = (Place::new(), Server::bind().await);
    let enrol = key(KeyKind::Enrol);
    let agent = start(place.options(&server.url(), Some(enrol.clone())));
    let (mut connection, _) = server.accept().await;
    for (hash, text) in ["Bearer a\nb", "Bearer ü", "Bearer \0"].into_iter().enumerate() {
        let hash = u8::try_from(hash).unwrap();
        connection.say(offer(hash, text)).await;
        assert_eq!(applied(&mut connection).await, Applied::Failed, "{text:?}");
        let kept = std::fs::read_to_string(place.data().join("credential.json")).unwrap_or_default();
        assert!(!kept.contains("Bearer"), "{kept}");
    }
    drop(connection);
    // It goes on with what it has, and takes a key that can be sent.
    let (mut connection, _) = server.accept().await;
    assert_eq!(connection.authorization, bearer(&enrol));
    let own = key(KeyKind::Agent);
    connection.say(offer(9, &bearer(&own))).await;
    let (connection, _) = server.accept().await;
    assert_eq!(connection.authorization, bearer(&own));
    agent.stop.cancel();
    agent.end().await.unwrap();
}

#[tokio::test]
async fn a_clone_takes_its_new_identity_and_key() {
    let (place, server) = (Place::new(), Server::bind().await);
    let own = key(KeyKind::Agent);
    let agent = start(place.options(&server.url(), Some(key(KeyKind::Enrol))));
    let (mut connection, _) = server.accept().await;
    let new = new_id();
    let identification = AgentIdentification { new_instance_uid: new.as_bytes().to_vec() };
    connection
        .say(ServerToAgent { agent_identification: Some(identification), ..offer(1, &bearer(&own)) })
        .await;
    drop(connection);
    let (connection, hello) = server.accept().await;
    assert_eq!((connection.authorization, hello.instance_uid), (bearer(&own), new.as_bytes().to_vec()));
    agent.stop.cancel();
    agent.end().await.unwrap();
    let kept = std::fs::read_to_string(place.data().join("identity.json")).unwrap();
    assert!(kept.contains(&new.to_string()));
}

#[tokio::test]
async fn the_agent_waits_as_long_as_a_busy_server_asks() {
    let (place, server) = (Place::new(), Server::bind().await);
    let agent = start(place.options(&server.url(), Some(key(KeyKind::Enrol))));
    let asked = Duration::from_secs(1);
    server.answer("503 Service Unavailable", "retry-after: 1\r\n", "").await;
    let from = Instant::now();
    let (mut connection, _) = server.accept().await;
    assert!(from.elapsed() >= asked - Duration::from_millis(50), "{:?}", from.elapsed());
    let error_response = Some(ServerErrorResponse {
        r#type: ErrorType::Unavailable.into(),
        error_message: "too many".into(),
        retry_info: Some(RetryInfo { retry_after_nanoseconds: 1_000_000_000 }),
    });
    connection.say(ServerToAgent { error_response, ..ServerToAgent::default() }).await;
    let from = Instant::now();
    let (mut connection, _) = server.accept().await;
    assert!(from.elapsed() >= asked - Duration::from_millis(50), "{:?}", from.elapsed());
    // Asked to, it tells everything again.
    connection.welcome().await;
    let flags = capability::server_flags::REPORT_FULL_STATE;
    connection.say(ServerToAgent { flags, ..welcome() }).await;
    let full = connection.hear().await.unwrap();
    assert!(full.agent_description.is_some() && full.health.is_some());
    agent.stop.cancel();
    agent.end().await.unwrap();
}
