//! Whom the agent believes to be the server.

use std::sync::Arc;

use bailiwick_agent::client::{AgentError, NoConnection};
use bailiwick_domain::key::KeyKind;
use rustls::ServerConfig;
use rustls::pki_types::PrivatePkcs8KeyDer;
use tokio_rustls::TlsAcceptor;

use crate::agent::{Place, bearer, key, start};
use crate::server::{Connection, Server, in_time};

#[tokio::test]
async fn the_key_is_sent_only_to_a_server_with_a_trusted_certificate() {
    let made = rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_owned()]).unwrap();
    let private = PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], private.into())
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let (place, server) = (Place::new(), Server::bind().await);
    let url = format!("https://{}", server.address());
    let enrol = key(KeyKind::Enrol);

    // The operating system does not know the certificate.
    let agent = start(place.options(&url, Some(enrol.clone())));
    let stream = server.accept_tcp().await;
    assert!(in_time("the handshake", acceptor.accept(stream)).await.is_err());
    let error = agent.end().await.unwrap_err();
    assert!(matches!(&error, AgentError::NotTaken { why: NoConnection::NotTrusted(_), .. }), "{error}");

    let ca = place.path().join("ca.pem");
    std::fs::write(&ca, made.cert.pem()).unwrap();
    let mut options = place.options(&url, Some(enrol.clone()));
    options.ca = Some(ca);
    let agent = start(options);
    let stream = server.accept_tcp().await;
    let stream = in_time("the handshake", acceptor.accept(stream)).await.unwrap();
    let (connection, _) = Connection::over(Box::new(stream)).await;
    assert_eq!(connection.authorization, bearer(&enrol));
    agent.stop.cancel();
    agent.end().await.unwrap();

    // TLS where plain HTTP was expected, for WebSocket and then without it.
    let agent = start(place.options(&server.url(), Some(enrol.clone())));
    for _ in 0..2 {
        let stream = server.accept_tcp().await;
        assert!(in_time("the handshake", acceptor.accept(stream)).await.is_err());
    }
    let error = agent.end().await.unwrap_err();
    assert!(error.to_string().contains("write https://"), "{error}");

    // Plain HTTP where TLS was expected.
    let agent = start(place.options(&url, Some(enrol)));
    let mut stream = server.accept_tcp().await;
    tokio::io::AsyncWriteExt::write_all(&mut stream, b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap();
    let error = agent.end().await.unwrap_err();
    assert!(error.to_string().contains("it does not use TLS"), "{error}");
}
