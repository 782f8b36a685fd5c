//! Two servers on one PostgreSQL, the second by way of a wire that can be frozen.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use reqwest::{Client, Method};
use serde_json::Value;

use crate::postgres::Database;
use crate::process::{Place, Server};

/// Two servers, and the wire of the second.
pub struct Pair {
    pub places: [Place; 2],
    pub wire: Wire,
    pub client: Client,
    _servers: [Server; 2],
    _database: Database,
}

/// A way to a database on which nothing goes through while it is frozen.
#[derive(Clone, Default)]
pub struct Wire(Arc<AtomicBool>);

impl Wire {
    pub fn freeze(&self, is_frozen: bool) {
        self.0.store(is_frozen, Ordering::Release);
    }

    /// The address of the database at the other end.
    fn to(&self, url: &str) -> String {
        let (before, name) = url.rsplit_once('/').unwrap();
        let (credentials, host) = before.split_once("://").unwrap().1.rsplit_once('@').unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (wire, host) = (self.clone(), host.replace("%2F", "/"));
        std::thread::spawn(move || {
            for near in listener.incoming().flatten() {
                if host.starts_with('/') {
                    let far = UnixStream::connect(format!("{host}/.s.PGSQL.5432")).unwrap();
                    wire.carry(near.try_clone().unwrap(), far.try_clone().unwrap());
                    wire.carry(far, near);
                } else {
                    let far = TcpStream::connect(&host).unwrap();
                    wire.carry(near.try_clone().unwrap(), far.try_clone().unwrap());
                    wire.carry(far, near);
                }
            }
        });
        format!("postgres://{credentials}@127.0.0.1:{port}/{name}")
    }

    fn carry(&self, mut from: impl End, mut to: impl End) {
        let is_frozen = Arc::clone(&self.0);
        std::thread::spawn(move || {
            let mut bytes = vec![0; 65_536];
            while let Ok(count @ 1..) = from.read(&mut bytes) {
                while is_frozen.load(Ordering::Acquire) {
                    std::thread::park_timeout(Duration::from_millis(10));
                }
                if to.write_all(&bytes[..count]).is_err() {
                    break;
                }
            }
            to.hang_up();
        });
    }
}

trait End: Read + Write + Send + 'static {
    fn hang_up(&self);
}

impl End for TcpStream {
    fn hang_up(&self) {
        let _ = self.shutdown(Shutdown::Both);
    }
}

impl End for UnixStream {
    fn hang_up(&self) {
        let _ = self.shutdown(Shutdown::Both);
    }
}

impl Pair {
    /// Starts them; `None` where there is no PostgreSQL.
    pub fn start(test: &str) -> Option<Self> {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let database = Database::of(test)?;
        let config = database.config();
        let url = config.trim().rsplit_once("url: ").unwrap().1.trim_end_matches('?').to_owned();
        let wire = Wire::default();
        let places = [Place::new(), Place::new()];
        let urls = [url.clone(), wire.to(&url)];
        for (place, url) in places.iter().zip(urls) {
            let config = format!("server:\n  tls: off\ndatabase:\n  url: {url}\n");
            std::fs::write(place.path().join("bailiwick.yml"), config).unwrap();
        }
        let listen = |place: &Place| format!("127.0.0.1:{}", place.port);
        let first = places[0].start(&["up", "--no-agent", "--listen", &listen(&places[0])]);
        // All servers have the same peppers.
        let data = |place: &Place| place.path().join("bailiwick-data");
        std::fs::create_dir(data(&places[1])).unwrap();
        std::fs::copy(data(&places[0]).join("peppers"), data(&places[1]).join("peppers")).unwrap();
        let second = places[1].start(&["up", "--no-agent", "--listen", &listen(&places[1])]);
        let client = Client::builder().no_proxy().timeout(Duration::from_secs(40)).build().unwrap();
        Some(Self { places, wire, client, _servers: [first, second], _database: database })
    }

    /// Asks one of them.
    pub async fn ask(
        &self,
        server: usize,
        key: &str,
        method: &str,
        path: &str,
        body: Option<Value>,
    ) -> (u16, Value) {
        let url = format!("http://127.0.0.1:{}{path}", self.places[server].port);
        let request = self.client.request(Method::from_bytes(method.as_bytes()).unwrap(), url);
        let request = request.header("authorization", format!("Bearer {key}"));
        let request = match body {
            Some(body) => request.json(&body),
            None => request,
        };
        match request.send().await {
            Ok(reply) => (reply.status().as_u16(), reply.json().await.unwrap_or_default()),
            Err(error) => (0, error.to_string().into()),
        }
    }

    /// Makes a key; its text and id.
    pub async fn key(&self, body: Value) -> (String, String) {
        let root = self.places[0].root_key();
        let (status, made) = self.ask(0, &root, "POST", "/v1/keys?organization=default", Some(body)).await;
        assert_eq!(status, 201, "{made:#}");
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        (text(&made["secret"]), text(&made["key"]["id"]))
    }
}
