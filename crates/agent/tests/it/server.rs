//! A server's part, played by a test over real sockets.

use std::net::SocketAddr;
use std::time::Duration;

use bailiwick_link::capability;
use bailiwick_link::commands::{Finished, Order, Orders, Report, ReportBody, Reports, ShellOrder, What};
use bailiwick_link::custom::{Custom, announce_all};
use bailiwick_link::frame;
use bailiwick_link::opamp::{
    AgentToServer, ConnectionSettingsOffers, CustomMessage, Header, Headers, OpAmpConnectionSettings,
    ServerToAgent,
};
use futures::{SinkExt as _, StreamExt as _};
use prost::Message as _;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};

/// How long anything may take before the test gives up.
pub const PATIENCE: Duration = Duration::from_secs(60);

pub trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

pub async fn in_time<T>(what: &str, work: impl Future<Output = T>) -> T {
    match tokio::time::timeout(PATIENCE, work).await {
        Ok(done) => done,
        Err(_) => panic!("timed out waiting for {what}"),
    }
}

/// A place where agents connect to.
pub struct Server {
    listener: TcpListener,
}

/// A connected agent.
pub struct Connection {
    socket: WebSocketStream<Box<dyn Stream>>,
    /// The header `Authorization` that it came with.
    pub authorization: String,
    uid: Vec<u8>,
    told: Vec<Report>,
}

impl Server {
    pub async fn bind() -> Self {
        Self { listener: TcpListener::bind("127.0.0.1:0").await.unwrap() }
    }

    pub fn address(&self) -> SocketAddr {
        self.listener.local_addr().unwrap()
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address())
    }

    pub async fn accept_tcp(&self) -> TcpStream {
        in_time("a connection", self.listener.accept()).await.unwrap().0
    }

    /// Waits for an agent, and its first message.
    pub async fn accept(&self) -> (Connection, AgentToServer) {
        let stream = self.accept_tcp().await;
        Connection::over(Box::new(stream)).await
    }

    /// Waits for a request, and answers with this, whatever it is.
    pub async fn answer(&self, status: &str, headers: &str, body: &str) {
        let mut stream = self.accept_tcp().await;
        let mut request = Vec::new();
        while !request.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte).await.unwrap();
            request.extend(byte);
        }
        let length = body.len();
        let answer = format!(
            "HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n{headers}\r\n{body}"
        );
        stream.write_all(answer.as_bytes()).await.unwrap();
        stream.shutdown().await.unwrap();
    }
}

impl Connection {
    pub async fn over(stream: Box<dyn Stream>) -> (Self, AgentToServer) {
        let mut authorization = String::new();
        #[allow(clippy::result_large_err, reason = "the library asks for this type")]
        let note = |request: &Request, response: Response| -> Result<Response, ErrorResponse> {
            assert_eq!(request.uri().path(), "/v1/opamp");
            authorization = request.headers()["authorization"].to_str().unwrap().to_owned();
            Ok(response)
        };
        let socket =
            in_time("the handshake", tokio_tungstenite::accept_hdr_async(stream, note)).await.unwrap();
        let mut connection = Self { socket, authorization, uid: Vec::new(), told: Vec::new() };
        let hello = connection.hear().await.expect("the first message");
        connection.uid.clone_from(&hello.instance_uid);
        (connection, hello)
    }

    /// The next message; nothing when the agent closes the connection.
    pub async fn hear(&mut self) -> Option<AgentToServer> {
        loop {
            match in_time("a message", self.socket.next()).await {
                Some(Ok(Message::Binary(bytes))) => return Some(frame::decode(&bytes).unwrap()),
                Some(Ok(Message::Close(_)) | Err(_)) | None => return None,
                Some(Ok(_)) => {}
            }
        }
    }

    pub async fn say(&mut self, message: ServerToAgent) {
        let message = ServerToAgent { instance_uid: self.uid.clone(), ..message };
        self.socket.send(Message::Binary(frame::encode(&message).into())).await.unwrap();
    }

