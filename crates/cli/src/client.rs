//! A client that calls a server's API.

use std::error::Error as _;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Once;
use std::time::Duration;

use anyhow::{Context as _, bail};
use bailiwick_agent::trust;
use bailiwick_domain::excerpt::excerpt;
use bailiwick_engine::hint::Hint;
use bailiwick_files::read_below;
use bailiwick_server::data::FirstRunFile;
use bytes::Bytes;
use clap::{Args, ValueEnum};
use futures::StreamExt as _;
use reqwest::header::{CONTENT_LENGTH, CONTENT_TYPE};
use reqwest::redirect::{Attempt, Policy};
use reqwest::{Client, ClientBuilder, Method, RequestBuilder, Response, StatusCode, Url};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use zeroize::Zeroizing;

use crate::events::EventStream;
use crate::output;

/// How many redirects are followed, all within the same server.
const REDIRECTS_MAX: usize = 3;
/// How many characters are shown of the address of a redirect.
const SHOWN_MAX: usize = 300;
/// How long a call may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// The key of `first-run.json` to use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum As {
    /// The organization key.
    Organization,
    /// The root key.
    Root,
}

/// The server to call, and the key to use.
#[derive(Args, Clone, Debug)]
pub(crate) struct ServerArgs {
    /// The URL of the server [default: the server of the data directory]
    #[arg(long, value_name = "URL", env = "BAILIWICK_URL", help_heading = "Server", value_parser = server_url)]
    url: Option<Url>,
    /// A file that contains the key; or set BAILIWICK_KEY to the key itself [default: the key in
    /// first-run.json]
    #[arg(long, value_name = "FILE", env = "BAILIWICK_KEY_FILE", help_heading = "Server")]
    key_file: Option<PathBuf>,
    /// The key of first-run.json to use
    #[arg(long = "as", value_name = "WHO", value_enum, default_value_t = As::Organization, help_heading = "Server")]
    who: As,
    /// The data directory with first-run.json and the self-signed certificate
    #[arg(long, value_name = "DIR", default_value = FOUND, help_heading = "Server")]
    data: PathBuf,
    /// A PEM file with the certificate of the server or of its issuer
    #[arg(long, value_name = "FILE", env = "BAILIWICK_CA", help_heading = "Server")]
    ca: Option<PathBuf>,
    /// Accept any certificate, without verification
    #[arg(long, help_heading = "Server")]
    insecure: bool,
    /// Print JSON instead of tables
    #[arg(long, help_heading = "Server")]
    pub(crate) json: bool,
}

/// Parses the URL of a server, with or without the `/v1` with which the API's paths begin.
fn server_url(text: &str) -> Result<Url, String> {
    let url = text.trim_end_matches('/').trim_end_matches("/v1").parse::<Url>().ok();
    let url = url.filter(|url| matches!(url.scheme(), "http" | "https"));
    if url.as_ref().is_some_and(|url| !url.username().is_empty() || url.password().is_some()) {
        // Credentials in the URL would appear in messages and in the list of processes.
        return Err("expected an address without a user name and password: give the key with --key-file or BAILIWICK_KEY".to_owned());
    }
    url.ok_or_else(|| "expected an address such as https://127.0.0.1:8443".to_owned())
}

/// How long an upload of many objects may take.
const UPLOAD_PATIENCE: Duration = Duration::from_secs(600);
/// How long an event stream may stay open at most: longer than any command runs.
const WATCH_PATIENCE: Duration = Duration::from_secs(40 * 86_400);
/// The size in bytes of the pieces in which a text is sent.
const PIECE: usize = 64 << 10;

/// A text to be sent to a server.
pub(crate) struct Upload {
    pub(crate) bytes: Vec<u8>,
    pub(crate) media_type: &'static str,
    /// Called with the number of bytes sent so far, and in total.
    pub(crate) progress: Box<dyn Fn(u64, u64) + Send + Sync>,
}

