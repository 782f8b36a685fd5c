//! A client that calls a server's API.

mod args;
mod credential;
mod failure;
mod redirects;
#[cfg(test)]
mod tests;

use std::sync::Once;
use std::time::Duration;

use anyhow::{Context as _, bail};
use bailiwick_engine::hint::Hint;
use bailiwick_server::SESSION_COOKIE;
use bytes::Bytes;
use futures::StreamExt as _;
use reqwest::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, IF_MATCH, SET_COOKIE};
use reqwest::{Client, ClientBuilder, Method, RequestBuilder, Response, StatusCode, Url};
use serde_json::{Value, json};
use zeroize::Zeroizing;

pub(crate) use self::args::{AddressArgs, ServerAddress, ServerArgs, is_this_machine, server_url};
pub(crate) use self::credential::Credential;
use crate::events::EventStream;
use crate::output;
use crate::trust::Trust;

/// How long a call may take.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long an upload of many objects may take.
const UPLOAD_PATIENCE: Duration = Duration::from_secs(600);
/// How long an event stream may stay open at most: longer than any command runs.
const WATCH_PATIENCE: Duration = Duration::from_secs(40 * 86_400);
/// The size in bytes of the pieces in which a text is sent.
const PIECE: usize = 64 << 10;
/// The query parameter that names the organization.
const ORGANIZATION: &str = "organization";

/// What names no organization, in place of a name: for the server as a whole.
pub(crate) const NO_ORGANIZATION: &str = "-";

/// A text to be sent to a server.
pub(crate) struct Upload {
    pub(crate) bytes: Vec<u8>,
    pub(crate) media_type: &'static str,
    /// Called with the number of bytes sent so far, and in total.
    pub(crate) progress: Box<dyn Fn(u64, u64) + Send + Sync>,
}

/// A server, with the credential to use.
pub(crate) struct Server {
    client: Client,
    url: Url,
    credential: Credential,
    /// The organization that calls name if they are not given another one.
    organization: Option<String>,
    /// The data directory, if no server was named and none has written its URL there.
    nothing_here: Option<String>,
    /// The file with the first keys, if it was looked for and is not there.
    no_first_keys: Option<String>,
}

/// An answer of the server.
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) body: Value,
    /// The token of the session that the answer begins.
    pub(crate) session: Option<Zeroizing<String>>,
}

/// The server's answer to a request for an event stream.
pub(crate) enum Watching {
    /// The stream of events.
    Events(EventStream),
    /// The server refused.
    Refused(Reply),
}

/// A client that sends what it is given only to the server that was named.
fn client() -> ClientBuilder {
    Client::builder()
        .user_agent(concat!("bailiwick/", env!("CARGO_PKG_VERSION")))
        .timeout(PATIENCE)
        .redirect(redirects::policy())
        // The key must not go through a proxy that the environment names.
        .no_proxy()
}

/// Whether requests to a URL are sent unencrypted over the network.
pub(crate) fn is_in_clear(url: &Url) -> bool {
    url.scheme() == "http" && !args::is_this_machine(url)
}

/// The token in the cookie that begins a session.
fn begun_session(headers: &HeaderMap) -> Option<Zeroizing<String>> {
    let cookies = headers.get_all(SET_COOKIE).iter().filter_map(|cookie| cookie.to_str().ok());
    let values = cookies.filter_map(|cookie| cookie.split(';').next()?.split_once('='));
    let mut tokens = values.filter(|(name, token)| *name == SESSION_COOKIE && !token.is_empty());
    tokens.next().map(|(_, token)| Zeroizing::new(token.to_owned()))
}

impl Server {
    fn new(trust: &Trust, url: Url, credential: Credential) -> anyhow::Result<Self> {
        // A test may have installed it before.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = trust.apply(client())?.build().context("TLS cannot be set up")?;
        Ok(Self { client, url, credential, organization: None, nothing_here: None, no_first_keys: None })
    }

    /// The URL of the server.
    pub(crate) const fn url(&self) -> &Url {
        &self.url
    }

    /// The credential with which it is called.
    pub(crate) const fn credential(&self) -> &Credential {
        &self.credential
    }

    /// The same server, called with another credential.
    pub(crate) fn with_credential(self, credential: Credential) -> Self {
        Self { credential, ..self }
    }

