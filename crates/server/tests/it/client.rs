//! A client of OpAMP at a real socket, and a server for it.
#![allow(clippy::disallowed_methods, reason = "tests spawn tasks that end with their runtime")]

use std::net::SocketAddr;
use std::time::Duration;

use axum::body::Body;
use axum::extract::ConnectInfo;
use bailiwick_domain::facts::Facts;
use bailiwick_link::capability::agent;
use bailiwick_link::custom::announce_all;
use bailiwick_link::description::describe;
use bailiwick_link::frame;
use bailiwick_link::opamp::{AgentDescription, AgentToServer, ComponentHealth, ErrorType, ServerToAgent};
use futures::{SinkExt as _, StreamExt as _};
use http::Request;
use http_body_util::BodyExt as _;
use prost::Message as _;
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;
use tower::ServiceExt as _;
use uuid::Uuid;

use crate::app::TestApp;

/// How long anything may take before a test fails.
const PATIENCE: Duration = Duration::from_secs(20);

/// A server at a socket, with its background; both end with this.
pub struct Served {
    pub address: SocketAddr,
    _stop: DropGuard,
}

impl TestApp {
    /// Serves at a socket.
    pub async fn serve(&self) -> Served {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let service = self.router.clone().into_make_service_with_connect_info::<SocketAddr>();
        let stop = CancellationToken::new();
        let stopped = stop.clone();
        tokio::spawn(async move {
            let serving = axum::serve(listener, service);
            let _ = stopped.run_until_cancelled(async { serving.await.unwrap() }).await;
        });
        self.start_background(&TaskTracker::new(), &stop);
        Served { address, _stop: stop.drop_guard() }
    }

    /// Makes a key that enrols; its text and id.
    pub async fn enrolment_key(&self, enrolment: Value) -> (String, String) {
        let body = json!({ "name": "Rack 7", "kind": "enrol", "enrolment": enrolment });
        let made = self.owner().post("/v1/keys", body).await.expect(201);
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        (text(&made.body["secret"]), text(&made.body["key"]["id"]))
    }

    /// Enrols a machine; what it then is.
    pub async fn enrol(&self, served: &Served, key: &str, machine: Machine) -> Machine {
        let mut client = Client::connect(served, key, machine).await;
        let reply = client.hello().await;
        client.take_offer(&reply);
        client.machine.clone()
    }
}

/// What a client is.
#[derive(Clone, Debug)]
pub struct Machine {
    pub uid: Uuid,
    pub id: String,
    pub facts: Facts,
    /// The key that it was given.
    pub key: Option<String>,
}

impl Machine {
    /// A machine with this name and machine id.
    pub fn named(name: &str) -> Self {
        let facts = Facts {
            hostname: Some(name.into()),
            os: Some("linux".into()),
            os_description: Some("Debian GNU/Linux 13 (trixie)".into()),
            addresses: vec!["10.1.2.3".parse().unwrap()],
            memory_bytes: Some(8 << 30),
            agent_version: Some("0.1.0".into()),
            ..Facts::default()
        };
        Self { uid: Uuid::now_v7(), id: format!("machine-{name}"), facts, key: None }
    }

    /// The same with another identity, as if its data directory were new.
    pub fn anew(&self) -> Self {
        Self { uid: Uuid::now_v7(), key: None, ..self.clone() }
    }

    pub fn description(&self) -> AgentDescription {
        describe(&self.facts, &self.id, &self.uid.to_string())
    }
}

/// A client of OpAMP.
pub struct Client {
    pub machine: Machine,
    pub sequence: u64,
    socket: WebSocketStream<TcpStream>,
}

/// Begins a WebSocket; the status if that is refused.
pub async fn open(served: &Served, key: &str) -> Result<WebSocketStream<TcpStream>, (u16, String)> {
    let mut request = format!("ws://{}/v1/opamp", served.address).into_client_request().unwrap();
    request.headers_mut().insert("authorization", format!("Bearer {key}").parse().unwrap());
    let stream = TcpStream::connect(served.address).await.unwrap();
    match tokio_tungstenite::client_async(request, stream).await {
        Ok((socket, _)) => Ok(socket),
        Err(Error::Http(refused)) => {
            let body = refused.body().as_deref().unwrap_or_default();
            Err((refused.status().as_u16(), String::from_utf8_lossy(body).into_owned()))
        }
        Err(error) => panic!("{error}"),
    }
}

impl Client {
    pub async fn connect(served: &Served, key: &str, machine: Machine) -> Self {
        let socket = open(served, key).await.unwrap_or_else(|refused| panic!("{refused:?}"));
        Self { machine, sequence: 0, socket }
    }

    /// One at a socket that is open.
    pub fn on(socket: WebSocketStream<TcpStream>, machine: Machine) -> Self {
        Self { machine, sequence: 0, socket }
    }

    /// Cuts the connection with a reset, without a close frame.
    pub fn reset(self) {
        self.socket.get_ref().set_zero_linger().unwrap();
    }

    /// One that is connected with the key that it was given.
    pub async fn connected(served: &Served, machine: &Machine) -> Self {
        let key = machine.key.clone().unwrap();
        let mut client = Self::connect(served, &key, machine.clone()).await;
        let reply = client.hello().await;
        assert!(reply.error_response.is_none(), "{reply:?}");
        client
    }

    /// The next message, numbered.
    pub fn next(&mut self) -> AgentToServer {
        self.sequence += 1;
        AgentToServer {
            instance_uid: self.machine.uid.as_bytes().to_vec(),
            sequence_num: self.sequence,
            capabilities: agent::OURS,
            ..AgentToServer::default()
        }
    }