/// A server, with the key to use.
pub(crate) struct Server {
    client: Client,
    url: Url,
    key: Option<Zeroizing<String>>,
    /// The data directory, if no server was named and none has written its URL there.
    nothing_here: Option<String>,
    /// The file with the first keys, if it was looked for and is not there.
    no_first_keys: Option<String>,
}

/// An answer of the server.
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) body: Value,
}

/// The server's answer to a request for an event stream.
pub(crate) enum Watching {
    /// The stream of events.
    Events(EventStream),
    /// The server refused.
    Refused(Reply),
}

impl ServerArgs {
    /// Reads a file of the data directory; `None` if it does not exist. In the default directory, which
    /// nobody named, it is refused if another user may have put it there.
    fn read(&self, name: &str) -> anyhow::Result<Option<Vec<u8>>> {
        if self.data == Path::new(FOUND) {
            return read_below(&self.data, Path::new(name)).context(
                "this directory is not trusted: name the server with --url, or the directory with --data",
            );
        }
        let path = self.data.join(name);
        match std::fs::read(&path) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).with_context(|| path.display().to_string()),
        }
    }

    /// Reads a JSON file of the data directory; `None` if it does not exist.
    fn read_json<T: DeserializeOwned>(&self, name: &str) -> anyhow::Result<Option<T>> {
        let Some(bytes) = self.read(name)? else { return Ok(None) };
        let context = || self.data.join(name).display().to_string();
        Ok(Some(serde_json::from_slice(&bytes).with_context(context)?))
    }

    /// The key that the user named, by file or environment variable.
    fn own_key(&self) -> anyhow::Result<Option<Zeroizing<String>>> {
        let text = match &self.key_file {
            Some(path) => Some(std::fs::read_to_string(path).with_context(|| path.display().to_string())?),
            None => std::env::var("BAILIWICK_KEY").ok(),
        };
        let key = text.map(|text| Zeroizing::new(text.trim().to_owned()));
        Ok(key.filter(|key| !key.is_empty()))
    }

    /// The server to call, with its key.
    ///
    /// The files in the data directory belong together: the first keys are sent only to the server that
    /// made them. A key that the user names is sent to the server in `server.json` only if that is this
    /// machine.
    pub(crate) fn server(&self) -> anyhow::Result<Server> {
        let found: Option<Address> = self.read_json("server.json")?;
        let certificate = found.as_ref().and_then(|address| address.certificate.clone());
        let found =
            found.map(|address| address.url.parse::<Url>()).transpose().context("server.json: url")?;
        let own_key = self.own_key()?;
        let url = match (&self.url, &found) {
            (Some(url), _) => url.clone(),
            (None, Some(found)) if own_key.is_none() || is_this_machine(found) => found.clone(),
            _ => "https://127.0.0.1:8443".parse()?,
        };
        let is_found = found.as_ref().is_some_and(|found| found.origin() == url.origin());
        let mut no_first_keys = None;
        let key = match own_key {
            Some(key) => Some(key),
            None if is_found => match self.read_json::<FirstRunFile>("first-run.json")? {
                Some(file) => Some(match self.who {
                    As::Organization => file.organization_key,
                    As::Root => file.root_key,
                }),
                None => {
                    no_first_keys = Some(self.data.join("first-run.json").display().to_string());
                    None
                }
            },
            None => None,
        };
        let mut builder = client();
        if self.insecure {
            builder = builder.tls_danger_accept_invalid_certs(true);
        } else if let Some(path) = &self.ca {
            builder = builder.tls_backend_preconfigured(trust::only(path)?);
        } else if is_found && let Some(path) = certificate {
            // The address is that of this machine, and the certificate is for another name.
            let pem = std::fs::read(&path).with_context(|| {
                format!(
                    "{}: this is the certificate of the server in {}; name the server by the certificate's name with --url",
                    path.display(),
                    self.data.display()
                )
            })?;
            builder = builder.tls_backend_preconfigured(trust::exactly(&pem, &path)?);
        } else if is_found && let Some(pem) = self.read("tls/certificate.pem")? {
            let path = self.data.join("tls/certificate.pem");
            builder = builder.tls_backend_preconfigured(trust::only_in(&pem, &path)?);
        }
        let nothing_here = found.is_none() && self.url.is_none();
        let nothing_here = nothing_here.then(|| self.data.display().to_string());
        Ok(Server { client: builder.build()?, url, key, nothing_here, no_first_keys })
    }
}

