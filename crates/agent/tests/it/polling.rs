//! The agent over plain HTTP.

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
use crate::server::{Server, in_time, offer, ordered, reported, run, shell, welcome};

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
