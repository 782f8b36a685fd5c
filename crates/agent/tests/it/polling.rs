//! The agent over plain HTTP.

use std::time::Duration;

use bailiwick_agent::client::Transport;
use bailiwick_agent::outside::{SystemClock, SystemEntropy};
use bailiwick_domain::id::CommandId;
use bailiwick_domain::key::KeyKind;
use bailiwick_link::commands::{End, Report, ReportBody};
use bailiwick_link::opamp::{AgentToServer, ServerToAgent};
use prost::Message as _;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;

use crate::agent::{Place, bearer, key, start};
use crate::server::{Connection, Server, in_time, offer, ordered, reported, run, shell, welcome};

/// A request of an agent that waits for its answer.
struct Asked {
    stream: BufReader<TcpStream>,
    head: String,
    message: AgentToServer,
}

impl Asked {
    /// The next request on a connection.
    async fn over(mut stream: BufReader<TcpStream>) -> Option<Self> {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if in_time("a request", stream.read_line(&mut head)).await.unwrap() == 0 {
                return None;
            }
        }
        let head = head.to_ascii_lowercase();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap_or("0");
        let mut body = vec![0; length.parse().unwrap()];
        stream.read_exact(&mut body).await.unwrap();
        Some(Self { stream, head, message: AgentToServer::decode(body.as_slice()).unwrap() })
    }

    async fn answer(mut self, message: ServerToAgent) -> BufReader<TcpStream> {
        let body = message.encode_to_vec();
        let head = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: application/x-protobuf\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        self.stream.write_all(&[head.as_bytes(), &body].concat()).await.unwrap();
        self.stream
    }
}

#[tokio::test]
async fn an_agent_that_polls_tries_a_websocket_again() {
    let (place, server) = (Place::new(), Server::bind().await);
    let own = key(KeyKind::Agent);
    let mut options = place.options(&server.url(), Some(key(KeyKind::Enrol)));
    options.pace.websocket = Duration::from_millis(400);
    let agent = start(options);
    // It enrols over a WebSocket, and has a key then.
    let (mut connection, _) = server.accept().await;
    connection.say(offer(1, &bearer(&own))).await;
    while connection.hear().await.is_some() {}
    server.answer("426 Upgrade Required", "", "not through this proxy").await;
    let asked = Asked::over(BufReader::new(server.accept_tcp().await)).await.unwrap();
    let mut polled = asked.answer(welcome()).await;
    // The next attempt still fails, and polling goes on.
    let second = async {
        server.answer("426 Upgrade Required", "", "not yet").await;
        Connection::over(Box::new(server.accept_tcp().await)).await
    };
    let id = CommandId::new(&SystemClock, &SystemEntropy).as_uuid();
    let polls = async {
        while let Some(asked) = Asked::over(polled).await {
            assert!(asked.head.starts_with("post "));
            let is_last = asked.message.agent_disconnect.is_some();
            // A command in the very last answer is not lost.
            let orders = run(vec![shell(id, "echo kept")]);
            let answer = if is_last { ordered(&orders) } else { ServerToAgent::default() };
            polled = asked.answer(answer).await;
            if is_last {
                return true;
            }
        }
        false
    };
    let ((mut connection, hello), is_goodbye) = tokio::join!(second, polls);
    assert!(is_goodbye, "the server would take the agent for two");
    let description = hello.agent_description.unwrap();
    assert_eq!(bailiwick_link::description::facts(&description).transport.as_deref(), Some("websocket"));
    assert_eq!(connection.authorization, bearer(&own));
    connection.welcome().await;
    assert_eq!(connection.end_of(id.as_bytes()).await.stdout_bytes, 5);
    agent.stop.cancel();
    let (ended, ()) = tokio::join!(agent.end(), async { while connection.hear().await.is_some() {} });
    ended.unwrap();
}