/// A client that sends what it is given only to the server that was named.
fn client() -> ClientBuilder {
    Client::builder()
        .user_agent(concat!("bailiwick/", env!("CARGO_PKG_VERSION")))
        .timeout(PATIENCE)
        .redirect(Policy::custom(|attempt| match refuse_redirect(&attempt) {
            Ok(()) => attempt.follow(),
            Err(refused) => attempt.error(refused),
        }))
        // The key must not go through a proxy that the environment names.
        .no_proxy()
}

/// Why a redirect was not followed.
#[derive(Debug, thiserror::Error)]
enum Redirected {
    /// It leads to another server, which would get the passwords and secrets of the request.
    #[error(
        "the server redirects to {0}, which is another address; if you trust that one, name it with --url"
    )]
    Elsewhere(String),
    /// It is one too many.
    #[error("the server redirects again and again, the last time to {0}")]
    Endless(String),
}

fn refuse_redirect(attempt: &Attempt<'_>) -> Result<(), Redirected> {
    let to = attempt.url();
    // Without a query or credentials, which may be secret.
    let shown = excerpt(&format!("{}{}", to.origin().ascii_serialization(), to.path()), SHOWN_MAX);
    match attempt.previous() {
        [first, ..] if first.origin() != to.origin() => Err(Redirected::Elsewhere(shown)),
        previous if previous.len() > REDIRECTS_MAX => Err(Redirected::Endless(shown)),
        _ => Ok(()),
    }
}

/// Why a redirect was not followed, if that is what an error is about.
fn redirected(error: &reqwest::Error) -> Option<&Redirected> {
    let mut cause = error.source();
    while let Some(error) = cause {
        if let Some(redirected) = error.downcast_ref() {
            return Some(redirected);
        }
        cause = error.source();
    }
    None
}

/// Whether requests to a URL are sent unencrypted over the network.
fn is_in_clear(url: &Url) -> bool {
    url.scheme() == "http" && !is_this_machine(url)
}

/// The default data directory.
const FOUND: &str = "bailiwick-data";

/// The content of `server.json`.
#[derive(Deserialize)]
struct Address {
    url: String,
    /// The file of its certificate, if it is not the self-signed one in the data directory.
    certificate: Option<PathBuf>,
}

fn is_this_machine(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    host == "localhost" || host.parse().is_ok_and(|address: IpAddr| address.is_loopback())
}

/// Whether the answer was not HTTP.
fn speaks_no_http(error: &reqwest::Error) -> bool {
    let mut cause: Option<&dyn std::error::Error> = Some(error);
    while let Some(error) = cause {
        let text = error.to_string().to_lowercase();
        if text.contains("message") || text.contains("http version") {
            return true;
        }
        cause = error.source();
    }
    false
}

/// Whether the body of an error is that of a Bailiwick server: a problem, or errors of GraphQL.
fn is_of_a_server(body: &Value) -> bool {
    body.get("detail").is_some_and(Value::is_string) || body.get("errors").is_some()
}

impl Server {
    fn request(
        &self,
        method: Method,
        path: &[String],
        query: &[(String, String)],
    ) -> anyhow::Result<RequestBuilder> {
        let mut url = self.url.clone();
        match url.path_segments_mut() {
            Ok(mut segments) => {
                segments.pop_if_empty().extend(path);
            }
            Err(()) => bail!("{}: expected an address such as https://127.0.0.1:8443", self.url),
        }
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        let mut request = self.client.request(method, url);
        if let Some(key) = &self.key {
            if is_in_clear(&self.url) {
                static ONCE: Once = Once::new();
                ONCE.call_once(|| {
                    let url = &self.url;
                    output::note(&format!(
                        "warning: the key is sent to {url} unencrypted, so others on the network can read it: write https:// in the address if the server expects HTTPS"
                    ));
                });
            }
            request = request.bearer_auth(key.as_str());
        }
        Ok(request)
    }