    /// All that a client first says.
    pub fn full(&mut self) -> AgentToServer {
        AgentToServer {
            agent_description: Some(self.machine.description()),
            health: Some(ComponentHealth { healthy: true, start_time_unix_nano: 1, ..Default::default() }),
            custom_capabilities: Some(announce_all()),
            ..self.next()
        }
    }

    pub async fn send(&mut self, message: AgentToServer) {
        self.send_bytes(frame::encode(&message)).await;
    }

    /// The same where the server may have hung up.
    pub async fn try_send(&mut self, message: AgentToServer) -> Result<(), Error> {
        self.socket.send(Message::Binary(frame::encode(&message).into())).await
    }

    pub async fn send_bytes(&mut self, bytes: Vec<u8>) {
        self.send_raw(Message::Binary(bytes.into())).await;
    }

    pub async fn send_raw(&mut self, message: Message) {
        self.socket.send(message).await.unwrap();
    }

    /// The next frame, or nothing if the connection ended.
    async fn frame(&mut self) -> Option<Message> {
        match tokio::time::timeout(PATIENCE, self.socket.next()).await.expect("a frame in time") {
            Some(Ok(frame)) => Some(frame),
            Some(Err(_)) | None => None,
        }
    }

    /// The next message.
    pub async fn hear(&mut self) -> ServerToAgent {
        loop {
            match self.frame().await {
                Some(Message::Binary(bytes)) => return frame::decode(&bytes).unwrap(),
                Some(Message::Ping(_) | Message::Pong(_)) => {}
                other => panic!("expected a message, found {other:?}"),
            }
        }
    }

    /// Says something and hears the answer.
    pub async fn ask(&mut self, message: AgentToServer) -> ServerToAgent {
        self.send(message).await;
        self.hear().await
    }

    pub async fn hello(&mut self) -> ServerToAgent {
        let message = self.full();
        self.ask(message).await
    }

    /// Waits, up to a minute, until the server hangs up; the code that it gives.
    pub async fn hung_up(&mut self) -> Option<CloseCode> {
        let code = async {
            loop {
                match self.socket.next().await {
                    Some(Ok(Message::Close(frame))) => return frame.map(|frame| frame.code),
                    Some(Ok(_)) => {}
                    Some(Err(_)) | None => return None,
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(60), code).await.expect("the server hangs up in time")
    }

    /// Reads incoming messages in the background, as real clients do. A client that does not read does
    /// not answer pings either.
    pub fn idle(mut self) -> Idle {
        let stop = CancellationToken::new();
        let stopped = stop.clone();
        let task = tokio::spawn(async move {
            while let Some(Some(Ok(_))) = stopped.run_until_cancelled(self.socket.next()).await {}
            self
        });
        Idle { task, stop }
    }

    /// Becomes who an offer says.
    #[track_caller]
    pub fn take_offer(&mut self, reply: &ServerToAgent) {
        let settings = reply.connection_settings.as_ref().and_then(|offer| offer.opamp.as_ref());
        let headers = settings.and_then(|settings| settings.headers.as_ref());
        let header = headers.and_then(|headers| headers.headers.first());
        let header = header.unwrap_or_else(|| panic!("no offer: {reply:?}"));
        assert_eq!(header.key, "Authorization");
        self.machine.key = Some(header.value.strip_prefix("Bearer ").unwrap().to_owned());
        if let Some(identity) = &reply.agent_identification {
            self.machine.uid = Uuid::from_slice(&identity.new_instance_uid).unwrap();
        }
    }
}

/// A client that reads in the background.
pub struct Idle {
    task: JoinHandle<Client>,
    stop: CancellationToken,
}

impl Idle {
    /// The client, which reads when it is told to again.
    pub async fn back(self) -> Client {
        self.stop.cancel();
        self.task.await.unwrap()
    }
}

/// Waits until something is so.
pub async fn until(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let waited = tokio::time::timeout(PATIENCE, async {
        while !is_so().await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
    waited.await.unwrap_or_else(|_| panic!("timed out waiting until {what}"));
}

/// Polls once over plain HTTP; the status, and the answer if it is one.
pub async fn poll(
    app: &TestApp,
    key: &str,
    headers: &[(&'static str, &str)],
    body: Vec<u8>,
) -> (u16, Option<ServerToAgent>) {
    let mut request = Request::post("/v1/opamp").header("authorization", format!("Bearer {key}"));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let mut request = request.body(Body::from(body)).unwrap();
    request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([192, 0, 2, 1], 4711))));
    let response = app.router.clone().oneshot(request).await.unwrap();
    let status = response.status().as_u16();
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    (status, if status == 200 { Some(ServerToAgent::decode(bytes).unwrap()) } else { None })
}

/// The header of a polling client's requests.
pub const PROTOBUF: (&str, &str) = ("content-type", "application/x-protobuf");

/// A server with a machine that is enrolled.
pub async fn enrolled(app: &TestApp, name: &str) -> (Served, Machine) {
    let served = app.serve().await;
    let (key, _) = app.enrolment_key(json!({ "uses": 100 })).await;
    let machine = app.enrol(&served, &key, Machine::named(name)).await;
    (served, machine)
}

/// A node, as `nodes.get` answers it.
pub async fn node(app: &TestApp, name: &str) -> Value {
    app.fleet.write_heard_now().await;
    app.owner().get(&format!("/v1/nodes/{name}")).await.expect(200).body
}

/// The error that a message to a client contains.
pub fn said(reply: &ServerToAgent) -> (ErrorType, &str) {
    let error = reply.error_response.as_ref().unwrap_or_else(|| panic!("no error: {reply:?}"));
    (ErrorType::try_from(error.r#type).unwrap(), &error.error_message)
}