    /// The query that names the organization: the one that is given, or else that of the session. [`NO_ORGANIZATION`]
    /// names none.
    pub(crate) fn query(&self, organization: Option<&str>) -> Vec<(String, String)> {
        let named = organization.or(self.organization.as_deref()).filter(|name| *name != NO_ORGANIZATION);
        named.map(|name| (ORGANIZATION.to_owned(), name.to_owned())).into_iter().collect()
    }

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
        if !matches!(self.credential, Credential::None) {
            self.warn_of_clear(self.credential.noun());
        }
        Ok(self.credential.add(self.client.request(method, url)))
    }

    /// Warns once if what is sent to the server can be read by others.
    pub(crate) fn warn_of_clear(&self, what: &str) {
        static ONCE: Once = Once::new();
        if is_in_clear(&self.url) {
            ONCE.call_once(|| {
                let url = &self.url;
                output::note(&format!(
                    "warning: the {what} is sent to {url} unencrypted, so others on the network can read it: write https:// in the address if the server expects HTTPS"
                ));
            });
        }
    }

    /// Calls an operation.
    pub(crate) async fn call(
        &self,
        method: &str,
        path: &[String],
        query: &[(String, String)],
        body: Option<&Value>,
    ) -> anyhow::Result<Reply> {
        self.call_if(method, path, query, body, None).await
    }

    /// Calls an operation, which is done only if the object still has the revision in `if_match`, an entity
    /// tag such as `"4"`.
    pub(crate) async fn call_if(
        &self,
        method: &str,
        path: &[String],
        query: &[(String, String)],
        body: Option<&Value>,
        if_match: Option<&str>,
    ) -> anyhow::Result<Reply> {
        let mut request = self.request(Method::from_bytes(method.as_bytes())?, path, query)?;
        if let Some(if_match) = if_match {
            request = request.header(IF_MATCH, if_match);
        }
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
        let session = begun_session(response.headers());
        let incomplete = || format!("{}: the answer ended before it was complete: try again", self.url);
        let bytes = response.bytes().await.map_err(|_| anyhow::Error::msg(incomplete()))?;
        if !status.is_success() {
            let problem = serde_json::from_slice(&bytes).ok().filter(failure::is_of_a_server);
            let mut body = problem.unwrap_or_else(|| failure::without_problem(status, &self.url));
            self.say_that_first_keys_are_gone(&mut body);
            self.say_how_to_log_in_again(&mut body);
            return Ok(Reply { status, body, session: None });
        }
        let body = if bytes.is_empty() {
            Value::Null
        } else {
            let foreign =
                || format!("the server at {} is not a Bailiwick server: check the address", self.url);
            serde_json::from_slice(&bytes).map_err(|_| anyhow::Error::msg(foreign()))?
        };
        Ok(Reply { status, body, session })
    }

    /// Replaces the hint to name the data directory, for somebody who did and whose directory has no keys any
    /// more.
    fn say_that_first_keys_are_gone(&self, problem: &mut Value) {
        let Some(file) = self.no_first_keys.as_ref() else { return };
        let Some(hints) = problem.get_mut("hints").and_then(Value::as_array_mut) else { return };
        let text = format!(
            "{file} is not there, from which the key would be taken: set BAILIWICK_KEY, name a file with --key-file, or log in with `bailiwick login`"
        );
        for hint in hints.iter_mut().filter(|hint| hint["hint"] == Hint::SendCredential.as_str()) {
            *hint = json!({ "hint": "first_keys_are_gone", "text": text });
        }
    }

    /// Says what to do if the session has ended.
    fn say_how_to_log_in_again(&self, problem: &mut Value) {
        let is_over = matches!(problem["code"].as_str(), Some("session_ended" | "credential_missing"));
        if is_over && matches!(self.credential, Credential::Session { .. }) {
            problem["hints"] = json!([{ "hint": "log_in_again", "text": "log in again: bailiwick login" }]);
        }
    }

    /// Says what is wrong with a call that did not get through.
    fn explain(&self, error: reqwest::Error) -> anyhow::Error {
        failure::explain(error.without_url(), &self.url, self.nothing_here.as_deref())
    }
}