    /// Calls an operation.
    pub(crate) async fn call(
        &self,
        method: &str,
        path: &[String],
        query: &[(String, String)],
        body: Option<&Value>,
    ) -> anyhow::Result<Reply> {
        let mut request = self.request(Method::from_bytes(method.as_bytes())?, path, query)?;
        if let Some(body) = body {
            request = request.json(body);
        }
        self.send(request).await
    }

    /// Opens an event stream that begins after an event, if one is named.
    pub(crate) async fn watch(
        &self,
        path: &[String],
        query: &[(String, String)],
        after: Option<&str>,
    ) -> anyhow::Result<Watching> {
        let mut request = self.request(Method::GET, path, query)?.timeout(WATCH_PATIENCE);
        if let Some(after) = after {
            request = request.header("last-event-id", after);
        }
        let response = request.send().await.map_err(|error| self.explain(error))?;
        if response.status().is_success() {
            return Ok(Watching::Events(EventStream::new(response.bytes_stream().boxed())));
        }
        Ok(Watching::Refused(self.reply(response).await?))
    }

    /// Sends a text as the body.
    pub(crate) async fn upload(
        &self,
        path: &[String],
        query: &[(String, String)],
        upload: Upload,
    ) -> anyhow::Result<Reply> {
        let Upload { bytes, media_type, progress } = upload;
        let (length, bytes) = (bytes.len(), Bytes::from(bytes));
        let pieces = futures::stream::iter((0..length).step_by(PIECE)).map(move |from| {
            let to = length.min(from + PIECE);
            progress(to as u64, length as u64);
            Ok::<_, std::io::Error>(bytes.slice(from..to))
        });
        let request = self
            .request(Method::POST, path, query)?
            .timeout(UPLOAD_PATIENCE)
            .header(CONTENT_TYPE, media_type)
            .header(CONTENT_LENGTH, length)
            .body(reqwest::Body::wrap_stream(pieces));
        self.send(request).await
    }

    async fn send(&self, request: RequestBuilder) -> anyhow::Result<Reply> {
        let response = request.send().await.map_err(|error| self.explain(error))?;
        self.reply(response).await
    }

    async fn reply(&self, response: Response) -> anyhow::Result<Reply> {
        let status = response.status();
        let bytes = response.bytes().await.context("the answer ended before it was complete")?;
        if !status.is_success() {
            let problem = serde_json::from_slice(&bytes).ok().filter(is_of_a_server);
            let mut body = problem.unwrap_or_else(|| self.without_problem(status));
            self.say_that_first_keys_are_gone(&mut body);
            return Ok(Reply { status, body });
        }
        let body = if bytes.is_empty() {
            Value::Null
        } else {
            serde_json::from_slice(&bytes)
                .with_context(|| format!("the server at {} is not a Bailiwick server", self.url))?
        };
        Ok(Reply { status, body })
    }

    /// A problem for an answer that has none: a proxy on the way made it, or another server.
    fn without_problem(&self, status: StatusCode) -> Value {
        let hint = match status.as_u16() {
            502..=504 => {
                "a proxy in front of the server did not reach it, or waited too long for it: check that the server runs, and look into the proxy's log"
            }
            413 => {
                "a proxy in front of the server does not let so much through at once: raise its limit, as the guides for proxies say, or send less at a time"
            }
            _ => {
                "this is no answer of a Bailiwick server: check the address, and what a proxy in front of the server does with the request"
            }
        };
        serde_json::json!({
            "status": status.as_u16(),
            "detail": format!("{status} from {}", self.url),
            "hints": [{ "hint": "no_answer_of_bailiwick", "text": hint }],
        })
    }