#[tokio::test]
async fn a_proxy_whose_server_is_down_does_not_make_the_agent_poll() {
    let (place, server) = (Place::new(), Server::bind().await);
    let agent = start(place.options(&server.url(), Some(key(KeyKind::Enrol))));
    for status in ["502 Bad Gateway", "503 Service Unavailable", "504 Gateway Timeout"] {
        server.answer(status, "", "<html>").await;
    }
    // It tries a WebSocket again.
    let (connection, _) = server.accept().await;
    agent.stop.cancel();
    connection.close().await;
    agent.end().await.unwrap();
}

#[tokio::test]
async fn the_agent_polls_if_a_proxy_refuses_every_websocket_as_if_the_server_were_down() {
    let (place, server) = (Place::new(), Server::bind().await);
    let agent = start(place.options(&server.url(), Some(key(KeyKind::Enrol))));
    for _ in 0..5 {
        server.answer("502 Bad Gateway", "", "<html>").await;
    }
    let asked = Asked::over(BufReader::new(server.accept_tcp().await)).await.unwrap();
    assert!(asked.head.starts_with("post "));
    drop(asked);
    agent.stop.cancel();
    agent.end().await.unwrap();
}

#[tokio::test]
async fn the_agent_polls_over_http_when_websocket_fails() {
    let (place, server) = (Place::new(), Server::bind().await);
    let (enrol, own) = (key(KeyKind::Enrol), key(KeyKind::Agent));
    let agent = start(place.options(&server.url(), Some(enrol.clone())));
    server.answer("400 Bad Request", "", "no upgrades here").await;
    let asked = Asked::over(BufReader::new(server.accept_tcp().await)).await.unwrap();
    assert!(asked.head.starts_with("post /v1/opamp http/1.1\r\n"));
    assert!(asked.head.contains("content-type: application/x-protobuf\r\n"));
    assert!(asked.head.contains(&format!("authorization: {}\r\n", bearer(&enrol)).to_ascii_lowercase()));
    assert!(asked.message.agent_description.is_some());
    let stream = asked.answer(offer(1, &bearer(&own))).await;
    // It says that it leaves over HTTP too.
    let mut stream = Some(stream);
    while let Some(asked) = Asked::over(stream.take().unwrap()).await {
        let is_last = asked.message.agent_disconnect.is_some();
        stream = Some(asked.answer(ServerToAgent::default()).await);
        if is_last {
            break;
        }
    }
    drop(stream);
    agent.stop.cancel();
    agent.end().await.unwrap();

    let mut options = place.options(&server.url(), None);
    options.transport = Transport::Http;
    let agent = start(options);
    let asked = Asked::over(BufReader::new(server.accept_tcp().await)).await.unwrap();
    assert!(asked.head.contains(&format!("authorization: {}\r\n", bearer(&own)).to_ascii_lowercase()));
    let id = CommandId::new(&SystemClock, &SystemEntropy).as_uuid();
    let orders = run(vec![shell(id, "echo over HTTP")]);
    let mut stream =
        asked.answer(ServerToAgent { custom_message: ordered(&orders).custom_message, ..welcome() }).await;
    let finished = loop {
        let asked = Asked::over(stream).await.expect("a request");
        let end = reported(&asked.message).into_iter().find_map(|report: Report| match report.news {
            Some(ReportBody::Finished(finished)) => Some(finished),
            _ => None,
        });
        stream = asked.answer(ServerToAgent::default()).await;
        if let Some(end) = end {
            break end;
        }
    };
    assert_eq!((finished.end(), finished.stdout_bytes), (End::Succeeded, 10));
    agent.stop.cancel();
    let goodbye = async {
        let mut is_goodbye = false;
        let mut stream = stream;
        while let Some(asked) = Asked::over(stream).await {
            is_goodbye = asked.message.agent_disconnect.is_some();
            stream = asked.answer(ServerToAgent::default()).await;
        }
        is_goodbye
    };
    let (ended, is_goodbye) = tokio::join!(agent.end(), goodbye);
    ended.unwrap();
    assert!(is_goodbye);
}