    /// What a server says first.
    pub async fn welcome(&mut self) {
        self.say(welcome()).await;
    }

    pub async fn order(&mut self, orders: Orders) {
        self.say(ordered(&orders)).await;
    }

    /// The next report of a command that fits.
    pub async fn report<T>(&mut self, id: &[u8], mut fits: impl FnMut(&ReportBody) -> Option<T>) -> T {
        loop {
            let found = self.told.iter().enumerate().find_map(|(at, report)| {
                (report.id == id).then(|| Some((at, fits(report.news.as_ref()?)?)))?
            });
            if let Some((at, found)) = found {
                self.told.remove(at);
                return found;
            }
            let message = self.hear().await.expect("a report");
            self.told.extend(reported(&message));
        }
    }

    pub async fn start_of(&mut self, id: &[u8]) {
        self.report(id, |news| matches!(news, ReportBody::Started(_)).then_some(())).await;
    }

    pub async fn end_of(&mut self, id: &[u8]) -> Finished {
        let end = |news: &ReportBody| match news {
            ReportBody::Finished(finished) => Some(finished.clone()),
            _ => None,
        };
        self.report(id, end).await
    }

    /// What a command wrote to standard output, after its [end](Self::end_of). The agent tells some of it while the command
    /// runs, and the rest at the end.
    pub fn output_of(&self, id: &[u8], end: &Finished) -> Vec<u8> {
        let told =
            self.told.iter().filter(|report| report.id == id).filter_map(|report| match &report.news {
                Some(ReportBody::Output(output)) => Some(output),
                _ => None,
            });
        let stdout = i32::from(bailiwick_link::commands::Stream::Stdout);
        let pieces = told.chain(&end.output).filter(|piece| piece.stream == stdout);
        pieces.flat_map(|piece| piece.bytes.clone()).collect()
    }

    /// What was told of a command and not looked at yet.
    pub fn told(&self, id: &[u8]) -> Option<&Report> {
        self.told.iter().find(|report| report.id == id)
    }

    /// Closes the connection as a server does.
    pub async fn close(mut self) {
        self.socket.close(None).await.unwrap();
    }
}

pub fn welcome() -> ServerToAgent {
    ServerToAgent {
        capabilities: capability::server::OURS,
        custom_capabilities: Some(announce_all()),
        ..ServerToAgent::default()
    }
}

pub fn ordered(orders: &Orders) -> ServerToAgent {
    let custom_message = Some(Custom::Commands.tell_agent(orders));
    ServerToAgent { custom_message, ..ServerToAgent::default() }
}

pub fn reported(message: &AgentToServer) -> Vec<Report> {
    let of_commands = |message: &&CustomMessage| Custom::of_agent(message) == Some(Custom::Commands);
    let custom = message.custom_message.as_ref().filter(of_commands);
    Reports::decode(custom.map(|custom| custom.data.as_slice()).unwrap_or_default()).unwrap().reports
}

/// An offer of a credential.
pub fn offer(hash: u8, authorization: &str) -> ServerToAgent {
    let header = Header { key: "Authorization".into(), value: authorization.into() };
    let opamp = OpAmpConnectionSettings {
        destination_endpoint: String::new(),
        headers: Some(Headers { headers: vec![header] }),
        heartbeat_interval_seconds: 30,
    };
    let offers = ConnectionSettingsOffers { hash: vec![hash], opamp: Some(opamp) };
    ServerToAgent { connection_settings: Some(offers), ..welcome() }
}

/// An order to give a text to `sh`.
pub fn shell(id: uuid::Uuid, text: &str) -> Order {
    let order = ShellOrder { shell: "sh".into(), command: text.into(), ..ShellOrder::default() };
    Order {
        id: id.as_bytes().to_vec(),
        timeout_seconds: 60,
        expires_in_ms: 60_000,
        output_limit_bytes: 65_536,
        what: Some(What::Shell(order)),
    }
}

pub fn run(orders: Vec<Order>) -> Orders {
    Orders { run: orders, ..Orders::default() }
}