    /// Replaces the hint to name the data directory, for somebody who did and whose directory has no keys any
    /// more.
    fn say_that_first_keys_are_gone(&self, problem: &mut Value) {
        let Some(file) = self.no_first_keys.as_ref() else { return };
        let Some(hints) = problem.get_mut("hints").and_then(Value::as_array_mut) else { return };
        let text = format!(
            "{file} is not there, from which the key would be taken: set BAILIWICK_KEY, or name a file with --key-file"
        );
        for hint in hints.iter_mut().filter(|hint| hint["hint"] == Hint::SendCredential.as_str()) {
            *hint = serde_json::json!({ "hint": "first_keys_are_gone", "text": text });
        }
    }

    /// Adds a hint to the error of a call that did not get through.
    fn explain(&self, error: reqwest::Error) -> anyhow::Error {
        if let Some(redirected) = redirected(&error) {
            return anyhow::Error::msg(format!("{}: {redirected}", self.url));
        }
        let is_https = self.url.scheme() == "https";
        let hint = if let Some(why) = trust::certificate_error(&error) {
            format!("the server's certificate is not trusted: {}, or use --insecure", trust::explain(why))
        } else if is_https && matches!(trust::tls_error(&error), Some(rustls::Error::InvalidMessage(_))) {
            "the server answers in plain HTTP: write http:// instead of https:// in the address".to_owned()
        } else if !is_https && speaks_no_http(&error) {
            "the answer is not HTTP: if the server expects HTTPS, write https:// instead of http:// in the address"
                .to_owned()
        } else if error.is_connect() {
            "the connection failed: check that the server is running (`bailiwick up` starts one), or name another one with --url".to_owned()
        } else if error.is_timeout() {
            "the server did not answer in time".to_owned()
        } else {
            "the request failed".to_owned()
        };
        let place = self.nothing_here.as_ref().map(|data| {
            format!(
                "\n  {data} does not contain the address of a server: name the data directory with --data, or the server with BAILIWICK_URL and its key with BAILIWICK_KEY"
            )
        });
        let place = place.unwrap_or_default();
        anyhow::Error::new(error.without_url()).context(format!("{}: {hint}{place}", self.url))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_in_the_server_url_is_refused() {
        assert_eq!(server_url("https://h:1/v1/").unwrap().as_str(), "https://h:1/");
        for text in ["https://api_key:secret@h", "https://secret@h"] {
            assert!(server_url(text).unwrap_err().contains("--key-file"), "{text}");
        }
        assert!(server_url("h:1").is_err());
    }

    #[test]
    fn a_key_is_sent_in_clear_only_to_another_machine_over_http() {
        let in_clear = |url: &str| is_in_clear(&url.parse().unwrap());
        for url in ["http://10.0.0.1:8080", "http://b.example.com", "http://[2001:db8::1]"] {
            assert!(in_clear(url), "{url}");
        }
        for url in ["https://b.example.com", "http://127.0.0.1:1", "http://localhost:1", "http://[::1]:1"] {
            assert!(!in_clear(url), "{url}");
        }
    }

    /// Answers each connection with the next of these redirects, and then with `{}`. Returns the address,
    /// and the first lines of the requests that came.
    fn redirecting(to: &'static [&'static str]) -> (String, std::thread::JoinHandle<Vec<String>>) {
        use std::io::{BufRead as _, BufReader, Write as _};

        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let thread = std::thread::spawn(move || {
            let mut requests = Vec::new();
            for n in 0..=to.len() {
                let (mut stream, _) = listener.accept().unwrap();
                let mut line = String::new();
                BufReader::new(&stream).read_line(&mut line).unwrap();
                if line.starts_with("END") {
                    break;
                }
                requests.push(line.trim().to_owned());
                let head = match to.get(n) {
                    Some(to) => format!("HTTP/1.1 307 Temporary Redirect\r\nlocation: {to}\r\n"),
                    None => "HTTP/1.1 200 OK\r\n".to_owned(),
                };
                let rest = "connection: close\r\ncontent-length: 2\r\n\r\n{}";
                stream.write_all(format!("{head}{rest}").as_bytes()).unwrap();
            }
            requests
        });
        (address, thread)
    }

    async fn called(address: &str) -> anyhow::Result<Reply> {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let url = format!("http://{address}").parse().unwrap();
        let server = Server {
            client: client().build().unwrap(),
            url,
            key: None,
            nothing_here: None,
            no_first_keys: None,
        };
        let body = serde_json::json!({ "password": "hunter2" });
        server.call("POST", &["v1".to_owned(), "sessions".to_owned()], &[], Some(&body)).await
    }

    /// Answers one request with this, and returns the address.
    fn answering(answer: &'static str) -> String {
        use std::io::{BufRead as _, BufReader, Write as _};

        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut lines = BufReader::new(&stream).lines();
            assert!(lines.any(|line| line.unwrap().is_empty()), "the head has no end");
            stream.write_all(answer.as_bytes()).unwrap();
        });
        address
    }

    #[tokio::test]
    async fn an_error_without_a_problem_says_what_answered_and_what_to_do() {
        for (answer, status, hint) in [
            (
                "HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n",
                "502 Bad Gateway",
                "check that the server runs",
            ),
            (
                "HTTP/1.1 504 Gateway Timeout\r\ncontent-length: 6\r\n\r\n<html>",
                "504 Gateway Timeout",
                "proxy's log",
            ),
            (
                "HTTP/1.1 413 Payload Too Large\r\ncontent-length: 0\r\n\r\n",
                "413 Payload Too Large",
                "raise its limit",
            ),
            ("HTTP/1.1 404 Not Found\r\ncontent-length: 4\r\n\r\nnull", "404 Not Found", "check the address"),
        ] {
            let address = answering(answer);
            let reply = called(&address).await.unwrap();
            assert_eq!(reply.body["detail"], format!("{status} from http://{address}/"));
            let said = reply.body["hints"][0]["text"].as_str().unwrap();
            assert!(said.contains(hint), "{status}: {said}");
        }
        // What the server says itself is kept.
        let own = r#"{"detail":"there is no node x","status":404}"#;
        let head = format!("HTTP/1.1 404 Not Found\r\ncontent-length: {}\r\n\r\n{own}", own.len());
        let reply = called(&answering(head.leak())).await.unwrap();
        assert_eq!(reply.body["detail"], "there is no node x");
    }

    #[tokio::test]
    async fn redirects_are_followed_only_within_the_server() {
        let (address, requests) = redirecting(&["/a", "/b?c=d"]);
        assert_eq!(called(&address).await.unwrap().status, 200);
        let expected = ["POST /v1/sessions HTTP/1.1", "POST /a HTTP/1.1", "POST /b?c=d HTTP/1.1"];
        assert_eq!(requests.join().unwrap(), expected);

        for to in [
            &["http://192.0.2.2:19142/body?x=secret"][..],
            &["https://127.0.0.1:1/body"],
            &["http://127.0.0.1:1/body"],
            &["//user:pass@localhost/body"],
        ] {
            let (address, requests) = redirecting(to);
            let error = called(&address).await.err().unwrap().to_string();
            assert!(error.contains("redirects to ") && error.contains("/body, which is another"), "{error}");
            assert!(!error.contains("secret") && !error.contains("pass"), "{error}");
            std::io::Write::write_all(&mut std::net::TcpStream::connect(&address).unwrap(), b"END\n")
                .unwrap();
            assert_eq!(requests.join().unwrap().len(), 1);
        }

        let (address, requests) = redirecting(&["/1", "/2", "/3", "/4"]);
        let error = called(&address).await.err().unwrap().to_string();
        assert!(error.contains("again and again") && error.ends_with("/4"), "{error}");
        std::io::Write::write_all(&mut std::net::TcpStream::connect(&address).unwrap(), b"END\n").unwrap();
        assert_eq!(requests.join().unwrap().len(), 4);
    }
}
